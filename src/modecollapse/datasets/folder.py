"""Your own images: a folder of PNG and JPEG files with a `labels.csv`, a mode for each class.

labels.csv has the header `file,label` and a line for every image: its path below the folder, and any text that names
its class. Images are turned as their EXIF data say, put on white where they are transparent, cut to a square about the
middle and resized. Images that are then equal are copies of one another: all of them are trained on or all held out.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.model_selection import train_test_split

from modecollapse.datasets import conv_classifier, image_files, images
from modecollapse.errors import StudyError
from modecollapse.study.streams import stream_seed

LABEL = "Folder of images"
SHAPE = ("channels", "size", "size")
MODES = "classes"
SAMPLES = 2500
STORED_AS = "float16"  # tells all 256 grey levels apart
UNINFORMATIVE = ("high_quality_percent",)  # the classifier puts every finite image into some mode
OPTIONS = {
    "path": {"default": ""},  # the folder
    "digest": {"default": ""},  # SHA-256 over labels.csv and the images, so that a study says which it means; "": any
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
    folder = Path(os.path.expanduser(options["path"]))  # the configuration, and so its hash, keeps `~`
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
    order, training = np.concatenate([chosen, held_out]), len(chosen)
    pictures, labels = pictures[order], labels[order]
    classifier = conv_classifier.train(
        pictures[:training],
        labels[:training],
        options["classes"],
        options["accuracy"],
        stream_seed(root_seed, "folder", "classifier"),
    )
    accuracy = conv_classifier.accuracy(classifier, pictures[training:], labels[training:])
    conv_classifier.require(str(folder), accuracy, options["accuracy"])
    return {
        "images": pictures,
        "labels": labels,
        "training": training,
        "held_out": len(held_out),
        "classes": options["classes"],
        "pixels": np.array(images.RANGES[options["range"]]),
        "sources": json.dumps({"labels.csv and its images": digest}),
        "accuracy": accuracy,
        **conv_classifier.to_arrays(classifier),
    }


def _split(labels: np.ndarray, first: np.ndarray, seed: int) -> list[np.ndarray]:
    """The rows to train on and those held out, of different images and then their copies, which stay on their side."""
    different, rows = np.unique(first), np.arange(len(first))
    sides = train_test_split(different, test_size=HELD_OUT_SHARE, stratify=labels[different], random_state=seed)
    return [np.concatenate([side, rows[np.isin(first, side) & (first != rows)]]) for side in sides]


def _numbered(folder: Path, texts: list[str], classes: int) -> np.ndarray:
    """(N,) uint8: the classes from 0 on, in the order of their names; enough images of each to hold some out."""
    found, labels, counts = np.unique(texts, return_inverse=True, return_counts=True)
    if len(found) != classes:
        raise StudyError(f"{folder}/labels.csv: has {len(found)} labels; allowed: {classes}, the option `classes`")
    if counts.min() < 1 / HELD_OUT_SHARE:
        rare = str(found[counts.argmin()])
        raise StudyError(f"{folder}/labels.csv: has {counts.min()} different images of {rare!r}; allowed: 5 of each")
    return labels.astype(np.uint8)
