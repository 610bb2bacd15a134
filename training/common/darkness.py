"""A composed scene as a camera in the dark would have taken it: the study's exposure model and what
it leaves out (colour casts, uneven light, blur, other sensors, brightening afterwards, JPEG)."""
import cv2
import numpy as np

from training.common import exposure


class Darkness:
    def __init__(self, config, deviates):
        self.config = config
        self.deviates = deviates

    def draw_ev(self, rng, darkest_ev=None):
        if rng.random() < self.config["share_at_0_ev"]:
            return 0.0
        return float(rng.uniform(self.config["darkest_ev"] if darkest_ev is None else darkest_ev, 0))

    def render(self, photo, rng, darkest_ev=None):
        """The photo (uint8) in the dark, and the light of every pixel before noise. `darkest_ev`: instead of
        the configuration's."""
        chance = rng.random(6)
        ev = self.draw_ev(rng, darkest_ev)
        if chance[0] < 0.2:
            photo = _blur(photo, rng)
        if ev == 0 and chance[1] < 0.5:
            light = exposure.LINEAR[photo]
            rendered = photo
        else:
            gains = np.full(3, 2.0**ev)
            if chance[2] < 0.5:
                gains *= np.exp(rng.normal(0, 0.15, 3))
            table = (exposure.LINEAR[:, None] * gains).astype(np.float32)
            light = cv2.LUT(photo, table[None])
            if chance[3] < 0.3:
                light *= _uneven(photo.shape, rng)
            shot, read = exposure.SHOT, exposure.READ
            if chance[4] < 0.4:  # another sensor: up to four times as noisy, or half
                factor = 2.0 ** rng.uniform(-1, 2)
                shot, read = shot * factor, read * factor
            noisy = light
            if ev != 0:
                noisy = exposure.add_noise(light, self.deviates.draw(rng, light.shape), shot, read)
                if chance[5] < 0.2:  # brightened by the camera before it rounds to 8 bits
                    noisy = noisy * np.float32(2.0 ** rng.uniform(0, -ev))
            rendered = exposure.encode(noisy)
            if rng.random() < 0.1:  # the camera's own smoothing: noise in clumps
                rendered = cv2.GaussianBlur(rendered, (0, 0), rng.uniform(0.4, 0.9))
        if rng.random() < 0.25:
            quality = int(rng.integers(50, 97))
            coded = cv2.imencode(".jpg", rendered, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
            rendered = cv2.imdecode(coded, cv2.IMREAD_COLOR)
        return rendered, light


def _blur(photo, rng):
    if rng.random() < 0.6:
        return cv2.GaussianBlur(photo, (0, 0), rng.uniform(0.4, 1.6))
    length = int(rng.integers(3, 8))
    kernel = np.zeros((length, length), np.float32)
    angle = rng.uniform(0, np.pi)
    middle = (length - 1) / 2
    step = np.array([np.cos(angle), np.sin(angle)]) * middle
    start, end = np.rint(middle - step).astype(int), np.rint(middle + step).astype(int)
    cv2.line(kernel, tuple(map(int, start)), tuple(map(int, end)), 1.0)
    return cv2.filter2D(photo, -1, kernel / kernel.sum())


def _uneven(shape, rng):
    """A smooth field of light, up to a few EV between its ends."""
    coarse = np.exp2(rng.normal(0, 0.9, (3, 3))).astype(np.float32)
    field = cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    return field[:, :, None]


def hard_light(photo, rng):
    """A face (uint8) lit from one side: light falls off across it, and a soft-edged shadow may lie on it."""
    height, width = photo.shape[:2]
    y = np.arange(height, dtype=np.float32)[:, None] / height - 0.5
    x = np.arange(width, dtype=np.float32)[None] / width - 0.5
    angle = rng.uniform(0, 2 * np.pi)
    along = x * np.cos(angle) + y * np.sin(angle)
    field = np.exp2(-rng.uniform(0, 6) * along)
    if rng.random() < 0.6:
        edge = (along + rng.normal(0, 0.15)) / rng.uniform(0.01, 0.15)
        field *= 1 - (1 - 2.0 ** -rng.uniform(1, 6)) / (1 + np.exp(np.clip(-edge, -30, 30)))
    light = exposure.LINEAR[photo] * (field / field.max() * rng.uniform(0.7, 3))[:, :, None]
    return exposure.encode(light.astype(np.float32))


def visibility(light, boxes):
    """How far a face stands out of the default noise, for each box: the contrast of its features (a
    third of its light) over the noise that is left when a fortieth of its area is averaged. Below
    about 1 nothing of it is left."""
    found = np.zeros(len(boxes), np.float32)
    height, width = light.shape[:2]
    for i, (x1, y1, x2, y2) in enumerate(boxes):
        area = max(x2 - x1, 1) * max(y2 - y1, 1)
        left, top = int(np.clip(x1, 0, width - 1)), int(np.clip(y1, 0, height - 1))
        inside = light[top : max(int(y2), top + 1), left : max(int(x2), left + 1)]
        mean = float(inside[::3, ::3].mean()) if inside.size > 27 else float(inside.mean())
        noise = np.sqrt(exposure.SHOT * mean + exposure.READ) / np.sqrt(max(area / 40, 1))
        found[i] = 0.35 * mean / noise
    return found
