"""Measures `kin` beside its teachers on photos that were kept out of training (of LFW and Extended Yale B
it saw none).

    python3 -m training.kin.evaluate [--program build/release/everyface] [--faces N]

Prints the tables of models/kin.md. Faces are aligned by the landmarks of the bright photo, so that
detection plays no part.
"""
import argparse
import json
import os
import subprocess
import tempfile
from pathlib import Path

import cv2
import numpy as np
import onnx

from training.common import exposure, splits
from training.common.input import CURVE
from training.common.onnx_file import MODELS, in_floats
from training.dusk import labels, sources
from training.dusk.teach import PAD
from training.kin import faces, teach

EXPOSURES = (0, -4, -6)
FALSE_MATCH_RATE = 1e-3
HARD_LIGHT = 78  # degrees between light and camera


class Embedders:
    """The model that ships and its teachers; a canvas in, a template of unit length each out."""

    def __init__(self):
        self.teachers = teach.Teachers()
        model = in_floats(onnx.load(str(MODELS / "kin.onnx")))
        self.kin = cv2.dnn.readNetFromONNX(np.frombuffer(model.SerializeToString(), np.uint8))

    def _kin(self, canvas):
        self.kin.setInput(np.ascontiguousarray(CURVE[faces.crop(canvas)].transpose(2, 0, 1)[None]))
        return self.kin.forward().ravel()

    def templates(self, canvas):
        return {"kin": teach.unit(self._kin(canvas)),
                "mobilefacenet-foamliu": teach.unit(self.teachers.foamliu_template(canvas)),
                "face-reidentification-retail-0095":
                    teach.unit(self.teachers.retail_template(canvas))}


def templates_of(embedders, photos):
    """model -> N x dimensions. `photos`: (photo, landmarks)."""
    found = {}
    for photo, points in photos:
        for name, template in embedders.templates(faces.aligned(photo, points)).items():
            found.setdefault(name, []).append(template)
    return {name: np.array(rows) for name, rows in found.items()}


def face_in_the_middle(rows, photo):
    rows = rows[rows[:, 14] == labels.FACE]
    if not len(rows):
        return None
    middle = np.array(photo.shape[1::-1]) / 2
    away = np.abs(rows[:, :4].reshape(-1, 2, 2).mean(1) - middle).sum(1)
    return rows[away.argmin(), 4:14].reshape(5, 2).astype(np.float64)


def lfw_table(embedders):
    known = labels.labels_of("lfw")
    photos = {}
    for name, path in splits.photo_files("lfw"):
        photo = cv2.imread(str(path))
        points = face_in_the_middle(known[name], photo)
        if points is not None:
            photos[name] = (photo, points)
    pairs = []
    for line in (splits.shared_folder() / "data" / "lfw" / "pairs.txt").read_text().splitlines()[1:]:
        parts = line.split()
        if len(parts) == 3:
            pairs.append((f"{parts[0]}_{int(parts[1]):04d}.jpg", f"{parts[0]}_{int(parts[2]):04d}.jpg", 1))
        elif len(parts) == 4:
            pairs.append((f"{parts[0]}_{int(parts[1]):04d}.jpg", f"{parts[2]}_{int(parts[3]):04d}.jpg", 0))
    fold = np.arange(len(pairs)) // 600
    usable = np.array([a in photos and b in photos for a, b, _ in pairs])
    mated = np.array([m for _, _, m in pairs])
    print(f"LFW, {usable.sum()} of {len(pairs)} pairs; accuracy by its protocol and FNMR at FMR 1 % in per "
          "cent, the second photo of a pair in the dark\n")
    print("| EV | model | accuracy | FNMR |\n|---|---|---|---|")
    bright = templates_of(embedders, photos.values())
    at = {name: i for i, name in enumerate(photos)}
    for ev in EXPOSURES:
        dark = bright if ev == 0 else templates_of(
            embedders, [(exposure.darken(p, ev, splits.generator_of(n)), q) for n, (p, q) in photos.items()])
        for model in bright:
            scores = np.array([bright[model][at[a]] @ dark[model][at[b]] if ok else np.nan
                               for (a, b, _), ok in zip(pairs, usable)])
            rates = []
            for k in np.unique(fold):
                learn, test = usable & (fold != k), usable & (fold == k)
                best = max(scores[learn], key=lambda t: np.mean((scores[learn] >= t) == mated[learn]))
                rates.append(np.mean((scores[test] >= best) == mated[test]))
            strangers = np.sort(scores[usable & (mated == 0)])
            threshold = strangers[int(np.ceil(0.99 * len(strangers))) - 1]
            missed = np.mean(scores[usable & (mated == 1)] <= threshold)
            print(f"| {ev} | `{model}` | {100 * np.mean(rates):.2f} | {100 * missed:.1f} |")


