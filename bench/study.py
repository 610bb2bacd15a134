#!/usr/bin/python3
"""The whole study beside the straightforward script (bench/plain_study.py) on the same frames, in
turns, with the boxes of both compared.

Usage: study.py PROGRAM YUNET.onnx [FRAMES_FOLDER] [COUNT]
Frames: COUNT (default 40) of 1080 x 720 as PNG, made from the photos in FRAMES_FOLDER, or from the
portrait in python3-skimage darkened by 4 EV.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import cv2

CHAINS = {"none": "none", "gain": "gain(factor=8)", "gaussian": "gaussian(sigma=0.8)+gain(factor=8)",
          "clahe": "clahe"}
HERE = pathlib.Path(__file__).resolve().parent


def make_frames(program, source, folder, count):
    if source:
        photos = [cv2.imread(str(p)) for p in sorted(pathlib.Path(source).iterdir())]
        photos = [p for p in photos if p is not None]
    else:
        portrait = "/usr/lib/python3/dist-packages/skimage/data/astronaut.png"
        dark = folder.parent / "dark"
        subprocess.run([program, "darken", portrait, "--exposure", "-4", "-o", dark], check=True,
                       capture_output=True)
        photos = [cv2.imread(str(dark / "astronaut.png"))]
    folder.mkdir()
    for i in range(count):
        frame = cv2.resize(photos[i % len(photos)], (1080, 720), interpolation=cv2.INTER_AREA)
        frame[0, 0] = (i % 256, i // 256, 0)  # no two files the same
        cv2.imwrite(str(folder / f"{i:05}.png"), frame)


def boxes_of_run(run):
    found = {}
    for line in (run / "results.jsonl").read_text().splitlines():
        row = json.loads(line)
        if "faces" in row:
            name = next(n for n, chain in CHAINS.items() if chain == row["enhance"])
            found[f"{name} {row['image']}"] = [f for f in row["faces"] if f[4] >= 0.5]
    return found


def largest_difference(ours, theirs):
    """In pixels, over all photos; infinite where the numbers of boxes differ."""
    worst = 0.0
    for key, boxes in theirs.items():
        if len(boxes) != len(ours[key]):
            return float("inf")
        for a, b in zip(sorted(boxes), sorted(ours[key])):
            worst = max(worst, max(abs(x - y) for x, y in zip(a[:4], b[:4])))
    return worst


def main():
    program, model = sys.argv[1:3]
    source = sys.argv[3] if len(sys.argv) > 3 else ""
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 40
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        make_frames(program, source, folder / "frames", count)
        times = {"study": [], "script": []}
        for turn in range(3):
            out = folder / f"boxes{turn}.json"
            answer = subprocess.run(["/usr/bin/python3", HERE / "plain_study.py", folder / "frames", model, out, *CHAINS],
                                    check=True, capture_output=True, text=True)
            times["script"].append(float(answer.stdout))
            run = folder / f"run{turn}"
            start = time.perf_counter()
            answer = subprocess.run(
                [program, "study", "--dataset", "folder", folder / "frames", "--enhance",
                 ",".join(CHAINS.values()), "--detector", "yunet", "--examples", "0", "-o", run],
                check=True, capture_output=True, text=True)
            times["study"].append(time.perf_counter() - start)
            print(answer.stderr.strip().splitlines()[-1])
        worst = largest_difference(boxes_of_run(run), json.loads(out.read_text()))
        study, script = sorted(times["study"])[1], sorted(times["script"])[1]
        rows = count * len(CHAINS)
        print(f"script  {script:8.2f} s  {rows / script:6.1f} detections/s")
        print(f"study   {study:8.2f} s  {rows / study:6.1f} detections/s  (start-up and report included)")
        print(f"ratio   {script / study:.2f} times the script; boxes differ by at most {worst:.3f} px")


if __name__ == "__main__":
    main()
