"""Which photos of a folder of exposure stacks show one scene, and which of them make training pairs.

The folder holds photos numbered 1.jpg, 2.jpg, ...; neighbours show one scene at several exposures,
aligned, and nothing marks where a scene ends.  Exposure changes levels but not which of two
neighbouring pixels is the brighter, so two frames belong together when their gradients agree in sign:
on the published stacks agreement is above 0.5 within a scene and below 0.35 between scenes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 64
SAME_SCENE = 0.45
PAIR_AGREEMENT = 0.85  # below it something moved between the two frames
MIDDLE_GREY = 118  # 18 % of the light in sRGB
GREY_RANGE = (85, 160)  # a scene without a frame in it has no well-exposed reference
DARKER_THAN = 0.6
HELD_OUT_ONE_IN = 10


@dataclass(frozen=True)
class Frame:
    path: Path
    luma: np.ndarray

    @staticmethod
    def read(path: Path) -> Frame:
        with Image.open(path) as photo:
            small = photo.convert("L").resize((SIDE, SIDE), Image.BOX)
        return Frame(path, np.asarray(small, np.float32))

    @cached_property
    def mean(self) -> float:
        return float(self.luma.mean())

    @cached_property
    def gradients(self) -> np.ndarray:
        return np.concatenate([np.diff(self.luma, axis=axis).ravel() for axis in (0, 1)])


def agreement(a: Frame, b: Frame) -> float:
    """-1..1: how far gradients that both frames show agree in sign, weighed by their strength."""
    both = (np.abs(a.gradients) > 1) & (np.abs(b.gradients) > 1)
    if both.sum() < 100:
        return 0.0  # nearly black or white: says nothing
    product = a.gradients[both] * b.gradients[both]
    strength = np.sqrt(np.abs(product))
    return float((strength * np.sign(product)).sum() / strength.sum())


def same_scene(frames: list[Frame], i: int) -> bool:
    """Whether frames i and i + 1 belong together, directly or across one frame that says nothing."""
    links = [(i, i + 1), (i - 1, i + 1), (i, i + 2)]
    return any(
        0 <= a and b < len(frames) and agreement(frames[a], frames[b]) >= SAME_SCENE for a, b in links
    )


def find_scenes(folder: Path) -> list[list[Frame]]:
    """The photos of the folder in the order of their numbers, cut into scenes."""
    numbered = (path for path in folder.glob("*.jpg") if path.stem.isdecimal())
    paths = sorted(numbered, key=lambda path: int(path.stem))
    if not paths:
        raise FileNotFoundError(f"{folder}: holds no numbered photos (1.jpg, 2.jpg, ...)")
    frames = [Frame.read(path) for path in paths]
    scenes = [[frames[0]]]
    for i, frame in enumerate(frames[1:]):
        if same_scene(frames, i):
            scenes[-1].append(frame)
        else:
            scenes.append([frame])
    return scenes


def held_out(scene: list[Frame]) -> bool:
    """A tenth of the scenes, by the hash of the first file's name: never seen in training."""
    digest = hashlib.sha256(scene[0].path.name.encode()).digest()
    return int.from_bytes(digest[:8], "big") % HELD_OUT_ONE_IN == 0


@dataclass(frozen=True)
class Pair:
    scene: str
    dark: Path
    bright: Path


def pairs_of(scene: list[Frame]) -> list[Pair]:
    """The frame nearest to middle grey as the reference, with each that is clearly darker."""
    reference = min(scene, key=lambda frame: abs(frame.mean - MIDDLE_GREY))
    if not GREY_RANGE[0] <= reference.mean <= GREY_RANGE[1]:
        return []
    return [
        Pair(scene[0].path.stem, frame.path, reference.path)
        for frame in scene
        if frame.mean < DARKER_THAN * reference.mean
        and agreement(frame, reference) >= PAIR_AGREEMENT
    ]


def split_pairs(folder: Path) -> tuple[list[Pair], list[Pair]]:
    """The pairs to train on and those of the scenes kept out."""
    scenes = find_scenes(folder)
    kept_out = [pair for scene in scenes if held_out(scene) for pair in pairs_of(scene)]
    training = [pair for scene in scenes if not held_out(scene) for pair in pairs_of(scene)]
    return training, kept_out
