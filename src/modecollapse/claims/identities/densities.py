"""Random pairs of discrete densities, and the best discriminator found without a formula for it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import elementwise

LEAST = 1e-3  # keeps every atom within a factor of about 1e4 of every other, so that a log ratio stays below 10
ATOMS = 8


def pairs(rng: np.random.Generator, rows: int, atoms: int = ATOMS, gaps: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """`rows` pairs of densities p and q over the same atoms, each (rows, atoms), rows summing to 1.

    Some are nearly even and some nearly on one atom. With `gaps` about a sixth of the atoms belong to p alone and
    another sixth to q alone; one atom at least is shared. Otherwise every atom is positive in both.
    """
    spread = rng.choice([0.3, 1.0, 5.0], size=(2, rows, 1))
    p, q = rng.standard_gamma(spread, size=(2, rows, atoms)) + LEAST
    if gaps:
        owner = rng.integers(6, size=(rows, atoms))
        owner[:, 0] = 2
        p, q = np.where(owner == 0, 0.0, p), np.where(owner == 1, 0.0, q)
    return p / p.sum(axis=1, keepdims=True), q / q.sum(axis=1, keepdims=True)


def best_output(loss: Callable[..., np.ndarray], p: np.ndarray, q: np.ndarray, *codes: np.ndarray) -> np.ndarray:
    """The output of D on every atom, of p's shape, that minimises loss(d, p, q, *codes), by search alone.

    A search on values finds a minimum to about the root of the rounding error, 1e-8; RuntimeError where it fails.
    """
    bracket = elementwise.bracket_minimum(loss, np.zeros_like(p), args=(p, q, *codes))
    found = elementwise.find_minimum(loss, bracket.bracket, args=(p, q, *codes))
    if not (bracket.success.all() and found.success.all()):
        raise RuntimeError("the search for the best discriminator failed")
    return found.x
