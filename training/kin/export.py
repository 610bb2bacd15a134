"""Writes the trained embedder as ONNX with the averaged weights, centred and stored in halves, and the
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


def outputs(model, crops):
    """N x dimensions."""
    with torch.no_grad():
        return np.concatenate([model(to_input(crops[n : n + 50])).flatten(1).numpy()
                               for n in range(0, len(crops), 50)])


def templates(model, crops):
    """N x dimensions of unit length."""
    return unit(outputs(model, crops))


def centre(model):
    """Takes from every output, by the last layer's bias, what all faces of the training have in common: it makes
    strangers alike and says nothing of who they are. Every race label counts as much as every other."""
    names, canvases = faces.utkface(kept_out=False)
    found = outputs(model, np.stack(faces.crops(canvases)))
    race = faces.races(names)
    common = np.mean([found[race == r].mean(0) for r in np.unique(race)], 0)
    with torch.no_grad():
        model.out.bias -= torch.from_numpy(common.astype(np.float32))


def drawing():
    """A dark crop by arithmetic that C++ can repeat to the bit (see tests/recognize/embedder_test.cpp)."""
    y, x = np.mgrid[0 : faces.CROP, 0 : faces.CROP]
    return np.stack([(x * y) % 23 + x // 8, (x + 2 * y) % 19 + y // 8, (x * 3 + y) % 29], 2).astype(np.uint8)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", type=Path,
                        default=splits.cache_folder("kin") / "checkpoint.pt")
    model = averaged(parser.parse_args().checkpoint, lambda config: Kin(**config["network"]))
    centre(model)
    root = Path(__file__).resolve().parents[2]
    (root / "tests" / "recognize" / "kin_reference.json").write_text(
        json.dumps(np.round(templates(model, drawing()[None])[0], 4).tolist()) + "\n")
    file = to_onnx(model, torch.zeros(1, 3, faces.CROP, faces.CROP), ["crop"], ["template"])
    write_model("kin.onnx", in_halves(file))


if __name__ == "__main__":
    main()
