"""The 1200-dimensional mixture: its draws, its published rule that rejects all of them, and the shell rule."""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare, kstest

from modecollapse import datasets
from modecollapse.datasets import Dataset
from modecollapse.study.catalogue import options_model

NAME = "gaussians-1200d"
SHIFTS = [-1, -0.5, 0, 0.5, -2, -2.5, 10, 0.25, -13, -5.5]
N = 2500
LITERAL, SHELL = None, "shell"


def make(root_seed: int = 0, **options: Any) -> Dataset:
    complete = options_model("datasets", NAME)(**options).model_dump()
    return datasets.load(NAME, io.BytesIO(datasets.to_bytes(datasets.create(NAME, complete, root_seed))))


DATA = make()


def samples(
    noise: float = 1.0, off: float = 0.0, n: int = N, modes: list[int] | None = None, seed: int = 0
) -> np.ndarray:
    """(n, 1200): the data with its noise scaled, and noise added where it has none."""
    rng = np.random.default_rng(seed)
    shift = np.array(SHIFTS)[rng.choice(modes or range(10), n)]
    scale = np.repeat([noise, off], [700, 500])
    return (shift[:, None] + scale * rng.standard_normal((n, 1200))).astype(np.float32)


def scored(points: np.ndarray, rule: str | None) -> tuple[int, float]:
    """Modes captured and per cent high quality."""
    counts = datasets.count_modes(points, DATA)[rule]
    return np.count_nonzero(counts), 100 * counts.sum() / len(points)


@pytest.mark.parametrize("source", ["sample", "oracle", "points"])
def test_draws_are_the_ten_shifted_gaussians(source: str) -> None:
    points = {
        "sample": lambda: DATA.sample(N, torch.Generator().manual_seed(1)).numpy(),
        "oracle": lambda: DATA.oracle(N, np.random.default_rng(1)),
        "points": lambda: make(points=N).points,
    }[source]()
    shift = points[:, 700]
    assert (points.dtype, points.shape) == (np.float32, (N, 1200))
    assert (points[:, 700:] == shift[:, None]).all()
    values, times = np.unique(shift, return_counts=True)
    assert values.tolist() == sorted(SHIFTS)
    assert chisquare(times).pvalue > 1e-3
    residual = points[:, :700] - shift[:, None]
    assert kstest(residual[:, ::7].ravel(), "norm").pvalue > 1e-3
    assert np.abs(np.corrcoef(residual[:, :60].T) - np.eye(60)).max() < 0.1
    assert residual.var() == pytest.approx(1, abs=0.005)


def test_the_oracle_has_all_modes_and_99_per_cent_on_the_shell_and_no_sample_by_the_published_rule() -> None:
    assert scored(DATA.oracle(N, np.random.default_rng(0)), LITERAL) == (0, 0.0)
    modes, per_cent = scored(DATA.oracle(20_000, np.random.default_rng(0)), SHELL)
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
    assert (make(off_tolerance=off / 0.9).assign(samples(off=off), SHELL) >= 0).mean() > 0.98
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


@pytest.mark.parametrize("rule", [LITERAL, SHELL])
@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_non_finite_and_huge_samples_are_in_no_mode_and_warn_nobody(rule: str | None, kind: type) -> None:
    points = samples(0.2 if rule is LITERAL else 1.0, n=60)
    points = np.repeat(points[DATA.assign(points, rule) >= 0][:1], 10, axis=0).astype(kind)
    largest = np.finfo(kind).max
    points[0, 3], points[1, 1100], points[2, 0], points[3, 1199] = np.nan, np.nan, np.inf, -np.inf
    points[4, 5], points[5, 900], points[6] = largest, -largest, largest
    points[7, ::2], points[7, 1::2], points[8, 0], points[8, 1] = largest, -largest, np.inf, -np.inf
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = DATA.assign(points, rule)
    assert (found[:9] == -1).all()
    assert found[9] >= 0


def test_the_nulls_have_the_data_s_box_and_moments() -> None:
    rng = np.random.default_rng(0)
    uniform, gaussian = DATA.null_uniform(N, rng), DATA.null_gaussian(40_000, rng)
    assert kstest(uniform[:, ::40].ravel(), "uniform", args=(-16, 29)).pvalue > 1e-3
    shift = np.array(SHIFTS)
    some = np.r_[0:5, 695:705, 1195:1200]
    expected = shift.var() + np.diag(np.where(some < 700, 1.0, 0.0))
    np.testing.assert_allclose(gaussian[:, some].mean(axis=0), shift.mean(), atol=0.15)
    np.testing.assert_allclose(np.cov(gaussian[:, some].T), expected, rtol=0.03)
    assert (uniform.dtype, gaussian.dtype) == (np.float32, np.float32)
    for null in (uniform, gaussian[:N]):
        assert scored(null, LITERAL) == (0, 0.0)
    assert scored(uniform, SHELL) == (0, 0.0)
    assert scored(gaussian[:N], SHELL)[1] == pytest.approx(11, abs=3)  # a normal shift is near some centre that often


def test_a_fixed_training_set_is_all_that_is_drawn_from() -> None:
    made = make(3, points=40)
    fixed = {point.tobytes() for point in made.points}
    assert (made.points.dtype, made.points.shape, len(fixed)) == (np.float32, (40, 1200), 40)
    drawn = made.sample(500, torch.Generator().manual_seed(0)).numpy()
    assert {point.tobytes() for point in drawn} == fixed
    assert not {point.tobytes() for point in made.oracle(500, np.random.default_rng(0))} & fixed
    assert np.unique(made.points[:, 800], return_counts=True)[1].tolist() == [4] * 10
