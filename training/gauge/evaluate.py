"""Measures `gauge` on faces that were kept out of training: does it tell who will be matched, and does a
limit on it turn away one group more often than another?

    python3 -m training.gauge.evaluate [--faces N]

Prints the tables of models/gauge.md.
"""
import argparse

import cv2
import numpy as np
import onnx

from training.common import exposure
from training.common.input import CURVE
from training.common.onnx_file import MODELS, in_floats
from training.dusk import metrics, sources
from training.gauge.examples import kin_config, match_threshold
from training.kin import batches as kin_batches
from training.kin import faces
from training.kin.teach import unit

EXPOSURES = (0, -2, -4, -6, -8)
LIMIT = 0.5


class Shipped:
    def __init__(self, name):
        model = in_floats(onnx.load(str(MODELS / name)))
        self.network = cv2.dnn.readNetFromONNX(np.frombuffer(model.SerializeToString(), np.uint8))

    def of(self, crops):
        rows = []
        for crop in crops:
            self.network.setInput(np.ascontiguousarray(CURVE[crop].transpose(2, 0, 1)[None]))
            rows.append(self.network.forward().ravel().copy())
        return np.array(rows)


def kept_out(count):
    """(canvases, races): at most `count` of each race label."""
    found = [(faces.canvas_of(path, points), race)
             for race, group in enumerate(sources.kept_out_faces(count)) for path, points in group]
    return np.stack([canvas for canvas, _ in found]), np.array([race for _, race in found])


def area_under_curve(quality, matched):
    """The chance that a matched face has the higher quality of two (ties count half)."""
    better = (quality[matched][:, None] > quality[~matched][None]).mean()
    return better + 0.5 * (quality[matched][:, None] == quality[~matched][None]).mean()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--faces", type=int, default=200, help="of each race label")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    kin, gauge = Shipped("kin.onnx"), Shipped("gauge.onnx")
    canvases, races = kept_out(options.faces)
    bright = unit(kin.of(faces.crops(canvases)))
    threshold = match_threshold(bright)

    def judged(crops):
        scores = (unit(kin.of(crops)) * bright).sum(1)
        return 1 / (1 + np.exp(-gauge.of(crops)[:, 0])), scores >= threshold

    rng = np.random.default_rng(1)
    seen = kin_batches.Degrading(kin_config()).seen
    quality, matched = judged([seen(canvas, rng) for canvas in canvases])
    print(f"{len(canvases)} faces moved, reduced, lit and darkened as in training: {100 * matched.mean():.1f} % "
          f"matched; area under the ROC curve {area_under_curve(quality, matched):.3f}\n")
    print("| said | faces | matched |\n|---|---|---|")
    for low in (0, 0.2, 0.4, 0.6, 0.8):
        inside = (quality >= low) & (quality < low + 0.2 + 1e-9)
        if inside.any():
            print(f"| {low:.1f} to {low + 0.2:.1f} | {inside.sum()} | {100 * matched[inside].mean():.0f} % |")
    print(f"\nIn per cent by group: faces with at least {LIMIT} / faces matched\n")
    print("| EV | " + " | ".join(sources.RACES) + " | gap of the former |\n|---|" + "---|" * 6)
    for ev in EXPOSURES:
        crops = faces.crops([exposure.darken(canvas[:, :, :3], ev, rng) for canvas in canvases])
        quality, matched = judged(crops)
        cells, rates = [], []
        for race in range(len(sources.RACES)):
            mine = races == race
            good = int((quality[mine] >= LIMIT).sum())
            rates.append((good / mine.sum(), good, int(mine.sum())))
            cells.append(f"{100 * good / mine.sum():.1f} / {100 * matched[mine].mean():.1f}")
        best, worst = max(rates), min(rates)
        low, high = metrics.newcombe(best[1], best[2], worst[1], worst[2])
        print(f"| {ev} | " + " | ".join(cells) +
              f" | {100 * (best[0] - worst[0]):.1f} [{100 * low:.1f}, {100 * high:.1f}] |")


if __name__ == "__main__":
    main()
