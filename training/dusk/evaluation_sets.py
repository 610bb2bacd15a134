"""The kept-out photos as folders that `everyface study` reads."""
import json
import os

import cv2
import numpy as np

from training.common import splits
from training.dusk import labels, scenes, sources

# Kinds of the scenes; every one of them is composed of kept-out photos only.
_KINDS = {"crowd": 0.55, "quilt": 0.15, "portrait": 0.1, "empty": 0.2}
_SCENE_PX = 512
_MOST_FACES = 30
_SEED = 5  # not the training's, so that trainings are compared on the same scenes


def _write_yolo(path, rows, size):
    faces = rows[rows[:, 14] == labels.FACE, :4] / size
    middle, sides = (faces[:, :2] + faces[:, 2:]) / 2, faces[:, 2:] - faces[:, :2]
    path.write_text("".join("0 {:.6f} {:.6f} {:.6f} {:.6f}\n".format(*m, *s)
                            for m, s in zip(middle, sides)))


def compose_scenes(folder, count, config):
    """`count` bright scenes of kept-out photos; the study renders them dark. Labels with what is in
    doubt: labels.json."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    (folder / "labels").mkdir(exist_ok=True)
    settings = {**config["scenes"], "kinds": _KINDS, "most_faces": _MOST_FACES}
    composer = scenes.Composer(sources.all_of(True), settings, _SCENE_PX)
    known = {}
    for number in range(count):
        photo, rows, _ = composer.draw(np.random.default_rng([_SEED, 1 << 20, number]))
        name = f"{number:04d}"
        cv2.imwrite(str(folder / "images" / f"{name}.png"), photo)
        _write_yolo(folder / "labels" / f"{name}.txt", rows, _SCENE_PX)
        known[f"{name}.png"] = np.nan_to_num(rows).tolist()
    (folder / "labels.json").write_text(json.dumps(known))


def link_wider(folder):
    """WIDER's kept-out photos with their own labels; faces below 5 pixels are in doubt."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    (folder / "labels").mkdir(exist_ok=True)
    files = splits.photos_of("wider", True)
    sizes = {name: cv2.imread(str(path)).shape[1::-1] for name, path in files}
    known = labels.wider_labels(sizes)
    for name, path in files:
        _link(path, folder / "images" / name)
        rows = known[name]
        side = np.sqrt((rows[:, 2:4] - rows[:, :2]).prod(1))
        rows[side < 5, 14] = labels.DOUBT
        _write_yolo(folder / "labels" / (path.stem + ".txt"), rows, np.array(sizes[name] * 2))
    (folder / "labels.json").write_text(
        json.dumps({name: np.nan_to_num(rows).tolist() for name, rows in known.items()}))


def link_utkface(folder, share):
    """The share of the kept-out photos whose hash is lowest."""
    folder.mkdir(parents=True, exist_ok=True)
    files = sorted(splits.photos_of("utkface", True), key=lambda file: splits.number_of(file[0]))
    for name, path in files[: round(share * len(files))]:
        _link(path, folder / name)


def link_darkface(folder, frames):
    """The labelled frames alone."""
    root = splits.shared_folder() / "data" / "darkface"
    for kind, ending in (("image", "png"), ("label", "txt")):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        for frame in frames:
            _link(root / kind / f"{frame}.{ending}", folder / kind / f"{frame}.{ending}")


def _link(target, link):
    if not link.exists():
        os.symlink(target.resolve(), link)
