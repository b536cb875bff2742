"""The ring and the grid as other papers define them: centres, weights, fixed training points, and what is scored."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare, kstest

from modecollapse import datasets, measures
from modecollapse.errors import StudyError
from modecollapse.study.catalogue import declarations, options_model, preset
from modecollapse.study.specs import DatasetSpec

PRESETS = [(family, name) for family in ("ring", "grid") for name in declarations("datasets", family)["PRESETS"]]
N = 20_000


def spec_of(family: str, chosen: str | None = None, root_seed: int = 0, **options: Any) -> DatasetSpec:
    """What a study's plan would make of a preset with some options on top."""
    complete = options_model("datasets", family)(**preset("datasets", family, chosen) | options).model_dump()
    return DatasetSpec(name=family, family=family, options=complete, root_seed=root_seed)


def make(*which: Any, **options: Any) -> datasets.Dataset:
    """The data set of `spec_of`, through its file."""
    spec = spec_of(*which, **options)
    arrays = datasets.create(spec.family, spec.options, spec.root_seed)
    return datasets.load(spec.family, io.BytesIO(datasets.to_bytes(arrays)))


def weights(dataset: datasets.Dataset, points: np.ndarray) -> np.ndarray:
    """(K,) points nearest to each mean."""
    nearest = np.linalg.norm(points[:, None] - dataset.means, axis=2).argmin(axis=1)
    return np.bincount(nearest, minlength=len(dataset.means))


def batch(dataset: datasets.Dataset, n: int, seed: int = 0) -> np.ndarray:
    return dataset.sample(n, torch.Generator().manual_seed(seed)).numpy()


PUBLISHED = [
    ("ring", "veegan", 8, 1.0, 0.01, 0.03, 0),
    ("ring", "gist", 8, 1.0, 1e-4, 0.03, 0),
    ("ring", "seven-mode", 7, 1.0, 0.01, 0.03, 0),
    ("ring", "lsgan", 8, 1.0, 0.01, 0.03, 0),
    ("ring", "metz", 8, 2.0, 0.02, 0.06, 0),
    ("ring", "bures", 8, 2.5, 0.01, 0.03, 10_000),
    ("ring", "pacgan", 8, 1.0, 0.01, 0.03, 100_000),
    ("ring", "wgan-gp", 8, 2 / 1.414, 0.02 / 1.414, 0.06 / 1.414, 0),
    ("grid", "veegan", 25, 4.0, 0.05, 0.15, 0),
    ("grid", "pacgan", 25, 4.0, 0.05, 0.15, 100_000),
    ("grid", "bures", 25, 4.0, 0.05, 0.15, 10_000),
    ("grid", "bourgan", 25, 4.0, 0.1, 0.3, 1250),
    ("grid", "wgan-gp", 25, 4 / 2.828, 0.05 / 2.828, 0.15 / 2.828, 100_000),
]


# family, preset, modes, radius or largest coordinate, sd, reach, fixed points: from the papers' code
@pytest.mark.parametrize(
    ("family", "name", "modes", "extent", "sd", "reach", "points"),
    PUBLISHED,
)
def test_presets_are_the_published_definitions(
    family: str, name: str, modes: int, extent: float, sd: float, reach: float, points: int
) -> None:
    made = make(family, name)
    assert (made.modes, 0 if made.points is None else len(made.points)) == (modes, points)
    assert (made.sd, made.reach) == (pytest.approx(sd, rel=1e-6), pytest.approx(reach, rel=1e-6))
    assert np.abs(made.means).max() == pytest.approx(extent, rel=1e-6)
    if family == "ring":
        np.testing.assert_allclose(np.hypot(*made.means.T), extent, rtol=1e-6)
    assert spec_of(family, name).modes == len(np.unique(made.means.round(5), axis=0)) == modes
    assert sorted(row[:2] for row in PUBLISHED) == sorted(PRESETS)
    assert spec_of(family, "veegan") == spec_of(family)


@pytest.mark.parametrize(("name", "angles"), [("seven-mode", 8), ("lsgan", 9)])
@pytest.mark.parametrize("points", [0, 90_000])
def test_closed_angles_give_one_mode_twice_the_weight(name: str, angles: int, points: int) -> None:
    made = make("ring", name, points=points)
    published = np.linspace(0, 2 * np.pi, angles)  # both ends included, as the published code has it
    centres = np.stack([np.cos(published), np.sin(published)], axis=1)
    expected = N * weights(made, centres) / angles
    assert sorted(weights(made, centres).tolist()) == [1] * (angles - 2) + [2]
    np.testing.assert_allclose(np.linalg.norm(centres[:, None] - made.means, axis=2).min(axis=1), 0, atol=1e-6)
    for drawn in (batch(made, N), made.oracle(N, np.random.default_rng(1))):
        assert chisquare(weights(made, drawn), expected).pvalue > 1e-3
    gaussian, oracle = made.null_gaussian(N, np.random.default_rng(2)), made.oracle(N, np.random.default_rng(3))
    np.testing.assert_allclose(gaussian.mean(axis=0), centres.mean(axis=0), atol=0.02)
    np.testing.assert_allclose(np.cov(gaussian.T), np.cov(oracle.T), atol=0.02)


