"""Mixtures of Gaussians, in the plane as papers define them and in 1200 dimensions: draws, nulls, what is scored."""

from __future__ import annotations

import io
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from same_batches import assert_same_batches
from scipy.spatial.distance import cdist
from scipy.stats import chisquare, kstest

from modecollapse import datasets, stages
from modecollapse.datasets import Dataset
from modecollapse.datasets.random_numbers import RandomNumbers
from modecollapse.errors import StudyError
from modecollapse.study.catalogue import declarations, names, options_model, preset
from modecollapse.study.specs import DatasetSpec

IN_THE_PLANE, LARGE = ["ring", "grid"], "gaussians-1200d"
N = {"ring": 20_000, "grid": 20_000, LARGE: 2500}  # draws
NOISY = 700  # coordinates of 1200
both = pytest.mark.parametrize("name", IN_THE_PLANE)
every = pytest.mark.parametrize("name", N)


def spec_of(family: str, chosen: str | None = None, root_seed: int = 0, **options: Any) -> DatasetSpec:
    """What a study's plan would make of a preset with some options on top."""
    complete = options_model("datasets", family)(**preset("datasets", family, chosen) | options).model_dump()
    return DatasetSpec(name=family, family=family, options=complete, root_seed=root_seed)


def make(*which: Any, **options: Any) -> Dataset:
    """The data set of `spec_of`, through its file."""
    spec = spec_of(*which, **options)
    arrays = datasets.create(spec.family, spec.options, spec.root_seed)
    return datasets.load(spec.family, io.BytesIO(datasets.to_bytes(arrays)))


LOADED = {name: make(name) for name in N}


def centres(dataset: Dataset) -> np.ndarray:
    """(K, d) the modes' centres."""
    return dataset.means if hasattr(dataset, "means") else np.repeat(dataset.shifts[:, None], 1200, axis=1)


def noise(dataset: Dataset) -> np.ndarray:
    """(d,) the standard deviation of each coordinate around a centre."""
    return np.full(2, dataset.sd) if hasattr(dataset, "sd") else np.repeat([1.0, 0.0], [NOISY, 500])


def nearest(dataset: Dataset, points: np.ndarray) -> np.ndarray:
    """(n,) the centre nearest to each point."""
    return cdist(points, centres(dataset)).argmin(axis=1)


def weights(dataset: Dataset, points: np.ndarray) -> np.ndarray:
    """(K,) points nearest to each centre."""
    return np.bincount(nearest(dataset, points), minlength=len(centres(dataset)))


def batch(dataset: Dataset, n: int, seed: int = 0) -> np.ndarray:
    return dataset.sample(n, RandomNumbers((seed,), n)).numpy()


def oracle(dataset: Dataset, n: int, seed: int = 1) -> np.ndarray:
    return dataset.oracle(n, np.random.default_rng(seed))


def items(points: np.ndarray) -> set[bytes]:
    return {point.tobytes() for point in points}


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


