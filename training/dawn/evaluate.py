"""Measures `dawn` beside its peers on photos that were kept out of training, by `everyface enhance`.

    python3 -m training.dawn.evaluate [--program build/release/everyface] [--faces N]

Prints the tables of models/dawn.md: PSNR and SSIM of dark frames of exposure stacks against the scene's
well-exposed one (a scene counts once), and how far the individual typology angle (ITA, Chardon et al. 1991)
of UTKFace's cheeks is from the bright photo's after 3 EV less light.
"""
import argparse
import os
import subprocess
import tempfile
from pathlib import Path

import cv2
import numpy as np

from training.common import exposure, splits
from training.dawn.batches import stack_pairs
from training.dusk import sources, teach
from training.llflow.metrics import mean_and_interval, psnr, ssim

METHODS = ["none", "gain", "gain(target=180)", "clahe", "histeq", "zero-dce-pp", "sgz", "sci-easy",
           "sci-medium", "sci-difficult", "dawn"]
FACES_EV = -3


def enhance(program, method, photos, folder):
    folder.mkdir(parents=True, exist_ok=True)
    environment = dict(os.environ)
    environment.setdefault("EVERYFACE_MODELS", str(splits.shared_folder() / "models"))
    subprocess.run([program, "enhance", *map(str, photos), "--method", method, "--format", "png",
                    "-o", folder], check=True, env=environment, stdout=subprocess.DEVNULL)


def folder_name(method):
    return "".join(c if c.isalnum() or c == "-" else "_" for c in method)


def stacks_table(program, out):
    pairs = stack_pairs(kept_out=True)
    print(f"{len(pairs)} scenes, {sum(map(len, pairs))} dark frames\n")
    print("| method | PSNR, dB | SSIM |\n|---|---|---|")
    for method in METHODS:
        folder = out / folder_name(method)
        enhance(program, method, [dark for scene in pairs for dark, _ in scene], folder)
        noise, alike = [], []
        for scene in pairs:
            made = [(cv2.imread(str(folder / f"{dark.stem}.png"))[:, :, ::-1],
                     cv2.imread(str(bright))[:, :, ::-1]) for dark, bright in scene]
            noise.append(np.mean([psnr(a, b) for a, b in made]))
            alike.append(np.mean([ssim(a, b) for a, b in made]))
        print("| `{}` | {:.2f} [{:.2f}, {:.2f}] | {:.3f} [{:.3f}, {:.3f}] |".format(
            method, *mean_and_interval(noise), *mean_and_interval(alike)))


def typology_angle(photo, points, pad):
    """ITA in degrees of both cheeks: the medians of L* and b* in discs between eye and corner of the
    mouth. `points`: the five landmarks in the padded photo."""
    lab = cv2.cvtColor(photo.astype(np.float32) / 255, cv2.COLOR_BGR2Lab)
    mask = np.zeros(photo.shape[:2], np.uint8)
    reach = np.linalg.norm(points[0] - points[1])
    for eye, mouth in ((0, 3), (1, 4)):
        middle = 0.4 * points[eye] + 0.6 * points[mouth] - pad
        cv2.circle(mask, tuple(int(round(v)) for v in middle), max(int(0.12 * reach), 2), 255, -1)
    skin = lab[mask > 0]
    light, yellow = np.median(skin[:, 0]), np.median(skin[:, 2])
    return float(np.degrees(np.arctan2(light - 50, yellow)))


def skin_table(program, out, count):
    by_race = sources.kept_out_faces(count)
    dark = out / "dark"
    dark.mkdir(parents=True, exist_ok=True)
    files = []
    for group in by_race:
        for path, _ in group:
            rng = splits.generator_of(path.name)
            files.append(dark / (path.name.replace(" ", "_") + ".png"))
            cv2.imwrite(str(files[-1]), exposure.darken(cv2.imread(str(path)), FACES_EV, rng))
    print(f"\n{count} faces a group, {FACES_EV} EV: median error of ITA in degrees (median size of it)\n")
    print("| method | " + " | ".join(sources.RACES) + " |\n|---|" + "---|" * len(sources.RACES))
    for method in METHODS:
        folder = out / folder_name(method)
        enhance(program, method, files, folder)
        cells = []
        for group in by_race:
            errors = []
            for path, points in group:
                made = cv2.imread(str(folder / (path.name.replace(" ", "_") + ".png")))
                errors.append(typology_angle(made, points, teach.PAD)
                              - typology_angle(cv2.imread(str(path)), points, teach.PAD))
            cells.append(f"{np.median(errors):+.1f} ({np.median(np.abs(errors)):.1f})")
        print(f"| `{method}` | " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default="build/release/everyface")
    parser.add_argument("--faces", type=int, default=100, help="of each race label")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        stacks_table(options.program, Path(folder) / "stacks")
        skin_table(options.program, Path(folder) / "skin", options.faces)


if __name__ == "__main__":
    main()
