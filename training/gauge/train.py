"""Trains `gauge`, which tells how well a face can be recognised.

    python3 -m training.gauge.train [--config FILE]

Takes up where it was interrupted (checkpoints in the cache every five minutes and when it is asked to
end), and ends when the steps of the configuration are done. Curves: curves.png beside the checkpoint.
"""
import torch.nn.functional as F

from training.common import splits
from training.common.input import to_input
from training.common.run import Run, read_config
from training.gauge.examples import Examples
from training.gauge.network import Gauge


def main():
    config = read_config(__doc__, __file__)
    model = Gauge(config["widths"])

    def loss(model, batch, device):
        logits = model(to_input(batch["crops"].numpy()).to(device)).flatten().float()
        wanted = batch["matched"].to(device)
        entropy = F.binary_cross_entropy_with_logits(logits, wanted)
        right = ((logits > 0) == (wanted > 0.5)).float().mean()
        return {"loss": entropy, "matched": wanted.mean(), "right": right}

    examples = Examples(config)
    print(f"matched from a cosine of {examples.threshold:.3f}", flush=True)
    Run(model, config, splits.cache_folder("gauge")).go(examples, loss)


if __name__ == "__main__":
    main()
