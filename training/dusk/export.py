"""Writes the trained detector as ONNX, with the averaged weights, and what it finds in a drawn scene
for the C++ test.

    python3 -m training.dusk.export [--checkpoint FILE] [--threshold LOGIT]

The threshold is the logit that is to become the score 0.5 (see training/dusk/calibrate.py).
"""
import argparse
from pathlib import Path

import torch
from torch import nn

from training.common import checkpoint as checkpoint_file
from training.common import splits
from training.common.onnx_file import to_onnx, write_model
from training.dusk.network import STRIDES, VALUES, Dusk
from training.dusk.reference import write_reference

OUTPUTS = [f"cells_{stride}" for stride in STRIDES]


class Cells(nn.Module):
    """The network with its outputs cell by cell, 1 x cells x 15."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return tuple(o.permute(0, 2, 3, 1).reshape(1, -1, VALUES) for o in self.model(x))


def averaged(checkpoint, threshold=0.0):
    """The network of a checkpoint, ready to detect; its logits lowered by `threshold`."""
    model = checkpoint_file.averaged(checkpoint, lambda config: Dusk(**config["network"]))
    model.out.bias.data[0] -= threshold
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", type=Path,
                        default=splits.cache_folder("dusk") / "checkpoint.pt")
    parser.add_argument("--threshold", type=float, default=0.0)
    options = parser.parse_args()
    root = Path(__file__).resolve().parents[2]
    model = averaged(options.checkpoint, options.threshold)
    write_reference(model, root / "tests" / "detect" / "dusk_reference.json")
    axes = {"photo": {2: "height", 3: "width"}, **{name: {1: "cells"} for name in OUTPUTS}}
    write_model("dusk.onnx", to_onnx(Cells(model), torch.zeros(1, 3, 64, 96), ["photo"], OUTPUTS, axes))


if __name__ == "__main__":
    main()
