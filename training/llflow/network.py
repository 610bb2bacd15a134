"""LLFlow as a PyTorch module (Wang et al., "Low-Light Image Enhancement with Normalizing Flow", AAAI 2022).

The module names spell the authors' key names, so that a state dict goes in and out without renaming:
their published checkpoints load strictly, and ours go through the same importer.  Some of those keys
belong to layers that no output depends on; they are declared because a checkpoint holds them.

A photo enters as 6 channels (see photos.network_input).  The encoder turns it into features at 1/2,
1/4 and 1/8 size and a colour map; the flow maps a bright photo to a latent of the colour map's shape
under those features, and back.  Sides must be multiples of STRIDE.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, pi
from typing import Any, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

STRIDE = 8
LEVELS = 3
GROWTH = 32
INPUT_CHANNELS = 12  # 6 of the photo, its colour map (3) and that map's gradient (3)
SCALE_FLOOR = 1e-4


@dataclass(frozen=True)
class Shape:
    """What a configuration file says about the network."""

    features: int
    blocks: int
    stacked: tuple[int, ...]
    steps: int
    plain_steps: int
    hidden: int

    @property
    def condition(self) -> int:
        return self.features * (1 + len(self.stacked))

    @staticmethod
    def of(config: Mapping[str, Any]) -> Shape:
        """From a file in the authors' layout; whatever this family does not cover is refused."""
        network, flow = config["network_G"], config["network_G"]["flow"]
        coupling = flow.get("CondAffineSeparatedAndCond") or {}
        shape = Shape(
            features=network["nf"],
            blocks=network["nb"],
            stacked=tuple(flow["stackRRDB"]["blocks"]),
            steps=flow["K"],
            plain_steps=flow["additionalFlowNoAffine"],
            hidden=coupling.get("hidden_channels", 64),
        )
        if flow["L"] != LEVELS or flow["split"]["enable"] or not config["concat_histeq"]:
            raise ValueError("the configuration must have L: 3, split off and concat_histeq on")
        if flow.get("conditionInFeaDim", 320) != shape.condition:
            raise ValueError(f"conditionInFeaDim must be nf x (1 + stacked blocks) = {shape.condition}")
        if any(not 0 <= block < shape.blocks for block in shape.stacked):
            raise ValueError(f"stackRRDB.blocks must lie in 0..{shape.blocks - 1}")
        return shape


def conv3(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, padding=1)


def leaky(x: Tensor) -> Tensor:
    return F.leaky_relu(x, 0.2)


def squeeze(x: Tensor, factor: int) -> Tensor:
    return F.pixel_unshuffle(x, factor)


def unsqueeze(x: Tensor, factor: int) -> Tensor:
    return F.pixel_shuffle(x, factor)


class DenseBlock(nn.Module):
    """Five convolutions, each of which sees all before it; a fifth of their result is added."""

    def __init__(self, features: int) -> None:
        super().__init__()
        for i in range(5):
            convolution = conv3(features + i * GROWTH, features if i == 4 else GROWTH)
            nn.init.kaiming_normal_(convolution.weight)
            convolution.weight.data *= 0.1  # near the identity at the start
            nn.init.zeros_(convolution.bias)
            self.add_module(f"conv{i + 1}", convolution)

    def forward(self, x: Tensor) -> Tensor:
        seen = x
        for convolution in (self.conv1, self.conv2, self.conv3, self.conv4):
            seen = torch.cat((seen, leaky(convolution(seen))), 1)
        return x + 0.2 * self.conv5(seen)


class ResidualInResidual(nn.Module):
    def __init__(self, features: int) -> None:
        super().__init__()
        self.RDB1 = DenseBlock(features)
        self.RDB2 = DenseBlock(features)
        self.RDB3 = DenseBlock(features)

    def forward(self, x: Tensor) -> Tensor:
        return x + 0.2 * self.RDB3(self.RDB2(self.RDB1(x)))


def steepest(x: Tensor) -> Tensor:
    """The larger of the central differences down and across; outside the photo is 0."""
    padded = F.pad(x, (1, 1, 1, 1))
    down = 0.5 * (padded[:, :, 2:, 1:-1] - padded[:, :, :-2, 1:-1])
    across = 0.5 * (padded[:, :, 1:-1, 2:] - padded[:, :, 1:-1, :-2])
    return torch.maximum(down.abs(), across.abs())