def group_table(embedders, count):
    """FMR within each group at the threshold that all pairs together keep to; worst over best with its
    interval by resampling photos."""
    by_race = [[(cv2.imread(str(path)), points - PAD) for path, points in group]
               for group in sources.kept_out_faces(count)]
    race = np.repeat(np.arange(len(by_race)), [len(group) for group in by_race])
    print(f"\nUTKFace, kept out, {count} photos a group at most: FMR within groups in per cent where all pairs "
          f"together have {100 * FALSE_MATCH_RATE} %\n")
    print("| model | " + " | ".join(sources.RACES) + " | worst to best |\n|---|" + "---|" * 6)
    for model, rows in templates_of(embedders, [face for group in by_race for face in group]).items():
        scores = rows @ rows.T
        upper = np.triu(np.ones_like(scores, bool), 1)
        threshold = np.quantile(scores[upper], 1 - FALSE_MATCH_RATE)
        above = (scores > threshold) & ~np.eye(len(rows), dtype=bool)

        def rates(weights):
            found = []
            for r in range(len(by_race)):
                w = weights * (race == r)
                pairs = w.sum() ** 2 - (w**2).sum()
                found.append((w @ above @ w) / max(pairs, 1))
            return np.array(found)

        fmr = rates(np.ones(len(rows)))
        random = np.random.default_rng(1)
        ratios = []
        for _ in range(500):
            drawn = np.bincount(random.integers(0, len(rows), len(rows)), minlength=len(rows))
            again = rates(drawn.astype(float))
            ratios.append(again.max() / again.min() if again.min() > 0 else np.inf)
        low, high = np.percentile(ratios, (2.5, 97.5), interpolation="nearest")
        cells = " | ".join(f"{100 * v:.2f}" for v in fmr)
        ratio = fmr.max() / fmr.min() if fmr.min() > 0 else np.inf
        print(f"| `{model}` | {cells} | {ratio:.0f} [{low:.0f}, {high:.0f}] |")


def yaleb_table(embedders, program):
    """Gallery: each person under frontal light. The people do not move: one set of landmarks each."""
    root = splits.shared_folder() / "data" / "yaleb"
    frontal = sorted(root.glob("*/*_P00A+000E+00.png"))
    environment = dict(os.environ)
    environment.setdefault("EVERYFACE_MODELS", str(splits.shared_folder() / "models"))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "faces.json"
        subprocess.run([program, "detect", *map(str, frontal), "--detector", "yunet", "-o", out],
                       check=True, env=environment, stdout=subprocess.DEVNULL)
        found = {Path(p["image"]).name: p["faces"] for p in json.loads(out.read_text())}
    gallery, probes = [], []
    for number, path in enumerate(frontal):
        points = np.array(found[path.name][0]["landmarks"], np.float64)
        gallery.append((cv2.imread(str(path)), points))
        for probe in sorted(path.parent.glob("*.png")):
            azimuth, elevation = probe.stem.split("A")[1].split("E")
            light = np.radians([float(azimuth), float(elevation)])
            angle = np.degrees(np.arccos(np.cos(light[0]) * np.cos(light[1])))
            if angle >= HARD_LIGHT:
                probes.append((number, cv2.imread(str(probe)), points))
    wanted = np.array([number for number, _, _ in probes])
    entries = templates_of(embedders, gallery)
    seen = templates_of(embedders, [(photo, points) for _, photo, points in probes])
    print(f"\nExtended Yale B, {len(gallery)} people under frontal light, {len(probes)} probes under light from "
          f"{HARD_LIGHT} degrees and more: rank-1 errors\n")
    print("| model | errors | per cent |\n|---|---|---|")
    for model in entries:
        wrong = int(((seen[model] @ entries[model].T).argmax(1) != wanted).sum())
        print(f"| `{model}` | {wrong} | {100 * wrong / len(probes):.1f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default="build/release/everyface")
    parser.add_argument("--faces", type=int, default=250, help="of each race label")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    embedders = Embedders()
    lfw_table(embedders)
    group_table(embedders, options.faces)
    yaleb_table(embedders, options.program)


if __name__ == "__main__":
    main()
