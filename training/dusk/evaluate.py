"""Measures `dusk` beside its peers on photos that were kept out of training, by `everyface study`.

    python3 -m training.dusk.evaluate [--program build/release/everyface] [--scenes N]
        [--utkface-share S] [-o FOLDER]

Prints the tables of models/dusk.md; runs that are there already are taken over.
"""
import argparse
import json
import os
import subprocess
from pathlib import Path

import numpy as np

from training.common import splits
from training.dusk import evaluation_sets, labels, metrics, sources

EXPOSURES = (0, -2, -4, -6, -8)
SIGMAS = (0.8, 1.5, 2.5, 4)
BLURS = ["none", "gain", *(f"gaussian(sigma={s})+gain" for s in SIGMAS)]
OTHERS = ["wavelet+gain", "clahe", "histeq", "gamma", "zero-dce-pp", "sgz", "sci-difficult",
          "dawn"]
PEERS = ("yunet", "retinaface")
FALSE_BOXES = 0.1  # a photo
LABELLED_FRAMES = (4, 5, 11)


class Study:
    """One `everyface study` and the boxes that it wrote."""

    def __init__(self, program, folder):
        self.program = program
        self.folder = folder

    def run(self, name, kind, data, detectors, enhancers, exposures):
        """(exposure, enhancer, detector) -> photo's name -> array of x1, y1, x2, y2, score."""
        out = self.folder / name
        environment = dict(os.environ)
        environment.setdefault("EVERYFACE_MODELS", str(splits.shared_folder() / "models"))
        subprocess.run(
            [self.program, "study", "--dataset", kind, data, "--detector", ",".join(detectors),
             "--enhance", ",".join(enhancers), "--exposure", ",".join(map(str, exposures)),
             "--min-score", "0.02", "--examples", "0", "--jobs", "1", "-o", out],
            check=True, env=environment, stdout=subprocess.DEVNULL)
        found = {}
        for line in (out / "results.jsonl").read_text().splitlines():
            row = json.loads(line)
            if "faces" in row:
                cell = (row["exposure_ev"], row["enhance"], row["detector"])
                boxes = np.array(row["faces"], np.float64).reshape(-1, 5)
                found.setdefault(cell, {})[Path(row["image"]).name] = boxes
        return found


def boxed_figures(cells, known):
    """cell -> (recall at a false box in ten photos, its interval, AP, its interval)."""
    figures = {}
    for cell, found in cells.items():
        photos = [metrics.outcomes(found[name], np.array(rows).reshape(-1, labels.COLUMNS))
                  for name, rows in known.items()]
        faces = [sum(row[14] == labels.FACE for row in rows) for rows in known.values()]
        recall = lambda p, f: metrics.recall_at(p, f, FALSE_BOXES)[0]
        figures[cell] = (recall(photos, faces), metrics.resampled(recall, photos, faces),
                         metrics.average_precision(photos, faces),
                         metrics.resampled(metrics.average_precision, photos, faces))
    return figures


def percent(value, interval=None):
    text = f"{100 * value:.1f}"
    return text if interval is None else text + " [{:.1f}, {:.1f}]".format(*(100 * v for v in interval))


def print_boxed(title, cells, known):
    figures = boxed_figures(cells, known)
    faces = sum(row[14] == labels.FACE for rows in known.values() for row in rows)
    exposures = sorted({ev for ev, _, _ in figures}, reverse=True)
    print(f"\n## {title}: {len(known)} photos, {faces} faces\n")
    for what, at in (("Recall at one false box in ten photos", 0), ("AP", 2)):
        print(f"{what}, per cent\n")
        print("| detector | enhancement | " + " | ".join(f"{ev} EV" for ev in exposures) + " |")
        print("|---|---|" + "---|" * len(exposures))
        for detector, enhancer in sorted({(d, e) for _, e, d in figures}):
            row = [figures.get((ev, enhancer, detector)) for ev in exposures]
            shown = [percent(f[at], f[at + 1]) if f else "" for f in row]
            print(f"| `{detector}` | `{enhancer}` | " + " | ".join(shown) + " |")
        print()


def centred(boxes):
    """Whether a box with score 0.5 covers the middle of a UTKFace photo with sides of at least a
    third of the photo's: what the study takes for its face."""
    side, middle = 200, 100
    wide = (boxes[:, 2:4] - boxes[:, :2] >= side / 3).all(1)
    around = (boxes[:, :2] <= middle).all(1) & (boxes[:, 2:4] >= middle).all(1)
    return bool((wide & around & (boxes[:, 4] >= 0.5)).any())


