"""Samples that somebody else's program saved: .npy, .npz, .csv and .pt files of numbers, of which nothing is executed.

A file ends in an array or in a StudyError of one line, whatever it holds; it never asks to load a pickle.
"""

from __future__ import annotations

import io
import math
import re
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from modecollapse import reading
from modecollapse.errors import StudyError

MOST_BYTES = 4 << 30  # of a file, and of what it unpacks to
SAVED = "save them by numpy.save('samples.npy', samples)"
CONVERTED = """python -c "import numpy, torch; numpy.save('samples.npy', {})\""""


class Unusable(Exception):
    """What is wrong with a file, and the line that makes a usable one."""

    def __init__(self, problem: str, line: str = SAVED) -> None:
        super().__init__(problem)
        self.line = line


def read(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """(seeds, n, *shape) numbers of a file, as `usable` has them; StudyError where there are none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # NumPy warns of headers that Python 2 wrote
            found = READERS.get(path.suffix.lower(), _npy)(path)
        if path.suffix.lower() == ".csv" and found.shape[1] == math.prod(shape):
            found = found.reshape(-1, *shape)
        return usable(found, shape)
    except (StudyError, Unusable, MemoryError) as problem:
        shown = reading.printable(str(path))
        reason = (str(problem) or "is too large for the memory").removeprefix(f"{shown}: ").partition("; allowed")[0]
        name = path.name if re.fullmatch(r"[\w.-]{1,60}", path.name) else "FILE"  # the line is for a shell
        line = getattr(problem, "line", SAVED).replace("FILE", repr(name))
        raise StudyError(f"{shown}: {reason}; allowed: {wanted(shape)}, as .npy, .npz, .csv or .pt; {line}") from None


def usable(found: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """(seeds, n, *shape) floats or integers, as they are, of an array of that shape or one of a single seed.

    Unusable where the array is of another shape, empty, too large or no numbers.
    """
    if found.dtype.kind not in "fiu":
        raise Unusable(f"holds {str(found.dtype)[:60]}")
    seeds = found[np.newaxis] if found.ndim == 1 + len(shape) else found
    if seeds.ndim != 2 + len(shape) or seeds.shape[2:] != shape or not seeds.size or seeds.nbytes > MOST_BYTES:
        raise Unusable(f"has shape {_short(found.shape)}")
    return np.array(seeds, dtype=seeds.dtype.newbyteorder("="))


def wanted(shape: tuple[int, ...]) -> str:
    """What an array of samples must be."""
    return f"(n, {', '.join(map(str, shape))}) numbers, n > 0"


def _npy(path: Path) -> np.ndarray:
    """The array of a .npy file, mapped."""
    try:
        return reading.npy(path)
    except StudyError:
        if path.is_file():  # NumPy's message may advise to load pickles
            raise Unusable("is no .npy file of numbers, or a damaged one") from None
        raise


def _npz(path: Path) -> np.ndarray:
    """The only array of a .npz file, or the one named `samples`."""
    content = _archive(path)
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            names = arrays.files
            if "samples" in names or len(names) == 1:
                return np.asarray(arrays["samples" if "samples" in names else names[0]])
    except Exception:  # damaged, encrypted, packed in a way that is not known
        raise Unusable("is a damaged .npz file, or holds Python objects") from None
    listed = reading.printable(", ".join(names))[:80] or "nothing"
    line = CONVERTED.format("numpy.load(FILE)['NAME']")
    raise Unusable(f"holds {listed} in place of one array, or one named samples", line)


def _csv(path: Path) -> np.ndarray:
    """(n, d) float64: the numbers of a table with commas; a first line of names is left out."""
    content = reading.regular_bytes(path, MOST_BYTES)
    try:
        lines = [line for line in content.decode("utf-8-sig").splitlines() if line.strip() and line[0] != "#"]
        if lines and _is_header(*(line.split(",") for line in (lines * 2)[:2])):
            del lines[0]
        return np.loadtxt(lines, delimiter=",", ndmin=2, comments=None) if lines else np.zeros((0, 0))
    except (ValueError, OverflowError) as problem:
        reason = reading.printable(str(problem)).partition(";")[0][:100]
        raise Unusable(f"is no table of numbers with commas ({reason})") from None


def _is_header(fields: list[str], below: list[str]) -> bool:
    """Whether no field is a number, or they are 0, 1, ... above fractions, as pandas calls nameless columns."""
    counted = fields == [str(index) for index in range(len(fields))]
    return not any(_is(float, field) for field in fields) or (counted and not all(_is(int, field) for field in below))


def _is(kind: type, field: str) -> bool:
    try:
        kind(field)
    except ValueError:
        return False
    return True


def _pt(path: Path) -> np.ndarray:
    """The only tensor of a .pt file, or the one named `samples`; only what torch calls weights is loaded."""
    import torch

    content = _archive(path)  # what torch before 1.6 wrote, and other pickles, are none
    try:
        found = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception:  # torch's own words are advice to load it all the same
        raise Unusable("holds more than tensors, or is damaged") from None
    if isinstance(found, dict):
        found = found.get("samples", next(iter(found.values())) if len(found) == 1 else None)
    if not isinstance(found, torch.Tensor) or found.layout != torch.strided or found.is_quantized:
        line = CONVERTED.format("torch.load(FILE, weights_only=True)['NAME']")
        raise Unusable("does not hold one dense tensor, or one named samples", line)
    if found.numel() * found.element_size() > MOST_BYTES:
        raise Unusable(f"has shape {_short(tuple(found.shape))}")
    found = found.detach().float() if found.dtype == torch.bfloat16 else found.detach()
    try:
        return found.numpy(force=True).copy()
    except (TypeError, RuntimeError):
        raise Unusable(f"holds {found.dtype}") from None


def _text(path: Path) -> np.ndarray:
    """Nothing: columns may be separated by anything."""
    raise Unusable("is a text", CONVERTED.format("numpy.loadtxt(FILE)"))


def _archive(path: Path) -> bytes:
    """The content of a zip archive that does not unpack to more than MOST_BYTES."""
    content = reading.regular_bytes(path, MOST_BYTES)
    try:
        size = sum(info.file_size for info in zipfile.ZipFile(io.BytesIO(content)).infolist())
    except Exception:  # a damaged list can raise anything
        raise Unusable("is no archive of arrays or tensors, or a damaged one") from None
    if size > MOST_BYTES:
        raise Unusable(f"unpacks to {size:,} bytes, more than {MOST_BYTES:,}")
    return content


def _short(shape: tuple[int, ...]) -> str:
    return str(shape) if len(str(shape)) < 60 else f"of {len(shape)} dimensions"


READERS: dict[str, Callable[[Path], np.ndarray]] = {
    **{".npz": _npz, ".csv": _csv, ".pt": _pt, ".pth": _pt},
    **dict.fromkeys((".txt", ".dat", ".tsv"), _text),
}
