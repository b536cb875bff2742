"""Where samples come from: files, folders of images, arrays, and functions that make them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

import numpy as np

from modecollapse import datasets, reading
from modecollapse.errors import StudyError
from modecollapse.scoring import samples_file

Sampler = Callable[[int, int], np.ndarray]  # (n, seed) -> (n, *shape)
Source = np.ndarray | Path | str | Sampler
PICTURES = (".png", ".jpg", ".jpeg")


def gather(
    sources: Sequence[Source], dataset: datasets.Dataset, shape: tuple[int, ...], seeds: int, n: int
) -> list[tuple[str, np.ndarray]]:
    """(name, (n, *shape) numbers) of each seed: a file, folder of images or array is one, a function makes `seeds`.

    A text package.module:function is imported and called, so name only code that you trust; everything else is read
    and never executed. `n` samples are asked of a function. Raises StudyError for what holds no such numbers.
    """
    found: list[tuple[str, np.ndarray]] = []
    for position, source in enumerate(sources):
        if isinstance(source, str) and ":" in source and not Path(source).exists():
            found += _made(_imported(source), source, shape, seeds, n)
        elif isinstance(source, (str, Path)):
            path = Path(source)
            read = _pictures(path, dataset, shape) if path.is_dir() else samples_file.read(path, shape)
            found.append((reading.printable(str(path)), read))
        elif callable(source):
            found += _made(source, getattr(source, "__name__", "function"), shape, seeds, n)
        else:
            found.append((f"array {position}", checked(np.asarray(source), f"array {position}", shape)))
    return found


def checked(array: np.ndarray, name: str, shape: tuple[int, ...]) -> np.ndarray:
    """The array, if it has (n, *shape) numbers, n > 0; StudyError otherwise."""
    if array.dtype.kind not in "fiu" or array.shape[1:] != shape or not len(array):
        wanted = f"(n, {', '.join(map(str, shape))}) numbers, n > 0"
        raise StudyError(f"{name}: has {array.dtype} of shape {array.shape}; allowed: {wanted}")
    return array


def _made(sampler: Sampler, name: str, shape: tuple[int, ...], seeds: int, n: int) -> list[tuple[str, np.ndarray]]:
    """The samples that a function makes with the seeds 0, 1, ..."""
    found = []
    for seed in range(seeds):
        try:
            made = np.asarray(sampler(n, seed))
        except Exception as error:  # it is somebody else's code
            problem = reading.shown(f"{type(error).__name__}: {error}")
            raise StudyError(f"{name}({n}, {seed}): {problem}; allowed: an array of (n, *{shape})") from error
        found.append((f"{name}, seed {seed}", checked(made, f"{name}({n}, {seed})", shape)))
    return found


def _imported(name: str) -> Sampler:
    """The function that package.module:function names; the working directory is looked at first."""
    module, _, function = name.partition(":")
    sys.path.insert(0, os.getcwd())
    try:
        found = getattr(import_module(module), function)
    except Exception as error:
        problem = reading.shown(f"{type(error).__name__}: {error}")
        raise StudyError(f"{name}: {problem}; allowed: package.module:function") from error
    finally:
        sys.path.remove(os.getcwd())
    if not callable(found):
        raise StudyError(f"{name}: is no function; allowed: one of (n, seed) that returns samples")
    return found


def _pictures(folder: Path, dataset: datasets.Dataset, shape: tuple[int, ...]) -> np.ndarray:
    """(n, C, S, S) float32: the PNG and JPEG files of a folder by name, on the data's scale."""
    from modecollapse.datasets.folder import decoded

    shown, limits = reading.printable(str(folder)), getattr(dataset, "range", None)
    if limits is None:
        raise StudyError(f"{shown}: is a folder; allowed: for points a file of numbers")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURES)
    if not paths:
        raise StudyError(f"{shown}: holds no image; allowed: PNG and JPEG files, or a file of numbers")
    pixels = np.stack([decoded(str(path), reading.regular_bytes(path), shape) for path in paths])
    return (limits[0] + (limits[1] - limits[0]) * pixels / 255).astype(np.float32)
