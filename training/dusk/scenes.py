"""Composes training scenes: faces of 8 to 230 pixels on photos without faces, photos as they are,
photos side by side, and scenes with no face at all."""
import cv2
import numpy as np

from training.common import exposure
from training.dusk import labels

_LEAST_FACE = 5  # pixels (root of the area): smaller faces are in doubt
_LEAST_INSIDE = 0.6  # share of a face that must lie in the scene


def placed(rows, matrix, size):
    """Labels moved by an affine matrix (2 x 3), in a scene of `size` pixels a side. Faces that are
    cut or tiny come to be in doubt; what lies outside is dropped."""
    rows = rows.copy()
    corners = np.stack([rows[:, [0, 1]], rows[:, [2, 1]], rows[:, [2, 3]], rows[:, [0, 3]]], 1)
    moved = corners @ matrix[:, :2].T + matrix[:, 2]
    middle = moved.mean(1)
    # The box of an upright face, whatever the turn.
    half = (rows[:, 2:4] - rows[:, :2]) * np.linalg.norm(matrix[:, :2], axis=1) / 2
    rows[:, :2], rows[:, 2:4] = middle - half, middle + half
    rows[:, 4:14] = (rows[:, 4:14].reshape(-1, 5, 2) @ matrix[:, :2].T + matrix[:, 2]).reshape(-1, 10)
    clipped = np.clip(rows[:, :4], 0, size)
    share = (clipped[:, 2:4] - clipped[:, :2]).prod(1) / np.maximum(4 * half.prod(1), 1e-6)
    rows[(share < _LEAST_INSIDE) | (np.sqrt(4 * half.prod(1)) < _LEAST_FACE), 14] = labels.DOUBT
    return rows[share > 0.05]


def flipped(photo, rows, size):
    rows = rows.copy()
    rows[:, [0, 2]] = size - rows[:, [2, 0]]
    points = rows[:, 4:14].reshape(-1, 5, 2)[:, [1, 0, 2, 4, 3]]
    points[:, :, 0] = size - points[:, :, 0]
    rows[:, 4:14] = points.reshape(-1, 10)
    return photo[:, ::-1], rows


def relit(photo, gain):
    """The photo under `gain` times the light."""
    return cv2.LUT(photo, exposure.encode(exposure.LINEAR * np.float32(gain)))


def _level(source, scale):
    """The pyramid's level from which to shrink by less than two, and its own scale."""
    level = 0
    while level + 1 < len(source.levels) and scale * 2 ** (level + 1) <= 1:
        level += 1
    return source.levels[level], 0.5**level


def _turn(scale, degrees):
    cos, sin = scale * np.cos(np.radians(degrees)), scale * np.sin(np.radians(degrees))
    return np.array([[cos, -sin, 0], [sin, cos, 0]])


def _stretched(scale, rng):
    """As _turn(), but not turned: now and then narrower or wider, as photos are."""
    matrix = _turn(scale, 0)
    if rng.random() < 0.5:
        matrix[0] *= np.exp(rng.normal(0, 0.15))
    return matrix


def _warp(source, matrix, width, height, border):
    """The source under `matrix` (of its first level) as a picture of width x height."""
    level, scale = _level(source, np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    adapted = matrix.copy()
    adapted[:, :2] /= scale
    return cv2.warpAffine(level, adapted, (width, height), flags=cv2.INTER_LINEAR,
                          borderMode=border)


def _soft_ellipse(width, height, rng):
    """1 inside, falling to 0 at the border of the patch."""
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None]
    softness = rng.uniform(0.05, 0.5)
    return np.clip((1 - (x * x + y * y)) / softness, 0, 1)[:, :, None]


