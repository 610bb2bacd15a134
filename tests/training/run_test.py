#!/usr/bin/python3
"""A training goes on as if it had not been stopped, and ends with norms that a single photo has."""

import sys
import tempfile
import unittest
from pathlib import Path

from support import ROOT

sys.path.insert(0, str(ROOT))

import numpy as np
import torch
from torch import nn

from training.common.run import Run, learning_rate

CONFIG = {"steps": 100, "learning_rate": 0.01, "warm_up": 2, "cool_down": 60, "weight_decay": 0.01,
          "average": 0.9, "fixed_norms_from": 70}


class Batches(torch.utils.data.Dataset):
    def __len__(self):
        return CONFIG["steps"]

    def __getitem__(self, step):
        random = np.random.default_rng(step)
        # Half of the batches are far brighter than the others, as scenes of several exposures are.
        return {"photos": random.normal(3 * (step % 2), 1, (2, 3, 16, 16)).astype(np.float32)}


def loss(model, batch, device):
    away = ((model(batch["photos"].to(device)).float() - 1) ** 2).mean()
    return {"loss": away, "away": away}


def run_until(folder, step):
    """A run that is stopped after `step`, as SIGTERM does."""
    torch.manual_seed(1)
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 1, 1))
    run = Run(model, CONFIG, Path(folder))
    batches = Batches()
    run.resume(batches, loss)
    model.train()
    while run.step < step:
        batch = {k: torch.from_numpy(v) for k, v in batches[run.step].items()}
        run.train_on(batch, loss)
    run.save()
    return run


class Resuming(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def fresh(self, name):
        folder = Path(self.folder.name) / name
        folder.mkdir()
        (folder / "log.jsonl").write_text('{"step": 1, "loss": 1}\n')
        return folder

    def test_learning_rate_rises_stays_and_falls(self):
        config = {"learning_rate": 1.0, "warm_up": 10, "cool_down": 20, "steps": 100}
        rates = [learning_rate(step, config) for step in (0, 9, 50, 80, 90, 99)]
        np.testing.assert_allclose(rates, [0.1, 1, 1, 1, 0.5, 0.05])

    def test_goes_on_to_the_same_weights(self):
        whole = run_until(self.fresh("whole"), 80)
        parts = self.fresh("parts")
        for step in (30, 75, 80):  # before and after the norms are fixed
            last = run_until(parts, step)
        for name, value in whole.model.state_dict().items():
            self.assertTrue(torch.equal(value, last.model.state_dict()[name]), name)
            self.assertTrue(torch.equal(whole.average.values[name], last.average.values[name]), name)

    def test_from_the_configured_step_norms_stay_as_they_are(self):
        folder = self.fresh("norms")
        means = {step: run_until(folder, step).model[1].running_mean.clone() for step in (60, 71, 90)}
        self.assertFalse(torch.equal(means[60], means[71]))
        self.assertTrue(torch.equal(means[71], means[90]))
        self.assertFalse(run_until(folder, 91).model[1].training)

    def test_a_whole_run_lowers_the_loss_and_draws_its_curves(self):
        folder = self.fresh("go")
        torch.manual_seed(1)
        model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 1, 1))
        run = Run(model, CONFIG, folder)
        run.go(Batches(), loss)
        self.assertEqual(run.step, 100)
        self.assertTrue((folder / "curves.png").exists())
        with torch.no_grad():
            photos = torch.from_numpy(Batches()[200]["photos"])
            self.assertLess(float(((model(photos) - 1) ** 2).mean()), 0.2)


if __name__ == "__main__":
    unittest.main()
