"""From boxes and labels to the figures of the card."""
import numpy as np

from training.dusk import labels

MATCH_IOU = 0.5


def outcomes(detections, rows):
    """(scores, hits) of one photo's detections, best first: each labelled face is hit by the best
    box that overlaps it; boxes over what is in doubt count for nothing. Detections: x1, y1, x2, y2,
    score."""
    detections = detections[np.argsort(-detections[:, 4], kind="stable")]
    faces = rows[rows[:, 14] == labels.FACE]
    doubts = rows[rows[:, 14] == labels.DOUBT]
    overlaps = labels.iou(detections, faces) if len(faces) else np.zeros((len(detections), 0))
    taken = np.zeros(len(faces), bool)
    scores, hits = [], []
    for detection, overlap in zip(detections, overlaps):
        free = np.where(taken, 0, overlap)
        if len(free) and free.max() >= MATCH_IOU:
            taken[free.argmax()] = True
            scores.append(detection[4])
            hits.append(True)
        elif not _inside(detection, doubts):
            scores.append(detection[4])
            hits.append(False)
    return np.array(scores), np.array(hits, bool)


def _inside(detection, doubts):
    """Whether half of the box, or of a doubt, is shared by the two."""
    if not len(doubts):
        return False
    sides = np.minimum(detection[2:4], doubts[:, 2:4]) - np.maximum(detection[:2], doubts[:, :2])
    shared = sides.clip(0).prod(1)
    area = (detection[2:4] - detection[:2]).prod()
    own = (doubts[:, 2:4] - doubts[:, :2]).prod(1)
    return bool((shared > 0.5 * np.minimum(area, own)).any())


def recall_at(photos, faces, false_positives_per_photo):
    """(recall, score) at the lowest score with at most so many false boxes a photo. `photos`: the
    outcomes of each; `faces`: how many are labelled in each."""
    scores = np.concatenate([s for s, _ in photos])
    hits = np.concatenate([h for _, h in photos])
    order = np.argsort(-scores, kind="stable")
    false = np.cumsum(~hits[order])
    kept = false <= false_positives_per_photo * len(photos)
    # Equal scores stand or fall together.
    last = int(kept.sum())
    while 0 < last < len(order) and scores[order[last]] == scores[order[last - 1]]:
        last -= 1
    found = int(hits[order[:last]].sum())
    score = float(scores[order[last - 1]]) if last else 1.0
    return found / max(sum(faces), 1), score


def average_precision(photos, faces):
    """Area under the precision envelope at every recall (VOC 2010, all points)."""
    scores = np.concatenate([s for s, _ in photos])
    hits = np.concatenate([h for _, h in photos])[np.argsort(-scores, kind="stable")]
    true, false = np.cumsum(hits), np.cumsum(~hits)
    recall = true / max(sum(faces), 1)
    precision = np.maximum.accumulate((true / np.maximum(true + false, 1))[::-1])[::-1]
    return float(np.sum(np.diff(np.concatenate([[0], recall])) * precision))


def resampled(figure, photos, faces, rounds=200, seed=1):
    """95 % interval of a figure by resampling photos."""
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(rounds):
        drawn = rng.integers(0, len(photos), len(photos))
        values.append(figure([photos[i] for i in drawn], [faces[i] for i in drawn]))
    return float(np.percentile(values, 2.5)), float(np.percentile(values, 97.5))


def wilson(found, count):
    """95 % interval of a rate (Wilson 1927)."""
    z = 1.959964
    rate = found / count
    middle = (rate + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * np.sqrt(rate * (1 - rate) / count + z * z / (4 * count**2))
    return float(middle - half), float(middle + half)


def newcombe(found_a, count_a, found_b, count_b):
    """95 % interval of the difference of two rates a - b (Newcombe 1998, method 10)."""
    a, b = found_a / count_a, found_b / count_b
    low_a, high_a = wilson(found_a, count_a)
    low_b, high_b = wilson(found_b, count_b)
    return (a - b - float(np.hypot(a - low_a, high_b - b)),
            a - b + float(np.hypot(high_a - a, b - low_b)))
