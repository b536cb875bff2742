"""Whether samples are on the scale of the data they imitate: a classifier reads images on another scale as well."""

from __future__ import annotations

import numpy as np

from modecollapse.datasets import Dataset, finite_rows
from modecollapse.datasets.random_numbers import RandomNumbers
from modecollapse.errors import StudyError

REAL = 2500  # training items that samples are compared with
FAR = 10.0  # times larger or smaller than the data
INVERTED = -0.9  # correlation of the mean image with the data's


def doubts(where: str, samples: np.ndarray, dataset: Dataset) -> list[str]:
    """Sentences about (n, *shape) samples that may be on another scale, with the range found and the one wanted.

    StudyError, which begins with `where`, for images that certainly are.
    """
    rows = finite_rows(samples)
    finite = samples if rows.all() else samples[rows]
    if not len(finite):
        return []
    real = dataset.sample(REAL, RandomNumbers((0,), REAL)).numpy()
    limits = getattr(dataset, "range", None)
    found = f"has {samples.dtype} values from {finite.min():g} to {finite.max():g}"
    if limits is None:
        wanted = f"{real.min():g} to {real.max():g}"
        problem = _of_points(finite, real)
    else:
        wanted = f"{limits[0]:g} to {limits[1]:g}"
        if finite.min() < limits[0] or finite.max() > limits[1] or (finite.dtype.kind == "u" and limits[0] < 0):
            raise StudyError(f"{where}: {found}; allowed: {wanted}, as floating-point numbers")
        problem = _of_images(finite, real, limits)
    if not problem and finite.dtype.kind in "iu":
        problem = "whole numbers may be rounded ones"
    return [f"{where}: {found}, where the data have {wanted}: {problem}"] if problem else []


def _of_images(samples: np.ndarray, real: np.ndarray, limits: tuple[float, float]) -> str:
    """What is odd about images within the limits; nothing where they look right."""
    middle = sum(limits) / 2
    if samples.min() >= middle or samples.max() <= middle:
        return "images in one half of the range are read as others"
    means = samples.mean(axis=0, dtype=np.float64).ravel(), real.mean(axis=0, dtype=np.float64).ravel()
    if min(map(np.ptp, means)) > 0 and np.corrcoef(*means)[0, 1] < INVERTED:
        return "their mean image looks like the negative of the data's"
    return ""


def _of_points(samples: np.ndarray, real: np.ndarray) -> str:
    """What is odd about points; nothing where they look right."""
    sizes = (
        np.median(np.abs(points.reshape(len(points), -1).astype(np.float64)).max(axis=1)) for points in (samples, real)
    )
    found, wanted = (float(size) for size in sizes)
    if found > FAR * wanted or found < wanted / FAR:
        return "they may be on another scale"
    return ""
