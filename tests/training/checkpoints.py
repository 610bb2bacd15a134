"""What the tests of training/ share: small checkpoints and their configurations, made up here."""
import import_checkpoint as importer
import torch

CONFIGURATION = """\
model: LLFlow
scale: 1
cond_encoder: ConEncoder1
concat_histeq: true
datasets:
  train:
    GT_size: 160
    log_low: true
network_G:
  which_model_G: LLFlow
  in_nc: 3
  out_nc: 3
  nf: {features}
  nb: {blocks}
  flow:
    K: {steps}
    L: 3
    coupling: CondAffineSeparatedAndCond
    additionalFlowNoAffine: {plain_steps}
    conditionInFeaDim: {condition}
    CondAffineSeparatedAndCond:
      hidden_channels: {hidden}
    split:
      enable: false
    stackRRDB:
      blocks: {stacked}
      concat: true
"""

TINY = {"features": 16, "blocks": 1, "stacked": [0], "steps": 1, "plain_steps": 1, "hidden": 16}


def configuration(shape):
    return CONFIGURATION.format(condition=shape["features"] * (1 + len(shape["stacked"])), **shape)


def state_dict(shape, seed=1):
    """Random weights under the authors' key names, small enough that outputs stay moderate."""
    random = torch.Generator().manual_seed(seed)
    state = {}
    for name, dims in importer.shapes(shape).items():
        values = 0.05 * torch.randn(dims, generator=random)
        if name.endswith("invconv.weight"):
            values = torch.linalg.qr(torch.randn(dims, generator=random))[0]
        state[name] = values
    return state
