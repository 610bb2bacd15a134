"""Trains the embedder `kin` to give, in the dark, the templates that its teachers give in the light.

    python3 -m training.kin.train [--config FILE]

Takes up where it was interrupted (checkpoints in the cache every five minutes and when it is asked to
end), and ends when the steps of the configuration are done. Curves: curves.png beside the checkpoint.
"""
import numpy as np
import torch
import torch.nn.functional as F

from training.common import splits
from training.common.input import to_input
from training.common.run import Run, read_config
from training.kin import teach
from training.kin.batches import Batches
from training.kin.network import Kin


def load_targets(config):
    """N x dimensions of unit length: faces, then blends."""
    if not teach.output().exists():
        raise SystemExit(f"{teach.output()} is not there: run python3 -m training.kin.teach first")
    known = np.load(teach.output())
    templates = np.concatenate([known["faces"], known["blends"]])
    to = teach.projection(known["faces"], config["network"]["dimensions"])
    return torch.from_numpy(teach.unit(templates @ to).astype(np.float32))


def kin_loss(templates, targets, known, config):
    """How far each template is from its target, how far the cosines between a batch's faces are from
    what they are to be, and how far (Kullback-Leibler) the student's choice among `known` faces is from
    the teachers': the last asks for what tells a face from those most like it."""
    templates = F.normalize(templates.flatten(1).float())
    away = 1 - (templates * targets).sum(1).mean()
    between = F.mse_loss(templates @ templates.T, targets @ targets.T)
    scale = config["neighbours"]["scale"]
    neighbours = F.kl_div(F.log_softmax(scale * templates @ known.T, 1),
                          F.softmax(scale * targets @ known.T, 1), reduction="batchmean")
    loss = away + config["relations"] * between + config["neighbours"]["weight"] * neighbours
    return {"loss": loss, "away": away, "between": between, "neighbours": neighbours}


def main():
    config = read_config(__doc__, __file__)
    model = Kin(**config["network"])
    targets = load_targets(config)

    def loss(model, batch, device):
        crops = to_input(batch["crops"].numpy()).to(device)
        known = targets[torch.cat([batch["targets"], batch["neighbours"]])].to(device)
        return kin_loss(model(crops), known[: len(crops)], known, config)

    Run(model, config, splits.cache_folder("kin")).go(Batches(config), loss)


if __name__ == "__main__":
    main()
