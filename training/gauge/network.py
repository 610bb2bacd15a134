"""The network of `gauge`: from an aligned face (as `kin` sees it) to the logit of the probability that its
template will be matched with one of the same face in good light. Output: N x 1 x 1 x 1."""
from torch import nn


class Gauge(nn.Module):
    def __init__(self, widths):
        super().__init__()
        layers, inputs = [], 3
        for width in widths:
            layers += [nn.Conv2d(inputs, width, 3, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
            inputs = width
        self.body = nn.Sequential(*layers)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.out = nn.Conv2d(inputs, 1, 1)

    def forward(self, x):
        return self.out(self.pool(self.body(x)))
