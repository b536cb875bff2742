"""Scoring a file of samples: known answers, and one line for every file that cannot be scored."""

from __future__ import annotations

import io
import json
import math
import struct
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from modecollapse import datasets
from modecollapse.errors import StudyError
from modecollapse.measures.score import score
from modecollapse.study.catalogue import names, options_model


def saved(folder: Path, points: np.ndarray) -> Path:
    np.save(folder / "samples.npy", points)
    return folder / "samples.npy"


def test_the_keys_are_those_of_a_reader_s_program(tmp_path: Path) -> None:
    result = score("ring", saved(tmp_path, np.zeros((10, 2))))
    measures = {"modes", "high_quality_percent", "reverse_kl"}
    calibration = {"oracle", "null-uniform", "null-gaussian"}
    assert set(result) == measures | calibration | {"dataset", "modes_max", "n", "n_nonfinite", "undefined"}
    assert all(set(result[name]) == measures for name in calibration)
    assert json.loads(json.dumps(result, allow_nan=False)) == result


def test_a_perfect_one_mode_sampler(tmp_path: Path) -> None:
    points = np.random.default_rng(0).normal([2.0, -4.0], 0.05, (2500, 2))
    result = score("grid", saved(tmp_path, points))
    assert (result["modes"], result["modes_max"], result["n"], result["undefined"]) == (1, 25, 2500, [])
    assert result["high_quality_percent"] == pytest.approx(98.9, abs=1)
    assert result["reverse_kl"] == pytest.approx(math.log(25))


def test_a_perfect_sampler_scores_as_its_oracle(tmp_path: Path) -> None:
    arrays = datasets.create("ring", options_model("datasets", "ring")().model_dump(), 0)
    ring = datasets.load("ring", io.BytesIO(datasets.to_bytes(arrays)))
    result = score("ring", saved(tmp_path, ring.oracle(2500, np.random.default_rng(5))))
    assert result["modes"] == result["oracle"]["modes"] == 8
    assert result["high_quality_percent"] == pytest.approx(result["oracle"]["high_quality_percent"], abs=1)
    assert result["reverse_kl"] == pytest.approx(result["oracle"]["reverse_kl"], abs=0.004)
    assert result["null-uniform"]["high_quality_percent"] == pytest.approx(0.47, abs=0.3)


def test_calibration_is_at_the_samples_own_n(tmp_path: Path) -> None:
    assert score("grid", saved(tmp_path, np.zeros((30, 2))))["oracle"]["modes"] < 25
    assert score("grid", saved(tmp_path, np.zeros((3000, 2))))["oracle"]["modes"] == 25


@pytest.mark.parametrize("pixels", [255.0, -1.5])
def test_stacks_of_another_scale_are_refused(tmp_path: Path, pixels: float) -> None:
    images = np.zeros((4, 3, 8, 8))
    images[0, 0, 0, 0] = pixels
    with pytest.raises(StudyError, match=r"samples\.npy: has values from .*; allowed: -1 to 1"):
        score("stacked-digits", saved(tmp_path, images))


def test_zero_high_quality_samples_are_undefined(tmp_path: Path) -> None:
    result = score("ring", saved(tmp_path, np.zeros((40, 2))))
    assert (result["modes"], result["high_quality_percent"], result["undefined"]) == (0, 0, ["reverse_kl"])
    assert result["reverse_kl"] == math.log(8)


def test_non_finite_and_huge_samples_are_low_quality_and_warn_nobody(tmp_path: Path) -> None:
    points = np.tile([1.0, 0.0], (10, 1))
    points[0], points[1], points[2] = np.nan, [np.inf, 0], 1e300
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = score("ring", saved(tmp_path, points))
    assert (result["n"], result["n_nonfinite"], result["modes"]) == (10, 2, 1)
    assert result["high_quality_percent"] == 70


@pytest.mark.parametrize("kind", ["float16", "float32", "float64", "int8", "uint16", ">f4"])
def test_numbers_of_any_kind_are_scored(tmp_path: Path, kind: str) -> None:
    assert score("grid", saved(tmp_path, np.full((20, 2), 2).astype(kind)))["modes"] == 1


def test_samples_are_scored_with_a_study_s_data_file(tmp_path: Path) -> None:
    wide = datasets.to_bytes(datasets.create("ring", options_model("datasets", "ring")(radius=3.0).model_dump(), 0))
    (tmp_path / "ring.npz").write_bytes(wide)
    samples = saved(tmp_path, np.tile([3.0, 0.0], (10, 1)))
    assert score("ring", samples, tmp_path / "ring.npz")["high_quality_percent"] == 100
    assert score("ring", samples)["high_quality_percent"] == 0


