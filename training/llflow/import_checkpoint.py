#!/usr/bin/python3
"""Turns a PyTorch checkpoint of LLFlow into a weight file of ours (docs/formats.md).

    import_checkpoint.py CHECKPOINT.pth CONFIG.yml OUT [--half]

CHECKPOINT is a state dict under the authors' key names (https://github.com/wyf0912/LLFlow), CONFIG the
configuration that it was trained with. Every key must be there and have its shape, and there must be
no other. A checkpoint is data of others: it is loaded with weights only, and runs no code.

What can be folded is folded here, in double precision: the inverse of each 1x1 convolution with the
ActNorm before it, and the norms and scales behind the convolutions of the couplings. --half stores the
weights of convolutions in 16 bits.

`everyface models import llflow CHECKPOINT CONFIG` runs this program and installs what it wrote.
Problems are one line on standard error, with exit code 1.
"""
import argparse
import hashlib
import json
import pathlib
import pickle
import struct
import sys
import zipfile

LEVELS = 3  # the latent is the colour map, squeezed by 2^3
GROWTH = 32  # channels that a convolution of a dense block adds
INPUTS = 12  # log photo, equalised photo, colour map, its gradient: three channels each
MOST_CONFIG_BYTES = 1 << 20
MOST_CHECKPOINT_BYTES = 1 << 30
ALIGNMENT = 64

# Settings that change the network, with the only value of each that we run.
FIXED = {
    ("model",): "LLFlow",
    ("scale",): 1,
    ("cond_encoder",): "ConEncoder1",
    ("concat_histeq",): True,
    ("histeq_as_input",): False,
    ("concat_color_map",): False,
    ("gray_map",): False,
    ("avg_color_map",): False,
    ("to_yuv",): False,
    ("encode_color_map",): False,
    ("le_curve",): False,
    ("sigmoid_output",): False,
    ("datasets", "train", "log_low"): True,
    ("network_G", "which_model_G"): "LLFlow",
    ("network_G", "in_nc"): 3,
    ("network_G", "out_nc"): 3,
    ("network_G", "flow", "L"): LEVELS,
    ("network_G", "flow", "coupling"): "CondAffineSeparatedAndCond",
    ("network_G", "flow", "flow_permutation"): "invconv",
    ("network_G", "flow", "split", "enable"): False,
    ("network_G", "flow", "stackRRDB", "concat"): True,
    ("network_G", "flow", "CondAffineSeparatedAndCond", "eps"): 0.0001,
    ("network_G", "flow", "norm"): None,
    ("network_G", "flow", "condAff"): None,
    ("network_G", "flow", "condFtAffine"): None,
    ("network_G", "flow", "levelConditional"): None,
}
# What the authors' code takes where a configuration does not say.
DEFAULTS = {
    ("histeq_as_input",): False,
    ("concat_color_map",): False,
    ("gray_map",): False,
    ("avg_color_map",): False,
    ("to_yuv",): False,
    ("encode_color_map",): False,
    ("le_curve",): False,
    ("sigmoid_output",): False,
    ("network_G", "flow", "flow_permutation"): "invconv",
    ("network_G", "flow", "split", "enable"): False,
    ("network_G", "flow", "CondAffineSeparatedAndCond", "eps"): 0.0001,
}


class Problem(Exception):
    """What is wrong with the input, in one line."""


def setting(config, path, file):
    """The value at a path of keys; None where a key is absent."""
    for depth, key in enumerate(path):
        if config is None:
            return None
        if not isinstance(config, dict):
            raise Problem(f"{file}: {'.'.join(path[:depth])} must be a group of settings")
        config = config.get(key)
    return config


def whole(config, path, low, high, file, fallback=None):
    value = setting(config, path, file)
    if value is None:
        value = fallback
    if type(value) is not int or not low <= value <= high:
        raise Problem(f"{file}: {'.'.join(path)} must be a whole number from {low} to {high}, "
                      f"not {value!r}")
    return value


