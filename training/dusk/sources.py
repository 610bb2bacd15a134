"""The photos that scenes are composed of, held in memory."""
from dataclasses import dataclass

import cv2
import numpy as np

from training.common import splits, stacks
from training.dusk import labels, teach

LEVELS = 5  # of a photo's pyramid: 1, 1/2, ... of its size
RACES = ("White", "Black", "Asian", "Indian", "Others")


@dataclass
class Source:
    levels: list  # the photo, then halved again and again
    labels: np.ndarray  # rows of labels.py, in pixels of the first level
    race: int = -1  # of UTKFace: the label in the name
    border: int = cv2.BORDER_REFLECT_101  # what lies beyond the photo's edge

    @property
    def faces(self):
        return self.labels[self.labels[:, 14] == labels.FACE]


def _pyramid(photo):
    levels = [photo]
    while len(levels) < LEVELS and min(levels[-1].shape[:2]) >= 16:
        levels.append(cv2.resize(levels[-1], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
    return levels


def _read(path):
    photo = cv2.imread(str(path))
    if photo is None:
        raise SystemExit(f"{path} is no photo that can be read")
    return photo


def lfw(kept_out):
    known = labels.labels_of("lfw")
    return [Source(_pyramid(_read(p)), known[n]) for n, p in splits.photos_of("lfw", kept_out)]


def race_of(name):
    """The race code in a UTKFace name (age_gender_race_time)."""
    return int(name.split("_")[2])


def utkface(kept_out):
    """Their edges are repeated beyond them, as the study pads them. Photos in which the teachers do
    not agree on one face are left out."""
    known = labels.labels_of("utkface")
    found = []
    for name, path in splits.photos_of("utkface", kept_out):
        rows = known[name]
        if (rows[:, 14] == labels.FACE).sum() == 1:
            rows[:, :14] -= teach.PAD  # the teachers saw the padded photo
            photo = _pyramid(_read(path))
            found.append(Source(photo, rows, race_of(name), cv2.BORDER_REPLICATE))
    return found


def kept_out_faces(count):
    """For each race label, at most `count` of UTKFace's kept-out photos in which the teachers agree on one
    face, those with the lowest hashes: (path, five landmarks in the padded photo)."""
    known = labels.labels_of("utkface")
    by_race = [[] for _ in RACES]
    for name, path in sorted(splits.photos_of("utkface", True),
                             key=lambda file: splits.number_of(file[0])):
        rows = known[name][known[name][:, 14] == labels.FACE]
        group = by_race[race_of(name)]
        if len(rows) == 1 and len(group) < count:
            group.append((path, rows[0, 4:14].reshape(5, 2).astype(np.float64)))
    return by_race


def wider(kept_out):
    files = splits.photos_of("wider", kept_out)
    photos = {name: _read(path) for name, path in files}
    known = labels.wider_labels({n: (p.shape[1], p.shape[0]) for n, p in photos.items()})
    return [Source(_pyramid(photo), known[name]) for name, photo in photos.items()]


def ordinary(kept_out):
    """Those of `photos` in which the teachers agree on a face."""
    known = labels.labels_of("photos")
    return [Source(_pyramid(_read(path)), known[name])
            for name, path in splits.photos_of("photos", kept_out)
            if (known[name][:, 14] == labels.FACE).any()]


def nights(kept_out):
    """Frames of Dark Face; the teachers saw them brightened."""
    known = labels.labels_of("darkface")
    return [Source(_pyramid(_read(path)), known[name])
            for name, path in splits.photos_of("darkface", kept_out)]


def all_of(kept_out):
    """The sources on one side of the split, by what scenes use them for."""
    return {"lfw": lfw(kept_out), "utkface": utkface(kept_out),
            "groups": wider(kept_out) + ordinary(kept_out), "nights": nights(kept_out),
            "backgrounds": backgrounds(kept_out)}


def backgrounds(kept_out):
    """Photos without faces: of `photos` those in which the teachers agree on none, of
    `exposure_stacks` whole scenes (dark photos and bright ones) with none at any exposure. What one
    teacher takes for a face stays in doubt."""
    known = labels.labels_of("photos")
    found = [Source(_pyramid(_read(path)), known[name])
             for name, path in splits.photos_of("photos", kept_out)
             if (known[name][:, 14] == labels.DOUBT).all()]
    known = labels.labels_of("exposure_stacks")
    for scene in stacks.scenes_of(kept_out):
        rows = np.concatenate([known[path.name] for path in scene])
        if (rows[:, 14] == labels.DOUBT).all():
            found += [Source(_pyramid(_read(path)), rows) for path in scene]
    return found
