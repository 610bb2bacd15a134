"""A training's run: seeded, resumable, with a log and its curves."""
import argparse
import ctypes
import json
import signal
import time
from pathlib import Path

import torch
from torch.utils.data import DataLoader, default_convert

from training.common.begin import begin_with
from training.common.checkpoint import Average, load_checkpoint, save_checkpoint
from training.common.curves import append_log, cut_log, draw_curves
from training.common.onnx_file import MODELS

_CHECKPOINT_SECONDS = 300
_LOG_STEPS = 50
_NORM_STEPS = 100


def learning_rate(step, config):
    """Rises to the plateau, stays, and falls to nothing over the last steps; so a training may be
    given more steps as long as it has not begun to fall."""
    rising = (step + 1) / config["warm_up"]
    falling = (config["steps"] - step) / config["cool_down"]
    return config["learning_rate"] * min(1, rising, falling)


def read_config(description, beside):
    """The configuration that --config names, else config.json beside the calling file."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--config", type=Path, default=Path(beside).with_name("config.json"))
    config = json.loads(parser.parse_args().config.read_text())
    torch.manual_seed(config["seed"])
    return config


def parameters(model):
    return sum(p.numel() for p in model.parameters())


def keep_memory():
    """Tells the allocator of glibc to keep freed memory: a training frees and asks for the same large
    arrays at every step, and fresh pages cost more than the arithmetic on them."""
    trim_threshold, top_pad, most_maps, most_arenas = -1, -2, -4, -8
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(most_arenas, 1)
        libc.mallopt(most_maps, 0)
        libc.mallopt(trim_threshold, 2**31 - 1)
        libc.mallopt(top_pad, 2**26)


class Run:
    """Trains `model` until the steps of `config` are done. State lies in `folder`: checkpoint.pt
    (written every five minutes and when SIGTERM or SIGINT asks for an end), log.jsonl, curves.png."""

    def __init__(self, model, config, folder):
        keep_memory()
        self.config = config
        self.folder = folder
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model = model.to(self.device, memory_format=torch.channels_last)
        decayed = [p for p in model.parameters() if p.ndim > 1]
        others = [p for p in model.parameters() if p.ndim <= 1]
        self.optimiser = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": config["weight_decay"]},
             {"params": others, "weight_decay": 0}], lr=config["learning_rate"])
        self.average = Average(model, config["average"])
        self.step = 0

    @property
    def checkpoint(self):
        return self.folder / "checkpoint.pt"

    def resume(self, batches, loss):
        state = load_checkpoint(self.checkpoint)
        if state is None:
            if self.config.get("begin_with"):
                self.begin_with_exported(batches, loss)
            return
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.average.values = state["average"]
        self.step = state["step"]
        cut_log(self.folder / "log.jsonl", self.step)

    def begin_with_exported(self, batches, loss):
        """Goes on from weights in models/, with norms as the first batch has them."""
        file = MODELS / self.config["begin_with"]
        examples = default_convert(batches[0])
        begin_with(self.model, file, lambda: loss(self.model, examples, self.device))
        self.average = Average(self.model, self.config["average"])

    def save(self):
        save_checkpoint(self.checkpoint, {
            "model": self.model.state_dict(), "optimiser": self.optimiser.state_dict(),
            "average": self.average.values, "step": self.step, "config": self.config})
        draw_curves(self.folder / "log.jsonl", self.folder / "curves.png")

    def settle_norms(self):
        """From `fixed_norms_from` on batch normalisation uses what it saw in the last steps before, as it will
        when the network is used. With few scenes in a batch, some bright and some dark, each batch's own
        means and deviations tell the network more than it will know of a single photo: small faces were
        placed half a pixel worse and scored far too high without it. The averages over these steps, not
        the exponential ones over a thousand: weights move, and the loss jumped when they were used."""
        fixed = self.config["fixed_norms_from"]
        first = max(fixed - _NORM_STEPS, 0)
        if self.step < first:
            return
        for name, part in self.model.named_modules():
            if not isinstance(part, torch.nn.BatchNorm2d):
                continue
            if self.step < fixed:
                if self.step == first:
                    part.reset_running_stats()
                part.momentum = None  # all batches since the reset count alike
                continue
            part.eval()
            if self.step == fixed:
                self.average.values[f"{name}.running_mean"].copy_(part.running_mean)
                self.average.values[f"{name}.running_var"].copy_(part.running_var)

    def train_on(self, batch, loss):
        self.settle_norms()
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(self.step, self.config)
        # On a processor, convolutions run in bfloat16 with weights in 32 bits: PyTorch 1.13 on one
        # thread would not use oneDNN otherwise and take ten times as long.
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            parts = loss(self.model, batch, self.device)
        self.optimiser.zero_grad(set_to_none=True)
        parts["loss"].backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        self.optimiser.step()
        self.step += 1
        self.average.update(self.model, self.step)
        return {name: float(value) for name, value in parts.items()}

    def go(self, batches, loss):
        """`batches[n]`: batch n, a dictionary of arrays. `loss(model, batch, device)`: parts by name,
        "loss" their sum."""
        self.resume(batches, loss)
        print(f"{parameters(self.model)} parameters, step {self.step} of {self.config['steps']}, on {self.device}",
              flush=True)
        asked = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: asked.append(True))
        loader = DataLoader(batches, batch_size=None, sampler=range(self.step, len(batches)),
                            num_workers=1, prefetch_factor=8)
        self.model.train()
        sums, since = {}, self.step
        saved = last = time.monotonic()
        for batch in loader:
            for name, value in self.train_on(batch, loss).items():
                sums[name] = sums.get(name, 0) + value
            if self.step % _LOG_STEPS == 0:
                now = time.monotonic()
                count = self.step - since  # fewer than _LOG_STEPS where a training was resumed
                row = {"step": self.step, **{k: round(v / count, 5) for k, v in sums.items()},
                       "ms per step": round((now - last) / count * 1e3, 1)}
                append_log(self.folder / "log.jsonl", row)
                sums, since, last = {}, self.step, now
                if now - saved > _CHECKPOINT_SECONDS:
                    self.save()
                    saved = now
            if asked:
                break
        self.save()