def read_configuration(file):
    """The network's shape, as it goes into the weight file."""
    import yaml
    if file.stat().st_size > MOST_CONFIG_BYTES:
        raise Problem(f"{file}: too large for a configuration")
    try:
        config = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError) as problem:
        raise Problem(f"{file}: not valid YAML: {problem}") from None
    if not isinstance(config, dict):
        raise Problem(f"{file}: not a configuration of LLFlow")
    for path, only in FIXED.items():
        value = setting(config, path, file)
        if value is None:
            value = DEFAULTS.get(path)
        if value != only:
            raise Problem(f"{file}: {'.'.join(path)} must be {only!r} here, not {value!r}")
    net = ("network_G",)
    flow = ("network_G", "flow")
    features = whole(config, net + ("nf",), 16, 512, file)
    if features % 16 != 0:
        raise Problem(f"{file}: network_G.nf must be a multiple of 16, not {features}")
    blocks = whole(config, net + ("nb",), 1, 100, file)
    stacked = setting(config, flow + ("stackRRDB", "blocks"), file)
    if (not isinstance(stacked, list) or not stacked or len(set(map(str, stacked))) < len(stacked)
            or any(type(b) is not int or not 0 <= b < blocks for b in stacked)):
        raise Problem(f"{file}: network_G.flow.stackRRDB.blocks must be different numbers from 0 to "
                      f"{blocks - 1}, not {stacked!r}")
    hidden = whole(config, flow + ("CondAffineSeparatedAndCond", "hidden_channels"), 16, 512, file, 64)
    if hidden % 16 != 0:
        raise Problem(f"{file}: network_G.flow.CondAffineSeparatedAndCond.hidden_channels must be a "
                      f"multiple of 16, not {hidden}")
    condition = features * (1 + len(stacked))
    whole(config, flow + ("conditionInFeaDim",), condition, condition, file, 320)
    return {
        "features": features,
        "blocks": blocks,
        "stacked": stacked,
        "steps": whole(config, flow + ("K",), 1, 64, file),
        "plain_steps": whole(config, flow + ("additionalFlowNoAffine",), 0, 16, file, 0),
        "hidden": hidden,
    }


