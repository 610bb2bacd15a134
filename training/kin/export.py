"""Writes the trained embedder as ONNX with the averaged weights, stored in halves, and the
template of a drawn crop for the C++ test.

    python3 -m training.kin.export [--checkpoint FILE]
"""
import argparse
import json
from pathlib import Path

import numpy as np
import torch

from training.common import splits
from training.common.checkpoint import averaged
from training.common.input import to_input
from training.common.onnx_file import in_halves, to_onnx, write_model
from training.kin import faces
from training.kin.network import Kin
from training.kin.teach import unit


def template(model, crop):
    """Of unit length."""
    with torch.no_grad():
        return unit(model(to_input(crop[None])).flatten().numpy())


def drawing():
    """A dark crop by arithmetic that C++ can repeat to the bit (see tests/recognize/embedder_test.cpp)."""
    y, x = np.mgrid[0 : faces.CROP, 0 : faces.CROP]
    return np.stack([(x * y) % 23 + x // 8, (x + 2 * y) % 19 + y // 8, (x * 3 + y) % 29], 2).astype(np.uint8)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", type=Path,
                        default=splits.cache_folder("kin") / "checkpoint.pt")
    model = averaged(parser.parse_args().checkpoint, lambda config: Kin(**config["network"]))
    root = Path(__file__).resolve().parents[2]
    (root / "tests" / "recognize" / "kin_reference.json").write_text(
        json.dumps(np.round(template(model, drawing()), 4).tolist()) + "\n")
    file = to_onnx(model, torch.zeros(1, 3, faces.CROP, faces.CROP), ["crop"], ["template"])
    write_model("kin.onnx", in_halves(file))


if __name__ == "__main__":
    main()
