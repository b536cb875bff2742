"""Scoring samples: known answers, what is compared, and one line for everything that cannot be scored."""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import prdc
import pytest
import yaml
from blocks import make_dataset
from default_config import DEFAULT
from PIL import Image
from sklearn.mixture import GaussianMixture

import modecollapse
from modecollapse import datasets
from modecollapse.datasets import classifier
from modecollapse.errors import StudyError
from modecollapse.scoring import released, show
from modecollapse.scoring.score import Scores, score
from modecollapse.study import plan
from modecollapse.study.catalogue import names
from modecollapse.study.load import load_study

REPORTED = Path(__file__).resolve().parents[2] / "results" / "reported"
COUNTED = ["modes", "high_quality_percent", "reverse_kl"]


def mean(scores: Scores, measure: str, who: str = "yours") -> float:
    return float(row(scores, measure, who)["mean"])


def row(scores: Scores, measure: str, who: str = "yours") -> pd.Series:
    [found] = [r for _, r in scores.table.iterrows() if (r["measure"], r["who"]) == (measure, who)]
    return found


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The digits' data file is kept here, for all tests of this file."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache of scores"))


def test_samples_that_are_not_finite_count_as_bad_ones() -> None:
    points = np.zeros((10, 2))
    points[:3] = [[np.nan, 0], [np.inf, 0], [1e300, 0]]  # of which nobody is warned
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = score([points], "ring", chosen=COUNTED)
    assert [mean(found, name) for name in COUNTED] == [0, 0, math.log(8)]
    assert "reverse_kl has no value in 1 seeds: the worst stands for it" in found.notes


def test_a_perfect_sampler_scores_as_the_oracle_and_a_single_mode_as_one() -> None:
    found = score([make_dataset("ring").oracle(2500, np.random.default_rng(seed)) for seed in range(3)], "ring")
    assert mean(found, "modes") == mean(found, "modes", "oracle") == 8
    for measure, slack in {"high_quality_percent": 1, "coverage": 0.03, "precision": 0.03, "mmd": 0.001}.items():
        assert mean(found, measure) == pytest.approx(mean(found, measure, "oracle"), abs=slack), measure
    assert mean(found, "high_quality_percent", "null-uniform") == pytest.approx(0.47, abs=0.3)
    one = score([np.tile([1.0, 0.0], (100, 1))], "ring", chosen=COUNTED)
    assert [mean(one, name) for name in COUNTED] == [1, 100, math.log(8)]
    assert mean(score([np.zeros((30, 2))], "grid", chosen=["modes"]), "modes", "oracle") < 25  # of as many samples


def test_one_seed_has_the_interval_of_its_samples_and_says_so() -> None:
    points = make_dataset("ring").oracle(400, np.random.default_rng(0))
    points[:100] = 0  # between the modes
    found = score([points], "ring")
    quality = row(found, "high_quality_percent")
    assert quality["lower"] < 75 < quality["upper"]
    assert quality["upper"] - quality["lower"] == pytest.approx(9, abs=1)
    assert row(found, "reverse_kl")["lower"] <= mean(found, "reverse_kl") <= row(found, "reverse_kl")["upper"]
    assert math.isnan(row(found, "coverage")["lower"])
    assert any(note.startswith("One seed says nothing") for note in found.notes)


@pytest.fixture(scope="module")
def released_runs() -> dict[int, np.ndarray]:
    return released.load_study(REPORTED).samples("matched", "ring", "veegan")


def test_a_released_variant_has_its_own_values_and_cannot_be_told_from_itself(
    released_runs: dict[int, np.ndarray],
) -> None:
    found = score(list(released_runs.values()), "ring", against=REPORTED)
    rows = released.load_study(REPORTED).measures.query("variant == 'veegan' and dataset == 'ring' and step == 1000")
    for measure in COUNTED:
        theirs = rows[rows["measure"] == measure].sort_values("seed")["value"].to_list()
        assert found.values.query("measure == @measure")["value"].to_list() == pytest.approx(theirs, abs=1e-12)
        itself = row(found, measure, "veegan")
        assert (itself["superiority"], itself["p_holm"], itself["told"]) == (0.5, 1.0, "")
    assert (found.compared_with, found.n) == ("matched", 2500)
    assert mean(found, "modes", "published: VEEGAN") == 8


def test_a_better_and_a_worse_sampler_are_told_and_ranked() -> None:
    good = [make_dataset("ring").oracle(2500, np.random.default_rng(seed)) for seed in range(10)]
    found = score(good, "ring", against=REPORTED)
    best = row(found, "high_quality_percent")
    assert (best["rank_low"], best["rank_high"]) == (1, 1)
    assert (found.table.query("measure == 'high_quality_percent' and superiority.notna()")["told"] == "better").all()
    bad = score([np.full((2500, 2), 9.0 + seed) for seed in range(10)], "ring", against=REPORTED, name="mine")
    assert row(bad, "high_quality_percent", "mine")["rank_high"] == 6
    assert any("high_quality_percent, mine is worse than" in line for line in show.sentences(bad))


