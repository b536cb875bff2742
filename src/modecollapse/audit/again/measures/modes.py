"""Which mode a sample is in, a second time: samples and the data file in, counts of samples in every mode out.

Planar mixtures use a k-d tree, the 1200-dimensional data an expanded square in place of deviations, and the digit
classifier is three matrix products. A sample is doubtful where rounding alone may put it into another mode.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree
from scipy.stats import chi2

Arrays = Mapping[str, np.ndarray]

DEFAULT, SHELL = "mode_counts", "mode_counts_shell"  # the trace's columns, one for each rule
RULES = {"gaussians-1200d": (DEFAULT, SHELL)}  # of all other data the default one
SDS = 3.0  # the reach of a mode in the plane, in nominal standard deviations
REACH_SQUARED = 100.0  # of a mode in 1200 dimensions, by the published rule
NOISY = 700  # coordinates with noise, of 1200
CLIP = 1e6
CHUNK = 8192  # images read at once
CLASSIFIER = "classifier."
# The classifier ran in single precision elsewhere: below this margin of the best logit it may have read another digit.
MARGIN = 1e-4
ROUNDING = 1e-11  # relative, of distances in double precision


class Counted(NamedTuple):
    """Of (n, ...) samples: by rule the (K,) samples in each mode; how many are not finite; how many are doubtful."""

    counts: dict[str, np.ndarray]
    nonfinite: int
    doubtful: int


Counter = Callable[[np.ndarray], Counted]


def rules(family: str) -> tuple[str, ...]:
    """The trace's columns of counts for data of a family; the last one is what the course of training is told by."""
    return RULES.get(family, (DEFAULT,))


def counter(family: str, data: Arrays) -> Counter | None:
    """How samples of a family's data file are counted, or None where there is no second implementation of it."""
    if family in ("ring", "grid"):
        return lambda samples: in_the_plane(samples, data["means"], SDS * float(data["nominal_sd"]))
    if family == "gaussians-1200d":
        return lambda samples: in_1200_dimensions(samples, data["shifts"], float(data["off_tolerance"]))
    if family == "stacked-digits":
        layers = classifier(data)
        return lambda samples: as_digits(samples, layers)
    return None


def weights(family: str, data: Arrays) -> np.ndarray | None:
    """(K,) the share of each mode in the training data, or None where that is not known here."""
    if family in ("ring", "grid"):
        return np.array([np.mean(data["components"] == mode) for mode in range(len(data["means"]))])
    if family == "gaussians-1200d":
        return np.full(len(data["shifts"]), 1 / len(data["shifts"]))
    if family == "stacked-digits":
        shares = np.array([np.mean(data["labels"][data["train"]] == digit) for digit in range(10)])
        return np.einsum("i,j,k->ijk", shares, shares, shares).ravel()
    return None


def finite(samples: np.ndarray) -> np.ndarray:
    """(n,) bool: the samples all of whose coordinates are numbers."""
    return np.isfinite(samples.reshape(len(samples), -1)).all(axis=1)


def in_the_plane(samples: np.ndarray, means: np.ndarray, reach: float) -> Counted:
    """Counts of (n, 2) samples around (K, 2) means: the nearest mean, if it is within `reach`."""
    usable = finite(samples)
    points = np.clip(samples[usable].astype(np.float64), -1e150, 1e150)  # whose squares are still numbers
    far, nearest = cKDTree(means.astype(np.float64)).query(points)
    doubtful = np.abs(far - reach) <= ROUNDING * reach
    return Counted({DEFAULT: _counts(nearest[far <= reach], len(means))}, int((~usable).sum()), int(doubtful.sum()))


