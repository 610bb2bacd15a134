"""Writes the trained network as ONNX, with the averaged weights, and what it says of a drawn crop for the
C++ test.

    python3 -m training.gauge.export [--checkpoint FILE]
"""
import argparse
import json
from pathlib import Path

import torch

from training.common import splits
from training.common.checkpoint import averaged
from training.common.input import to_input
from training.common.onnx_file import to_onnx, write_model
from training.gauge.network import Gauge
from training.kin import faces
from training.kin.export import drawing


def probabilities(model, crops):
    with torch.no_grad():
        return torch.sigmoid(model(to_input(crops)).flatten()).numpy()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", type=Path,
                        default=splits.cache_folder("gauge") / "checkpoint.pt")
    model = averaged(parser.parse_args().checkpoint, lambda config: Gauge(config["widths"]))
    root = Path(__file__).resolve().parents[2]
    (root / "tests" / "recognize" / "gauge_reference.json").write_text(
        json.dumps(round(float(probabilities(model, drawing()[None])[0]), 5)) + "\n")
    write_model("gauge.onnx", to_onnx(model, torch.zeros(1, 3, faces.CROP, faces.CROP), ["crop"],
                                      ["quality"]))


if __name__ == "__main__":
    main()