def test_all_seeds_have_as_many_samples_as_the_variants() -> None:
    points = [np.zeros((2000, 2)), np.zeros((3000, 2))]
    with pytest.raises(StudyError, match=r"seeds have 2,000 to 3,000; allowed: one number, or --n"):
        score(points, "ring", chosen=["modes"])
    assert score(points, "ring", chosen=["modes"], n=2000).n == 2000
    with pytest.raises(StudyError, match=r"a seed has 2,000; allowed: at least the 2,500 that are compared"):
        score(points, "ring", against=REPORTED)


def test_a_function_is_called_with_every_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_gan.py").write_text(
        "import numpy\ndef draw(n, seed): return numpy.tile([1.0, 0.0], (n, 1)) if seed < 3 else 1 / 0\nnumber = 3\n"
    )
    monkeypatch.chdir(tmp_path)
    found = score(["my_gan:draw"], "ring", seeds=3, n=50, chosen=["modes"])
    assert found.values["value"].to_list() == [1, 1, 1]
    assert score([lambda n, seed: np.zeros((n, 2))], "ring", seeds=2, chosen=["modes"]).n == 2500
    for name, problem in {
        "my_gan:draw": "ZeroDivisionError: division by zero; allowed: an array",
        "my_gan:number": "is no function",
        "my_gan:nothing": "AttributeError",
        "no_gan:draw": "ModuleNotFoundError",
    }.items():
        with pytest.raises(StudyError, match=problem):
            score([name], "ring", seeds=4, n=5)
    with pytest.raises(StudyError, match=r"has float64 of shape \(5, 3\); allowed: \(n, 2\) numbers"):
        score([lambda n, seed: np.zeros((n, 3))], "ring", n=5)


