"""How close two 8-bit RGB photos are, and how sure a mean over scenes is."""

from __future__ import annotations

import numpy as np

SSIM_SIDE, SSIM_SIGMA = 11, 1.5
RESAMPLES = 10_000


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB over all values of all channels; infinite for equal photos."""
    error = np.mean((a.astype(np.float64) - b.astype(np.float64)) ** 2)
    return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))


def gaussian_mean(x: np.ndarray) -> np.ndarray:
    """Local means under the Gaussian window, where it lies wholly inside."""
    offsets = np.arange(SSIM_SIDE) - SSIM_SIDE // 2
    window = np.exp(-(offsets**2) / (2 * SSIM_SIGMA**2))
    window /= window.sum()
    for axis in (0, 1):
        length = x.shape[axis] - SSIM_SIDE + 1
        x = sum(w * x.take(np.arange(i, i + length), axis) for i, w in enumerate(window))
    return x


def ssim(a: np.ndarray, b: np.ndarray) -> float:
    """Structural similarity, mean over the channels R, G, B and all whole windows.

    Wang, Bovik, Sheikh, Simoncelli 2004, "Image Quality Assessment: From Error Visibility to
    Structural Similarity", IEEE TIP 13(4): 11x11 Gaussian window of deviation 1.5, K1 = 0.01,
    K2 = 0.03, L = 255, variances without Bessel's correction.
    """
    x, y = a.astype(np.float64), b.astype(np.float64)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    mean_x, mean_y = gaussian_mean(x), gaussian_mean(y)
    variance_x = gaussian_mean(x * x) - mean_x**2
    variance_y = gaussian_mean(y * y) - mean_y**2
    covariance = gaussian_mean(x * y) - mean_x * mean_y
    similarity = ((2 * mean_x * mean_y + c1) * (2 * covariance + c2)) / (
        (mean_x**2 + mean_y**2 + c1) * (variance_x + variance_y + c2)
    )
    return float(similarity.mean())


def mean_and_interval(scenes: list[float], seed: int = 1) -> tuple[float, float, float]:
    """The mean over scenes and its 95 % percentile interval under resampling of scenes."""
    values = np.array(scenes)
    drawn = np.random.default_rng(seed).integers(len(values), size=(RESAMPLES, len(values)))
    low, high = np.percentile(values[drawn].mean(1), (2.5, 97.5))
    return float(values.mean()), float(low), float(high)
