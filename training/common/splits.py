"""Which photos a model may learn from, and which are kept out for its figures.

The choice hangs on nothing but a photo's name: a tenth of every source is kept out, of UTKFace a
third, so that every race group has enough photos to measure. A name stays on its side when photos
are added, and everybody who has the photos can tell the sides apart.
"""
import hashlib
import os
from pathlib import Path

import numpy as np

KEPT_OUT_SHARE = {"utkface": 1 / 3}
OTHERS_SHARE = 0.1

# The frames of Dark Face that have labels to measure by.
KEPT_OUT_FRAMES = {"4.png", "5.png", "11.png"}

# Where each source lies below the folder of shared data.
FOLDERS = {
    "lfw": "lfw/image",
    "utkface": "utkface",
    "wider": "wider/image",
    "photos": "photos",
    "exposure_stacks": "exposure_stacks",
    "darkface": "darkface/image",
}


def shared_folder():
    """The folder of shared data: $EVERYFACE_SHARED, else ../shared beside the repository."""
    set_by_user = os.environ.get("EVERYFACE_SHARED")
    root = Path(set_by_user) if set_by_user else Path(__file__).resolve().parents[3] / "shared"
    if not (root / "data").is_dir():
        raise SystemExit(
            f"{root / 'data'} is not there: training reads its photos from it; "
            "set EVERYFACE_SHARED to the folder that holds data/"
        )
    return root


def cache_folder(model):
    """Where a training keeps what it computed: checkpoints, curves, teachers' outputs."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "everyface" / "training" / model
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def number_of(name):
    """The SHA-256 of a photo's name as a number in 0..1."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") / 2**64


def generator_of(name):
    """A generator of random numbers that hangs on nothing but a photo's name."""
    return np.random.default_rng(int(number_of(name) * 2**63))


def is_kept_out(source, name):
    """Whether the photo is kept out of all training: its number lies below the source's share."""
    if source == "darkface":
        return name in KEPT_OUT_FRAMES
    return number_of(name) < KEPT_OUT_SHARE.get(source, OTHERS_SHARE)


def photo_files(source):
    """(name, path) of a source's photos, by name; the name is the file's, without folders."""
    root = shared_folder() / "data" / FOLDERS[source]
    files = sorted(p for p in root.rglob("*") if p.suffix.lower() in {".jpg", ".png"})
    if not files:
        raise SystemExit(f"{root} holds no photos of {source}")
    return [(path.name, path) for path in files]


def photos_of(source, kept_out):
    """(name, path) of the photos on one side of the split."""
    return [(n, p) for n, p in photo_files(source) if is_kept_out(source, n) == kept_out]
