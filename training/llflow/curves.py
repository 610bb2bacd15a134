"""The log of a run as a picture."""

from __future__ import annotations

import csv
from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")
import matplotlib.pyplot as plt


def draw_curves(log: Path, picture: Path) -> None:
    with log.open(newline="") as rows:
        table = list(csv.DictReader(rows))
    if not table:
        return  # stopped before the first row
    steps = [int(row["step"]) for row in table]
    figure, axes = plt.subplots(1, 2, figsize=(10, 3.6), constrained_layout=True)
    for axis, column, label in (
        (axes[0], "bits_per_pixel", "negative log-likelihood, bits a pixel"),
        (axes[1], "watched_psnr", "PSNR of fixed training crops, dB"),
    ):
        values = [float(row[column]) for row in table]
        axis.plot(steps, values)
        # A batch that the network finds all but impossible lifts its row far above the others.
        low, high = np.percentile(values, (0, 92))
        axis.set_ylim(low - 0.05 * (high - low), high + 0.15 * (high - low))
        axis.set(xlabel="step", ylabel=label)
        axis.grid(alpha=0.3)
    figure.savefig(picture)
    plt.close(figure)
