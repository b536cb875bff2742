"""Data sets. Each file of this folder is one family: what it holds, how to draw from it, which mode a sample is in.

A family declares LABEL, SHAPE (of one item), MODES (K), SAMPLES (how many a finished run is measured on), STORED_AS
(the precision in which generated samples are kept) and OPTIONS, and defines `arrays(options, root_seed)`, what is written to the data file, and `Dataset`, what is made of that file.
"""

from __future__ import annotations

import io
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch


class Dataset(Protocol):
    """What training and measuring need of a data set. Items are float32 of shape `SHAPE`."""

    modes: int

    def to(self, device: str) -> Dataset:
        """Move what `sample` reads to a torch device; returns itself."""

    def sample(self, n: int, generator: torch.Generator) -> torch.Tensor:
        """(n, *SHAPE) float32: a fresh training batch on the generator's device."""

    def oracle(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """(n, *SHAPE) float32: real data that training never saw."""

    def null_uniform(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """(n, *SHAPE) float32: uniform over the data's box, so without any structure."""

    def null_gaussian(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """(n, *SHAPE) float32: one Gaussian with the data's mean and covariance."""

    def assign(self, samples: np.ndarray) -> np.ndarray:
        """(n,) int64: the mode 0..K-1 that each sample of (n, *SHAPE) belongs to, or -1 for none."""


def create(family: str, options: dict[str, Any], root_seed: int) -> dict[str, np.ndarray]:
    """The arrays of a data set, by name. Deterministic in its arguments."""
    return _module(family).arrays(options, root_seed)


def to_bytes(arrays: dict[str, np.ndarray]) -> bytes:
    """The data file of `arrays`: NumPy's npz, without pickle and without a time stamp."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def load(family: str, path: Path | io.BytesIO) -> Dataset:
    """The data set of a data file that `to_bytes` made."""
    with np.load(path, allow_pickle=False) as arrays:
        return _module(family).Dataset(**arrays)


def finite_rows(samples: np.ndarray) -> np.ndarray:
    """(n,) bool: the samples without a NaN or an infinity in any coordinate."""
    return np.isfinite(samples).reshape(len(samples), -1).all(axis=1)


def _module(family: str) -> Any:
    return import_module(f"modecollapse.datasets.{family.replace('-', '_')}")
