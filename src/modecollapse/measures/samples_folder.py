"""A folder of generated images: PNG and JPEG files of the data's own size, which are not resized."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
from PIL import Image

from modecollapse import reading
from modecollapse.datasets import Dataset
from modecollapse.datasets.folder import FORMATS, MOST_FILE_BYTES, PIL_MODES, UNREADABLE
from modecollapse.errors import StudyError

SUFFIXES = (".png", ".jpg", ".jpeg")
MOST = 1 << 30  # bytes of all images


def read(folder: Path, shape: tuple[int, ...], dataset: Dataset) -> np.ndarray:
    """(n, *shape) float32 of the images in a folder, by name, on the scale of the data; StudyError for other files."""
    where = reading.printable(str(folder))
    if len(shape) != 3 or shape[0] not in (1, 3):
        raise StudyError(f"{where}: is a folder; allowed: files of (n, {', '.join(map(str, shape))}) numbers")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not paths or len(paths) * np.prod(shape) > MOST:
        raise StudyError(
            f"{where}: holds {len(paths):,} images; allowed: some PNG or JPEG files, 1 GiB unpacked at most"
        )
    low, high = dataset.range
    levels = np.stack([_levels(path, shape) for path in paths]).astype(np.float32)
    return levels * np.float32((high - low) / 255) + np.float32(low)


def _levels(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """`shape` uint8: the grey levels of one image."""
    channels, height, width = shape
    where = reading.printable(str(path))
    content = reading.regular_bytes(path, MOST_FILE_BYTES)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # as for the images that are trained on
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                fits = image.size == (width, height) and image.mode in PIL_MODES and not image.has_transparency_data
                if not fits:
                    found = f"is {image.width} x {image.height} pixels in mode {image.mode}"
                    raise StudyError(f"{where}: {found}; allowed: {width} x {height}, grey or RGB, opaque")
                levels = np.asarray(image.convert("L" if channels == 1 else "RGB"))
    except UNREADABLE as problem:
        raise StudyError(f"{where}: cannot be read ({' '.join(str(problem).split())}); allowed: PNG, JPEG") from None
    return levels.reshape(height, width, channels).transpose(2, 0, 1)
