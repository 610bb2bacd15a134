"""The exposure model of src/image/exposure.cpp in NumPy: the same distribution of pixels, drawn from
another generator. Photos are uint8 arrays H x W x 3."""
import numpy as np

SHOT = 1e-4
READ = 4e-7


def to_linear(value):
    """Linear light of sRGB values 0..1 (IEC 61966-2-1)."""
    value = np.asarray(value, np.float64)
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def to_srgb(light):
    """sRGB values 0..1 of linear light 0..1."""
    light = np.asarray(light, np.float64)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


LINEAR = to_linear(np.arange(256) / 255).astype(np.float32)

_STEPS = 65536
_ENCODED = np.rint(to_srgb((np.arange(_STEPS) + 0.5) / _STEPS) * 255).astype(np.uint8)


def encode(light):
    """Linear light to 8-bit sRGB, clipped to 0..1 first. By a table of 65,536 steps: a level off in
    the few steps (one in 250) that hold a border between levels, by less than a hundredth of the
    darkest level."""
    steps = np.clip(light * np.float32(_STEPS), 0, _STEPS - 1).astype(np.uint16)
    return _ENCODED[steps]


class Deviates:
    """Normal deviates read at random places of a table: much faster than drawing them anew."""

    def __init__(self, rng, count=1 << 22):
        self._table = rng.standard_normal(count, dtype=np.float32)

    def draw(self, rng, shape):
        count = int(np.prod(shape))
        if count > len(self._table):
            return rng.standard_normal(shape, dtype=np.float32)
        start = int(rng.integers(0, len(self._table) - count + 1))
        return self._table[start : start + count].reshape(shape)


def add_noise(light, deviates, shot=SHOT, read=READ):
    """Shot and read noise on linear light 0..1, as the sensor adds them; not yet clipped."""
    return light + np.sqrt(np.float32(shot) * light + np.float32(read)) * deviates


def darken(photo, exposure_ev, rng, deviates=None):
    """The photo as a camera would have taken it `exposure_ev` EV brighter (negative: darker). At
    0 EV the photo itself. `deviates`: where to read the noise, instead of drawing it."""
    if exposure_ev == 0:
        return photo.copy()
    light = LINEAR[photo] * np.float32(2.0**exposure_ev)
    noise = (deviates.draw(rng, light.shape) if deviates
             else rng.standard_normal(light.shape, dtype=np.float32))
    return encode(add_noise(light, noise))
