#!/usr/bin/python3
"""The straightforward script that a study replaces: for each enhancement and detector, image after
image, imread, enhance, detect. Prints seconds and writes the boxes as JSON.

Usage: plain_study.py FOLDER YUNET.onnx OUT.json ENHANCEMENT...   (none, gain, gaussian, clahe)
"""
import json
import pathlib
import sys
import time

import cv2
import numpy


def gain(photo):
    return cv2.convertScaleAbs(photo, alpha=8)


def gaussian(photo):
    """Blur and gain in floats, rounded once."""
    blurred = cv2.GaussianBlur(photo.astype(numpy.float32), (0, 0), 0.8)
    return numpy.clip(numpy.rint(blurred * 8), 0, 255).astype(numpy.uint8)


def clahe(photo):
    lab = cv2.cvtColor(photo, cv2.COLOR_BGR2Lab)
    lab[:, :, 0] = cv2.createCLAHE(2, (8, 8)).apply(numpy.ascontiguousarray(lab[:, :, 0]))
    return cv2.cvtColor(lab, cv2.COLOR_Lab2BGR)


ENHANCE = {"none": lambda photo: photo, "gain": gain, "gaussian": gaussian, "clahe": clahe}


def yunet(net, photo, threshold=0.5):
    height, width = photo.shape[:2]
    padded = cv2.copyMakeBorder(photo, 0, -height % 32, 0, -width % 32, cv2.BORDER_CONSTANT)
    net.setInput(cv2.dnn.blobFromImage(padded))
    names = [f"{kind}_{stride}" for stride in (8, 16, 32) for kind in ("cls", "obj", "bbox")]
    out = dict(zip(names, net.forward(names)))
    boxes, scores = [], []
    for stride in (8, 16, 32):
        cols = padded.shape[1] // stride
        score = numpy.sqrt(numpy.clip(out[f"cls_{stride}"], 0, 1) *
                           numpy.clip(out[f"obj_{stride}"], 0, 1)).reshape(-1)
        box = out[f"bbox_{stride}"].reshape(-1, 4)
        for i in numpy.flatnonzero(score >= threshold):
            x, y = (i % cols + box[i, 0]) * stride, (i // cols + box[i, 1]) * stride
            w, h = numpy.exp(box[i, 2:]) * stride
            boxes.append([float(x - w / 2), float(y - h / 2), float(w), float(h)])
            scores.append(float(score[i]))
    keep = cv2.dnn.NMSBoxes(boxes, scores, threshold, 0.4) if boxes else []
    return [boxes[i][:2] + [boxes[i][0] + boxes[i][2], boxes[i][1] + boxes[i][3], scores[i]]
            for i in numpy.array(keep).reshape(-1)]


def main():
    folder, model, out, names = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
    net = cv2.dnn.readNetFromONNX(model)
    found = {}
    start = time.perf_counter()
    for name in names:
        for path in sorted(pathlib.Path(folder).iterdir()):
            photo = ENHANCE[name](cv2.imread(str(path)))
            found[f"{name} {path.name}"] = yunet(net, photo)
    print(f"{time.perf_counter() - start:.3f}")
    pathlib.Path(out).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
