"""Trains the detector `dusk`.

    python3 -m training.dusk.train [--config FILE]

Takes up where it was interrupted (checkpoints in the cache every five minutes and when it is asked to
end), and ends when the steps of the configuration are done. Curves: curves.png beside the checkpoint.
"""
import torch

from training.common import splits
from training.common.input import to_input
from training.common.run import Run, read_config
from training.dusk.batches import Batches
from training.dusk.loss import dusk_loss
from training.dusk.network import Dusk


def main():
    config = read_config(__doc__, __file__)
    model = Dusk(**config["network"])
    batches = Batches(config)
    middles = torch.from_numpy(batches.middles)

    def loss(model, batch, device):
        photos = to_input(batch["photos"].numpy()).to(device)
        wanted = {k: v.to(device) for k, v in batch.items() if k != "photos"}
        return dusk_loss(model(photos), wanted, middles.to(device), config["loss"])

    Run(model, config, splits.cache_folder("dusk")).go(batches, loss)


if __name__ == "__main__":
    main()
