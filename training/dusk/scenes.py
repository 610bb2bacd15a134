"""Composes training scenes: faces of 8 to 230 pixels on photos without faces, photos as they are,
photos side by side, and scenes with no face at all."""
import cv2
import numpy as np

from training.common import darkness, exposure
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


def _soft_ellipse(width, height, power, rng):
    """1 inside, falling to 0 at the border of the patch; the higher the even power, the more of a rectangle."""
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None]
    softness = rng.uniform(0.05, 0.5)
    return np.clip((1 - (x**power + y**power)) / softness, 0, 1)[:, :, None]


def _laid_over(photo, patch, left, top, mask):
    """Mixes a patch whose upper left corner is at (left, top) into the photo, where its mask says."""
    height, width = patch.shape[:2]
    x1, y1 = max(left, 0), max(top, 0)
    x2, y2 = min(left + width, photo.shape[1]), min(top + height, photo.shape[0])
    if x2 <= x1 or y2 <= y1:
        return
    inside = np.s_[y1 - top : y2 - top, x1 - left : x2 - left]
    under = photo[y1:y2, x1:x2].astype(np.float32)
    photo[y1:y2, x1:x2] = np.rint(under + mask[inside] * (patch[inside] - under)).astype(np.uint8)


class Composer:
    """Scenes out of sources (lists of sources.Source), `size` pixels a side."""

    def __init__(self, sources, config, size):
        self.size = size
        self.config = config
        self.lfw = sources["lfw"]
        self.groups = sources["groups"]
        self.nights = sources["nights"]
        self.backgrounds = sources["backgrounds"]
        by_race = [[s for s in sources["utkface"] if s.race == race] for race in range(5)]
        self.by_race = [group for group in by_race if group]

    def draw(self, rng):
        """(photo, labels, whether it was taken in the dark) of a scene."""
        kinds = self.config["kinds"]
        shares = np.array(list(kinds.values())) / sum(kinds.values())
        kind = list(kinds)[rng.choice(len(kinds), p=shares)]
        photo, rows = getattr(self, "_" + kind)(rng)
        if rng.random() < 0.5:
            photo, rows = flipped(photo, rows, self.size)
        return np.ascontiguousarray(photo), rows, kind == "night"

    # The kinds of scenes.

    def _portrait(self, rng):
        """One face, with its own surroundings."""
        source = self._face_source(rng)
        face = _side(source.faces[0])
        wanted = np.exp(rng.uniform(np.log(40), np.log(230)))
        photo, rows = self._around_face(source, wanted / face, rng, cv2.BORDER_REPLICATE)
        self._maybe_hide(photo, rows, rng)
        if rng.random() < self.config["hard_light"]:
            photo = darkness.hard_light(photo, rng)
        return photo, rows

    def _group(self, rng):
        """A real photo of people."""
        return self._as_it_is(self.groups[rng.integers(len(self.groups))], rng)

    def _night(self, rng):
        """A real photo of a street at night."""
        return self._as_it_is(self.nights[rng.integers(len(self.nights))], rng)

    def _as_it_is(self, source, rng):
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
        cells = int(rng.integers(2, 8))
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
        cut, around = self._cut(source, decoy, rng)
        around = around * [width, height, width, height]
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
        if rng.random() < self.config["hard_light"]:
            patch = darkness.hard_light(patch, rng)
        # People stand in the shade more often than in front of a lamp.
        darkest = -3 if rng.random() < 0.3 else -1
        patch = relit(patch, scene_gain * 2.0 ** rng.uniform(darkest, 0.7))
        if cut == "rectangle":
            mask = np.ones((*patch.shape[:2], 1), np.float32)
        else:
            mask = _soft_ellipse(*patch.shape[1::-1], 2 if cut == "head" else 6, rng)
        _laid_over(photo, patch, left, top, mask)
        if decoy:
            return box, np.zeros((0, labels.COLUMNS), np.float32)
        rows = placed(source.faces[:1] if cut == "head" else source.labels, matrix, self.size)
        self._maybe_hide(photo, rows[:1], rng)
        return box, rows

    def _cut(self, source, decoy, rng):
        """What is cut out around a face, a rectangle, the head or the person down to the chest, and by how many
        widths and heights of the face that goes beyond its box on every side (x1 y1 x2 y2)."""
        chance = rng.random()
        if chance < 0.35 and (decoy or source.border != cv2.BORDER_REPLICATE):
            return "person", rng.uniform([-1, -0.5, 0.5, 0.5], [-0.5, -0.25, 1, 1])
        rectangle = chance < 0.55
        grow = rng.uniform(0.3, 1.0) if rectangle else rng.uniform(0.15, 0.45)
        return "rectangle" if rectangle else "head", grow / 2 * np.array([-1, -1, 1, 1])

    def _maybe_hide(self, photo, rows, rng):
        """Lays a piece of another photo over a part of some faces, as scarves, hands and other people do."""
        for row in rows[rows[:, 14] == labels.FACE]:
            if rng.random() >= self.config["half_hidden"]:
                continue
            width, height = np.maximum(row[2:4] - row[:2], 4)
            side = rng.choice(["below", "left", "right"], p=[0.6, 0.2, 0.2])
            x1, y1, x2, y2 = row[0] - 0.3 * width, row[1] - 0.2 * height, row[2] + 0.3 * width, row[3] + 0.3 * height
            if side == "below":
                y1 = row[1] + rng.uniform(0.5, 0.75) * height
            elif side == "left":
                x2 = row[0] + rng.uniform(0.15, 0.4) * width
            else:
                x1 = row[2] - rng.uniform(0.15, 0.4) * width
            left, top = int(x1), int(y1)
            wide, high = max(int(x2) - left, 2), max(int(y2) - top, 2)
            other = self._background(rng).levels[0]
            part = rng.integers(8, 100)  # pixels of the other photo a side
            x, y = (int(rng.integers(0, other.shape[1 - k] - part)) for k in (0, 1))
            patch = cv2.resize(other[y : y + part, x : x + part], (wide, high), interpolation=cv2.INTER_AREA)
            # As bright as what it hides, within limits: it is in the same light.
            under = photo[max(top, 0) : max(top, 0) + high, max(left, 0) : max(left, 0) + wide]
            if under.size == 0:
                continue
            gain = (exposure.LINEAR[under].mean() + 1e-4) / (exposure.LINEAR[patch].mean() + 1e-4)
            patch = relit(patch, np.clip(gain, 2.0**-6, 64) * 2.0 ** rng.normal(0, 0.8))
            _laid_over(photo, patch, left, top, _soft_ellipse(wide, high, 6, rng))


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
