"""What identities share: their result, how two computations are compared, random densities, the best discriminator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import scipy

# Tolerances: of arithmetic, of linear algebra and linear programs, and of the position of a minimum found by search.
EXACT, LINEAR, SEARCH = 1e-12, 1e-9, 1e-6
LEAST = 1e-3  # keeps every atom within a factor of about 1e4 of every other, so that a log ratio stays below 10
ATOMS = 8


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


def pairs(rng: np.random.Generator, rows: int, gaps: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """`rows` pairs of densities p and q over the same atoms, each (rows, ATOMS), rows summing to 1.

    Some are nearly even and some nearly on one atom. With `gaps` about a sixth of the atoms belong to p alone and
    another sixth to q alone; one atom at least is shared. Otherwise every atom is positive in both.
    """
    spread = rng.choice([0.3, 1.0, 5.0], size=(2, rows, 1))
    p, q = rng.standard_gamma(spread, size=(2, rows, ATOMS)) + LEAST
    if gaps:
        owner = rng.integers(6, size=(rows, ATOMS))
        owner[:, 0] = 2
        p, q = np.where(owner == 0, 0.0, p), np.where(owner == 1, 0.0, q)
    return p / p.sum(axis=1, keepdims=True), q / q.sum(axis=1, keepdims=True)


def discriminator_loss(logit: np.ndarray, p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """-p log D - q log(1 - D) on every atom, D the sigmoid of `logit`: the cross-entropy with the label 1 for p."""
    return -p * scipy.special.log_expit(logit) - q * scipy.special.log_expit(-logit)


def best_output(loss: Callable[..., np.ndarray], p: np.ndarray, q: np.ndarray, *codes: np.ndarray) -> np.ndarray:
    """The output of D on every atom, of p's shape, that minimises loss(d, p, q, *codes), by search alone.

    A search on values finds a minimum to about the root of the rounding error, 1e-8; RuntimeError where it fails.
    """
    from scipy.optimize import elementwise  # `import scipy` does not find this module, and it is slow to load

    bracket = elementwise.bracket_minimum(loss, np.zeros_like(p), args=(p, q, *codes))
    found = elementwise.find_minimum(loss, bracket.bracket, args=(p, q, *codes))
    if not (bracket.success.all() and found.success.all()):
        raise RuntimeError("the search for the best discriminator failed")
    return found.x


def best_logit(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """The logit of D on every atom that minimises the cross-entropy, by search alone."""
    return best_output(discriminator_loss, p, q)
