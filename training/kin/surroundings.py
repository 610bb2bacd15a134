"""What lies around a face beyond its photo's edge: UTKFace's photos end at the forehead, others do not."""
import cv2
import numpy as np

from training.common import splits
from training.kin.faces import CANVAS


def ordinary_photos():
    return [cv2.imread(str(path)) for _, path in splits.photos_of("photos", kept_out=False)]


class Surroundings:
    """Pieces of photos, one colour or nothing, often with something like hair."""

    def __init__(self, photos):
        self.photos = photos

    def _piece(self, rng):
        photo = self.photos[rng.integers(len(self.photos))]
        top, left = (rng.integers(side - CANVAS + 1) for side in photo.shape[:2])
        return photo[top : top + CANVAS, left : left + CANVAS].astype(np.float32)

    def put_around(self, canvas, rng):
        """The canvas (uint8, 4 channels) in three channels, filled where its photo does not cover it."""
        face, covered = canvas[:, :, :3], canvas[:, :, 3:]
        kind = rng.random()
        if kind < 0.2:
            return face
        behind = self._piece(rng) if kind < 0.8 else np.full((1, 1, 3), rng.uniform(0, 256, 3), np.float32)
        if rng.random() < 0.6:
            behind = _with_hair(behind, self._piece(rng), rng)
        missing = 1 - covered.astype(np.float32) / 255
        return np.clip(face + missing * behind, 0, 255).astype(np.uint8)


def _with_hair(picture, texture, rng):
    """An ellipse about the head, of one tone between black and white, shaded by the texture."""
    head = np.zeros((CANVAS, CANVAS), np.float32)
    middle = tuple(int(v) for v in CANVAS / 2 + rng.normal([0, -12], 4))
    axes = tuple(int(v) for v in np.exp(rng.normal(np.log([48, 58]), 0.15)))
    cv2.ellipse(head, middle, axes, float(rng.normal(0, 8)), 0, 360, 1.0, -1)
    head = cv2.GaussianBlur(head, (0, 0), rng.uniform(0.5, 4))[:, :, None]
    warmth = rng.uniform(0.6, 1)
    tone = np.exp(rng.uniform(np.log(8), np.log(200))) * np.array([warmth**2, warmth, 1], np.float32)
    shade = 0.5 + texture.mean(2, keepdims=True) / 255
    return picture + head * (shade * tone - picture)
