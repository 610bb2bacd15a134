"""Runs the teachers on the bright (or brightened) photos, once: the program's detectors, whose boxes and landmarks
are kept as JSON in the cache.

    python3 -m training.dusk.teach [--program build/release/everyface]
"""
import argparse
import os
import subprocess
import tempfile
from pathlib import Path

import cv2

from training.common import splits

TEACHERS = ("yunet", "retinaface")
SOURCES = ("lfw", "utkface", "wider", "photos", "exposure_stacks", "darkface")
# Frames that were taken in the dark are brightened for the teachers.
ENHANCERS = {"darkface": "gaussian(sigma=0.8)+gain"}
LEAST_SCORE = 0.3
PAD = 60  # UTKFace's faces fill their photos; the study pads them by as much


def output(source, teacher):
    return splits.cache_folder("teachers") / f"{source}.{teacher}.json"


def pad(photo):
    return cv2.copyMakeBorder(photo, PAD, PAD, PAD, PAD, cv2.BORDER_REPLICATE)


def _padded_utkface(folder):
    for name, path in splits.photo_files("utkface"):
        cv2.imwrite(str(Path(folder) / name), pad(cv2.imread(str(path))),
                    [cv2.IMWRITE_JPEG_QUALITY, 95])


def _detect(program, photos, teacher, enhancer, to):
    environment = dict(os.environ)
    environment.setdefault("EVERYFACE_MODELS", str(splits.shared_folder() / "models"))
    part = to.with_suffix(".part.json")
    subprocess.run(
        [program, "detect", photos, "--detector", teacher, "--enhance", enhancer,
         "--min-score", str(LEAST_SCORE), "--jobs", "1", "-o", part], check=True, env=environment)
    os.replace(part, to)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default="build/release/everyface")
    program = parser.parse_args().program
    for source in SOURCES:
        wanted = [t for t in TEACHERS if not output(source, t).exists()]
        if not wanted:
            continue
        with tempfile.TemporaryDirectory() as folder:
            photos = splits.shared_folder() / "data" / splits.FOLDERS[source]
            if source == "utkface":
                _padded_utkface(folder)
                photos = folder
            for teacher in wanted:
                _detect(program, photos, teacher, ENHANCERS.get(source, "none"), output(source, teacher))


if __name__ == "__main__":
    main()