def read_checkpoint(file):
    """The tensors by name."""
    import torch
    if file.stat().st_size > MOST_CHECKPOINT_BYTES:
        raise Problem(f"{file}: too large for a checkpoint of LLFlow")
    # Only the present format is given to torch.load(): before it looks at weights_only, it runs
    # archives of TorchScript, and PyTorch 1.13 reads its formats of before 2020 unsafely.
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile:
        raise Problem(f"{file}: not a checkpoint of PyTorch 1.6 or newer, or cut short (copy it again; "
                      "an older checkpoint has to be saved again by a newer PyTorch)") from None
    if any(name.endswith("/constants.pkl") for name in names):
        raise Problem(f"{file}: a TorchScript program, not a state dict; it is not run")
    if unpacked > MOST_CHECKPOINT_BYTES:
        raise Problem(f"{file}: too large for a checkpoint of LLFlow")
    try:
        state = torch.load(str(file), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as problem:
        reason = str(problem).rsplit("WeightsUnpickler error: ", 1)[-1]
        raise Problem(f"{file}: refused, as it holds more than tensors: {reason}") from None
    except Exception as problem:  # of many kinds, where the archive's parts do not fit together
        raise Problem(f"{file}: damaged: {type(problem).__name__}: {problem}") from None
    if not isinstance(state, dict):
        raise Problem(f"{file}: holds a {type(state).__name__}, not a state dict")
    tensors = {}
    for key, value in state.items():
        if not isinstance(key, str) or not isinstance(value, torch.Tensor):
            raise Problem(f"{file}: {key!r} is a {type(value).__name__}; a state dict holds named "
                          "tensors only")
        name = key[len("module."):] if key.startswith("module.") else key
        if name in tensors:
            raise Problem(f"{file}: {name} is there twice")
        if not value.is_floating_point() or value.is_sparse:
            raise Problem(f"{file}: {name} holds no plain floating-point numbers")
        if not torch.isfinite(value).all():
            raise Problem(f"{file}: {name} holds values that are not finite")
        tensors[name] = value.double()
    return tensors


def shapes(shape):
    """Every key of a checkpoint with its tensor's shape."""
    nf, hidden = shape["features"], shape["hidden"]
    condition = nf * (1 + len(shape["stacked"]))
    keys = {}

    def convolution(name, inputs, outputs, side=3, bias=True):
        keys[f"{name}.weight"] = (outputs, inputs, side, side)
        if bias:
            keys[f"{name}.bias"] = (outputs,)

    def norm(name, channels):
        keys[f"{name}.bias"] = keys[f"{name}.logs"] = (1, channels, 1, 1)

    convolution("RRDB.conv_first", INPUTS, nf)
    for name in ("conv_second", "trunk_conv", "downconv1", "downconv2", "downconv3", "HRconv"):
        convolution(f"RRDB.{name}", nf, nf)
    for block in range(shape["blocks"]):
        for dense in range(1, 4):
            for i in range(1, 6):
                convolution(f"RRDB.RRDB_trunk.{block}.RDB{dense}.conv{i}", nf + (i - 1) * GROWTH,
                            nf if i == 5 else GROWTH)
    convolution("RRDB.conv_last", nf, 3)
    keys["RRDB.awb_para.weight"], keys["RRDB.awb_para.bias"] = (3, nf), (3,)
    convolution("RRDB.fine_tune_color_map.0", nf, 3, side=1)
    for layer, channels, coupled in layers(shape):
        name = f"flowUpsamplerNet.layers.{layer}"
        norm(f"{name}.actnorm", channels)
        keys[f"{name}.invconv.weight"] = (channels, channels)
        if not coupled:
            continue
        for net, inputs, outputs in (("fAffine", channels // 2 + condition, channels),
                                     ("fFeatures", condition, 2 * channels)):
            convolution(f"{name}.affine.{net}.0", inputs, hidden, bias=False)
            norm(f"{name}.affine.{net}.0.actnorm", hidden)
            convolution(f"{name}.affine.{net}.2", hidden, hidden, side=1, bias=False)
            norm(f"{name}.affine.{net}.2.actnorm", hidden)
            convolution(f"{name}.affine.{net}.4", hidden, outputs)
            keys[f"{name}.affine.{net}.4.logs"] = (outputs, 1, 1)
    convolution("flowUpsamplerNet.f.0", 64 * (1 + len(shape["stacked"])), 384)
    return keys


def layers(shape):
    """Of each step of the flow: its number among the layers, its channels, whether it has a coupling.
    Each level begins with a squeeze, which has no weights."""
    layer = 0
    for level in range(1, LEVELS + 1):
        for step in range(shape["plain_steps"] + shape["steps"]):
            layer += 1
            yield layer, 3 * 4**level, step >= shape["plain_steps"]
        layer += 1


def check(tensors, shape, checkpoint, config):
    wanted = shapes(shape)
    hint = f"; is {config} the configuration that this checkpoint was trained with?"
    for name, dims in wanted.items():
        if name not in tensors:
            raise Problem(f"{checkpoint}: {name} is missing{hint}")
        if tuple(tensors[name].shape) != dims:
            raise Problem(f"{checkpoint}: {name} has the shape {list(tensors[name].shape)} instead of "
                          f"{list(dims)}{hint}")
    for name in tensors:
        if name not in wanted:
            raise Problem(f"{checkpoint}: {name} is no key of this network{hint}")


def folded(tensors, shape, checkpoint):
    """Our tensors, in the order of the weight file: (name, double tensor)."""
    import torch

    def convolution(ours, theirs):
        yield f"{ours}.weight", tensors[f"{theirs}.weight"]
        yield f"{ours}.bias", tensors[f"{theirs}.bias"]

    def scaled(ours, weight, bias, scale):
        yield f"{ours}.weight", weight * scale.reshape(-1, 1, 1, 1)
        yield f"{ours}.bias", bias.reshape(-1) * scale.reshape(-1)

    def coupling_net(ours, theirs):
        for ours_at, at in ((0, 0), (1, 2)):
            yield from scaled(f"{ours}.{ours_at}", tensors[f"{theirs}.{at}.weight"],
                              tensors[f"{theirs}.{at}.actnorm.bias"],
                              tensors[f"{theirs}.{at}.actnorm.logs"].exp())
        yield from scaled(f"{ours}.2", tensors[f"{theirs}.4.weight"], tensors[f"{theirs}.4.bias"],
                          (3 * tensors[f"{theirs}.4.logs"]).exp())

    yield from convolution("encoder.first", "RRDB.conv_first")
    yield from convolution("encoder.second", "RRDB.conv_second")
    for block in range(shape["blocks"]):
        for dense in range(3):
            for i in range(5):
                yield from convolution(f"encoder.block{block}.dense{dense}.{i}",
                                       f"RRDB.RRDB_trunk.{block}.RDB{dense + 1}.conv{i + 1}")
    yield from convolution("encoder.trunk", "RRDB.trunk_conv")
    yield from convolution("encoder.quarter", "RRDB.downconv1")
    yield from convolution("encoder.eighth", "RRDB.downconv2")
    yield from convolution("encoder.colour", "RRDB.fine_tune_color_map.0")
    steps = shape["plain_steps"] + shape["steps"]
    for index, (layer, _, coupled) in enumerate(layers(shape)):
        theirs = f"flowUpsamplerNet.layers.{layer}"
        ours = f"flow.level{index // steps + 1}.step{index % steps}"
        # The step forwards is norm, then matrix; backwards z' = exp(-logs) (matrix^-1 z) - bias.
        matrix = tensors[f"{theirs}.invconv.weight"]
        inverse, failed = torch.linalg.inv_ex(matrix)
        if failed or not torch.isfinite(inverse).all():
            raise Problem(f"{checkpoint}: {theirs}.invconv.weight has no inverse")
        scale = (-tensors[f"{theirs}.actnorm.logs"]).exp().reshape(-1, 1)
        yield f"{ours}.matrix.weight", inverse * scale
        yield f"{ours}.matrix.bias", -tensors[f"{theirs}.actnorm.bias"].reshape(-1)
        if coupled:
            yield from coupling_net(f"{ours}.affine", f"{theirs}.affine.fAffine")
            yield from coupling_net(f"{ours}.features", f"{theirs}.affine.fFeatures")


def write(out, shape, named, source, half):
    import numpy
    table, data = [], []
    for name, tensor in named:
        kind = "float16" if half and tensor.dim() == 4 else "float32"
        with numpy.errstate(over="ignore"):
            values = tensor.numpy().astype("<f2" if kind == "float16" else "<f4")
        if not numpy.isfinite(values).all():
            raise Problem(f"{source['checkpoint']}: {name} has values too large for {kind}")
        table.append({"name": name, "shape": list(tensor.shape), "type": kind})
        data.append(values.tobytes())
    header = json.dumps({"network": "llflow", "configuration": shape, "source": source,
                         "tensors": table}, separators=(",", ":")).encode()
    parts = [header]
    length = 24 + len(header)
    for values in data:
        padding = -length % ALIGNMENT
        parts += [bytes(padding), values]
        length += padding + len(values)
    out.write_bytes(struct.pack("<8sIIQ", b"EVFWGHT\n", 1, len(header), length) + b"".join(parts))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("checkpoint", type=pathlib.Path)
    parser.add_argument("config", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--half", action="store_true", help="convolutions in 16 bits")
    arguments = parser.parse_args()
    try:
        shape = read_configuration(arguments.config)
        tensors = read_checkpoint(arguments.checkpoint)
        check(tensors, shape, arguments.checkpoint, arguments.config)
        digest = hashlib.sha256(arguments.checkpoint.read_bytes()).hexdigest()
        source = {"checkpoint": arguments.checkpoint.name, "sha256": digest}
        write(arguments.out, shape, folded(tensors, shape, arguments.checkpoint), source,
              arguments.half)
    except ModuleNotFoundError as problem:
        sys.exit(f"{problem}: run make setup-training, or apt-get install python3-torch python3-yaml")
    except (Problem, OSError) as problem:
        sys.exit(" ".join(str(problem).split()))


if __name__ == "__main__":
    main()
