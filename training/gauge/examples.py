"""Crops in the dark, and whether `kin` would match them with the same face in the light."""
import json
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import Dataset

from training.common.begin import begin_with
from training.common.input import to_input
from training.common.onnx_file import MODELS
from training.kin import batches, faces
from training.kin.batches import Batches
from training.kin.network import Kin
from training.kin.teach import unit

FALSE_MATCH_RATE = 1e-3


def templates(model, crops, at_once=64):
    """N x dimensions of unit length."""
    parts = []
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        for first in range(0, len(crops), at_once):
            part = model(to_input(np.stack(crops[first : first + at_once])))
            parts.append(part.flatten(1).float().numpy())
    return unit(np.concatenate(parts))


def match_threshold(bright):
    """The cosine that one in a thousand pairs of different faces in the light reaches."""
    products = bright @ bright.T
    pairs = products[np.triu_indices(len(products), 1)]
    return float(np.quantile(pairs, 1 - FALSE_MATCH_RATE))


def kin_config():
    """What `kin` was trained with, but that no face stays untouched."""
    config = json.loads(Path(batches.__file__).with_name("config.json").read_text())
    return {**config, "share_untouched": 0.0}


def shipped_kin():
    kin = Kin(**kin_config()["network"])
    crops = torch.zeros(2, 3, faces.CROP, faces.CROP)
    begin_with(kin, MODELS / "kin.onnx", lambda: kin(crops))
    return kin


class Examples(Dataset):
    """Batch n is the same whenever it is drawn. Photos alone are drawn, no blends; every race label as
    often as every other."""

    def __init__(self, config):
        self.config = config
        self.batches = Batches({**kin_config(), "share_of_blends": 0.0, "steps": config["steps"]})
        self.kin = shipped_kin()
        self.bright = templates(self.kin, faces.crops(self.batches.canvases))
        self.threshold = match_threshold(self.bright)

    def __len__(self):
        return self.config["steps"]

    def __getitem__(self, step):
        rng = np.random.default_rng([self.config["seed"], step])
        drawn = [self.batches.draw(rng) for _ in range(self.config["batch"])]
        crops = np.stack([crop for crop, _ in drawn])
        dark = templates(self.kin, crops)
        scores = (dark * self.bright[[target for _, target in drawn]]).sum(1)
        return {"crops": crops, "matched": (scores >= self.threshold).astype(np.float32)}

