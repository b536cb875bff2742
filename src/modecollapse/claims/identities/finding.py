"""What an identity returns, and the most frequent way to compute it: two computations that have to agree."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class Finding(NamedTuple):
    """Whether the published claim holds, and the numbers that show it, by name."""

    holds: bool
    numbers: dict[str, Any]


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


def agree(first: np.ndarray, second: np.ndarray, tolerance: float, **over: int) -> Finding:
    """Whether two computations are the same up to `tolerance`; `over` counts what they were done for."""
    return within(apart(first, second), tolerance, over)


def within(error: float, tolerance: float, numbers: dict[str, Any], also: bool = True) -> Finding:
    """That the claim holds where `error` is at most `tolerance` and `also` is true; `numbers` are more of them."""
    errors = {"largest error": rounded(error, 1), "tolerance": tolerance}
    return Finding(bool(error <= tolerance and also), errors | {name: rounded(n) for name, n in numbers.items()})


def rounded(value: Any, digits: int = 3) -> Any:
    """A number, or each of an array's, to so many digits; whole numbers and text as they are, infinity as text."""
    if isinstance(value, int | str):
        return value
    if np.ndim(value):
        return [rounded(one, digits) for one in value]
    return float(f"{value:.{digits}g}") if np.isfinite(value) else str(float(value))
