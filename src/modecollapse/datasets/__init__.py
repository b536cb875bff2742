"""Data sets. A family of them is one file: what it holds, how to draw from it, which mode a sample is in.

A family declares LABEL, SHAPE (of one item), MODES (K or, where an option decides it, `{option: {value: K}}`), SAMPLES
(how many a finished run is measured on), STORED_AS (the precision in which generated samples are kept), UNINFORMATIVE
(measures not worth printing), OPTIONS and, where it has them, PRESETS (named options) and RULES (by which a sample is
in a mode, beside the default one). A number of SHAPE and MODES may be the name of an option. It defines
`arrays(options, root_seed)`, what is written to the data file, and `Dataset`, what is made of that file.
"""

from __future__ import annotations

import io
import zlib
from importlib import import_module
from pathlib import Path
from tokenize import TokenError
from typing import TYPE_CHECKING, Any, Protocol
from zipfile import BadZipFile

import numpy as np

from modecollapse.errors import StudyError
from modecollapse.study import catalogue
from modecollapse.study.specs import DatasetSpec
from modecollapse.study.streams import stream_seed

if TYPE_CHECKING:  # tables are made and printed without torch
    import torch

    from modecollapse.datasets.random_numbers import RandomNumbers

# What NumPy raises for a file that is damaged or of another format.
UNREADABLE = (OSError, ValueError, EOFError, MemoryError, TokenError, BadZipFile, zlib.error)


class Dataset(Protocol):
    """What training and measuring need of a data set. Items are float32 of shape `SHAPE`.

    Images also have `range`, the lowest and the highest value of a pixel. Optional are `features`, the points between
    which distances are measured (see below), and `mode_weights`, (K,), where modes have unequal shares.
    """

    modes: int

    def to(self, device: str) -> Dataset:
        """Move what `sample` reads to a torch device; returns itself."""

    def sample(self, n: int, random: RandomNumbers) -> torch.Tensor:
        """(n, *SHAPE) float32: fresh training batches, n items together, on the device of `random`."""

    def oracle(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """(n, *SHAPE) float32: real data that training never saw."""

    def null_uniform(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """(n, *SHAPE) float32: uniform over the data's box, so without any structure."""

    def null_gaussian(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """(n, *SHAPE) float32: one Gaussian with the data's mean and covariance."""

    def assign(self, samples: np.ndarray) -> np.ndarray:
        """(n,) int64: the mode 0..K-1 that each sample of (n, *SHAPE) belongs to, or -1 for none.

        A data set with RULES has an attribute `rules` too, and takes a rule as a second argument.
        """


def create(family: str, options: dict[str, Any], root_seed: int) -> dict[str, np.ndarray]:
    """The arrays of a data set, by name. Deterministic in its arguments."""
    return {"family": np.array(family), **_module(family).arrays(options, root_seed)}


def to_bytes(arrays: dict[str, np.ndarray], config_hash: str = "") -> bytes:
    """The data file of `arrays`: NumPy's npz, without pickle or time stamp, with its configuration."""
    buffer = io.BytesIO()
    np.savez(buffer, config_hash=config_hash, **arrays)
    return buffer.getvalue()


def load(family: str, path: Path | io.BytesIO, config_hash: str | None = None) -> Dataset:
    """The data set of a data file that `to_bytes` made.

    StudyError where it is not one of this family or, if `config_hash` is given, of another configuration.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = dict(file)
        if config_hash not in (None, str(arrays.pop("config_hash", ""))):
            raise ValueError("was made with other options or another root seed")
        if str(arrays.pop("family", "")) != family:
            raise ValueError("holds other data")
        return _module(family).Dataset(**arrays)
    except (*UNREADABLE, TypeError, RuntimeError) as error:
        problem = " ".join(str(error).split())
        raise StudyError(f"{path}: {problem}; allowed: a data file of {family} that `data` made") from None


def check_modes(spec: DatasetSpec, dataset: Dataset) -> None:
    """StudyError where a data set has another number of modes than its file declares, on which measures rely."""
    if dataset.modes != spec.modes:
        have = f"MODES is {spec.modes}, but the data have {dataset.modes} modes"
        raise StudyError(f"datasets/{spec.family.replace('-', '_')}.py: {have}; allowed: the same number")


def features(samples: np.ndarray, dataset: Dataset) -> np.ndarray:
    """(n, d) float64: the data set's `features` of (n, *SHAPE) finite samples or, without them, the coordinates."""
    if hasattr(dataset, "features"):
        return dataset.features(samples).astype(np.float64)
    return samples.reshape(len(samples), int(np.prod(samples.shape[1:]))).astype(np.float64)


def finite_rows(samples: np.ndarray) -> np.ndarray:
    """(n,) bool: the samples without a NaN or an infinity in any coordinate."""
    return np.isfinite(samples).all(axis=tuple(range(1, samples.ndim)))


def points_rng(family: str, points: int, components: int, root_seed: int) -> np.random.Generator | None:
    """The generator for a fixed training set of `points`, None for 0; StudyError where a component would have more."""
    if points % components:
        raise StudyError(f"{family}: points: {points} is not allowed; allowed: a multiple of {components}")
    return np.random.default_rng(stream_seed(root_seed, family, "points")) if points else None


def rules(dataset: Dataset) -> tuple[str | None, ...]:
    """The rules by which a sample is in a mode: the default rule, None, and the names of further ones."""
    return None, *getattr(dataset, "rules", ())


def count_modes(samples: np.ndarray, dataset: Dataset) -> dict[str | None, np.ndarray]:
    """By each rule, (K,) int64: the high-quality samples in each mode, of (n, *SHAPE) samples, non-finite or not."""
    counts = {}
    for rule in rules(dataset):
        modes = dataset.assign(samples) if rule is None else dataset.assign(samples, rule)
        counts[rule] = np.bincount(modes[modes >= 0], minlength=dataset.modes)
    return counts


def _module(family: str) -> Any:
    if family not in catalogue.names("datasets"):
        raise StudyError(f"data set {family!r} is unknown; allowed: {', '.join(catalogue.names('datasets'))}")
    return import_module(f"modecollapse.datasets.{family.replace('-', '_')}")
