"""Pairs of a dark photo and the bright photo it is to become. Batch n is the same whenever it is drawn, so
a training resumes exactly.

Real pairs: a dark frame of an exposure stack and the scene's well-exposed one. Rendered pairs: a photo of
people or of anything under the study's exposure model, and the photo itself; every race label of UTKFace
as often as every other, so that no skin is the rule and another the exception."""
import cv2
import numpy as np
from torch.utils.data import Dataset

from training.common import exposure, splits, stacks
from training.dusk import sources, teach
from training.llflow.scenes import Frame, pairs_of

_SCALES = (0.6, 1.6)  # of photos before they are cut


def stack_pairs(kept_out):
    """Lists of (dark, bright) paths, one a scene that has any."""
    scenes = [pairs_of([Frame.read(path) for path in scene])
              for scene in stacks.scenes_of(kept_out)]
    return [[(pair.dark, pair.bright) for pair in scene] for scene in scenes if scene]


class Batches(Dataset):
    def __init__(self, config):
        cv2.setNumThreads(1)
        self.config = config
        self.size = config["photo_px"]
        self.deviates = exposure.Deviates(np.random.default_rng(config["seed"]))
        self.pairs = stack_pairs(kept_out=False)
        by_race = [[] for _ in sources.RACES]
        for name, path in splits.photos_of("utkface", False):
            by_race[sources.race_of(name)].append(path)
        self.by_race = [group for group in by_race if group]
        self.others = [path for source in ("lfw", "photos")
                       for _, path in splits.photos_of(source, False)]

    def __len__(self):
        return self.config["steps"]

    def draw(self, rng):
        """(dark, bright), H x W x 3 of uint8."""
        if rng.random() < self.config["share_of_stacks"]:
            scene = self.pairs[rng.integers(len(self.pairs))]
            dark, bright = scene[rng.integers(len(scene))]
            if rng.random() < 0.15:  # a photo that is bright already stays as it is
                dark = bright
            dark, bright = self._cut([cv2.imread(str(dark)), cv2.imread(str(bright))], rng)
            if rng.random() < 0.3:
                dark = exposure.darken(dark, -rng.uniform(0, 2), rng, self.deviates)
            return dark, bright
        if rng.random() < 0.6:
            group = self.by_race[rng.integers(len(self.by_race))]
            photo = cv2.imread(str(group[rng.integers(len(group))]))
            photo = teach.pad(photo) if rng.random() < 0.5 else photo
        else:
            photo = cv2.imread(str(self.others[rng.integers(len(self.others))]))
        bright = self._cut([photo], rng)[0]
        ev = 0 if rng.random() < 0.1 else rng.uniform(self.config["darkest_ev"], 0)
        return exposure.darken(bright, ev, rng, self.deviates), bright

    def _cut(self, photos, rng):
        """The same piece of all photos, scaled, of size x size pixels."""
        height, width = photos[0].shape[:2]
        least = self.size / min(height, width)
        scale = max(least, np.exp(rng.uniform(*np.log(_SCALES))))
        top, left = (rng.integers(0, round(side * scale) - self.size + 1) for side in (height, width))
        mirrored = rng.random() < 0.5
        pieces = []
        for photo in photos:
            method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
            scaled = cv2.resize(photo, (round(width * scale), round(height * scale)),
                                interpolation=method)
            piece = scaled[top : top + self.size, left : left + self.size]
            pieces.append(np.ascontiguousarray(piece[:, ::-1] if mirrored else piece))
        return pieces

    def __getitem__(self, step):
        rng = np.random.default_rng([self.config["seed"], step])
        drawn = [self.draw(rng) for _ in range(self.config["batch"])]
        free = (self.size - self.config["rendered_px"]) // 8
        return {"dark": np.stack([d for d, _ in drawn]), "bright": np.stack([b for _, b in drawn]),
                "window": 8 * rng.integers(0, free + 1, 2)}
