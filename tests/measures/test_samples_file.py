"""Files of samples: every kind that is safe gives its numbers, everything else one line; nothing is executed."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from modecollapse.errors import StudyError
from modecollapse.measures import samples_file
from modecollapse.measures.samples_file import read

POINTS = np.arange(12.0).reshape(6, 2) / 4 - 1


def npy(shape: str, data: bytes, kind: str = "<f8", order: str = "False") -> bytes:
    """A .npy file with anything for a header."""
    header = f"{{'descr': {kind!r}, 'fortran_order': {order}, 'shape': {shape}, }}"
    text = header.encode(errors="replace").ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text) % 2**16) + text + data


def written(save: Callable[..., None], *given: object, **named: object) -> bytes:
    """What a function writes into a stream."""
    stream = io.BytesIO()
    save(stream, *given, **named)
    return stream.getvalue()


saved, archive = partial(written, np.save), partial(written, np.savez_compressed)


def packed(content: bytes, name: str = "x.npy") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        made.writestr(name, content)
    return stream.getvalue()


def tensors(content: object, zipped: bool = True) -> bytes:
    return written(lambda stream: torch.save(content, stream, _use_new_zipfile_serialization=zipped))


def table(**how: object) -> bytes:
    return pd.DataFrame(POINTS).to_csv(**how).encode()


TENSOR = torch.tensor(POINTS, requires_grad=True)
GOOD = {
    "npy": ("a.npy", saved(POINTS)),
    "npy by columns": ("a.npy", saved(np.asfortranarray(POINTS))),
    "npy of another machine": ("a.NPY", saved(POINTS.astype(">f4"))),
    "npz": ("a.npz", archive(anything=POINTS)),
    "npz with samples": ("a.npz", archive(z=np.zeros(9), samples=POINTS)),
    "pt": ("a.pt", tensors(TENSOR)),
    "pth with samples": ("a.pth", tensors({"step": 3, "samples": TENSOR})),
    "pt of half precision": ("a.pt", tensors(TENSOR.bfloat16())),
    "seeds": ("a.npy", saved(POINTS[None])),
    "csv": ("a.csv", table(header=False, index=False)),
    "csv of pandas": ("a.csv", table(index=False)),
    "csv with names": ("a.csv", table(index=False, header=["x", "y"])),
    "csv of Windows": ("a.csv", b"\xef\xbb\xbf# x,y\r\n" + table(header=False, index=False, lineterminator="\r\n")),
}


def read_or_refused(path: Path, content: bytes) -> np.ndarray | str:
    """The numbers of a file of that content, or the line that refuses it; any other error is not caught."""
    path.write_bytes(content)
    try:
        return read(path, (2,))
    except StudyError as refused:
        return str(refused).replace(str(path), path.name)


def is_as_promised(found: np.ndarray | str) -> bool:
    """Whether it is a (seeds, n, 2) array of numbers, or one printable and short line that names the file."""
    if isinstance(found, str):
        return found.startswith("a.") and found.isprintable() and len(found) < 300
    return found.ndim == 3 and found.shape[2] == 2 and found.size > 0 and found.dtype.kind in "fiu"


@pytest.mark.parametrize("case", GOOD)
def test_the_numbers_of_a_file(case: str, tmp_path: Path) -> None:
    name, content = GOOD[case]
    (tmp_path / name).write_bytes(content)
    found = read(tmp_path / name, (2,))
    assert np.array_equal(found, POINTS[None])
    assert (found.dtype.isnative, found.flags.writeable) == (True, True)


@pytest.mark.parametrize(
    ("text", "shape", "expected"),
    [
        ("1,2,3,4\n5,6,7,nan\n", (1, 2, 2), [[[[1, 2], [3, 4]]], [[[5, 6], [7, np.nan]]]]),  # a line is an image
        ("0,1\n2,-1\n", (2,), [[0, 1], [2, -1]]),  # whole numbers from nought on are no header
    ],
)
def test_lines_of_a_table(text: str, shape: tuple[int, ...], expected: list, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(text)
    assert np.array_equal(read(tmp_path / "a.csv", shape), [expected], equal_nan=True)


NO_NPY = "is no .npy file of numbers, or a damaged one"
BAD = {
    "objects": ("a.npy", saved(np.array([[{}, {}]], dtype=object)), NO_NPY),
    "three coordinates": ("a.npy", saved(np.zeros((10, 3))), "has shape (10, 3)"),
    "a scalar": ("a.npy", saved(np.array(1.0)), "has shape ()"),
    "no samples": ("a.npy", saved(np.zeros((0, 2))), "has shape (0, 2)"),
    "truth values": ("a.npy", saved(np.zeros((10, 2), dtype=bool)), "holds bool"),
    "complex": ("a.npy", saved(np.zeros((10, 2), dtype=complex)), NO_NPY),
    "dates": ("a.npz", archive(x=np.zeros((10, 2), dtype="M8[s]")), "holds datetime64[s]"),
    "an archive": ("a.npy", archive(x=np.zeros((10, 2))), NO_NPY),
    "a text file": ("a.txt", b"1.0 2.0\n3.0 4.0\n", "is a text"),
    "an empty file": ("a.npy", b"", NO_NPY),
    "a truncated file": ("a.npy", npy("(10, 2)", bytes(100)), NO_NPY),
    "more than any memory": ("a.npy", npy("(10000000000000, 2)", bytes(160)), NO_NPY),
    "the same, packed": ("a.npz", packed(npy("(10000000000000, 2)", bytes(160))), "is a damaged .npz file"),
    "empty and endless": ("a.npy", npy(f"(0, {10**40})", b""), NO_NPY),
    "less than nothing": ("a.npy", npy("(-1, 2)", bytes(160)), NO_NPY),
    "many dimensions": ("a.npy", npy(str((1,) * 40), bytes(8)), "has shape of 40 dimensions"),
    "code in the header": ("a.npy", npy("(__import__('os').mkdir('canary'), 2)", bytes(160)), NO_NPY),
    "a pickle that makes a folder": ("a.npy", b"cos\nmkdir\n(Vcanary\ntR.", NO_NPY),
    "the same, so called": ("a.pkl", b"cos\nmkdir\n(Vcanary\ntR.", NO_NPY),
    "the same for torch": ("a.pt", b"cos\nmkdir\n(Vcanary\ntR.", "is no archive of arrays or tensors"),
    "a whole model": ("a.pt", tensors(torch.nn.Linear(2, 2)), "holds more than tensors"),
    "two tensors": ("a.pt", tensors([TENSOR, TENSOR]), "does not hold one dense tensor, or one named samples"),
    "old tensors": ("a.pt", tensors(TENSOR, zipped=False), "is no archive of arrays or tensors"),
    "sparse tensors": ("a.pt", tensors(TENSOR.detach().to_sparse()), "does not hold one dense tensor"),
    "half an archive": ("a.npz", archive(x=np.zeros((10, 2)))[:30], "is no archive"),
    "two arrays": ("a.npz", archive(x=POINTS, y=POINTS), "holds x, y in place of one array, or one named samples"),
    "objects in an archive": ("a.npz", archive(x=np.array([[{}, {}]], dtype=object)), "is a damaged .npz file, or"),
    "no array in an archive": ("a.npz", packed(b"text", "a.txt"), "holds |S4"),
    "words": ("a.csv", b"x,y\n1,2\n3,left\n", "is no table of numbers with commas (could not convert string 'left'"),
    "uneven lines": ("a.csv", b"1,2\n3\n", "is no table of numbers with commas (the number of columns changed"),
    "an index": ("a.csv", table(), "is no table of numbers with commas"),
    "semicolons": ("a.csv", b"1;2\n3;4\n", "is no table of numbers with commas"),
    "no lines": ("a.csv", b"x,y\n", "has shape (0, 0)"),
    "no text": ("a.csv", b"\xff\xfe1,2", "is no table of numbers with commas ('utf-8' codec"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_file_without_usable_numbers_is_one_line(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    name, content, problem = BAD[case]
    path = Path(name)
    line = read_or_refused(path, content)
    assert line.startswith(f"{path}: {problem}")
    assert "; allowed: (n, 2) numbers, n > 0, as .npy, .npz, .csv or .pt; " in line
    assert is_as_promised(line)
    assert "pickle" not in line
    assert "weights_only=False" not in line
    assert list(Path().iterdir()) == [path]


def test_the_line_that_converts_a_file_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, content in {
        "a.npz": archive(NAME=POINTS, other=POINTS),
        "a.pt": tensors({"NAME": TENSOR.detach(), "other": TENSOR}),
        "a.txt": b"1 2\n3 4\n",
    }.items():
        Path(name).write_bytes(content)
        with pytest.raises(StudyError) as caught:
            read(Path(name), (2,))
        exec(str(caught.value).split('python -c "')[1].removesuffix('"'))
        assert read(Path("samples.npy"), (2,)).shape == ((1, 2, 2) if name == "a.txt" else (1, 6, 2))


@pytest.mark.parametrize(
    ("name", "content", "most", "problem"),
    [
        ("a.npz", archive(x=np.zeros((100_000, 2))), 1 << 20, "unpacks to 1,600,"),
        ("a.pt", tensors(torch.zeros(1, 2).expand(100_000, 2)), 1 << 19, "has shape (100000, 2)"),
        ("a.npy", saved(np.zeros((100, 2))), 1 << 10, "has shape (100, 2)"),
    ],
)
def test_more_numbers_than_are_allowed_are_refused(
    name: str, content: bytes, most: int, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples_file, "MOST_BYTES", most)
    assert read_or_refused(tmp_path / name, content).startswith(f"{name}: {problem}")


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.npy")
    paths = {tmp_path / "a.npy": "is a named pipe", tmp_path: "is a folder", Path("/dev/zero"): "is a"}
    for path, problem in paths.items():
        with pytest.raises(StudyError, match=f": {problem}"):
            read(path, (2,))


FUZZED = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
SIZES = st.lists(st.integers(-3, 10**20) | st.sampled_from([1, 2, 5]), max_size=40)
SHAPES = SIZES.map(lambda sizes: str(tuple(sizes))) | st.text(max_size=60)
NAMED_KINDS = st.sampled_from(["<f8", ">f2", "|u1", "|O", "<U9", "V8", "<c16", "(2,)<f8", "<f16", "M8[s]", "|b1"])
KINDS, ORDERS = NAMED_KINDS | st.text(max_size=9), st.sampled_from(["False", "True", "2", "()"])
CHANGES = st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=4)


@FUZZED
@given(shape=SHAPES, kind=KINDS, order=ORDERS, data=st.binary(max_size=200))
@example(shape="(5, 2)", kind="<f8", order="True", data=bytes(80))
@example(shape="(" * 5000, kind="<f8", order="False", data=b"")
def test_any_header_of_an_array(tmp_path: Path, shape: str, kind: str, order: str, data: bytes) -> None:
    assert is_as_promised(read_or_refused(tmp_path / "a.npy", npy(shape, data, kind, order)))


@FUZZED
@given(
    name=st.sampled_from(["npy", "npz", "csv", "pt"]),
    changes=CHANGES,
    end=st.integers(0, 2000) | st.none(),
    more=st.binary(max_size=20),
)
def test_any_damage_to_a_file(
    tmp_path: Path, name: str, changes: list[tuple[int, int]], end: int | None, more: bytes
) -> None:
    content = bytearray(GOOD[name][1])
    for place, value in changes:
        content[place % len(content)] = value
    assert is_as_promised(read_or_refused(tmp_path / f"a.{name}", bytes(content[:end] + more)))
