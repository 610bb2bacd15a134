"""Photos in and out, and what the network sees of a dark one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image


def read_rgb(path: Path) -> np.ndarray:
    """Height x width x 3 bytes."""
    with Image.open(path) as photo:
        return np.asarray(photo.convert("RGB"))


def equalising_curves(rgb: np.ndarray) -> np.ndarray:
    """Per channel, the 256 values that histogram equalisation maps each level to.

    The definition is OpenCV's (cv::equalizeHist), which the authors' checkpoints were trained with:
    the darkest level present goes to 0, and the others share 255 by the pixels at or below them.
    """
    curves = np.zeros((3, 256), np.uint8)
    for channel in range(3):
        counts = np.bincount(rgb[..., channel].ravel(), minlength=256)
        darkest = int(counts.nonzero()[0][0])
        brighter = rgb.shape[0] * rgb.shape[1] - int(counts[darkest])
        if brighter == 0:
            curves[channel] = darkest
            continue
        counts[darkest] = 0
        scale = np.float32(255) / np.float32(brighter)
        curves[channel] = np.rint(np.cumsum(counts).astype(np.float32) * scale)
    return curves


def network_input(rgb: np.ndarray, curves: np.ndarray) -> np.ndarray:
    """6 x height x width: log(rgb + 1e-3), then the equalised photo, both of values in 0..1.

    The curves are the whole photo's, also where `rgb` is a part of it.
    """
    values = rgb.astype(np.float32).transpose(2, 0, 1) / 255
    equalised = np.stack([curves[channel][rgb[..., channel]] for channel in range(3)])
    return np.concatenate((np.log(values + np.float32(1e-3)), equalised.astype(np.float32) / 255))
