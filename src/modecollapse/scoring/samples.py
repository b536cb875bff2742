"""Samples from arrays, files, folders of images and functions: one array a seed, all of one size."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from modecollapse.datasets import Dataset
from modecollapse.errors import StudyError, one_line
from modecollapse.measures import samples_file, samples_folder
from modecollapse.reading import printable

FUNCTION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
Function = Callable[[int, int], Any]  # (n, seed) -> (n, *shape) numbers
LARGEST = float(np.finfo(np.float32).max)  # the study's samples are float32, and distances are squared
Source = np.ndarray | str | Path | Function


def read(
    sources: Source | Sequence[Source], shape: tuple[int, ...], dataset: Dataset, n: int, seeds: int
) -> list[tuple[str, np.ndarray]]:
    """For each seed the name of its source and (n_i, *shape) numbers.

    A source is an array or a file of one seed, or of several, (seeds, n_i, *shape); a folder of images; a function, or
    its name `package.module:function`, which is called for `n` samples of each of the seeds 0 to `seeds` - 1.
    Raises StudyError in one line where one holds or makes anything else, and where there is none.
    """
    given = sources if isinstance(sources, list | tuple) else [sources]
    found = [run for source in given for run in _runs(source, shape, dataset, n, seeds)]
    if not found:
        raise StudyError("samples: there are none; allowed: a source a seed, or a function and one seed")
    return [(name, _bounded(run)) for name, run in found]


def equal(runs: Sequence[np.ndarray], n: int, most: int) -> list[np.ndarray]:
    """`n` samples of each seed, drawn without replacement where there are more than `n`.

    Of more than `most` some measures read the first alone, so these are put into a random order as well. The draw is
    the same every time.
    """
    shuffled = [np.random.default_rng(len(run)).permutation(len(run))[:n] for run in runs]
    return [run[rows] if len(run) > min(n, most) else run for run, rows in zip(runs, shuffled, strict=True)]


def _runs(
    source: Source, shape: tuple[int, ...], dataset: Dataset, n: int, seeds: int
) -> Iterator[tuple[str, np.ndarray]]:
    if isinstance(source, str) and FUNCTION.fullmatch(source) and not Path(source).exists():
        source, name = _imported(source), source
    else:
        name = getattr(source, "__name__", "samples") if not isinstance(source, str | Path) else printable(str(source))
    if callable(source):
        for seed in range(seeds):
            yield f"{name}, seed {seed}", _called(source, f"{name}: seed {seed}", n, seed, shape)
    elif isinstance(source, str | Path) and Path(source).is_dir():
        yield name, samples_folder.read(Path(source), shape, dataset)
    else:
        path = isinstance(source, str | Path)
        found = samples_file.read(Path(source), shape) if path else _usable(source, name, shape)
        for seed, run in enumerate(found):
            yield f"{name}, seed {seed}" if len(found) > 1 else name, run


def _imported(name: str) -> Function:
    """The function of a name `package.module:function`; modules in the working folder are found."""
    module, _, function = name.partition(":")
    if (here := os.getcwd()) not in sys.path:
        sys.path.insert(0, here)
    try:
        with redirect_stdout(sys.stderr):
            found = getattr(import_module(module), function)
    except (Exception, SystemExit) as error:  # a module of the user's raises anything
        raise StudyError(f"{name}: {_said(error)}; allowed: package.module:function, or a file") from error
    if not callable(found):
        raise StudyError(f"{name}: is no function; allowed: one of (n, seed)")
    return found


def _called(function: Function, where: str, n: int, seed: int, shape: tuple[int, ...]) -> np.ndarray:
    try:
        with redirect_stdout(sys.stderr):  # what it prints is not among the scores
            made = np.asarray(function(n, seed))
    except (Exception, SystemExit) as error:  # as above
        raise StudyError(f"{where}: {_said(error)}; allowed: a function of (n, seed)") from error
    if made.shape != (n, *shape):
        raise StudyError(f"{where}: has shape {made.shape}; allowed: {samples_file.wanted(shape)}, here n = {n}")
    return _usable(made, where, shape)[0]


def _usable(found: Any, where: str, shape: tuple[int, ...]) -> np.ndarray:
    try:
        return samples_file.usable(np.asarray(found), shape)
    except (samples_file.Unusable, TypeError, RuntimeError, ValueError) as error:
        raise StudyError(f"{where}: {one_line(error, 120)}; allowed: {samples_file.wanted(shape)}") from error


def _bounded(run: np.ndarray) -> np.ndarray:
    """The samples, with an infinity in place of numbers that no float32 holds."""
    if run.dtype.itemsize <= 4:  # and no integer of eight bytes is that large
        return run
    large = np.abs(run) > LARGEST
    return np.where(large, np.inf, run) if large.any() else run


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {one_line(error, 120)}"
