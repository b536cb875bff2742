"""Scoring a file of samples: known answers, and one line for every file that cannot be scored."""

from __future__ import annotations

import io
import json
import math
import os
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml
from default_config import DEFAULT

from modecollapse import datasets
from modecollapse.datasets import classifier, conv_classifier
from modecollapse.errors import StudyError
from modecollapse.measures.score import score
from modecollapse.study import plan
from modecollapse.study.catalogue import names, options_model
from modecollapse.study.load import load_study


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


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The digits' data file is kept here, for all tests of this file."""
    folder = tmp_path_factory.getbasetemp() / "cache of scores"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder / "modecollapse"


def test_the_digit_classifier_is_kept(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = saved(tmp_path, np.linspace(-1, 1, 10 * 192).reshape(10, 3, 8, 8))
    first = score("stacked-digits", samples)
    assert len(list((cache / "data").iterdir())) == 1
    monkeypatch.setattr(datasets, "create", None)
    assert score("stacked-digits", samples) == first


def test_shape_and_classifier_are_those_of_the_data_file(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(256, size=(60, 1, 12, 12), dtype=np.uint8)
    arrays = {"images": images, "labels": np.arange(60) % 2, "training": 40, "held_out": 20, "classes": 2}
    arrays |= {"pixels": np.array([-1.0, 1.0]), "sources": "{}", "family": np.array("folder")}
    arrays |= classifier.to_arrays(conv_classifier.build((1, 12, 12), 2))
    (tmp_path / "grey.npz").write_bytes(datasets.to_bytes(arrays))
    result = score("folder", saved(tmp_path, images / 127.5 - 1), tmp_path / "grey.npz")
    assert (result["n"], result["modes_max"], result["high_quality_percent"]) == (60, 2, 100)
    with pytest.raises(StudyError, match=r"has shape \(9, 3, 12, 12\); allowed: \(n, 1, 12, 12\) numbers"):
        score("folder", saved(tmp_path, np.zeros((9, 3, 12, 12))), tmp_path / "grey.npz")


def test_a_data_set_of_a_configuration_is_known(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    defined = yaml.safe_load(DEFAULT.read_text())["definitions"]
    defined["datasets"]["wide"] = {"family": "ring", "options": {"radius": 3.0}}
    mine.write_text(yaml.safe_dump({"definitions": defined}))
    samples = saved(tmp_path, np.tile([3.0, 0.0], (10, 1)))
    result = score("wide", samples, configfiles=[DEFAULT, mine])
    assert (result["dataset"], result["high_quality_percent"]) == ("wide", 100)
    with pytest.raises(StudyError, match="'narrow' is unknown; allowed: .*, wide$"):
        score("narrow", samples, configfiles=[DEFAULT, mine])
    spec = plan.dataset_spec(load_study([DEFAULT, mine]), "wide")
    for seed, hash_there in ((0, spec.config_hash), (1, "another")):
        made = datasets.create(spec.family, spec.options, seed)
        (tmp_path / "wide.npz").write_bytes(datasets.to_bytes(made, hash_there))
        if seed == 0:
            assert score("wide", samples, tmp_path / "wide.npz", [DEFAULT, mine])["high_quality_percent"] == 100
    with pytest.raises(StudyError, match="was made with other options or another root seed"):
        score("wide", samples, tmp_path / "wide.npz", [DEFAULT, mine])


def test_a_doubt_is_one_line_beside_the_scores(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    samples = saved(tmp_path, np.full((9, 2), 200.0))
    assert score("ring", samples)["modes"] == 0
    told = capsys.readouterr()
    assert (told.out, len(told.err.splitlines())) == ("", 1)
    assert told.err.startswith(f"warning: --samples {samples}: has float64 values from 200 to 200, where the data have")


@pytest.mark.parametrize("pixels", [255.0, -1.5])
def test_stacks_of_another_scale_are_refused(tmp_path: Path, pixels: float) -> None:
    images = np.zeros((4, 3, 8, 8))
    images[0, 0, 0, 0] = pixels
    with pytest.raises(StudyError, match=r"samples\.npy: has float64 values from .*; allowed: -1 to 1"):
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


def missing(folder: Path) -> tuple[str, Path, Path | None, str]:
    return "ring", folder / "none.npy", None, "none.npy: cannot be read"


def a_folder(folder: Path) -> tuple[str, Path, Path | None, str]:
    return "ring", folder, None, "is a folder"


def unknown(folder: Path) -> tuple[str, Path, Path | None, str]:
    allowed = ", ".join(names("datasets"))
    return (
        "rnig",
        folder / "samples.npy",
        None,
        f"--dataset: 'rnig' is unknown; allowed: {allowed}, and with --configfile",
    )


def no_data(folder: Path) -> tuple[str, Path, Path | None, str]:
    return "ring", folder / "samples.npy", folder / "none.npz", "none.npz: is no file; allowed: a data file of ring"


def samples_as_data(folder: Path) -> tuple[str, Path, Path | None, str]:
    samples = folder / "samples.npy"
    return "ring", samples, samples, "samples.npy: .*allowed: a data file of ring"


def no_dataset(folder: Path) -> tuple[str, Path, Path | None, str]:
    made = datasets.create("ring", options_model("datasets", "ring")().model_dump(), 0)
    (folder / "ring.npz").write_bytes(datasets.to_bytes(made | {"means": np.zeros(3)}))
    return "ring", folder / "samples.npy", folder / "ring.npz", "ring.npz: .*allowed: a data file of ring"


def a_pipe(folder: Path) -> tuple[str, Path, Path | None, str]:
    os.mkfifo(folder / "pipe.npz")
    return "ring", folder / "samples.npy", folder / "pipe.npz", "pipe.npz: is no file"


@pytest.mark.parametrize("case", [missing, a_folder, unknown, no_data, samples_as_data, no_dataset, a_pipe])
def test_other_mistakes_are_one_line(tmp_path: Path, case: Callable[..., tuple]) -> None:
    saved(tmp_path, np.zeros((3, 2)))
    dataset, samples, data, message = case(tmp_path)
    with pytest.raises(StudyError, match=message) as caught:
        score(dataset, samples, data)
    assert len(str(caught.value).splitlines()) == 1