class Encoder(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        features = shape.features
        self.stacked = shape.stacked
        self.conv_first = conv3(INPUT_CHANNELS, features)
        self.conv_second = conv3(features, features)
        self.RRDB_trunk = nn.Sequential(*(ResidualInResidual(features) for _ in range(shape.blocks)))
        self.trunk_conv = conv3(features, features)
        self.downconv1 = conv3(features, features)
        self.downconv2 = conv3(features, features)
        self.fine_tune_color_map = nn.Sequential(nn.Conv2d(features, 3, 1), nn.Sigmoid())
        # In the authors' checkpoints, without effect:
        self.downconv3 = conv3(features, features)
        self.HRconv = conv3(features, features)
        self.conv_last = conv3(features, 3)
        self.awb_para = nn.Linear(features, 3)

    def forward(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        """The conditions of the levels 1, 2, 3, and the colour map."""
        light = x[:, :3].exp()
        colours = light / (light.sum(1, keepdim=True) + 1e-4)
        head = self.conv_second(leaky(self.conv_first(torch.cat((x, colours, steepest(colours)), 1))))
        head = F.max_pool2d(head, 2)

        stack, trunk = [], head
        for index, block in enumerate(self.RRDB_trunk):
            trunk = block(trunk)
            if index in self.stacked:
                stack.append(trunk)
        half = head + self.trunk_conv(trunk)
        quarter = leaky(self.downconv1(F.avg_pool2d(half, 2)))
        eighth = self.downconv2(F.avg_pool2d(quarter, 2))

        stacked = torch.cat(stack, 1)
        conditions = [
            torch.cat((feature, F.interpolate(stacked, feature.shape[2:])), 1)
            for feature in (half, quarter, eighth)
        ]
        return conditions, self.fine_tune_color_map(F.interpolate(half, scale_factor=2))


class ActNorm(nn.Module):
    """A shift and a scale per channel, set so that the first batch leaves with mean 0 and deviation 1."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.logs = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.initialising = False

    def forward(self, x: Tensor) -> Tensor:
        if self.initialising:
            self.bias.data = -x.mean((0, 2, 3), keepdim=True)
            deviation = (x + self.bias).square().mean((0, 2, 3), keepdim=True).sqrt()
            self.logs.data = -(deviation + 1e-6).log()
        return (x + self.bias) * self.logs.exp()

    def inverse(self, x: Tensor) -> Tensor:
        return x * (-self.logs).exp() - self.bias


class NormedConv(nn.Conv2d):
    """A convolution without bias before an ActNorm."""

    def __init__(self, inputs: int, outputs: int, side: int) -> None:
        super().__init__(inputs, outputs, side, padding=side // 2, bias=False)
        nn.init.normal_(self.weight, std=0.05)
        self.actnorm = ActNorm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.actnorm(super().forward(x))


class ZeroConv(nn.Conv2d):
    """A convolution that starts at 0, with a learned scale exp(3 logs): couplings start as identity."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, 3, padding=1)
        nn.init.zeros_(self.weight)
        nn.init.zeros_(self.bias)
        self.logs = nn.Parameter(torch.zeros(outputs, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) * (3 * self.logs).exp()


def coupling_net(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        NormedConv(inputs, hidden, 3),
        nn.ReLU(),
        NormedConv(hidden, hidden, 1),
        nn.ReLU(),
        ZeroConv(hidden, outputs),
    )


def shift_and_scale(h: Tensor) -> tuple[Tensor, Tensor]:
    """Even channels shift, odd ones scale."""
    return h[:, 0::2], torch.sigmoid(h[:, 1::2] + 2) + SCALE_FLOOR


def log_det(scale: Tensor) -> Tensor:
    return scale.log().sum((1, 2, 3))


class Coupling(nn.Module):
    """Two affine maps: of all channels under the condition, then of the second half under the first."""

    def __init__(self, channels: int, condition: int, hidden: int) -> None:
        super().__init__()
        self.half = channels // 2
        self.fAffine = coupling_net(self.half + condition, hidden, 2 * (channels - self.half))
        self.fFeatures = coupling_net(condition, hidden, 2 * channels)

    def forward(self, z: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        shift, scale = shift_and_scale(self.fFeatures(condition))
        z = (z + shift) * scale
        volume = log_det(scale)
        kept, changed = z[:, : self.half], z[:, self.half :]
        shift, scale = shift_and_scale(self.fAffine(torch.cat((kept, condition), 1)))
        return torch.cat((kept, (changed + shift) * scale), 1), volume + log_det(scale)

    def inverse(self, z: Tensor, condition: Tensor) -> Tensor:
        kept, changed = z[:, : self.half], z[:, self.half :]
        shift, scale = shift_and_scale(self.fAffine(torch.cat((kept, condition), 1)))
        z = torch.cat((kept, changed / scale - shift), 1)
        shift, scale = shift_and_scale(self.fFeatures(condition))
        return z / scale - shift


class Mixing(nn.Module):
    """An invertible 1x1 convolution; starts as a rotation."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.linalg.qr(torch.randn(channels, channels))[0])

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        pixels = z.shape[2] * z.shape[3]
        return F.conv2d(z, self.weight[:, :, None, None]), torch.slogdet(self.weight)[1] * pixels

    def inverse(self, z: Tensor) -> Tensor:
        matrix = torch.inverse(self.weight.double()).to(z.dtype)
        return F.conv2d(z, matrix[:, :, None, None])


class FlowStep(nn.Module):
    def __init__(self, channels: int, coupling: Coupling | None = None) -> None:
        super().__init__()
        self.actnorm = ActNorm(channels)
        self.invconv = Mixing(channels)
        self.affine = coupling

    def forward(self, z: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        pixels = z.shape[2] * z.shape[3]
        z, volume = self.invconv(self.actnorm(z))
        volume = volume + self.actnorm.logs.sum() * pixels
        if self.affine is None:
            return z, volume
        z, more = self.affine(z, condition)
        return z, volume + more

    def inverse(self, z: Tensor, condition: Tensor) -> Tensor:
        if self.affine is not None:
            z = self.affine.inverse(z, condition)
        return self.actnorm.inverse(self.invconv.inverse(z))


class Squeeze(nn.Module):
    """Each 2x2 square of pixels becomes one with four times the channels; volume is kept."""

    def forward(self, z: Tensor, _condition: Tensor) -> tuple[Tensor, Tensor]:
        return squeeze(z, 2), torch.zeros((), device=z.device)

    def inverse(self, z: Tensor, _condition: Tensor) -> Tensor:
        return unsqueeze(z, 2)


class Flow(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.layers = nn.ModuleList()
        self.level_of_layer: list[int] = []
        channels = 3
        for level in range(LEVELS):
            channels *= 4
            layers: list[nn.Module] = [Squeeze()]
            layers += [FlowStep(channels) for _ in range(shape.plain_steps)]
            layers += [
                FlowStep(channels, Coupling(channels, shape.condition, shape.hidden))
                for _ in range(shape.steps)
            ]
            self.layers.extend(layers)
            self.level_of_layer += [level] * len(layers)
        # In the authors' checkpoints, without effect:
        self.f = nn.Sequential(conv3(64 * (1 + len(shape.stacked)), 384))

    def forward(self, photo: Tensor, conditions: list[Tensor]) -> tuple[Tensor, Tensor]:
        z, volume = photo, torch.zeros(photo.shape[0], device=photo.device)
        for level, layer in zip(self.level_of_layer, self.layers):
            z, more = layer(z, conditions[level])
            volume = volume + more
        return z, volume

    def inverse(self, latent: Tensor, conditions: list[Tensor]) -> Tensor:
        z = latent
        for level, layer in zip(reversed(self.level_of_layer), reversed(self.layers)):
            z = layer.inverse(z, conditions[level])
        return z


class LLFlow(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.RRDB = Encoder(shape)
        self.flowUpsamplerNet = Flow(shape)

    def forward(self, x: Tensor) -> Tensor:
        """The brightened photo, RGB, about 0..1: the most probable one, whose latent is its mean."""
        conditions, colours = self.RRDB(x)
        return self.flowUpsamplerNet.inverse(squeeze(colours, STRIDE), conditions)

    def bits_per_pixel(self, x: Tensor, bright: Tensor, own_colours: bool) -> Tensor:
        """Negative log-likelihood of the bright photos under the dark ones, in bits a pixel.

        The latent is normal with deviation 1 around the encoder's colour map, or (own_colours, now
        and then in training) around the bright photo's own, which keeps the latent tied to colours.
        """
        conditions, colours = self.RRDB(x)
        if own_colours:
            colours = bright / (bright.sum(1, keepdim=True) + 1e-4)
        latent, volume = self.flowUpsamplerNet(bright, conditions)
        distance = (latent - squeeze(colours, STRIDE)).square() + log(2 * pi)
        pixels = bright.shape[2] * bright.shape[3]
        return (0.5 * distance.sum((1, 2, 3)) - volume) / (log(2) * pixels)

    def initialise(self, x: Tensor, bright: Tensor) -> None:
        """Sets every ActNorm by one batch."""
        norms = [module for module in self.modules() if isinstance(module, ActNorm)]
        for norm in norms:
            norm.initialising = True
        with torch.no_grad():
            self.bits_per_pixel(x, bright, own_colours=False)
        for norm in norms:
            norm.initialising = False
