"""Scoring a file of samples: known answers, and one line for every file that cannot be scored."""

from __future__ import annotations

import json
import math
import os
import warnings
from pathlib import Path

import numpy as np
import pytest
import yaml
from blocks import make_dataset
from default_config import DEFAULT

from modecollapse import datasets
from modecollapse.datasets import classifier
from modecollapse.errors import StudyError
from modecollapse.measures.score import score
from modecollapse.study import plan
from modecollapse.study.catalogue import names, options_model
from modecollapse.study.load import load_study


def saved(folder: Path, points: np.ndarray) -> Path:
    np.save(folder / "samples.npy", points)
    return folder / "samples.npy"


def test_the_keys_are_those_of_a_reader_s_program(tmp_path: Path) -> None:
    points = np.zeros((10, 2))
    points[:3] = [[np.nan, 0], [np.inf, 0], [1e300, 0]]  # of which nobody is warned
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = score("ring", saved(tmp_path, points))
    found = [result[name] for name in ("n", "n_nonfinite", "modes", "high_quality_percent", "reverse_kl")]
    assert found == [10, 2, 0, 0, math.log(8)]
    assert result["undefined"] == ["reverse_kl"]
    measures = {"modes", "high_quality_percent", "reverse_kl"}
    calibration = {"oracle", "null-uniform", "null-gaussian"}
    assert set(result) == measures | calibration | {"dataset", "modes_max", "n", "n_nonfinite", "undefined"}
    assert all(set(result[name]) == measures for name in calibration)
    assert json.loads(json.dumps(result, allow_nan=False)) == result


def test_a_perfect_sampler_scores_as_its_oracle(tmp_path: Path) -> None:
    result = score("ring", saved(tmp_path, make_dataset("ring").oracle(2500, np.random.default_rng(5))))
    assert result["modes"] == result["oracle"]["modes"] == 8
    assert result["high_quality_percent"] == pytest.approx(result["oracle"]["high_quality_percent"], abs=1)
    assert result["reverse_kl"] == pytest.approx(result["oracle"]["reverse_kl"], abs=0.004)
    assert result["null-uniform"]["high_quality_percent"] == pytest.approx(0.47, abs=0.3)
    assert score("grid", saved(tmp_path, np.zeros((30, 2))))["oracle"]["modes"] < 25  # calibration has as many samples


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
    arrays |= classifier.to_arrays(classifier.build((1, 12, 12), 2))
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
    printed = capsys.readouterr()
    assert (printed.out, len(printed.err.splitlines())) == ("", 1)
    assert printed.err.startswith(f"warning: --samples {samples}: has float64 values from 200 to 200, where")


def test_the_further_rule_is_printed_where_there_is_one(tmp_path: Path) -> None:
    noise = np.pad(0.2 * np.random.default_rng(0).standard_normal((300, 700)), ((0, 0), (0, 500)))
    result = score("gaussians-1200d", saved(tmp_path, (noise - 1).astype(np.float16)))  # a mode with little noise
    usual, shell = ["modes", "high_quality_percent"], ["modes_shell", "high_quality_percent_shell"]
    assert [result[name] for name in (*usual, *shell)] == [1, 100, 0, 0]
    oracle = [result["oracle"][name] for name in (*usual, *shell)]
    assert oracle == [0, 0, 10, pytest.approx(99, abs=2)]  # real data fail the published rule
    assert set(result["oracle"]) == {*usual, *shell, "reverse_kl"}
    assert result["null-uniform"]["high_quality_percent_shell"] == 0
    assert isinstance(result["modes_shell"], int)
    assert json.loads(json.dumps(result, allow_nan=False)) == result


@pytest.mark.parametrize(
    ("dataset", "samples", "data", "message"),
    [
        ("ring", "none.npy", None, "none.npy: cannot be read"),
        ("ring", ".", None, "is a folder"),
        ("rnig", "samples.npy", None, f"--dataset: 'rnig' is unknown; allowed: {', '.join(names('datasets'))}, and"),
        ("ring", "samples.npy", "none.npz", "none.npz: is no file; allowed: a data file of ring"),
        ("ring", "samples.npy", "samples.npy", "samples.npy: .*allowed: a data file of ring"),
        ("ring", "samples.npy", "ring.npz", "ring.npz: .*allowed: a data file of ring"),
        ("ring", "samples.npy", "pipe.npz", "pipe.npz: is no file"),
    ],
)
def test_other_mistakes_are_one_line(
    tmp_path: Path, dataset: str, samples: str, data: str | None, message: str
) -> None:
    saved(tmp_path, np.zeros((3, 2)))
    made = datasets.create("ring", options_model("datasets", "ring")().model_dump(), 0)
    (tmp_path / "ring.npz").write_bytes(datasets.to_bytes(made | {"means": np.zeros(3)}))
    os.mkfifo(tmp_path / "pipe.npz")
    with pytest.raises(StudyError, match=message) as caught:
        score(dataset, tmp_path / samples, tmp_path / data if data else None)
    assert len(str(caught.value).splitlines()) == 1
