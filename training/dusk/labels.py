"""Faces of the bright photos, from what the teachers agree on and from WIDER's own labels.

A label is a row of 15 numbers: x1, y1, x2, y2, five landmarks (x, y), and the kind: FACE, or DOUBT
where one teacher alone saw something, which is neither face nor background in training. Landmarks
that nobody gave are NaN.
"""
import json

import numpy as np

from training.common import splits
from training.dusk import teach

FACE, DOUBT = 1.0, 0.0
COLUMNS = 15

_SURE = 0.6  # a teacher's score that counts as seeing a face
_SAME_FACE_IOU = 0.5
_DOUBT_IOU = 0.3


def iou(boxes, others):
    """N x M overlaps."""
    top = np.maximum(boxes[:, None, :2], others[None, :, :2])
    bottom = np.minimum(boxes[:, None, 2:4], others[None, :, 2:4])
    shared = np.clip(bottom - top, 0, None).prod(-1)
    area = lambda b: np.clip(b[:, 2:4] - b[:, :2], 0, None).prod(-1)
    union = area(boxes)[:, None] + area(others)[None] - shared
    return shared / np.maximum(union, 1e-9)


def _rows(faces):
    rows = np.zeros((len(faces), COLUMNS + 1), np.float32)
    for row, face in zip(rows, faces):
        row[:4] = face["box"]
        row[4:14] = np.ravel(face["landmarks"])
        row[15] = face["score"]
    return rows


def agreed(first, second):
    """Labels from two teachers' rows (with scores in column 15): where both see a face, the mean of
    the two; where one does, or both are unsure, a doubt."""
    labels = []
    taken = np.zeros(len(second), bool)
    overlaps = iou(first, second)
    for row, overlap in zip(first, overlaps):
        overlap = np.where(taken, 0, overlap)
        best = int(overlap.argmax()) if len(overlap) else -1
        label = row[:COLUMNS].copy()
        label[14] = DOUBT
        if best >= 0 and overlap[best] >= _SAME_FACE_IOU:
            taken[best] = True
            label[:14] = (row[:14] + second[best, :14]) / 2
            if min(row[15], second[best, 15]) >= _SURE:
                label[14] = FACE
        labels.append(label)
    for row in second[~taken]:
        label = row[:COLUMNS].copy()
        label[14] = DOUBT
        labels.append(label)
    return np.array(labels, np.float32).reshape(-1, COLUMNS)


def labels_of(source):
    """name -> the teachers' labels, in pixels of the photo (of UTKFace: of the padded photo)."""
    found = []
    for teacher in teach.TEACHERS:
        path = teach.output(source, teacher)
        if not path.exists():
            raise SystemExit(f"{path} is not there: run python3 -m training.dusk.teach first")
        photos = json.loads(path.read_text())
        found.append({p["image"].rsplit("/", 1)[-1]: _rows(p["faces"]) for p in photos})
    return {name: agreed(rows, found[1][name]) for name, rows in found[0].items()}


def _wider_label(path, width, height):
    """WIDER's own boxes (and landmarks where they are known) from a file in YOLO form."""
    labels = []
    for line in path.read_text().splitlines():
        numbers = [float(part) for part in line.split()]
        x, y, w, h = numbers[1] * width, numbers[2] * height, numbers[3] * width, numbers[4] * height
        label = np.full(COLUMNS, np.nan, np.float32)
        label[:4] = x - w / 2, y - h / 2, x + w / 2, y + h / 2
        points = np.array(numbers[5:15])
        if len(points) == 10 and (points >= 0).all():
            label[4:14] = points * np.tile([width, height], 5)
        label[14] = FACE
        labels.append(label)
    return np.array(labels, np.float32).reshape(-1, COLUMNS)


def wider_labels(sizes):
    """name -> labels. Landmarks that WIDER lacks are the teachers'; what they see beside WIDER's
    labels is in doubt. `sizes`: name -> (width, height)."""
    folder = splits.shared_folder() / "data" / "wider" / "label"
    teachers = labels_of("wider")
    labels = {}
    for name, (width, height) in sizes.items():
        own = _wider_label(folder / (name.rsplit(".", 1)[0] + ".txt"), width, height)
        seen = teachers[name]
        overlaps = iou(own, seen)
        for face, overlap in zip(own, overlaps):
            if overlap.max(initial=0) >= _SAME_FACE_IOU and np.isnan(face[4]):
                face[4:14] = seen[overlap.argmax(), 4:14]
        strangers = seen[overlaps.max(0, initial=0) < _DOUBT_IOU]
        strangers[:, 14] = DOUBT
        labels[name] = np.concatenate([own, strangers])
    return labels

