"""Trains the detector `dusk`.

    python3 -m training.dusk.train [--config FILE]

Takes up where it was interrupted (checkpoints in the cache every five minutes and when it is asked to
end), and ends when the steps of the configuration are done. Curves: curves.png beside the checkpoint.
"""
import argparse
import json
import signal
import time
from pathlib import Path

import torch
from torch.utils.data import DataLoader

from training.common import splits
from training.common.checkpoint import Average, load_checkpoint, save_checkpoint
from training.common.curves import append_log, cut_log, draw_curves
from training.dusk.batches import Batches
from training.dusk.loss import dusk_loss
from training.dusk.network import Dusk, parameters, to_input

_CHECKPOINT_SECONDS = 300
_LOG_STEPS = 50


def learning_rate(step, config):
    """Rises to the plateau, stays, and falls to nothing over the last steps; so a training may be
    given more steps as long as it has not begun to fall."""
    rising = (step + 1) / config["warm_up"]
    falling = (config["steps"] - step) / config["cool_down"]
    return config["learning_rate"] * min(1, rising, falling)


class Training:
    def __init__(self, config, folder):
        self.config = config
        self.folder = folder
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(config["seed"])
        self.model = Dusk(**config["network"]).to(self.device, memory_format=torch.channels_last)
        decayed = [p for p in self.model.parameters() if p.ndim > 1]
        others = [p for p in self.model.parameters() if p.ndim <= 1]
        self.optimiser = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": config["weight_decay"]},
             {"params": others, "weight_decay": 0}], lr=config["learning_rate"])
        self.average = Average(self.model, config["average"])
        self.step = 0

    @property
    def checkpoint(self):
        return self.folder / "checkpoint.pt"

    def resume(self):
        state = load_checkpoint(self.checkpoint)
        if state is None:
            return
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.average.values = state["average"]
        self.step = state["step"]
        cut_log(self.folder / "log.jsonl", self.step)

    def save(self):
        save_checkpoint(self.checkpoint, {
            "model": self.model.state_dict(), "optimiser": self.optimiser.state_dict(),
            "average": self.average.values, "step": self.step, "config": self.config})
        draw_curves(self.folder / "log.jsonl", self.folder / "curves.png")

    def train_on(self, batch, middles):
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(self.step, self.config)
        photos = to_input(batch["photos"].numpy()).to(self.device)
        wanted = {k: v.to(self.device) for k, v in batch.items() if k != "photos"}
        parts = dusk_loss(self.model(photos), wanted, middles, self.config["loss"])
        self.optimiser.zero_grad(set_to_none=True)
        parts["loss"].backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        self.optimiser.step()
        self.step += 1
        self.average.update(self.model, self.step)
        return {name: float(value) for name, value in parts.items()}

    def run(self):
        """Until the steps are done or SIGTERM or SIGINT asks for an end."""
        asked = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: asked.append(True))
        batches = Batches(self.config)
        middles = torch.from_numpy(batches.middles).to(self.device)
        loader = DataLoader(batches, batch_size=None, sampler=range(self.step, len(batches)),
                            num_workers=1, prefetch_factor=8)
        self.model.train()
        sums = {}
        saved = last = time.monotonic()
        for batch in loader:
            for name, value in self.train_on(batch, middles).items():
                sums[name] = sums.get(name, 0) + value
            if self.step % _LOG_STEPS == 0:
                now = time.monotonic()
                row = {"step": self.step, **{k: round(v / _LOG_STEPS, 5) for k, v in sums.items()},
                       "ms per step": round((now - last) / _LOG_STEPS * 1e3, 1)}
                append_log(self.folder / "log.jsonl", row)
                sums, last = {}, now
                if now - saved > _CHECKPOINT_SECONDS:
                    self.save()
                    saved = now
            if asked:
                break
        self.save()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, default=Path(__file__).with_name("config.json"))
    config = json.loads(parser.parse_args().config.read_text())
    training = Training(config, splits.cache_folder("dusk"))
    training.resume()
    print(f"dusk: {parameters(training.model)} parameters, step {training.step} of "
          f"{config['steps']}, on {training.device}", flush=True)
    training.run()


if __name__ == "__main__":
    main()