def test_the_number_of_modes_is_that_of_the_data_file(tmp_path: Path) -> None:
    closed = options_model("datasets", "ring")(angles="eight-closed").model_dump()
    (tmp_path / "ring.npz").write_bytes(datasets.to_bytes(datasets.create("ring", closed, 0)))
    result = score("ring", saved(tmp_path, np.tile([1.0, 0.0], (10, 1))), tmp_path / "ring.npz")
    assert (result["modes_max"], result["oracle"]["modes"]) == (7, pytest.approx(4.7, abs=2))
    assert result["reverse_kl"] == pytest.approx(math.log(7))


def test_stacked_digits_are_scored(
    tmp_path: Path, digit_arrays: dict[str, np.ndarray], digits: datasets.Dataset
) -> None:
    (tmp_path / "digits.npz").write_bytes(datasets.to_bytes(digit_arrays))
    images = np.repeat(digits.digits[digits.labels == 7][:1, None], 3, axis=1)
    result = score("stacked-digits", saved(tmp_path, np.repeat(images, 50, axis=0)), tmp_path / "digits.npz")
    assert (result["modes"], result["modes_max"], result["high_quality_percent"]) == (1, 1000, 100)
    assert result["reverse_kl"] == pytest.approx(math.log(1000))


def npy(shape: str, data: bytes) -> bytes:
    """A .npy file with anything for a shape."""
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}"
    text = header.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data


def archive(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


BAD: dict[str, bytes | np.ndarray] = {
    "objects": np.array([[{}, {}]], dtype=object),
    "one dimension": np.zeros(10),
    "three coordinates": np.zeros((10, 3)),
    "stacked seeds": np.zeros((5, 10, 2)),
    "a scalar": np.array(1.0),
    "no samples": np.zeros((0, 2)),
    "truth values": np.zeros((10, 2), dtype=bool),
    "complex": np.zeros((10, 2), dtype=complex),
    "text array": np.full((10, 2), "1.0"),
    "dates": np.zeros((10, 2), dtype="M8[s]"),
    "an archive": archive(x=np.zeros((10, 2))),
    "half an archive": archive(x=np.zeros((10, 2)))[:30],
    "a text file": b"1.0 2.0\n3.0 4.0\n",
    "an empty file": b"",
    "a truncated file": npy("(10, 2)", bytes(100)),
    "more than any memory": npy("(10000000000000, 2)", bytes(160)),
    "code in the header": npy("(__import__('os').getpid(), 2)", bytes(160)),
    "a damaged header": npy("((10, 2)", bytes(160)),
    "a pickle that makes a folder": b"cos\nmkdir\n(Vcanary\ntR.",
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD.keys())
def test_a_file_that_cannot_be_scored_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | np.ndarray
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "samples.npy"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        np.save(path, content, allow_pickle=True)
    with pytest.raises(StudyError) as caught:
        score("ring", path)
    line = str(caught.value)
    assert line.startswith(f"--samples {path}: ")
    assert line.endswith("allowed: a .npy file of numbers of shape (n, 2) with n at least 1")
    assert len(line.splitlines()) == 1
    assert list(tmp_path.iterdir()) == [path]


def missing(folder: Path) -> tuple[str, Path, Path | None, str]:
    return "ring", folder / "none.npy", None, "none.npy: cannot be read"


def a_folder(folder: Path) -> tuple[str, Path, Path | None, str]:
    return "ring", folder, None, "cannot be read"


def unknown(folder: Path) -> tuple[str, Path, Path | None, str]:
    allowed = ", ".join(names("datasets"))
    return "rnig", folder / "samples.npy", None, f"--dataset: 'rnig' is unknown; allowed: {allowed}"


def no_data(folder: Path) -> tuple[str, Path, Path | None, str]:
    return "ring", folder / "samples.npy", folder / "none.npz", "none.npz: .*allowed: a data file of ring"


def samples_as_data(folder: Path) -> tuple[str, Path, Path | None, str]:
    samples = folder / "samples.npy"
    return "ring", samples, samples, "samples.npy: .*allowed: a data file of ring"


@pytest.mark.parametrize("case", [missing, a_folder, unknown, no_data, samples_as_data])
def test_other_mistakes_are_one_line(tmp_path: Path, case: Callable[..., tuple]) -> None:
    saved(tmp_path, np.zeros((3, 2)))
    dataset, samples, data, message = case(tmp_path)
    with pytest.raises(StudyError, match=message) as caught:
        score(dataset, samples, data)
    assert len(str(caught.value).splitlines()) == 1
