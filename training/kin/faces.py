"""Aligned faces of UTKFace, with some of what lies around them, and blends of two.

A face comes on a canvas of 144 x 144: the embedders' crop of 112 x 112 and 16 pixels on every side, so
that it can be moved, turned and scaled in training. UTKFace's photos end at the forehead: a canvas has a
fourth channel, how much of a pixel (of 255) its photo covers, and is black where there is none, as the
program's alignment leaves it.
"""
import cv2
import numpy as np

from training.common import splits
from training.dusk import labels, sources, teach

CROP = 112
MARGIN = 16
CANVAS = CROP + 2 * MARGIN

# Where the embedders' crop has eyes, nose and corners of the mouth (InsightFace's points).
POINTS = np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366],
                   [41.5493, 92.3655], [70.7299, 92.2041]])


def similarity(points, wanted):
    """The similarity transform (2 x 3) that takes `points` to `wanted` with the least squares (Umeyama
    1991), as src/recognize/align.cpp has it."""
    a, b = points - points.mean(0), wanted - wanted.mean(0)
    a, b = a[:, 0] + 1j * a[:, 1], b[:, 0] + 1j * b[:, 1]
    turn = (a.conj() * b).sum() / (abs(a) ** 2).sum()
    linear = np.array([[turn.real, -turn.imag], [turn.imag, turn.real]])
    return np.concatenate([linear, (wanted.mean(0) - linear @ points.mean(0))[:, None]], 1)


def aligned(photo, points, wanted=POINTS + MARGIN, size=CANVAS):
    """Black outside the photo, as src/recognize/align.cpp has it."""
    return cv2.warpAffine(photo, similarity(points, wanted), (size, size))


def canvas_of(path, points):
    """`points`: landmarks in the padded photo (training/dusk/labels.py)."""
    photo = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2BGRA)
    return aligned(photo, points - teach.PAD)


def crop(canvas):
    """What the embedders see of it."""
    inner = slice(MARGIN, MARGIN + CROP)
    return np.ascontiguousarray(canvas[inner, inner, :3])


def crops(canvases):
    return [crop(canvas) for canvas in canvases]


def utkface(kept_out):
    """(names, canvases N x 144 x 144 x 4) of the photos in which the teachers agree on one face."""
    known = labels.labels_of("utkface")
    names, canvases = [], []
    for name, path in splits.photos_of("utkface", kept_out):
        rows = known[name]
        rows = rows[rows[:, 14] == labels.FACE]
        if len(rows) == 1:
            points = rows[0, 4:14].reshape(5, 2).astype(np.float64)
            names.append(name)
            canvases.append(canvas_of(path, points))
    return names, np.stack(canvases)


def races(names):
    return np.array([sources.race_of(name) for name in names])


def _reshaped(canvas, rng):
    """Another head's shape: stretched a little and bent smoothly, aligned again by where the bending took the five points."""
    field = cv2.resize(rng.normal(0, 2.5, (4, 4, 2)), (CANVAS, CANVAS), interpolation=cv2.INTER_CUBIC)
    stretch = np.exp(rng.normal(0, 0.05, 2))

    def source(points):  # of a place in the new face
        x, y = np.clip(np.rint(points), 0, CANVAS - 1).astype(int).T
        return (points - CANVAS / 2) * stretch + CANVAS / 2 + field[y, x]

    wanted = POINTS + MARGIN
    back = similarity(wanted, 2 * wanted - source(wanted))
    places = np.stack(np.meshgrid(np.arange(CANVAS), np.arange(CANVAS)), -1).reshape(-1, 2)
    places = source(places @ back[:, :2].T + back[:, 2]).astype(np.float32).reshape(CANVAS, CANVAS, 2)
    return cv2.remap(canvas, places, None, cv2.INTER_LINEAR)


def _line(rng):
    """One side of a line through the face."""
    y, x = np.mgrid[0:CANVAS, 0:CANVAS].astype(np.float32) - CANVAS / 2
    angle = rng.choice([0, np.pi / 2, rng.uniform(0, np.pi)])
    along = x * np.cos(angle) + y * np.sin(angle) + rng.normal(0, 8)
    return along / rng.uniform(3, 10)


def _islands(rng):
    """Where a smooth random field is high."""
    field = cv2.resize(rng.normal(0, 1, (5, 5)).astype(np.float32), (CANVAS, CANVAS), interpolation=cv2.INTER_CUBIC)
    return field * rng.uniform(2, 8)


def blend(canvases, number, seed):
    """A face between two others, always the same for a number: of other shapes than they have, they are mixed, or one
    gives regions of the other's. Nobody has it, but the teachers say where among faces it lies."""
    rng = np.random.default_rng([seed, 1, number])
    first, second = (_reshaped(canvases[n], rng).astype(np.float32)
                     for n in rng.integers(len(canvases), size=2))
    if rng.random() < 0.5:
        first = first[:, ::-1]
    kind = rng.random()
    if kind < 0.4:
        share = rng.uniform(0.15, 0.85)
    else:
        share = (1 / (1 + np.exp(-(_line if kind < 0.6 else _islands)(rng))))[:, :, None]
    return np.rint(first * share + second * (1 - share)).astype(np.uint8)