def print_races(cells):
    print("\n## UTKFace by race label: share of photos whose face was found, per cent\n")
    print("| EV | detector | enhancement | " + " | ".join(sources.RACES) + " | gap |")
    print("|---|---|---|" + "---|" * (len(sources.RACES) + 1))
    for (ev, enhancer, detector), found in sorted(cells.items(), key=lambda c: (-c[0][0], c[0][2])):
        counts = []
        for race in range(len(sources.RACES)):
            photos = [boxes for name, boxes in found.items() if sources.race_of(name) == race]
            counts.append((sum(map(centred, photos)), len(photos)))
        rates = [percent(a / n, metrics.wilson(a, n)) for a, n in counts]
        best, worst = max(counts, key=lambda c: c[0] / c[1]), min(counts, key=lambda c: c[0] / c[1])
        gap = best[0] / best[1] - worst[0] / worst[1]
        rates.append(percent(gap, metrics.newcombe(*best, *worst)))
        print(f"| {ev} | `{detector}` | `{enhancer}` | " + " | ".join(rates) + " |")


def print_darkface(cells):
    print("\n## Dark Face, frames 4, 5 and 11: labelled faces found + other boxes, score 0.5\n")
    folder = splits.shared_folder() / "data" / "darkface" / "label"
    for (_, enhancer, detector), found in sorted(cells.items()):
        hits = others = faces = 0
        for name, boxes in found.items():
            lines = (folder / (Path(name).stem + ".txt")).read_text().splitlines()[1:]
            truth = [[float(v) for v in line.split()] for line in lines if line.strip()]
            rows = np.zeros((len(truth), labels.COLUMNS))
            rows[:, :4], rows[:, 14] = truth, labels.FACE
            _, hit = metrics.outcomes(boxes[boxes[:, 4] >= 0.5], rows)
            hits, others, faces = hits + hit.sum(), others + (~hit).sum(), faces + len(truth)
        print(f"- `{detector}`, `{enhancer}`: {hits} of {faces} + {others}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default="build/release/everyface")
    parser.add_argument("--scenes", type=int, default=120)
    parser.add_argument("--utkface-share", type=float, default=1.0)
    parser.add_argument("-o", "--output", type=Path,
                        default=splits.cache_folder("dusk") / "evaluation")
    options = parser.parse_args()
    folder = options.output
    study = Study(options.program, folder)
    config = json.loads(Path(__file__).with_name("config.json").read_text())

    frames = folder / "darkface-frames"
    evaluation_sets.link_darkface(frames, LABELLED_FRAMES)
    cells = study.run("darkface", "darkface", frames, ["dusk"], ["none"], [0])
    cells.update(study.run("darkface-peers", "darkface", frames, PEERS,
                           ["none", "gain", "gain(factor=8)", "gaussian(sigma=0.8)+gain"], [0]))
    print_darkface(cells)

    faces = folder / "utkface-photos"
    evaluation_sets.link_utkface(faces, options.utkface_share)
    cells = study.run("utkface", "utkface", faces, ["dusk"], ["none"], EXPOSURES)
    cells.update(study.run("utkface-peers", "utkface", faces, ["yunet"],
                           ["none", "gaussian(sigma=2.5)+gain"], (0, -4, -6, -8)))
    print_races(cells)

    scenes = folder / "scenes-photos"
    if not (scenes / "labels.json").exists():
        evaluation_sets.compose_scenes(scenes, options.scenes, config)
    known = json.loads((scenes / "labels.json").read_text())
    cells = study.run("scenes", "yolo", scenes, ["dusk"], ["none"], EXPOSURES)
    cells.update(study.run("scenes-peers", "yolo", scenes, PEERS, BLURS, EXPOSURES))
    cells.update(study.run("scenes-others", "yolo", scenes, PEERS, OTHERS, (-4, -6)))
    print_boxed("Composed scenes", cells, known)

    wider = folder / "wider-photos"
    evaluation_sets.link_wider(wider)
    known = json.loads((wider / "labels.json").read_text())
    cells = study.run("wider", "yolo", wider, ["dusk"], ["none"], EXPOSURES)
    cells.update(study.run("wider-peers", "yolo", wider, PEERS,
                           ["none", "gain", "gaussian(sigma=0.8)+gain"], EXPOSURES))
    print_boxed("WIDER", cells, known)


if __name__ == "__main__":
    main()
