"""Batches of faces as a camera in the dark, far away or under hard light would have seen them. Batch n is
the same whenever it is drawn, so a training resumes exactly."""
import cv2
import numpy as np
from torch.utils.data import Dataset

from training.common import darkness, exposure
from training.kin import faces
from training.kin.surroundings import Surroundings, ordinary_photos


class Degrading:
    """What surroundings, distance, light and cameras do to a face."""

    def __init__(self, config):
        self.surroundings = Surroundings(ordinary_photos())
        deviates = exposure.Deviates(np.random.default_rng(config["seed"]))
        self.darkness = darkness.Darkness(config["darkness"], deviates)
        self.share_untouched = config["share_untouched"]

    def seen(self, canvas, rng):
        """The crop of 112 x 112: moved, and unless it stays untouched sometimes small, lit from a
        side, grey, in the dark."""
        canvas = self.surroundings.put_around(canvas, rng)
        if rng.random() < 0.5:
            canvas = canvas[:, ::-1]
        if rng.random() < self.share_untouched:
            return cv2.warpAffine(canvas, _moved(faces.CROP, rng), (faces.CROP, faces.CROP),
                                  borderMode=cv2.BORDER_REPLICATE)
        if rng.random() < 0.3:
            canvas = darkness.hard_light(canvas, rng)
        side = faces.CROP
        if rng.random() < 0.4:
            side = int(np.exp(rng.uniform(np.log(20), np.log(96))))
        crop = cv2.warpAffine(canvas, _moved(side, rng), (side, side),
                              flags=cv2.INTER_AREA if side > 60 else cv2.INTER_LINEAR,
                              borderMode=cv2.BORDER_REPLICATE)
        if rng.random() < 0.15:
            crop = cv2.cvtColor(cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
        crop, _ = self.darkness.render(crop, rng)
        if side != faces.CROP:
            crop = cv2.resize(crop, (faces.CROP, faces.CROP), interpolation=cv2.INTER_LINEAR)
        return crop


class Batches(Dataset):
    def __init__(self, config):
        cv2.setNumThreads(1)
        self.config = config
        self.degrading = Degrading(config)
        self.names, self.canvases = faces.utkface(kept_out=False)
        race = faces.races(self.names)
        self.blends = {}
        self.groups = [np.flatnonzero(race == r) for r in np.unique(race)]

    def __len__(self):
        return self.config["steps"]

    def draw(self, rng):
        """(crop, number of its target). Targets of blends come after those of faces. Every race label
        is drawn as often as every other."""
        if rng.random() < self.config["share_of_blends"]:
            number = int(rng.integers(self.config["blends"]))
            if number not in self.blends:
                self.blends[number] = faces.blend(self.canvases, number, self.config["seed"])
            canvas = self.blends[number]
            target = len(self.canvases) + number
        else:
            group = self.groups[rng.integers(len(self.groups))]
            target = int(group[rng.integers(len(group))])
            canvas = self.canvases[target]
        return self.degrading.seen(canvas, rng), target

    def __getitem__(self, step):
        rng = np.random.default_rng([self.config["seed"], 0, step])
        drawn = [self.draw(rng) for _ in range(self.config["batch"])]
        neighbours = rng.integers(len(self.canvases) + self.config["blends"], size=self.config["neighbours"]["among"])
        return {"crops": np.stack([c for c, _ in drawn]), "targets": np.array([t for _, t in drawn]),
                "neighbours": neighbours}


def _moved(side, rng):
    """Canvas to crop, a little turned, scaled and shifted as landmarks err."""
    scale = side / faces.CROP
    turn = np.radians(rng.normal(0, 3.5))
    grown = scale * np.exp(rng.normal(0, 0.05))
    linear = grown * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    middle = np.full(2, faces.CANVAS / 2)
    shift = side / 2 + rng.normal(0, 2, 2) * scale - linear @ middle
    return np.concatenate([linear, shift[:, None]], 1)
