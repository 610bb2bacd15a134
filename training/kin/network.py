"""The network of `kin`: from an aligned face to a template (see models/kin.md for the drawing).

Input: N x 3 x 112 x 112, blue, green, red, each value x of 0..255 as log2(1 + x/2) - 3.5, so that less
light is the same picture with a constant taken away. Output: N x dimensions x 1 x 1, not yet of unit length.
"""
import torch
from torch import nn


class PReLU(nn.PReLU):
    """Written as two ReLUs while training: with PyTorch 1.13's own gradient of PReLU, a step on a processor takes a
    third longer."""

    def forward(self, x):
        if not self.training:
            return super().forward(x)
        return torch.relu(x) - self.weight.to(x.dtype)[:, None, None] * torch.relu(-x)


def _convolution(inputs, outputs, kernel, stride=1):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
    )


class Block(nn.Module):
    """Two 3 x 3 convolutions with a shortcut; a pointwise one where size or width changes."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first = _convolution(inputs, outputs, 3, stride)
        self.middle = PReLU(outputs)
        self.second = _convolution(outputs, outputs, 3)
        same = inputs == outputs and stride == 1
        self.shortcut = nn.Identity() if same else _convolution(inputs, outputs, 1, stride)
        self.end = PReLU(outputs)

    def forward(self, x):
        return self.end(self.second(self.middle(self.first(x))) + self.shortcut(x))


class Kin(nn.Module):
    def __init__(self, stem, widths, blocks, dimensions):
        super().__init__()
        layers = [_convolution(3, stem, 5, 2), PReLU(stem)]
        width = stem
        for wider, more in zip(widths, blocks):
            layers += [Block(width, wider, 2), *(Block(wider, wider, 1) for _ in range(more))]
            width = wider
        self.body = nn.Sequential(*layers)
        # A weight for every place of the 7 x 7 map, as MobileFaceNet has it.
        self.places = nn.Conv2d(width, width, 7, groups=width, bias=False)
        self.norm = nn.BatchNorm2d(width)
        self.out = nn.Conv2d(width, dimensions, 1)

    def forward(self, x):
        return self.out(self.norm(self.places(self.body(x))))
