"""The network of `dawn`: curves for every cell of 8 x 8 pixels (see models/dawn.md for the drawing).

Input: N x 4 x h x w, of each cell the means of blue, green and red and the deviation of green, each value
v in 0..255 as log2(1 + v/2) - 3.5. Output: N x 5 x h x w, of each cell the logarithms (base 2) of three
gains, and the logits of a shoulder and of how much of the detail to keep; render() says what they do.
h and w are multiples of 8.
"""
import torch
import torch.nn.functional as F
from torch import nn

CELL = 8
OUTPUTS = 5


def _block(inputs, outputs, stride=1):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())


class Dawn(nn.Module):
    def __init__(self, widths):
        super().__init__()
        a, b, c, d = widths
        self.at1 = _block(4, a)
        self.at2 = _block(a, b, 2)
        self.at4 = _block(b, c, 2)
        self.at8 = nn.Sequential(_block(c, d, 2), _block(d, d))
        self.to4 = nn.Conv2d(d, c, 1)
        self.to2 = nn.Conv2d(c, b, 1)
        self.to1 = nn.Conv2d(b, a, 1)
        self.merge4 = _block(c, c)
        self.merge2 = _block(b, b)
        self.merge1 = _block(a, a)
        self.out = nn.Conv2d(a, OUTPUTS, 1)
        self.enlarge = nn.Upsample(scale_factor=2, mode="nearest")
        with torch.no_grad():
            self.out.weight.mul_(0.1)
            self.out.bias.copy_(torch.tensor([1.0, 1.0, 1.0, 0.0, 2.0]))

    def forward(self, cells):
        x1 = self.at1(cells)
        x2 = self.at2(x1)
        x4 = self.at4(x2)
        x4 = self.merge4(x4 + self.enlarge(self.to4(self.at8(x4))))
        x2 = self.merge2(x2 + self.enlarge(self.to2(x4)))
        x1 = self.merge1(x1 + self.enlarge(self.to1(x2)))
        return self.out(x1)


def cells_of(photos):
    """N x 4 x h x w of what the network sees; photos: N x 3 x H x W in 0..255, blue, green, red."""
    mean = F.avg_pool2d(photos, CELL)
    green = photos[:, 1:2]
    variance = F.avg_pool2d(green * green, CELL) - mean[:, 1:2] ** 2
    seen = torch.cat([mean, variance.clamp(min=0).sqrt()], 1)
    return torch.log2(1 + seen / 2) - 3.5, mean


def curves_of(outputs):
    """Gains (3), shoulder, detail of every cell."""
    gain = torch.exp2(outputs[:, :3].clamp(-3, 7))
    return torch.cat([gain, torch.sigmoid(outputs[:, 3:5])], 1)


def render(photos, mean, curves, window):
    """The photos (0..255) under their curves, within `window` (top, left, side; multiples of 8), 0..1.

    Curves and means are interpolated between the middles of cells. With m the mean there, d the share of
    detail and x = m + d (photo - m), the result is gain x (1 + (s - 1) x) / (1 + (gain s - 1) x), clipped:
    a straight gain for s = 0, a curve that meets white only at white for s = 1."""
    top, left, side = window
    near = slice(max(top // CELL - 1, 0), (top + side) // CELL + 1)
    across = slice(max(left // CELL - 1, 0), (left + side) // CELL + 1)
    maps = torch.cat([curves, mean / 255], 1)[:, :, near, across]
    maps = F.interpolate(maps, scale_factor=CELL, mode="bilinear", align_corners=False)
    y, x = top - near.start * CELL, left - across.start * CELL
    maps = maps[:, :, y : y + side, x : x + side]
    gain, shoulder, detail, middle = maps.split([3, 1, 1, 3], 1)
    photo = photos[:, :, top : top + side, left : left + side] / 255
    value = middle + detail * (photo - middle)
    above = gain * value * (1 + (shoulder - 1) * value)
    below = 1 + (gain * shoulder - 1) * value
    return (above / below.clamp(min=1e-3)).clamp(0, 1)
