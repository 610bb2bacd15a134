"""A training that goes on from weights that were exported earlier.

An exported network has its batch normalisation folded into the convolutions. Here it is taken out
again: a convolution gets back the size that it has at a random start, so that Adam's steps suit it as they
suit a new network's, and the norm behind it the means and variances of examples, with the factors and the
offsets that make up for them.
"""
import numpy as np
import onnx
import onnx.numpy_helper
import torch
from torch import nn

_RANDOM_NORM = 3**-0.5  # of an output channel's weights, as PyTorch draws them


def begin_with(model, file, use):
    """Puts the weights of the ONNX file into `model` and leaves it in eval() mode. `use()` runs the model on
    examples: they tell the order in which its parts are used, and what its norms see."""
    exported = _exported(onnx.load(str(file)))
    parts = _in_order(model, use)
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
    model.eval()
    _settle_norms(model, use)


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


def _in_order(model, use):
    """The parts with weights in the order of their first use."""
    used = {}
    _watch(model, (nn.Conv2d, nn.BatchNorm2d, nn.PReLU), use, lambda part, *_: used.setdefault(part))
    return list(used)


def _settle_norms(model, use):
    """Gives norms of mean 0 and variance 1 those of the examples, and leaves what the network computes."""
    seen = {}

    def look(norm, inputs, _):
        values = inputs[0].float()
        seen[norm] = values.mean((0, 2, 3)), values.var((0, 2, 3), unbiased=False)

    _watch(model, nn.BatchNorm2d, use, look)
    with torch.no_grad():
        for norm, (mean, variance) in seen.items():
            factor = norm.weight / (1 + norm.eps) ** 0.5
            norm.bias += factor * mean
            norm.weight.copy_(factor * (variance + norm.eps) ** 0.5)
            norm.running_mean.copy_(mean)
            norm.running_var.copy_(variance)


def _watch(model, kinds, use, look):
    """Calls `look(part, inputs, output)` for all parts of these kinds as `use()` comes by."""
    hooks = [part.register_forward_hook(look) for part in model.modules() if isinstance(part, kinds)]
    with torch.no_grad():
        use()
    for hook in hooks:
        hook.remove()
