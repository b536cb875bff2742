"""Your own images: a folder of PNG and JPEG files with a `labels.csv`, a mode for each class.

labels.csv has the header `file,label` and a line for every image: its path below the folder, and any text that names
its class. Images are rotated as their EXIF data say, made opaque on white, cut to a central square and resized. Images
that are then equal count as copies: all of them are trained on or all are held out.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import struct
import warnings
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from PIL import Image, ImageOps
from sklearn.model_selection import train_test_split

from modecollapse import reading
from modecollapse.datasets import images
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
TRAINED = 4000  # images of an epoch of the classifier, at least: few images are repeated
MOST_BYTES = 1 << 30  # of all images, resized
HEADER = ["file", "label"]
FORMATS = ("PNG", "JPEG")
PIL_MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA")  # Pillow's with at most eight bits a channel, grey or RGB
MOST_PIXELS = 1 << 24  # of one image before it is resized
MOST_FILE_BYTES = 1 << 26
UNREADABLE = (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Warning)  # Pillow raises these for a file
UNREADABLE += (struct.error, TypeError)  # and these for its EXIF data

Dataset = images.Images


def arrays(options: dict[str, Any], root_seed: int) -> dict[str, Any]:
    """The resized images, the training part first, their labels, and a classifier.

    Raises StudyError for an unusable folder, another number of classes than `classes`, or an inaccurate classifier.
    """
    folder = Path(os.path.expanduser(options["path"]))  # in the configuration, and so in its hash, `~` stays
    if not options["path"] or not folder.is_dir():
        raise StudyError(f"folder: path: {options['path']!r} is not a folder; allowed: one of images and a labels.csv")
    names, texts = _read_labels(folder / "labels.csv")
    labels = _numbered(folder, texts, options["classes"])
    shape = options["channels"], options["size"], options["size"]
    if len(names) * np.prod(shape) > MOST_BYTES:
        raise StudyError(f"{folder}: {len(names)} images of shape {shape} are too many; allowed: {MOST_BYTES} bytes")
    pictures, digest = _read_images(folder, names, shape)
    if options["digest"] not in ("", digest):
        raise StudyError(f"{folder}: is of SHA-256 {digest}; allowed: the digest that is given, {options['digest']}")
    first = _first_of_equal(f"{folder}/labels.csv", names, texts, pictures)
    _numbered(folder, [texts[row] for row in np.unique(first)], options["classes"])
    chosen, held_out = _split(labels, first, stream_seed(root_seed, "folder", "split") % 2**32)
    order, read = np.concatenate([chosen, held_out]), {"labels.csv and its images": digest}
    made = images.image_arrays(
        pictures[order], labels[order], len(held_out), options["classes"], options["range"], read
    )
    seed = stream_seed(root_seed, "folder", "classifier")
    try:
        trained = images.with_classifier(_repeated(made), str(folder), options["accuracy"], seed)
        return trained | made
    except StudyError as problem:
        raise StudyError(f"{problem} More images a class help; the option `accuracy` is what is asked.") from None


def _repeated(made: dict[str, Any]) -> dict[str, Any]:
    """`made` with its training images so often that a classifier sees TRAINED of them in an epoch."""
    n = int(made["training"])
    rows = np.concatenate([np.tile(np.arange(n), -(-TRAINED // n)), np.arange(n, len(made["labels"]))])
    return made | {
        "images": made["images"][rows],
        "labels": made["labels"][rows],
        "training": len(rows) - made["held_out"],
    }


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


def _read_labels(path: Path) -> tuple[list[str], list[str]]:
    """The files that a labels.csv lists, and the label of each; StudyError names the wrong line.

    A file must be listed once: a.png, ./a.png and a link to it are one file.
    """
    try:
        lines = list(csv.reader(io.StringIO(reading.text(path), newline=""), strict=True))
    except csv.Error as problem:
        raise StudyError(f"{path}: cannot be read ({problem}); allowed: lines of `file,label`") from None
    if not lines or lines[0] != HEADER:
        raise StudyError(f"{path}: begins with {','.join(lines[0]) if lines else 'nothing'!r}; allowed: file,label")
    seen: dict[Path, str] = {}
    for number, line in enumerate(lines[1:], start=2):
        if len(line) != 2 or not all(line):
            raise StudyError(f"{path}: line {number}: {','.join(line)!r} is not allowed; allowed: a file, its label")
        parts = PurePosixPath(line[0])
        if parts.is_absolute() or ".." in parts.parts or "\\" in line[0] or "\0" in line[0]:
            raise StudyError(f"{path}: line {number}: {line[0]!r} is not allowed; allowed: a path below the folder")
        other = seen.setdefault(Path(os.path.realpath(path.parent / parts)), line[0])
        if len(seen) < number - 1:
            spelt = "" if other == line[0] else f", also as {other!r}"
            raise StudyError(f"{path}: line {number}: {line[0]!r} is listed twice{spelt}; allowed: each file once")
    return [name for name, _ in lines[1:]], [label for _, label in lines[1:]]


def _read_images(folder: Path, names: list[str], shape: tuple[int, int, int]) -> tuple[np.ndarray, str]:
    """(N, C, S, S) uint8 images of `shape`, and the SHA-256 of labels.csv (with Unix line endings) and all image files.

    Both are in the order of `names`.
    """
    pictures = np.empty((len(names), *shape), np.uint8)
    digest = hashlib.sha256(reading.regular_bytes(folder / "labels.csv").replace(b"\r\n", b"\n"))
    inside = os.path.realpath(folder)
    for row, name in enumerate(names):
        path, shown = folder / name, reading.printable(str(folder / name))
        if not Path(os.path.realpath(path)).is_relative_to(inside):
            raise StudyError(f"{shown}: is a link out of the folder; allowed: files below it")
        if not path.is_file() or path.stat().st_size > MOST_FILE_BYTES:
            raise StudyError(f"{shown}: no file of at most {MOST_FILE_BYTES} bytes; allowed: PNG and JPEG files")
        content = reading.regular_bytes(path, MOST_FILE_BYTES)
        digest.update(hashlib.sha256(content).digest())
        pictures[row] = decoded(shown, content, shape)
    return pictures, digest.hexdigest()


def _first_of_equal(where: str, names: list[str], labels: list[str], pictures: np.ndarray) -> np.ndarray:
    """(N,) int64: for each image the first one with the same pixels, which may be itself.

    StudyError, which begins with `where` and names both files, if equal images have different labels.
    """
    seen: dict[bytes, int] = {}
    first = np.array([seen.setdefault(hashlib.sha256(image).digest(), row) for row, image in enumerate(pictures)])
    for row, other in enumerate(first):
        if labels[row] != labels[other]:
            size = f"{pictures.shape[3]} x {pictures.shape[2]} pixels"
            found = f"{names[other]!r} is {labels[other]!r} and {names[row]!r} is {labels[row]!r}"
            raise StudyError(f"{where}: {found}, though they are the same image at {size}; allowed: one label an image")
    return first


def decoded(path: str, content: bytes, shape: tuple[int, int, int]) -> np.ndarray:
    """`shape` uint8: one image, rotated as its EXIF data say, made opaque on white, cut to a square and resized."""
    channels, size, _ = shape
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Pillow only warns of an image that unpacks to gigabytes
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                if image.mode not in PIL_MODES or image.width * image.height > MOST_PIXELS:
                    found = f"is {image.width} x {image.height} in mode {image.mode}"
                    raise StudyError(f"{path}: {found}; allowed: {MOST_PIXELS} pixels of modes {', '.join(PIL_MODES)}")
                plain = _on_white(ImageOps.exif_transpose(image)).convert("L" if channels == 1 else "RGB")
    except UNREADABLE as problem:
        raise StudyError(f"{path}: cannot be read ({' '.join(str(problem).split())}); allowed: PNG, JPEG") from None
    square = ImageOps.fit(plain, (size, size), Image.Resampling.LANCZOS)
    return np.asarray(square).reshape(size, size, channels).transpose(2, 0, 1)


def _on_white(image: Image.Image) -> Image.Image:
    """The image without transparency, on a white background."""
    if not image.has_transparency_data:
        return image
    layer = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
