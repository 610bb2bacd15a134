"""Batches of crops.  A batch is a function of the seed and the step, so a resumed run sees the same."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from photos import equalising_curves, network_input, read_rgb
from scenes import Pair

DARKENED = 0.25  # share of dark photos that are taken darker still
MOST_DARKENING_EV = 4.0
SHOT_NOISE, READ_NOISE = 1e-4, 4e-7  # as the program's exposure model


@dataclass(frozen=True)
class Batch:
    x: Tensor
    bright: Tensor


def darken(rgb: np.ndarray, ev: float, random: np.random.Generator) -> np.ndarray:
    """The photo `ev` stops darker with a sensor's noise: the exposure model of the program's study.

    The stacks end where a photographer stopped; what a night street looks like is darker.
    """
    values = rgb.astype(np.float32) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    linear *= np.float32(2.0**-ev)
    noise = random.standard_normal(rgb.shape, np.float32)
    linear = np.clip(linear + noise * np.sqrt(SHOT_NOISE * linear + READ_NOISE), 0, 1)
    values = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.rint(values * 255).astype(np.uint8)


class PairCrops:
    """Crops of pairs at random places, flipped at random; decoded photos are kept in memory."""

    def __init__(self, pairs: list[Pair], crop: int, batch: int, seed: int) -> None:
        self._pairs = pairs
        self._crop = crop
        self._batch = batch
        self._seed = seed
        self._photo = lru_cache(maxsize=None)(self._read)

    @staticmethod
    def _read(path: Path) -> tuple[np.ndarray, np.ndarray]:
        rgb = read_rgb(path)
        return rgb, equalising_curves(rgb)

    def batch(self, step: int) -> Batch:
        random = np.random.default_rng([self._seed, step])
        samples = [self._sample(random) for _ in range(self._batch)]
        return Batch(
            torch.from_numpy(np.stack([x for x, _ in samples])),
            torch.from_numpy(np.stack([bright for _, bright in samples])),
        )

    def _sample(self, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        pair = self._pairs[random.integers(len(self._pairs))]
        dark, curves = self._photo(pair.dark)
        bright, _ = self._photo(pair.bright)
        if random.random() < DARKENED:
            dark = darken(dark, random.uniform(0, MOST_DARKENING_EV), random)
            curves = equalising_curves(dark)
        top, left = (int(random.integers(side - self._crop + 1)) for side in dark.shape[:2])
        part = np.s_[top : top + self._crop, left : left + self._crop]
        x = network_input(dark[part], curves)
        target = bright[part].astype(np.float32).transpose(2, 0, 1) / 255
        if random.random() < 0.5:
            x, target = x[:, :, ::-1], target[:, :, ::-1]
        return x.copy(), target.copy()