class Composer:
    """Scenes out of sources (lists of sources.Source), `size` pixels a side."""

    def __init__(self, sources, config, size):
        self.size = size
        self.config = config
        self.lfw = sources["lfw"]
        self.wider = sources["wider"]
        self.backgrounds = sources["backgrounds"]
        by_race = [[s for s in sources["utkface"] if s.race == race] for race in range(5)]
        self.by_race = [group for group in by_race if group]

    def draw(self, rng):
        """(photo, labels) of a bright scene."""
        kinds = self.config["kinds"]
        kind = rng.choice(len(kinds), p=np.array(list(kinds.values())) / sum(kinds.values()))
        photo, rows = getattr(self, "_" + list(kinds)[kind])(rng)
        if rng.random() < 0.5:
            photo, rows = flipped(photo, rows, self.size)
        return np.ascontiguousarray(photo), rows

    # The kinds of scenes.

    def _portrait(self, rng):
        """One face, with its own surroundings."""
        source = self._face_source(rng)
        face = _side(source.faces[0])
        wanted = np.exp(rng.uniform(np.log(40), np.log(230)))
        return self._around_face(source, wanted / face, rng, cv2.BORDER_REPLICATE)

    def _group(self, rng):
        """A real photo of many people."""
        source = self.wider[rng.integers(len(self.wider))]
        scale = rng.uniform(0.8, 2.5)
        if len(source.faces) and rng.random() < 0.8:
            return self._around_face(source, scale, rng, cv2.BORDER_REFLECT_101)
        return self._crop(source, scale, rng)

    def _crowd(self, rng):
        """Faces pasted over a photo without any, and pieces of other photos as their decoys."""
        photo, rows = self._crop(self._background(rng), np.exp(rng.uniform(-0.9, 0.7)), rng)
        photo = photo.copy()
        count = int(rng.integers(1, self.config["most_faces"] + 1))
        largest = rng.choice([24, 60, 140])
        sides = np.sort(np.exp(rng.uniform(np.log(7), np.log(largest), count)))
        taken = np.zeros((0, 4))
        scene_gain = 2.0 ** rng.uniform(-1.5, 0.5)
        for side in sides[::-1]:
            decoy = rng.random() < self.config["decoys"]
            source = self._background(rng) if decoy else self._face_source(rng)
            new = self._paste(photo, source, side, taken, scene_gain, rng, decoy)
            if new is not None:
                box, label = new
                taken = np.concatenate([taken, box[None]])
                rows = np.concatenate([rows, label])
        return photo, rows

    def _quilt(self, rng):
        """Photos of people side by side, each with its surroundings."""
        cells = int(rng.integers(2, 6))
        edges = np.linspace(0, self.size, cells + 1).astype(int)
        photo = np.empty((self.size, self.size, 3), np.uint8)
        rows = []
        for top, bottom in zip(edges, edges[1:]):
            for left, right in zip(edges, edges[1:]):
                source = self._face_source(rng)
                height, width = source.levels[0].shape[:2]
                scale = (right - left) / min(height, width)
                scale *= rng.uniform(0.7 if source.border == cv2.BORDER_REPLICATE else 1, 1.3)
                matrix = _turn(scale, 0)
                slack = np.array([right - left - width * scale, bottom - top - height * scale])
                matrix[:, 2] = slack * rng.random(2)
                patch = _warp(source, matrix, right - left, bottom - top, cv2.BORDER_REPLICATE)
                photo[top:bottom, left:right] = relit(patch, 2.0 ** rng.uniform(-2, 0.5))
                matrix[:, 2] += [left, top]
                new = placed(source.labels, matrix, self.size)
                outside = np.clip(new[:, :4], [left, top] * 2, [right, bottom] * 2)
                share = (outside[:, 2:4] - outside[:, :2]).clip(0).prod(1) / np.maximum(
                    (new[:, 2:4] - new[:, :2]).prod(1), 1e-6)
                new[share < _LEAST_INSIDE, 14] = labels.DOUBT
                rows.append(new[share > 0.05])
        return photo, np.concatenate(rows)

    def _empty(self, rng):
        """No face at all."""
        return self._crop(self._background(rng), np.exp(rng.uniform(-1.2, 1)), rng)

    # Their parts.

    def _background(self, rng):
        return self.backgrounds[rng.integers(len(self.backgrounds))]

    def _face_source(self, rng):
        """Every race label of UTKFace as often as every other."""
        if rng.random() < self.config["share_of_lfw"]:
            return self.lfw[rng.integers(len(self.lfw))]
        group = self.by_race[rng.integers(len(self.by_race))]
        return group[rng.integers(len(group))]

    def _crop(self, source, scale, rng):
        height, width = source.levels[0].shape[:2]
        scale = max(scale, 0.35)
        matrix = _turn(scale, 0)
        slack = np.array([self.size - width * scale, self.size - height * scale])
        matrix[:, 2] = slack * rng.random(2)
        photo = _warp(source, matrix, self.size, self.size, cv2.BORDER_REFLECT_101)
        return photo, placed(source.labels, matrix, self.size)

    def _around_face(self, source, scale, rng, border):
        faces = source.faces
        face = faces[rng.integers(len(faces))]
        turned = rng.random() < 0.4
        matrix = _turn(scale, rng.normal(0, 10)) if turned else _stretched(scale, rng)
        middle = matrix[:, :2] @ ((face[:2] + face[2:4]) / 2)
        reach = min(_side(face) * scale * 0.4, self.size / 2)
        matrix[:, 2] = rng.uniform(reach, self.size - reach, 2) - middle
        photo = _warp(source, matrix, self.size, self.size, border)
        if border == cv2.BORDER_REFLECT_101:
            return photo, self._with_mirrored_in_doubt(source, matrix, rng)
        return photo, placed(source.labels, matrix, self.size)

    def _with_mirrored_in_doubt(self, source, matrix, rng):
        """Beyond the photo's border faces appear mirrored; that part of the scene is in doubt."""
        rows = placed(source.labels, matrix, self.size)
        height, width = source.levels[0].shape[:2]
        left, top = matrix[:, 2]
        right, bottom = matrix[:, :2] @ [width, height] + matrix[:, 2]
        s = self.size
        doubts = []
        for x1, y1, x2, y2 in ((0, 0, left, s), (right, 0, s, s), (0, 0, s, top), (0, bottom, s, s)):
            if x2 - x1 > 2 and y2 - y1 > 2:
                row = np.full(labels.COLUMNS, np.nan, np.float32)
                row[:4] = x1, y1, x2, y2
                row[14] = labels.DOUBT
                doubts.append(row)
        return np.concatenate([rows, np.array(doubts, np.float32).reshape(-1, labels.COLUMNS)])

    def _paste(self, photo, source, side, taken, scene_gain, rng, decoy):
        """Puts a face (or a decoy of its size) where there is room; (its box, its labels) or None."""
        if decoy:
            height, width = source.levels[0].shape[:2]
            w = rng.uniform(0.1, 0.5) * min(height, width)
            h = w * 1.3
            x, y = rng.uniform(0, width - w), rng.uniform(0, height - h)
            region = np.array([x, y, x + w, y + h])
        else:
            region = source.faces[0, :4]
        scale = side / np.sqrt((region[2:4] - region[:2]).prod())
        width, height = (region[2:4] - region[:2]) * scale
        whole = rng.random() < 0.3  # a rectangle of the photo rather than the head alone
        grow = rng.uniform(0.3, 1.0) if whole else rng.uniform(0.15, 0.45)
        around = grow / 2 * np.array([-width, -height, width, height])
        for _ in range(8):
            x = rng.uniform(-0.1 * width, self.size - 0.9 * width)
            y = rng.uniform(-0.1 * height, self.size - 0.9 * height)
            box = np.array([x, y, x + width, y + height])
            if not _covers(box + around, taken):
                break
        else:
            return None
        turned = rng.random() < 0.4
        matrix = _turn(scale, rng.normal(0, 12)) if turned else _stretched(scale, rng)
        matrix[:, 2] = (box[:2] + box[2:]) / 2 - matrix[:, :2] @ (region[:2] + region[2:]) / 2
        left, top = np.floor((box + around)[:2]).astype(int)
        right, bottom = np.ceil((box + around)[2:]).astype(int)
        local = matrix.copy()
        local[:, 2] -= [left, top]
        patch = _warp(source, local, right - left, bottom - top, source.border)
        patch = relit(patch, scene_gain * 2.0 ** rng.uniform(-1, 0.7))
        x1, y1, x2, y2 = max(left, 0), max(top, 0), min(right, self.size), min(bottom, self.size)
        if x2 <= x1 or y2 <= y1:
            return None
        patch = patch[y1 - top : y2 - top, x1 - left : x2 - left]
        if whole:
            photo[y1:y2, x1:x2] = patch
        else:
            mask = _soft_ellipse(right - left, bottom - top, rng)
            mask = mask[y1 - top : y2 - top, x1 - left : x2 - left]
            under = photo[y1:y2, x1:x2].astype(np.float32)
            photo[y1:y2, x1:x2] = np.rint(under + mask * (patch - under)).astype(np.uint8)
        if decoy:
            return box, np.zeros((0, labels.COLUMNS), np.float32)
        own = source.labels if whole else source.faces[:1]
        return box, placed(own, matrix, self.size)


def _covers(box, others):
    """Whether the box shares more than a tenth of its area, or of another's, with it."""
    if not len(others):
        return False
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    shared = sides.clip(0).prod(1)
    smaller = np.minimum((box[2:] - box[:2]).prod(), (others[:, 2:] - others[:, :2]).prod(1))
    return bool((shared > 0.1 * smaller).any())


def _side(face):
    return float(np.sqrt((face[2] - face[0]) * (face[3] - face[1])))