@every
@pytest.mark.parametrize("source", ["batch", "oracle", "fixed set"])
def test_draws_are_equally_weighted_gaussians_of_the_given_sd(name: str, source: str) -> None:
    loaded, n = LOADED[name], N[name]
    if source == "fixed set":
        points = make(name, points=n).points
        assert weights(loaded, points).tolist() == [n // loaded.modes] * loaded.modes
    else:
        points = batch(loaded, n, 1) if source == "batch" else oracle(loaded, n)
        assert chisquare(weights(loaded, points)).pvalue > 1e-3
    assert (points.dtype, points.shape) == (np.float32, (n, centres(loaded).shape[1]))
    residual = points - centres(loaded)[nearest(loaded, points)]
    noisy = noise(loaded) > 0
    assert not residual[:, ~noisy].any()
    scaled = (residual / np.where(noisy, noise(loaded), 1.0))[:, noisy]
    assert kstest(scaled[:, ::7].ravel(), "norm").pvalue > 1e-3
    assert kstest(scaled[:, -1], "norm").pvalue > 1e-3
    assert scaled.var() == pytest.approx(1, abs=0.02)
    some = scaled[:, :60]
    assert np.abs(np.corrcoef(some.T) - np.eye(some.shape[1])).max() < (0.03 if name in IN_THE_PLANE else 0.1)


@every
def test_a_batch_depends_on_its_random_numbers_only(name: str) -> None:
    first = batch(LOADED[name], 64, 3)
    torch.manual_seed(99)
    before = torch.random.get_rng_state()
    assert np.array_equal(first, batch(make(name), 64, 3))
    assert torch.equal(torch.random.get_rng_state(), before)
    random = RandomNumbers((4,), 64)
    assert not torch.equal(LOADED[name].sample(64, random), LOADED[name].sample(64, random))


@every
@pytest.mark.parametrize("points", [0, 400])
def test_batches_drawn_together_are_those_drawn_one_by_one(name: str, points: int) -> None:
    assert_same_batches(make(name, points=points), 50)


@pytest.mark.parametrize(("name", "angles"), [("seven-mode", 8), ("lsgan", 9)])
@pytest.mark.parametrize("points", [0, 90_000])
def test_closed_angles_give_one_mode_twice_the_weight(name: str, angles: int, points: int) -> None:
    made = make("ring", name, points=points)
    published = np.linspace(0, 2 * np.pi, angles)  # both ends included, as the published code has it
    published_centres = np.stack([np.cos(published), np.sin(published)], axis=1)
    n = N["ring"]
    expected = n * weights(made, published_centres) / angles
    assert sorted(weights(made, published_centres).tolist()) == [1] * (angles - 2) + [2]
    np.testing.assert_allclose(cdist(published_centres, made.means).min(axis=1), 0, atol=1e-6)
    for drawn in (batch(made, n), oracle(made, n)):
        assert chisquare(weights(made, drawn), expected).pvalue > 1e-3
    gaussian = made.null_gaussian(n, np.random.default_rng(2))
    np.testing.assert_allclose(gaussian.mean(axis=0), published_centres.mean(axis=0), atol=0.02)
    np.testing.assert_allclose(np.cov(gaussian.T), np.cov(oracle(made, n, 3).T), atol=0.02)


@every
@pytest.mark.parametrize("root_seed", [0, 2**40])
def test_a_fixed_training_set_is_all_that_is_drawn_from(name: str, root_seed: int) -> None:
    made = make(name, None, root_seed, points=200)
    fixed = items(made.points)
    assert (made.points.dtype, made.points.shape[0], len(fixed)) == (np.float32, 200, 200)
    times = Counter(point.tobytes() for point in batch(made, 5000))
    assert set(times) == fixed
    assert chisquare(list(times.values())).pvalue > 1e-3
    assert not items(oracle(made, 1000)) & fixed
    np.testing.assert_array_equal(oracle(made, 9), oracle(LOADED[name], 9))
    same, other = (make(name, None, seed, points=200).points for seed in (root_seed, root_seed + 1))
    assert np.array_equal(made.points, same)
    assert not np.array_equal(made.points, other)


@pytest.mark.parametrize(("family", "components"), [("ring", 8), ("grid", 25), (LARGE, 10)])
def test_a_fixed_training_set_that_favours_some_modes_is_refused(family: str, components: int) -> None:
    with pytest.raises(StudyError, match=f"points: 3 is not allowed; allowed: a multiple of {components}"):
        make(family, points=3)


@every
def test_the_nulls_have_the_data_s_box_and_moments(name: str) -> None:
    loaded, rng, n = LOADED[name], np.random.default_rng(0), 40_000
    half = np.abs(centres(loaded)).max() + 10 * noise(loaded).max()
    low, high = (-half, half) if name in IN_THE_PLANE else (-16, 13)
    uniform, gaussian = loaded.null_uniform(N[name], rng), loaded.null_gaussian(n, rng)
    assert (uniform.dtype, gaussian.dtype) == (np.float32, np.float32)
    assert kstest(uniform[:, ::40].ravel(), "uniform", args=(low, high - low)).pvalue > 1e-3
    some = np.arange(2) if name in IN_THE_PLANE else np.r_[0:5, 695:705, 1195:1200]
    of_centres = centres(loaded)[:, some].astype(np.float64)
    expected = np.cov(of_centres.T, bias=True) + np.diag(noise(loaded)[some] ** 2)
    largest = expected.max()
    np.testing.assert_allclose(np.cov(gaussian[:, some].T), expected, atol=0.03 * largest)
    np.testing.assert_allclose(gaussian[:, some].mean(axis=0), of_centres.mean(axis=0), atol=5 * (largest / n) ** 0.5)


# Which mode a sample is in


def one_by_one(points: np.ndarray, loaded: Dataset) -> list[int]:
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


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize(("name", "rule"), [("ring", []), ("grid", []), (LARGE, []), (LARGE, ["shell"])])
def test_non_finite_and_huge_samples_are_in_no_mode_and_warn_nobody(name: str, rule: list[str], kind: type) -> None:
    loaded, largest = LOADED[name], np.finfo(kind).max
    good = oracle(loaded, 40) if rule else centres(loaded)
    good = good[loaded.assign(good, *rule) >= 0][0]
    bad = [(value, at) for value in (np.nan, np.inf, -np.inf, largest, -largest) for at in (0, -1, slice(None))]
    points = np.repeat(good[None], len(bad) + 2, axis=0).astype(kind)
    for row, (value, at) in enumerate(bad):
        points[row, at] = value
    points[-2, ::2], points[-2, 1::2] = largest, -largest
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = loaded.assign(points, *rule)
        assert LOADED["ring"].assign(np.array([[10**18, 1]])).tolist() == [-1]
    assert (found[:-1] == -1).all()
    assert found[-1] >= 0


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


# The two rules in 1200 dimensions

SHIFTS = [-1, -0.5, 0, 0.5, -2, -2.5, 10, 0.25, -13, -5.5]
DATA, LITERAL, SHELL = LOADED[LARGE], None, "shell"


def samples(noise: float = 1.0, off: float = 0.0, n: int = 2500, modes: list[int] | None = None) -> np.ndarray:
    """(n, 1200): the data with its noise scaled, and noise added where it has none."""
    rng = np.random.default_rng(0)
    shift = np.array(SHIFTS)[rng.choice(modes or range(10), n)]
    scale = np.repeat([noise, off], [NOISY, 500])
    return (shift[:, None] + scale * rng.standard_normal((n, 1200))).astype(np.float32)


def scored(points: np.ndarray, rule: str | None) -> tuple[int, float]:
    """Modes captured and per cent high quality."""
    counts = datasets.count_modes(points, DATA)[rule]
    return np.count_nonzero(counts), 100 * counts.sum() / len(points)


def test_the_oracle_has_all_modes_and_99_per_cent_on_the_shell_and_no_sample_by_the_published_rule() -> None:
    assert scored(oracle(DATA, 2500), LITERAL) == (0, 0.0)
    modes, per_cent = scored(oracle(DATA, 20_000), SHELL)
    assert modes == 10
    assert per_cent == pytest.approx(99, abs=0.3)


# An independent table of the published rule: 10 modes wherever a sample is accepted.
@pytest.mark.parametrize(("noise", "per_cent"), [(0.40, 2.0), (0.38, 43.5), (0.36, 96.9), (0.0, 100.0)])
def test_the_published_rule_rewards_shrunken_noise_and_the_shell_rule_does_not(noise: float, per_cent: float) -> None:
    points = samples(noise)
    assert scored(points, LITERAL) == (10, pytest.approx(per_cent, abs=0.1 if noise < 0.1 else 3))
    assert scored(points, SHELL) == (0, 0.0)


@pytest.mark.parametrize(("off", "lowest", "highest"), [(0.05, 98, 100), (0.09, 98, 100), (0.11, 0, 1), (1.0, 0, 0)])
def test_the_shell_rule_bounds_the_noise_off_the_subspace(off: float, lowest: float, highest: float) -> None:
    assert lowest <= scored(samples(off=off), SHELL)[1] <= highest
    assert (make(LARGE, off_tolerance=off / 0.9).assign(samples(off=off), SHELL) >= 0).mean() > 0.98
    for scale in (0.9, 1.1):
        assert scored(samples(scale), SHELL)[1] < 20


@pytest.mark.parametrize("mode", range(10))
def test_one_mode_and_one_point_are_one_mode(mode: int) -> None:
    one_mode = samples(modes=[mode], n=400)
    good = one_mode[DATA.assign(one_mode, SHELL) >= 0]
    assert len(good) > 380
    assert set(DATA.assign(one_mode, SHELL)) <= {mode, -1}
    assert scored(np.repeat(good[:1], 50, axis=0), SHELL) == (1, 100.0)
    assert set(DATA.assign(samples(0.3, modes=[mode], n=50))) == {mode}


@given(shift=st.sampled_from(SHIFTS), direction=st.integers(0, 2**32 - 1), distance=st.floats(0, 20))
def test_the_published_rule_is_a_ball_of_ten(shift: float, direction: int, distance: float) -> None:
    way = np.random.default_rng(direction).standard_normal(1200)
    way -= way.mean()  # across the line of the centres, so the nearest one stays the same
    point = shift + distance * way / np.linalg.norm(way)
    if abs(distance - 10) > 1e-6:
        assert DATA.assign(point[None]).tolist() == [SHIFTS.index(shift) if distance < 10 else -1]


def test_the_nulls_score_next_to_nothing() -> None:
    uniform, gaussian = (null(2500, np.random.default_rng(0)) for null in (DATA.null_uniform, DATA.null_gaussian))
    assert scored(uniform, LITERAL) == scored(gaussian, LITERAL) == scored(uniform, SHELL) == (0, 0.0)
    assert scored(gaussian, SHELL)[1] == pytest.approx(11, abs=3)  # a normal shift is near some centre that often


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


def test_a_file_that_declares_another_number_of_modes_than_its_data_have_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = spec_of("ring")
    stages.data(spec, tmp_path / "ring.npz")
    monkeypatch.setattr(DatasetSpec, "modes", 9)
    with pytest.raises(StudyError, match=r"datasets/ring\.py: MODES is 9, but the data have 8 modes"):
        stages.data(spec, tmp_path / "nine.npz")
    assert not (tmp_path / "nine.npz").exists()
