"""The log of a run as a picture."""

from __future__ import annotations

import csv
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt


def draw_curves(log: Path, picture: Path) -> None:
    with log.open(newline="") as rows:
        table = list(csv.DictReader(rows))
    steps = [int(row["step"]) for row in table]
    figure, axes = plt.subplots(1, 2, figsize=(10, 3.6), constrained_layout=True)
    for axis, column, label in (
        (axes[0], "bits_per_pixel", "negative log-likelihood, bits a pixel"),
        (axes[1], "watched_psnr", "PSNR of fixed training crops, dB"),
    ):
        axis.plot(steps, [float(row[column]) for row in table])
        axis.set(xlabel="step", ylabel=label)
        axis.grid(alpha=0.3)
    figure.savefig(picture)
    plt.close(figure)