def in_1200_dimensions(samples: np.ndarray, shifts: np.ndarray, tolerance: float) -> Counted:
    """Counts of (n, 1200) samples around K centres, each with one shift in all coordinates, by both rules.

    |x - s 1|^2 is expanded to |x|^2 - 2 s sum x + d s^2, over the coordinates with noise and over those without.
    """
    usable = finite(samples)
    x = np.clip(samples[usable].astype(np.float64), -CLIP, CLIP)
    shift = shifts.astype(np.float64)
    near = np.abs(x.mean(axis=1)[:, None] - shift).argmin(axis=1)
    own = shift[near]
    with_noise, without = (_squares(part, own) for part in (x[:, :NOISY], x[:, NOISY:]))
    low, high = chi2.ppf([0.005, 0.995], NOISY)  # the squared distances of the middle 99 % of the data
    published = with_noise + without <= REACH_SQUARED
    shell = (low <= with_noise) & (with_noise <= high) & (without <= tolerance**2 * (x.shape[1] - NOISY))
    edges = ((with_noise + without, REACH_SQUARED), (with_noise, low), (with_noise, high))
    edges += ((without, tolerance**2 * (x.shape[1] - NOISY)),)
    doubtful = np.any([np.abs(found - edge) <= 1e-9 * edge for found, edge in edges], axis=0)
    counts = {DEFAULT: _counts(near[published], len(shift)), SHELL: _counts(near[shell], len(shift))}
    return Counted(counts, int((~usable).sum()), int(doubtful.sum()))


def classifier(data: Arrays) -> list[tuple[np.ndarray, np.ndarray]]:
    """The (weight, bias) of each layer, in order, of the classifier in a data file."""
    names = sorted(name for name in data if name.startswith(CLASSIFIER) and name.endswith(".weight"))
    return [(data[name], data[name.removesuffix("weight") + "bias"]) for name in names]


def as_digits(samples: np.ndarray, layers: list[tuple[np.ndarray, np.ndarray]]) -> Counted:
    """Counts of (n, 3, 8, 8) samples by the three digits that are read, hundreds first."""
    usable = finite(samples)
    images = samples[usable].reshape(-1, 64)
    read, doubtful = np.empty(len(images), dtype=np.int64), np.zeros(len(images), dtype=bool)
    for start in range(0, len(images), CHUNK):
        part = slice(start, start + CHUNK)
        read[part], doubtful[part] = _read(images[part], layers)
    hundreds, tens, ones = read.reshape(-1, 3).T
    stacks = doubtful.reshape(-1, 3).any(axis=1)
    counts = _counts(100 * hundreds + 10 * tens + ones, 1000)
    return Counted({DEFAULT: counts}, int((~usable).sum()), int(stacks.sum()))


def _read(images: np.ndarray, layers: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """(b,) digits and whether each is doubtful, of (b, 64) images; close calls are made in double precision."""
    logits = _logits(images.astype(np.float32), layers)
    ordered = np.partition(logits, -2, axis=1)
    close = np.flatnonzero(ordered[:, -1] - ordered[:, -2] < 10 * MARGIN)
    digits, doubtful = logits.argmax(axis=1), np.zeros(len(images), dtype=bool)
    if close.size:
        exact = _logits(images[close].astype(np.float64), layers)
        digits[close] = exact.argmax(axis=1)
        best = np.sort(exact, axis=1)[:, -2:]
        doubtful[close] = best[:, 1] - best[:, 0] < MARGIN
    return digits, doubtful


def _logits(images: np.ndarray, layers: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """(b, 10), in the precision of the images."""
    hidden = images
    for place, (weight, bias) in enumerate(layers):
        if place:
            hidden = np.maximum(hidden, 0, out=hidden)
        hidden = hidden @ weight.T.astype(images.dtype)
        hidden += bias.astype(images.dtype)
    return hidden


def _squares(x: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """(n,) squared distances of the rows of x from the constant vectors `shift`."""
    return np.einsum("ij,ij->i", x, x) - 2 * shift * x.sum(axis=1) + x.shape[1] * shift**2


def _counts(modes: np.ndarray, number: int) -> np.ndarray:
    return np.bincount(modes, minlength=number)
