"""State of a training on disk, written so that a cut never leaves half a file."""
import os

import torch


def save_checkpoint(path, state):
    """Writes `state` beside `path`, then renames it into place."""
    part = path.with_suffix(".part")
    torch.save(state, part)
    os.replace(part, path)


def load_checkpoint(path):
    """The state, or None where there is none yet."""
    return torch.load(path, map_location="cpu") if path.exists() else None


def averaged(checkpoint, make):
    """The network of a checkpoint with its averaged weights, ready to be used; `make(config)` builds it."""
    state = load_checkpoint(checkpoint)
    if state is None:
        raise SystemExit(f"{checkpoint} is not there: train the model first (make help)")
    model = make(state["config"])
    model.load_state_dict(state["average"])
    return model.eval()


class Average:
    """Exponential moving average of a model's weights and buffers. The first steps forget faster,
    so that random initial weights leave no trace."""

    def __init__(self, model, decay):
        self.decay = decay
        self.values = {k: v.detach().clone() for k, v in model.state_dict().items()}

    def update(self, model, step):
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, value in model.state_dict().items():
            mine = self.values[name]
            if mine.dtype.is_floating_point:
                mine.lerp_(value.detach(), 1 - decay)
            else:
                mine.copy_(value)
