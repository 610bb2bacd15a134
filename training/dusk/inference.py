"""The trained network on photos, in PyTorch: what src/detect/dusk.cpp does with the exported one."""
import numpy as np
import torch

from training.common.input import to_input
from training.dusk import labels
from training.dusk.network import STRIDES

NMS_IOU = 0.4


def padded(photo):
    """With black on the right and bottom, to whole cells of the coarsest stride, two at least."""
    height, width = (max(-(-side // 32) * 32, 64) for side in photo.shape[:2])
    canvas = np.zeros((height, width, 3), np.uint8)
    canvas[: photo.shape[0], : photo.shape[1]] = photo
    return canvas


def without_overlaps(rows, limit=NMS_IOU):
    """Greedy non-maximum suppression; rows begin with x1, y1, x2, y2, logit."""
    rows = rows[np.argsort(-rows[:, 4], kind="stable")]
    kept = []
    while len(rows):
        kept.append(rows[0])
        rows = rows[1:][labels.iou(rows[:1], rows[1:])[0] <= limit]
    return np.array(kept).reshape(-1, 15)


def detect(model, photo, least_logit):
    """Rows of x1, y1, x2, y2, logit and five landmarks, best first."""
    with torch.no_grad():
        outputs = model(to_input(padded(photo)[None]))
    found = []
    for stride, output in zip(STRIDES, outputs):
        cells = output[0].permute(1, 2, 0).float().numpy().astype(np.float64)
        y, x = np.nonzero(cells[:, :, 0] >= least_logit)
        values = cells[y, x]
        corner = np.stack([x, y], 1) * stride
        middle = corner + values[:, 1:3] * stride
        half = np.exp(values[:, 3:5]) * stride / 2
        points = np.tile(corner, 5) + values[:, 5:] * stride
        found.append(np.concatenate([middle - half, middle + half, values[:, :1], points], 1))
    return without_overlaps(np.concatenate(found))