def test_a_folder_of_images_is_one_seed_of_the_data_that_a_configuration_names(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    (tmp_path / "made").mkdir()
    for index in range(12):
        Image.fromarray(rng.integers(256, size=(8, 8), dtype=np.uint8)).save(tmp_path / "made" / f"{index}.png")
    found = score([tmp_path / "made"], "digits", chosen=["modes"])
    assert (found.n, found.modes) == (12, 10)
    (tmp_path / "empty").mkdir()
    with pytest.raises(StudyError, match="holds no image; allowed: PNG and JPEG"):
        score([tmp_path / "empty"], "digits")
    with pytest.raises(StudyError, match="is a folder; allowed: for points a file of numbers"):
        score([tmp_path / "made"], "ring")


def test_a_data_set_of_a_configuration_is_known(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    defined = yaml.safe_load(DEFAULT.read_text())["definitions"]
    defined["datasets"]["wide"] = {"family": "ring", "options": {"radius": 3.0}}
    mine.write_text(yaml.safe_dump({"definitions": defined}))
    samples = [np.tile([3.0, 0.0], (10, 1))]
    found = score(samples, "wide", configfiles=[DEFAULT, mine], chosen=["high_quality_percent"])
    assert mean(found, "high_quality_percent") == 100
    assert not found.table["who"].str.startswith("published").any()  # nobody published on that ring
    with pytest.raises(StudyError, match="'narrow' is unknown; allowed: .*, wide$"):
        score(samples, "narrow", configfiles=[DEFAULT, mine])


def test_a_doubt_is_a_note_and_certainty_is_refused() -> None:
    assert (
        "has float64 values from 200 to 200, where"
        in score([np.full((9, 2), 200.0)], "ring", chosen=["modes"]).notes[0]
    )
    with pytest.raises(StudyError, match="has float32 values from 0 to 255; allowed: -1 to 1"):
        score([np.linspace(0, 255, 640, dtype=np.float32).reshape(10, 1, 8, 8)], "digits")


def test_the_further_rule_is_printed_where_there_is_one() -> None:
    noise = np.pad(0.2 * np.random.default_rng(0).standard_normal((300, 700)), ((0, 0), (0, 500)))
    shell = ["modes_shell", "high_quality_percent_shell"]
    found = score([(noise - 1).astype(np.float16)], "gaussians-1200d", chosen=[*COUNTED[:2], *shell])
    assert [mean(found, name) for name in (*COUNTED[:2], *shell)] == [1, 100, 0, 0]
    oracle = [mean(found, name, "oracle") for name in (*COUNTED[:2], *shell)]
    assert oracle == [0, 0, 10, pytest.approx(99, abs=2)]  # real data fail the published rule


@pytest.mark.parametrize(
    ("samples", "dataset", "options", "message"),
    [
        ("none.npy", "ring", {}, "none.npy: cannot be read"),
        (np.zeros((3, 2)), "rnig", {}, f"'rnig' is unknown; allowed: {', '.join(names('datasets'))}, and"),
        (np.zeros((3, 2)), "ring", {"chosen": ["fid"]}, "--measures: 'fid' is unknown here; allowed: .*modes"),
        (np.zeros((3, 2)), "ring", {"chosen": ["ivom_test"]}, "'ivom_test' is unknown here"),  # it needs G
        (np.zeros((3, 2)), "ring", {"against": Path("nowhere")}, "nowhere/study.json"),
        (
            np.zeros((3, 2)),
            "ring",
            {"against": REPORTED, "experiment": "x"},
            "--experiment x: allowed on ring: matched",
        ),
        (np.zeros((3, 1200)), "gaussians-1200d", {"against": REPORTED}, "allowed on gaussians-1200d: none"),
        (np.array([["a", "b"]]), "ring", {}, "array 0: has <U1"),
    ],
)
def test_other_mistakes_are_one_line(samples: object, dataset: str, options: dict, message: str) -> None:
    with pytest.raises(StudyError, match=message) as caught:
        score([samples], dataset, **options)  # type: ignore[list-item]
    assert len(str(caught.value).splitlines()) == 1


def test_shape_and_classifier_are_those_of_the_study(tmp_path: Path) -> None:
    """Of a study's data file: a folder of images that is not there any more can still be scored."""
    images = np.random.default_rng(0).integers(256, size=(60, 1, 16, 16), dtype=np.uint8)
    arrays = {"images": images, "labels": np.arange(60) % 2, "training": 40, "held_out": 20, "classes": 2}
    arrays |= {"pixels": np.array([-1.0, 1.0]), "sources": "{}", "family": np.array("folder")}
    arrays |= classifier.to_arrays(classifier.build((1, 16, 16), 2))
    photos = {"family": "folder", "options": {"size": 16, "channels": 1, "classes": 2, "path": "/gone"}}
    changes = {"study": "mine", "datasets": ["photos"], "definitions": {"datasets": {"photos": photos}}}
    study = load_study([DEFAULT, DEFAULT.with_name("images.yaml")], changes)
    (tmp_path / "data").mkdir()
    made = datasets.to_bytes(arrays, plan.dataset_spec(study, "photos").config_hash)
    (tmp_path / "data" / "photos.npz").write_bytes(made)
    (tmp_path / "study.json").write_text(study.model_dump_json())
    points = np.tile(images / np.float32(127.5) - 1, (42, 1, 1, 1))
    found = score([points], "photos", against=tmp_path, chosen=["modes"])
    assert (found.n, found.modes) == (2500, 2)
    with pytest.raises(StudyError, match=r"has .* of shape \(9, 3, 16, 16\); allowed: \(n, 1, 16, 16\) numbers"):
        score([np.zeros((9, 3, 16, 16))], "photos", against=tmp_path)
    (tmp_path / "data" / "photos.npz").write_bytes(b"no archive")
    with pytest.raises(StudyError, match=r"photos.npz: .*allowed: a data file of folder"):
        score([points], "photos", against=tmp_path)


def test_the_library_offers_both_functions() -> None:
    assert (modecollapse.score, modecollapse.load_study) == (score, released.load_study)
    with pytest.raises(AttributeError, match="no attribute 'scores'"):
        _ = modecollapse.scores


def test_the_notebook_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    root = REPORTED.parents[1]
    monkeypatch.chdir(root)
    cells = json.loads((root / "docs" / "score.ipynb").read_text())["cells"]
    names: dict[str, Any] = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)  # what a reader runs
    assert 30 < mean(names["scores"], "high_quality_percent") < 80  # six Gaussians cannot be narrow at eight modes
    assert "By high_quality_percent, yours is better than" in capsys.readouterr().out


def test_another_library_s_generator_scores_as_other_evaluations_say() -> None:
    """scikit-learn's mixture, by the VEEGAN notebook's counts written out here, and by the package prdc."""
    real = make_dataset("ring").oracle(2500, np.random.default_rng(0))
    fitted = GaussianMixture(5, covariance_type="spherical", random_state=1).fit(real)
    made = fitted.sample(2500)[0]
    found = score([made], "ring")
    angles = 2 * np.pi * np.arange(8) / 8
    centres = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    apart = np.linalg.norm(made[:, None] - centres, axis=2)
    good = apart.min(axis=1) < 3 * 0.01
    assert mean(found, "modes") == len(set(apart.argmin(axis=1)[good])) < 8
    assert mean(found, "high_quality_percent") == pytest.approx(100 * good.mean())
    theirs = prdc.compute_prdc(real, made, nearest_k=5)
    for measure in ("precision", "recall", "density", "coverage"):  # beside another draw of real data
        assert mean(found, measure) == pytest.approx(theirs[measure], abs=0.05), measure
