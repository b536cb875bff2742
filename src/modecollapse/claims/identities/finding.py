"""What an identity returns, and the commonest way to come by it: two computations that have to agree."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Finding(NamedTuple):
    """Whether the published claim holds, and one line with the numbers that say so."""

    holds: bool
    detail: str


def apart(first: np.ndarray, second: np.ndarray) -> float:
    """The largest difference of two arrays of one shape, relative to the larger magnitude where that is above 1.

    ValueError on a NaN or infinity in either: no error that is not a number is ever below a tolerance.
    """
    first, second = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if first.shape != second.shape or first.size == 0:
        raise ValueError(f"shapes {first.shape} and {second.shape} must be equal and not empty")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise ValueError("both computations must be finite")
    scale = np.maximum(1.0, np.maximum(np.abs(first), np.abs(second)))
    return float((np.abs(first - second) / scale).max())


def agree(first: np.ndarray, second: np.ndarray, tolerance: float, over: str) -> Finding:
    """Whether two computations are the same up to `tolerance`; `over` says what they were done for."""
    error = apart(first, second)
    return Finding(error <= tolerance, f"largest error {error:.0e} over {over} (tolerance {tolerance:.0e})")
