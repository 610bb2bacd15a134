"""Writes the trained enhancer as ONNX, with the averaged weights, and what it makes of a drawn photo for
the C++ test.

    python3 -m training.dawn.export [--checkpoint FILE]
"""
import argparse
import json
from pathlib import Path

import numpy as np
import torch

from training.common import splits
from training.common.checkpoint import averaged
from training.common.onnx_file import to_onnx, write_model
from training.dawn import network

_SIDES = (96, 136)  # of the drawn photo


def enhanced(model, photo):
    """What src/enhance/dawn.cpp makes of a photo whose sides are multiples of 8."""
    planes = torch.from_numpy(photo.astype(np.float32)).permute(2, 0, 1)[None]
    with torch.no_grad():
        cells, mean = network.cells_of(planes)
        height, width = cells.shape[2:]
        more = (-width % 8, -height % 8)
        padded = torch.nn.functional.pad(cells, (0, more[0], 0, more[1]), mode="replicate")
        curves = network.curves_of(model(padded)[:, :, :height, :width])
        side = max(photo.shape[:2])
        light = network.render(planes, mean, curves, (0, 0, side))
    return (light[0].permute(1, 2, 0) * 255).numpy()


def drawing():
    """A dark photo by arithmetic that C++ can repeat to the bit (see tests/enhance/dawn_test.cpp)."""
    y, x = np.mgrid[0 : _SIDES[0], 0 : _SIDES[1]]
    grain = (x * 7 + y * 13 + x * y) % 5
    photo = np.stack([(x * 20) // 136 + grain, (y * 40) // 96 + grain, ((x + y) * 30) // 232 + grain], 2)
    photo[24:56, 40:88] = (12, 21, 33)
    photo[60:84, 100:124] = (250, 252, 255)
    return photo.astype(np.uint8)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", type=Path,
                        default=splits.cache_folder("dawn") / "checkpoint.pt")
    model = averaged(parser.parse_args().checkpoint, lambda config: network.Dawn(config["widths"]))
    root = Path(__file__).resolve().parents[2]
    made = enhanced(model, drawing())[4::9, 3::11]
    (root / "tests" / "enhance" / "dawn_reference.json").write_text(
        json.dumps(np.round(made, 2).tolist()) + "\n")
    axes = {"cells": {2: "height", 3: "width"}, "curves": {2: "height", 3: "width"}}
    write_model("dawn.onnx", to_onnx(model, torch.zeros(1, 4, 16, 24), ["cells"], ["curves"], axes))


if __name__ == "__main__":
    main()
