"""The ring and the grid, as this study and other papers define them: draws, fixed points, nulls, and what is scored."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import chisquare, kstest

from modecollapse import datasets, measures
from modecollapse.errors import StudyError
from modecollapse.study.catalogue import declarations, names, options_model, preset
from modecollapse.study.specs import DatasetSpec

NAMES = ["ring", "grid"]
N = 20_000
both = pytest.mark.parametrize("name", NAMES)


def spec_of(family: str, chosen: str | None = None, root_seed: int = 0, **options: Any) -> DatasetSpec:
    """What a study's plan would make of a preset with some options on top."""
    complete = options_model("datasets", family)(**preset("datasets", family, chosen) | options).model_dump()
    return DatasetSpec(name=family, family=family, options=complete, root_seed=root_seed)


def make(*which: Any, **options: Any) -> datasets.Dataset:
    """The data set of `spec_of`, through its file."""
    spec = spec_of(*which, **options)
    arrays = datasets.create(spec.family, spec.options, spec.root_seed)
    return datasets.load(spec.family, io.BytesIO(datasets.to_bytes(arrays)))


LOADED = {name: make(name) for name in NAMES}


def nearest(dataset: datasets.Dataset, points: np.ndarray) -> np.ndarray:
    """(n,) the mean nearest to each point."""
    return np.linalg.norm(points[:, None] - dataset.means, axis=2).argmin(axis=1)


def weights(dataset: datasets.Dataset, points: np.ndarray) -> np.ndarray:
    """(K,) points nearest to each mean."""
    return np.bincount(nearest(dataset, points), minlength=len(dataset.means))


def batch(dataset: datasets.Dataset, n: int, seed: int = 0) -> np.ndarray:
    return dataset.sample(n, torch.Generator().manual_seed(seed)).numpy()


# family, preset, modes, radius or largest coordinate, sd, reach, fixed points: from the papers' code
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


@pytest.mark.parametrize(("family", "name", "modes", "extent", "sd", "reach", "points"), PUBLISHED)
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
    assert {row[1] for row in PUBLISHED if row[0] == family} == set(declarations("datasets", family)["PRESETS"])
    assert spec_of(family, "veegan") == spec_of(family)


def test_the_centres_are_those_of_the_benchmark() -> None:
    angles = np.sort(np.degrees(np.arctan2(*LOADED["ring"].means.T[::-1])) % 360)
    np.testing.assert_allclose(angles, np.arange(0, 360, 45), atol=1e-4)
    wanted = {(x, y) for x in (-4, -2, 0, 2, 4) for y in (-4, -2, 0, 2, 4)}
    assert {tuple(mean) for mean in LOADED["grid"].means.tolist()} == wanted
    assert np.abs(make("grid", spacing=0.5).means).max() == 1.0


# Draws


@both
def test_draws_are_equally_weighted_gaussians_of_the_given_sd(name: str) -> None:
    loaded = LOADED[name]
    for points in (batch(loaded, N, 1), loaded.oracle(N, np.random.default_rng(1))):
        residual = (points - loaded.means[nearest(loaded, points)]) / loaded.sd
        assert (points.dtype, points.shape) == (np.float32, (N, 2))
        assert chisquare(weights(loaded, points)).pvalue > 1e-3
        assert kstest(residual.ravel(), "norm").pvalue > 1e-3
        assert abs(np.corrcoef(residual.T)[0, 1]) < 0.03


@both
def test_a_batch_depends_on_its_generator_only(name: str) -> None:
    first = batch(LOADED[name], 64, 3)
    torch.manual_seed(99)
    before = torch.random.get_rng_state()
    assert np.array_equal(first, batch(make(name), 64, 3))
    assert torch.equal(torch.random.get_rng_state(), before)
    generator = torch.Generator().manual_seed(4)
    assert not torch.equal(LOADED[name].sample(64, generator), LOADED[name].sample(64, generator))


@pytest.mark.parametrize(("name", "angles", "divergence"), [("seven-mode", 8, 0.040), ("lsgan", 9, 0.036)])
@pytest.mark.parametrize("points", [0, 90_000])
def test_closed_angles_give_one_mode_twice_the_weight(name: str, angles: int, divergence: float, points: int) -> None:
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
    p, n = np.array([2] + [1] * (angles - 2)) / angles, 200_000
    from_uniform = np.log(made.modes) + (p * np.log(p)).sum()  # the entropy that the weights lack
    [counts] = datasets.count_modes(made.oracle(n, np.random.default_rng(0)), made).values()
    assert measures.value("reverse_kl", counts, n)[0] == pytest.approx(from_uniform, abs=0.003)
    assert from_uniform == pytest.approx(divergence, abs=5e-4)


