"""A training run that can be stopped at any time and goes on as if it had not been."""

from __future__ import annotations

import csv
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping

import torch

from curves import draw_curves
from data import Batch, PairCrops
from network import LLFlow, Shape

SECONDS_PER_CHECKPOINT = 120
STEPS_PER_ROW = 50
WATCHED_BATCH = 2**32 - 1  # a batch that no step trains on, of the training scenes
COLUMNS = ("step", "bits_per_pixel", "watched_psnr", "skipped", "rate", "seconds")


@dataclass(frozen=True)
class Recipe:
    """How a configuration file says to train."""

    seed: int
    steps: int
    rate: float
    betas: tuple[float, float]
    warmup: int
    decay_from: float
    average: float
    gradient_limit: float
    crop: int
    batch: int
    quantum: float
    own_colours: float

    @staticmethod
    def of(config: Mapping[str, Any]) -> Recipe:
        train, data = config["train"], config["datasets"]["train"]
        return Recipe(
            seed=train["manual_seed"],
            steps=train["niter"],
            rate=train["lr_G"],
            betas=(train["beta1"], train["beta2"]),
            warmup=train["warmup_iter"],
            decay_from=train["decay_from"],
            average=train["average"],
            gradient_limit=train["gradient_limit"],
            crop=data["GT_size"],
            batch=data["batch_size"],
            quantum=1 / data["quant"],
            own_colours=config["train_gt_ratio"],
        )

    def rate_at(self, step: int) -> float:
        """Up in a line, level, and down in a line: the end may move while the level part lasts."""
        start = self.decay_from * self.steps
        falling = (self.steps - step) / (self.steps - start)
        return self.rate * min(1.0, (step + 1) / self.warmup, falling)


class Run:
    """The state of a training run: the network, its averaged twin, the optimiser and the step."""

    def __init__(self, shape: Shape, recipe: Recipe, crops: PairCrops, folder: Path) -> None:
        torch.manual_seed(recipe.seed)
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._recipe = recipe
        self._crops = crops
        self._folder = folder
        self._network = LLFlow(shape).to(self._device)
        self._mean = LLFlow(shape).to(self._device)
        self._optimiser = torch.optim.Adam(self._network.parameters(), betas=recipe.betas)
        self._watched = self._batch(WATCHED_BATCH)
        self._step = 0
        self._skipped = 0
        if self._checkpoint.exists():
            self._resume()
        else:
            self._network.initialise(self._watched.x, self._watched.bright)
            self._mean.load_state_dict(self._network.state_dict())
            self._log.write_text(",".join(COLUMNS) + "\n")

    @property
    def _checkpoint(self) -> Path:
        return self._folder / "checkpoint.pt"

    @property
    def _log(self) -> Path:
        return self._folder / "log.csv"

    def _batch(self, step: int) -> Batch:
        batch = self._crops.batch(step)
        return Batch(batch.x.to(self._device), batch.bright.to(self._device))

    def _resume(self) -> None:
        state = torch.load(self._checkpoint, map_location=self._device)
        self._network.load_state_dict(state["network"])
        self._mean.load_state_dict(state["mean"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._step, self._skipped = state["step"], state["skipped"]
        # Rows of steps after the checkpoint will be written again.
        rows = self._log.read_text().splitlines()
        kept = rows[:1] + [row for row in rows[1:] if int(row.split(",")[0]) <= self._step]
        self._log.write_text("\n".join(kept) + "\n")
        print(f"goes on from step {self._step}", flush=True)

    def _save(self) -> None:
        state = {
            "network": self._network.state_dict(),
            "mean": self._mean.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "step": self._step,
            "skipped": self._skipped,
        }
        replace(state, self._checkpoint)
        draw_curves(self._log, self._folder / "curves.png")

    def _train_step(self) -> float:
        """One step of gradient descent; returns the bits a pixel before it."""
        # The step's own seed, so that noise after a resume is what it would have been.
        noise = torch.Generator().manual_seed(self._recipe.seed * 2**32 + self._step)
        batch = self._batch(self._step)
        jitter = torch.rand(batch.bright.shape, generator=noise).to(self._device) - 0.5
        own_colours = bool(torch.rand((), generator=noise) < self._recipe.own_colours)
        bits = self._network.bits_per_pixel(
            batch.x, batch.bright + jitter * self._recipe.quantum, own_colours
        ).mean()
        self._optimiser.zero_grad(set_to_none=True)
        bits.backward()
        norm = torch.nn.utils.clip_grad_norm_(
            self._network.parameters(), self._recipe.gradient_limit
        )
        for group in self._optimiser.param_groups:
            group["lr"] = self._recipe.rate_at(self._step)
        if torch.isfinite(norm):
            self._optimiser.step()
        else:  # an overflow; one step less does no harm
            self._skipped += 1
        self._step += 1
        weight = min(self._recipe.average, self._step / (self._step + 10))
        with torch.no_grad():
            for mean, value in zip(self._mean.parameters(), self._network.parameters()):
                mean.lerp_(value, 1 - weight)
        return bits.item()

    def _write_row(self, bits: float, seconds: float) -> None:
        with torch.no_grad():
            error = self._mean(self._watched.x).clamp(0, 1) - self._watched.bright
        watched = -10 * error.square().mean().log10().item()
        rate = self._recipe.rate_at(self._step)
        numbers = (f"{bits:.4f}", f"{watched:.3f}", self._skipped, f"{rate:.2e}", f"{seconds:.2f}")
        row = (self._step, *numbers)
        with self._log.open("a", newline="") as log:
            csv.writer(log, lineterminator="\n").writerow(row)
        print(*(f"{name} {value}" for name, value in zip(COLUMNS, row)), flush=True)

    def train(self, until: int) -> None:
        """Trains up to step `until`; at the last step of the recipe the weights are written."""
        saved = started = time.monotonic()
        bits: list[float] = []
        while self._step < min(until, self._recipe.steps):
            bits.append(self._train_step())
            now = time.monotonic()
            if self._step % STEPS_PER_ROW == 0:
                self._write_row(sum(bits) / len(bits), (now - started) / len(bits))
                bits, started = [], now
            if now - saved > SECONDS_PER_CHECKPOINT:
                self._save()
                saved = now
        self._save()
        if self._step == self._recipe.steps:
            shipped = {name: value.cpu() for name, value in self._mean.state_dict().items()}
            replace(shipped, self._folder / "weights.pth")


def replace(state: Mapping[str, Any], path: Path) -> None:
    """Written beside and moved over, so that a stop in between leaves the old file."""
    part = path.with_suffix(".part")
    torch.save(state, part)
    os.replace(part, path)