@pytest.mark.parametrize(("name", "angles"), [("seven-mode", 8), ("lsgan", 9)])
def test_the_oracle_of_unequal_modes_diverges_from_uniform_by_their_entropy(name: str, angles: int) -> None:
    made, n = make("ring", name), 200_000
    p = np.array([2] + [1] * (angles - 2)) / angles
    expected = np.log(made.modes) + (p * np.log(p)).sum()
    [counts] = datasets.count_modes(made.oracle(n, np.random.default_rng(0)), made).values()
    assert measures.value("reverse_kl", counts, n)[0] == pytest.approx(expected, abs=0.003)
    assert expected == pytest.approx({"seven-mode": 0.040, "lsgan": 0.036}[name], abs=5e-4)


# An independent table: 200 replicates of 2500 samples, rounded.
@pytest.mark.parametrize(
    ("generator", "scored", "modes", "per_cent"),
    [
        ({}, {}, 8, 98.9),
        ({"chosen": "gist"}, {"chosen": "gist"}, 8, 100.0),
        ({}, {"sd": 1e-4}, 0.98, 0.04),
        ({"sd": 0.02}, {}, 8, 67.4),
        ({"sd": 0.03}, {}, 8, 39.3),
        ({"chosen": "seven-mode"}, {"chosen": "seven-mode"}, 7, 98.9),
    ],
)
def test_samples_score_what_an_independent_table_says(
    generator: dict, scored: dict, modes: float, per_cent: float
) -> None:
    source, judge, rng = make("ring", **generator), make("ring", **scored), np.random.default_rng(0)
    found = np.array([datasets.count_modes(source.oracle(2500, rng), judge)[None] for _ in range(200)])
    assert 100 * found.sum() / (200 * 2500) == pytest.approx(per_cent, rel=0.005, abs=0.02)
    assert np.count_nonzero(found, axis=1).mean() == pytest.approx(modes, abs=0.25)


@pytest.mark.parametrize("family", ["ring", "grid"])
@given(points=st.integers(1, 3).map(lambda count: 200 * count), root_seed=st.integers(0, 2**40))
@settings(max_examples=20)
def test_a_fixed_training_set_is_all_that_is_drawn_from(family: str, points: int, root_seed: int) -> None:
    made = make(family, None, root_seed, points=points)
    fixed = {point.tobytes() for point in made.points}
    assert (made.points.dtype, made.points.shape, len(fixed)) == (np.float32, (points, 2), points)
    assert {point.tobytes() for point in batch(made, 1000)} <= fixed
    assert not {point.tobytes() for point in made.oracle(1000, np.random.default_rng(0))} & fixed
    again, other = (make(family, None, seed, points=points).points for seed in (root_seed, root_seed + 1))
    assert np.array_equal(made.points, again)
    assert not np.array_equal(made.points, other)


@pytest.mark.parametrize("family", ["ring", "grid"])
def test_a_fixed_training_set_is_drawn_from_the_mixture_once(family: str) -> None:
    made, fresh = make(family, points=20_000), make(family)
    residual = (made.points - made.means[np.arange(20_000) % made.modes]) / made.sd
    assert kstest(residual.ravel(), "norm").pvalue > 1e-3
    assert weights(made, made.points).tolist() == [20_000 // made.modes] * made.modes
    np.testing.assert_array_equal(made.oracle(9, np.random.default_rng(0)), fresh.oracle(9, np.random.default_rng(0)))
    drawn = batch(make(family, points=200), 50_000)
    _, times = np.unique(drawn, axis=0, return_counts=True)
    assert len(times) == 200
    assert chisquare(times).pvalue > 1e-3


@pytest.mark.parametrize(("family", "components"), [("ring", 8), ("grid", 25), ("gaussians-1200d", 10)])
def test_a_fixed_training_set_that_favours_some_modes_is_refused(family: str, components: int) -> None:
    with pytest.raises(StudyError, match=f"points: 3 is not allowed; allowed: a multiple of {components}"):
        make(family, points=3)
