"""The network of `dusk`: a face detector that sees the dark (see models/dusk.md for the drawing).

A *linear pyramid* runs beside the usual convolutions: strided convolutions of the photo without any
non-linearity between them, so that at every stride noise is averaged away before a threshold is
taken. The backbone adds it in where it reaches the same stride.

Input: 1 x 3 x H x W, sides multiples of 32, blue, green, red, each value x of 0..255 as
log2(1 + x/2) - 3.5. Outputs at strides 8, 16, 32: 15 channels a cell: logit of the score; centre as
(x, y) offsets from the cell's corner and logarithms of width and height, in strides; five landmarks
as offsets from the cell's corner in strides.
"""
import torch
from torch import nn

STRIDES = (8, 16, 32)
VALUES = 15  # of a cell


def _convolution(inputs, outputs, kernel, stride=1, groups=1, padding=None):
    padding = kernel // 2 if padding is None else padding
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    )


class Block(nn.Module):
    """A depthwise and a pointwise convolution with a shortcut."""

    def __init__(self, channels):
        super().__init__()
        self.depthwise = _convolution(channels, channels, 3, groups=channels)
        self.pointwise = _convolution(channels, channels, 1)

    def forward(self, x):
        return torch.relu(x + self.pointwise(torch.relu(self.depthwise(x))))


class Down(nn.Module):
    """Half the size; the linear pyramid's map of the new size is added in."""

    def __init__(self, inputs, outputs, pyramid):
        super().__init__()
        self.depthwise = _convolution(inputs, inputs, 3, stride=2, groups=inputs)
        self.pointwise = _convolution(inputs, outputs, 1)
        self.linear = _convolution(pyramid, outputs, 1)

    def forward(self, x, pyramid):
        return torch.relu(self.linear(pyramid) + self.pointwise(torch.relu(self.depthwise(x))))


class Dusk(nn.Module):
    def __init__(self, width=64, deep=80, head_blocks=1):
        super().__init__()
        self.linear4 = _convolution(3, 16, 4, stride=4, padding=0)
        self.linear8 = _convolution(16, 24, 2, stride=2, padding=0)
        self.linear16 = _convolution(24, 32, 2, stride=2, padding=0)
        self.linear32 = _convolution(32, 48, 2, stride=2, padding=0)

        self.stem = nn.Conv2d(3, 16, 3, stride=2, padding=1)
        self.down4 = Down(16, 32, 16)
        self.stage4 = Block(32)
        self.down8 = Down(32, width, 24)
        self.stage8 = nn.Sequential(Block(width), Block(width))
        self.down16 = Down(width, deep, 32)
        self.stage16 = nn.Sequential(Block(deep), Block(deep))
        self.down32 = Down(deep, deep, 48)
        self.stage32 = nn.Sequential(Block(deep), Block(deep))

        self.to32 = _convolution(deep, width, 1)
        self.to16 = _convolution(deep, width, 1)
        self.merge16 = Block(width)
        self.merge8 = Block(width)
        # One head for all strides: what a face looks like does not hang on its size.
        self.head = nn.Sequential(*[Block(width) for _ in range(head_blocks)])
        self.out = nn.Conv2d(width, VALUES, 1)
        self.enlarge = nn.Upsample(scale_factor=2, mode="nearest")

        with torch.no_grad():
            nn.init.normal_(self.out.weight, std=0.01)
            self.out.bias.zero_()
            self.out.bias[0] = -4.0  # faces are rare
            self.out.bias[1:3] = 0.5  # the middle of the cell
            self.out.bias[3:5] = 1.0

    def forward(self, x):
        linear4 = self.linear4(x)
        linear8 = self.linear8(linear4)
        linear16 = self.linear16(linear8)
        linear32 = self.linear32(linear16)

        x = self.stage4(self.down4(torch.relu(self.stem(x)), linear4))
        x8 = self.stage8(self.down8(x, linear8))
        x16 = self.stage16(self.down16(x8, linear16))
        x32 = torch.relu(self.to32(self.stage32(self.down32(x16, linear32))))
        x16 = self.merge16(torch.relu(self.to16(x16) + self.enlarge(x32)))
        x8 = self.merge8(x8 + self.enlarge(x16))
        return [self.out(self.head(level)) for level in (x8, x16, x32)]
