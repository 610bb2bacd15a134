"""Finds the logit that is to become the score 0.5: the one with a false box in every fortieth scene, over
scenes in the dark that the training draws from but has not drawn.

    python3 -m training.dusk.calibrate [--scenes N]
"""
import argparse
import json
from pathlib import Path

import numpy as np

from training.common import splits
from training.dusk import inference, labels, metrics
from training.dusk.batches import Batches
from training.dusk.export import averaged

_LEAST_LOGIT = -4.0
_FALSE_BOXES = 0.025  # a scene of 256 x 256: one in ten photos of four times its area


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenes", type=int, default=600)
    options = parser.parse_args()
    config = json.loads(Path(__file__).with_name("config.json").read_text())
    batches = Batches(config)
    model = averaged(splits.cache_folder("dusk") / "checkpoint.pt")
    photos, faces = [], []
    for number in range(options.scenes):
        rng = np.random.default_rng([config["seed"], config["steps"], number])
        photo, rows = batches.draw(rng)
        photos.append(metrics.outcomes(inference.detect(model, photo, _LEAST_LOGIT), rows))
        faces.append(int((rows[:, 14] == labels.FACE).sum()))
    recall, logit = metrics.recall_at(photos, faces, _FALSE_BOXES)
    print(f"logit {logit:.3f}: recall {recall:.3f} of {sum(faces)} faces, "
          f"a false box in every fortieth of {options.scenes} scenes")


if __name__ == "__main__":
    main()
