"""Which cell of the network answers for which face.

A face belongs to the strides that suit its size; there, the cells near its middle are to find it.
Cells near the middle at a stride that nearly suits, and all cells in boxes that are in doubt, take no
part in the loss; every other cell is background.
"""
from dataclasses import dataclass

import numpy as np

from training.dusk import labels
from training.dusk.network import STRIDES

# Root of the area, in pixels.
_SUITS = {8: (0, 44), 16: (32, 104), 32: (76, 1e9)}
_NEARLY = 1.4

BACKGROUND, IGNORED, FACE = 0, 1, 2


@dataclass
class Cells:
    kind: np.ndarray  # of every cell, stride after stride, row after row
    index: np.ndarray  # of the cells that find a face
    box: np.ndarray  # for each of these, in pixels
    points: np.ndarray  # ten numbers; NaN where unknown


def cell_middles(size):
    """Middles and strides of all cells of a square scene."""
    parts = []
    for stride in STRIDES:
        middle = (np.arange(size // stride) + 0.5) * stride
        y, x = np.meshgrid(middle, middle, indexing="ij")
        parts.append(np.stack([x.ravel(), y.ravel(), np.full(x.size, stride)], 1))
    return np.concatenate(parts).astype(np.float32)


def assign(rows, middles):
    kind = np.full(len(middles), BACKGROUND, np.uint8)
    owner = np.full(len(middles), -1)
    nearest = np.full(len(middles), np.inf, np.float32)
    x, y, stride = middles.T
    for row in rows[rows[:, 14] == labels.DOUBT]:
        kind[(x > row[0]) & (x < row[2]) & (y > row[1]) & (y < row[3])] = IGNORED
    for i in np.flatnonzero(rows[:, 14] == labels.FACE):
        x1, y1, x2, y2 = rows[i, :4]
        side = np.sqrt((x2 - x1) * (y2 - y1))
        away_x, away_y = np.abs(x - (x1 + x2) / 2), np.abs(y - (y1 + y2) / 2)
        reach = np.clip(0.25 * side, 0.6 * stride, 1.3 * stride)
        near = (away_x <= reach) & (away_y <= reach)
        for level, (low, high) in _SUITS.items():
            at = near & (stride == level)
            if low <= side <= high:
                distance = np.maximum(away_x, away_y) / side
                at &= distance < nearest
                nearest[at] = distance[at]
                owner[at] = i
                kind[at] = FACE
            elif low / _NEARLY <= side <= high * _NEARLY:
                kind[at & (kind == BACKGROUND)] = IGNORED
    index = np.flatnonzero(kind == FACE)
    found = rows[owner[index]]
    return Cells(kind, index, found[:, :4], found[:, 4:14])
