"""A training that goes on from weights that were exported earlier.

An exported network has its batch normalisation folded into the convolutions. Here it is taken out
again: a convolution gets back the size that it has at a random start, and the norm behind it (of mean 0
and variance 1, as a fresh one is) the factor and the offset. Adam's steps then suit them as they suit a
new network.
"""
import numpy as np
import onnx
import onnx.numpy_helper
import torch
from torch import nn

_RANDOM_NORM = 3**-0.5  # of an output channel's weights, as PyTorch draws them


def begin_with(model, file, example):
    """Puts the weights of the ONNX file into `model`; `example`: an input, which tells the order in which
    its parts are used. The model is then to run with norms that are fixed (eval())."""
    exported = _exported(onnx.load(str(file)))
    parts = _in_order(model, example)
    weighted = [part for part in parts if not isinstance(part, nn.BatchNorm2d)]
    if len(weighted) != len(exported):
        raise SystemExit(f"{file} has {len(exported)} layers with weights and the network "
                         f"{len(weighted)}: it is of another architecture")
    values = iter(exported)
    with torch.no_grad():
        for part, after in zip(parts, parts[1:] + [None]):
            if isinstance(part, nn.PReLU):
                part.weight.copy_(torch.from_numpy(next(values)[0].ravel()))
            elif isinstance(part, nn.Conv2d):
                weight, bias = map(torch.from_numpy, next(values))
                if isinstance(after, nn.BatchNorm2d):
                    norm = weight.flatten(1).norm(dim=1).clamp(min=1e-6) / _RANDOM_NORM
                    part.weight.copy_(weight / norm[:, None, None, None])
                    after.reset_running_stats()
                    after.weight.copy_(norm * (1 + after.eps) ** 0.5)
                    after.bias.copy_(bias)
                else:
                    part.weight.copy_(weight)
                    part.bias.copy_(bias)


def _exported(model):
    """The weights of convolutions (weight, bias) and PReLUs (slopes, ) in the order of their first use."""
    # Those that are stored in halves are named so; a Cast gives them their name.
    known = {t.name.removesuffix("_half"): onnx.numpy_helper.to_array(t).astype(np.float32)
             for t in model.graph.initializer}
    found = {}
    for node in model.graph.node:
        if node.op_type in ("Conv", "PRelu"):
            found.setdefault(node.input[1], [np.array(known[name]) for name in node.input[1:]])
    return list(found.values())


def _in_order(model, example):
    """The parts with weights in the order of their first use."""
    used = {}
    hooks = [part.register_forward_hook(lambda part, *_: used.setdefault(part))
             for part in model.modules() if isinstance(part, (nn.Conv2d, nn.BatchNorm2d, nn.PReLU))]
    with torch.no_grad():
        model(example)
    for hook in hooks:
        hook.remove()
    return list(used)