@both
@given(points=st.integers(1, 3).map(lambda count: 200 * count), root_seed=st.integers(0, 2**40))
@settings(max_examples=20)
def test_a_fixed_training_set_is_all_that_is_drawn_from(name: str, points: int, root_seed: int) -> None:
    made = make(name, None, root_seed, points=points)
    fixed = {point.tobytes() for point in made.points}
    assert (made.points.dtype, made.points.shape, len(fixed)) == (np.float32, (points, 2), points)
    assert {point.tobytes() for point in batch(made, 1000)} <= fixed
    assert not {point.tobytes() for point in made.oracle(1000, np.random.default_rng(0))} & fixed
    same, other = (make(name, None, seed, points=points).points for seed in (root_seed, root_seed + 1))
    assert np.array_equal(made.points, same)
    assert not np.array_equal(made.points, other)


@both
def test_a_fixed_training_set_is_drawn_from_the_mixture_once(name: str) -> None:
    made = make(name, points=N)
    residual = (made.points - made.means[np.arange(N) % made.modes]) / made.sd
    assert kstest(residual.ravel(), "norm").pvalue > 1e-3
    assert weights(made, made.points).tolist() == [N // made.modes] * made.modes
    oracles = [of.oracle(9, np.random.default_rng(0)) for of in (made, LOADED[name])]
    np.testing.assert_array_equal(*oracles)
    _, times = np.unique(batch(make(name, points=200), 50_000), axis=0, return_counts=True)
    assert len(times) == 200
    assert chisquare(times).pvalue > 1e-3


@pytest.mark.parametrize(("family", "components"), [("ring", 8), ("grid", 25), ("gaussians-1200d", 10)])
def test_a_fixed_training_set_that_favours_some_modes_is_refused(family: str, components: int) -> None:
    with pytest.raises(StudyError, match=f"points: 3 is not allowed; allowed: a multiple of {components}"):
        make(family, points=3)


@both
def test_the_nulls_have_the_data_s_box_and_moments(name: str) -> None:
    loaded, rng = LOADED[name], np.random.default_rng(0)
    half = np.abs(loaded.means).max() + 10 * loaded.sd
    uniform, gaussian = loaded.null_uniform(50_000, rng), loaded.null_gaussian(50_000, rng)
    assert kstest(uniform.ravel(), "uniform", args=(-half, 2 * half)).pvalue > 1e-3
    variance = (loaded.means.astype(np.float64) ** 2).mean() + loaded.sd**2
    np.testing.assert_allclose(np.cov(gaussian.T), variance * np.eye(2), atol=0.03 * variance)
    np.testing.assert_allclose(gaussian.mean(axis=0), 0, atol=0.02 * variance)


# Which mode a sample is in


def one_by_one(points: np.ndarray, loaded: datasets.Dataset) -> list[int]:
    """The definition: the nearest centre, if no further than three sd; non-finite samples are in no mode."""
    found = []
    for x, y in points.astype(np.float64):
        mode, least = -1, np.inf
        for k, (a, b) in enumerate(loaded.means.astype(np.float64)):
            distance = np.sqrt((x - a) ** 2 + (y - b) ** 2) if np.isfinite([x, y]).all() else np.inf
            if distance < least:
                mode, least = k, distance
        found.append(mode if least <= 3 * loaded.sd else -1)
    return found


COORDINATES = st.one_of(
    st.floats(-5, 5, width=32),
    st.integers(-4, 4).map(float),
    st.floats(-5, 5).map(lambda offset: float(np.float32(1 + 0.01 * offset))),
    st.sampled_from([np.nan, np.inf, -np.inf, 0.15, 0.70710677]),
)


@both
@given(points=hnp.arrays(np.float32, st.tuples(st.integers(0, 12), st.just(2)), elements=COORDINATES))
def test_assign_is_its_definition(name: str, points: np.ndarray) -> None:
    assert LOADED[name].assign(points).tolist() == one_by_one(points, LOADED[name])


@both
def test_non_finite_and_huge_samples_are_in_no_mode_and_warn_nobody(name: str) -> None:
    for points in (
        np.array([[np.nan, 0], [0, np.inf], [-np.inf, np.nan]], dtype=np.float32),
        np.array([[1e38, 1e38], [-3e38, 0], [0, 3e38]], dtype=np.float32),
        np.array([[1e300, 0], [-1e308, 1e308]]),
        np.array([[np.inf, 1], [60000, 60000]], dtype=np.float16),
        np.array([[10**18, 1], [100, 100]]),
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert LOADED[name].assign(points).tolist() == [-1] * len(points), points.dtype


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


# The file


def test_a_file_that_is_no_data_file_of_the_family_is_one_line(tmp_path: Path) -> None:
    grid = datasets.to_bytes(datasets.create("grid", spec_of("grid").options, 0))
    other = datasets.to_bytes({"x": np.zeros(3)})
    contents = {"text": b"hello\n", "empty": b"", "cut": grid[:300], "grid": grid, "other": other}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(StudyError, match=rf"{name}: .*allowed: a data file of ring") as caught:
            datasets.load("ring", tmp_path / name)
        assert len(str(caught.value).splitlines()) == 1


def test_a_family_that_does_not_exist_is_not_looked_for() -> None:
    with pytest.raises(StudyError, match=f"'data-cache' is unknown; allowed: {', '.join(names('datasets'))}$"):
        datasets.create("data-cache", {}, 0)
