"""Batches of scenes in the dark with what each cell is to find. Batch n is the same whenever it is
drawn, so a training resumes exactly."""
import cv2
import numpy as np
from torch.utils.data import Dataset

from training.common import darkness, exposure
from training.dusk import labels, scenes, sources, targets

_DARKER_NIGHT_EV = -1.5  # photos that were taken in the dark are darkened no further


class Batches(Dataset):
    def __init__(self, config, kept_out=False):
        cv2.setNumThreads(1)
        self.config = config
        self.size = config["scene_px"]
        self.middles = targets.cell_middles(self.size)
        deviates = exposure.Deviates(np.random.default_rng(config["seed"]))
        self.darkness = darkness.Darkness(config["darkness"], deviates)
        self.composer = scenes.Composer(sources.all_of(kept_out), config["scenes"], self.size)

    def __len__(self):
        return self.config["steps"]

    def draw(self, rng):
        """(photo, labels): faces of which the dark leaves nothing are in doubt."""
        photo, rows, in_the_dark = self.composer.draw(rng)
        photo, light = self.darkness.render(photo, rng, _DARKER_NIGHT_EV if in_the_dark else None)
        hidden = darkness.visibility(light, rows[:, :4]) < self.config["least_visibility"]
        rows[hidden, 14] = labels.DOUBT
        return photo, rows

    def __getitem__(self, step):
        rng = np.random.default_rng([self.config["seed"], step])
        drawn = [self.draw(rng) for _ in range(self.config["batch"])]
        cells = [targets.assign(rows, self.middles) for _, rows in drawn]
        first = np.arange(len(cells)) * len(self.middles)
        return {
            "photos": np.stack([photo for photo, _ in drawn]),
            "kind": np.stack([c.kind for c in cells]),
            "index": np.concatenate([c.index + f for c, f in zip(cells, first)]),
            "box": np.concatenate([c.box for c in cells]),
            "points": np.concatenate([c.points for c in cells]),
        }
