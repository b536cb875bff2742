"""Your own images: a folder of PNG and JPEG files with a `labels.csv`, a mode for each class.

labels.csv has the header `file,label` and a line for every image: its path below the folder, and any text that names
its class. Images are rotated as their EXIF data say, made opaque on white, cut to a central square and resized. Images
that are then equal count as copies: all of them are trained on or all are held out.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.model_selection import train_test_split

from modecollapse.datasets import image_files, images
from modecollapse.errors import StudyError
from modecollapse.study.streams import stream_seed

LABEL = "Folder of images"
SHAPE = ("channels", "size", "size")
MODES = "classes"
SAMPLES = 2500
STORED_AS = "float16"  # distinguishes all 256 grey levels
UNINFORMATIVE = ("high_quality_percent",)  # the classifier puts every finite image into some mode
OPTIONS = {
    "path": {"default": ""},  # of the folder
    "digest": {"default": ""},  # SHA-256 over labels.csv and the images, which pins them; "": any
    "size": [32, 16, 28, 64, 128],  # pixels, of both sides
    "channels": [3, 1],  # colour or grey
    "classes": {"default": 10, "least": 2, "most": 250},
    "accuracy": {"default": 0.9, "above": 0, "most": 1.0},  # required of the classifier on the held-out images
    "range": ["symmetric", "unit"],  # of the pixels: [-1, 1] or [0, 1]
}

HELD_OUT_SHARE = 0.2
MOST_BYTES = 1 << 30  # of all images, resized

Dataset = images.Images


def arrays(options: dict[str, Any], root_seed: int) -> dict[str, Any]:
    """The resized images, the training part first, their labels, and a classifier.

    Raises StudyError for an unusable folder, another number of classes than `classes`, or an inaccurate classifier.
    """
    folder = Path(os.path.expanduser(options["path"]))  # in the configuration, and so in its hash, `~` stays
    if not options["path"] or not folder.is_dir():
        raise StudyError(f"folder: path: {options['path']!r} is not a folder; allowed: one of images and a labels.csv")
    names, texts = image_files.read_labels(folder / "labels.csv")
    labels = _numbered(folder, texts, options["classes"])
    shape = options["channels"], options["size"], options["size"]
    if len(names) * np.prod(shape) > MOST_BYTES:
        raise StudyError(f"{folder}: {len(names)} images of shape {shape} are too many; allowed: {MOST_BYTES} bytes")
    pictures, digest = image_files.read(folder, names, shape)
    if options["digest"] not in ("", digest):
        raise StudyError(f"{folder}: is of SHA-256 {digest}; allowed: the digest that is given, {options['digest']}")
    first = image_files.first_of_equal(f"{folder}/labels.csv", names, texts, pictures)
    _numbered(folder, [texts[row] for row in np.unique(first)], options["classes"])
    chosen, held_out = _split(labels, first, stream_seed(root_seed, "folder", "split") % 2**32)
    order, read = np.concatenate([chosen, held_out]), {"labels.csv and its images": digest}
    made = images.image_arrays(
        pictures[order], labels[order], len(held_out), options["classes"], options["range"], read
    )
    seed = stream_seed(root_seed, "folder", "classifier")
    return images.with_classifier(made, str(folder), options["accuracy"], seed)


def _split(labels: np.ndarray, first: np.ndarray, seed: int) -> list[np.ndarray]:
    """The rows to train on and the rows held out: different images, then the copies of each side."""
    different, rows = np.unique(first), np.arange(len(first))
    sides = train_test_split(different, test_size=HELD_OUT_SHARE, stratify=labels[different], random_state=seed)
    return [np.concatenate([side, rows[np.isin(first, side) & (first != rows)]]) for side in sides]


def _numbered(folder: Path, texts: list[str], classes: int) -> np.ndarray:
    """(N,) uint8: the classes from 0 on, in the order of their names; StudyError where one is too rare to hold out."""
    found, labels, counts = np.unique(texts, return_inverse=True, return_counts=True)
    if len(found) != classes:
        raise StudyError(f"{folder}/labels.csv: has {len(found)} labels; allowed: {classes}, the option `classes`")
    if counts.min() < 1 / HELD_OUT_SHARE:
        rare = str(found[counts.argmin()])
        raise StudyError(f"{folder}/labels.csv: has {counts.min()} different images of {rare!r}; allowed: 5 of each")
    return labels.astype(np.uint8)
