"""The loss of `dusk`: focal loss of the score against whether the cell's box fits, complete overlap
(CIoU; Zheng et al. 2020, "Distance-IoU loss") of the boxes, and the landmarks' distances in face
sizes."""
import math

import torch
import torch.nn.functional as F

from training.dusk import targets
from training.dusk.network import VALUES


def flat(outputs):
    """N x cells x 15 of the outputs at all strides, in the order of targets.cell_middles()."""
    parts = [o.permute(0, 2, 3, 1).reshape(o.shape[0], -1, VALUES) for o in outputs]
    return torch.cat(parts, 1)


def boxes_of(values, corners, stride):
    """x1, y1, x2, y2 in pixels of cells' values."""
    middle = corners + values[:, 1:3] * stride
    half = torch.exp(values[:, 3:5].clamp(-6, 6)) * stride / 2
    return torch.cat([middle - half, middle + half], 1)


def ciou(boxes, wanted):
    """(overlap, complete overlap) of pairs of boxes."""
    sides = torch.minimum(boxes[:, 2:], wanted[:, 2:]) - torch.maximum(boxes[:, :2], wanted[:, :2])
    shared = sides.clamp(min=0).prod(1)
    size, wanted_size = boxes[:, 2:] - boxes[:, :2], wanted[:, 2:] - wanted[:, :2]
    union = size.prod(1) + wanted_size.prod(1) - shared
    overlap = shared / union.clamp(min=1e-6)
    hull = torch.maximum(boxes[:, 2:], wanted[:, 2:]) - torch.minimum(boxes[:, :2], wanted[:, :2])
    apart = (boxes[:, :2] + boxes[:, 2:] - wanted[:, :2] - wanted[:, 2:]) / 2
    distance = (apart**2).sum(1) / (hull**2).sum(1).clamp(min=1e-6)
    angle = torch.atan(wanted_size[:, 0] / wanted_size[:, 1]) - torch.atan(size[:, 0] / size[:, 1])
    shape = 4 / math.pi**2 * angle**2
    weight = (shape / (1 - overlap + shape).clamp(min=1e-6)).detach()
    return overlap, overlap - distance - weight * shape


def dusk_loss(outputs, batch, middles, weights):
    """The three parts, each a mean over the cells that find a face; and their weighted sum."""
    values = flat(outputs).reshape(-1, VALUES).float()
    kind, index = batch["kind"].reshape(-1), batch["index"]
    count = max(len(index), 1)

    cells = middles[index % len(middles)]
    stride = cells[:, 2:3]
    corners = cells[:, :2] - stride / 2
    found = values[index]
    overlap, complete = ciou(boxes_of(found, corners, stride), batch["box"])
    box = (1 - complete).sum() / count

    size = (batch["box"][:, 2:] - batch["box"][:, :2]).prod(1, keepdim=True).sqrt()
    points = corners.repeat(1, 5) + found[:, 5:] * stride
    known = ~torch.isnan(batch["points"])
    away = (points - torch.nan_to_num(batch["points"])) / size
    points = F.smooth_l1_loss(away[known], torch.zeros(()).expand_as(away[known]), beta=0.05,
                              reduction="sum") / count

    # How likely the box is to count as a hit (IoU 0.5), as far as its overlap tells: small faces with
    # boxes a pixel off are not to be outdone by background that may be a face.
    wanted = values.new_zeros(len(values))
    wanted[index] = ((overlap.detach() - 0.3) / 0.4).clamp(0.05, 1)
    logit = values[:, 0]
    focus = (torch.sigmoid(logit) - wanted).abs() ** 2
    entropy = F.binary_cross_entropy_with_logits(logit, wanted, reduction="none")
    score = (focus * entropy * (kind != targets.IGNORED)).sum() / count

    total = score + weights["box"] * box + weights["points"] * points
    return {"loss": total, "score": score, "box": box, "points": points}
