"""The ring and the grid: their centres, their draws, and which mode a sample is in."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import chisquare, kstest

from modecollapse import datasets
from modecollapse.errors import StudyError
from modecollapse.study.catalogue import names, options_model

NAMES = ["ring", "grid"]


def make(name: str, **options: float) -> datasets.Dataset:
    """A data set through its file, with some options replaced."""
    complete = options_model("datasets", name)(**options).model_dump()
    return datasets.load(name, io.BytesIO(datasets.to_bytes(datasets.create(name, complete, 0))))


LOADED = {name: make(name) for name in NAMES}


def test_the_centres_are_those_of_the_benchmark() -> None:
    angles = np.sort(np.degrees(np.arctan2(*LOADED["ring"].means.T[::-1])) % 360)
    np.testing.assert_allclose(angles, np.arange(0, 360, 45), atol=1e-4)
    wanted = {(x, y) for x in (-4, -2, 0, 2, 4) for y in (-4, -2, 0, 2, 4)}
    assert {tuple(mean) for mean in LOADED["grid"].means.tolist()} == wanted
    assert np.abs(make("grid", spacing=0.5).means).max() == 1.0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("source", ["sample", "oracle"])
def test_draws_are_equally_weighted_gaussians_of_the_given_sd(name: str, source: str) -> None:
    loaded, n = LOADED[name], 20_000
    if source == "sample":
        points = loaded.sample(n, torch.Generator().manual_seed(1)).numpy()
    else:
        points = loaded.oracle(n, np.random.default_rng(1))
    offsets = points[:, None] - loaded.means
    nearest = np.linalg.norm(offsets, axis=2).argmin(axis=1)
    residual = offsets[np.arange(n), nearest] / loaded.sd
    assert (points.dtype, points.shape) == (np.float32, (n, 2))
    assert chisquare(np.bincount(nearest, minlength=loaded.modes)).pvalue > 1e-3
    assert kstest(residual.ravel(), "norm").pvalue > 1e-3
    assert abs(np.corrcoef(residual.T)[0, 1]) < 0.03


@pytest.mark.parametrize("name", NAMES)
def test_a_batch_depends_on_its_generator_only(name: str) -> None:
    loaded = LOADED[name]
    first = loaded.sample(64, torch.Generator().manual_seed(3))
    torch.manual_seed(99)
    torch.rand(7)
    before = torch.random.get_rng_state()
    again = make(name).sample(64, torch.Generator().manual_seed(3))
    assert torch.equal(first, again)
    assert torch.equal(torch.random.get_rng_state(), before)
    generator = torch.Generator().manual_seed(4)
    assert not torch.equal(loaded.sample(64, generator), loaded.sample(64, generator))


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


@pytest.mark.parametrize("name", NAMES)
@given(points=hnp.arrays(np.float32, st.tuples(st.integers(0, 12), st.just(2)), elements=COORDINATES))
def test_assign_is_its_definition(name: str, points: np.ndarray) -> None:
    assert LOADED[name].assign(points).tolist() == one_by_one(points, LOADED[name])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "points",
    [
        np.array([[np.nan, 0], [0, np.inf], [-np.inf, np.nan]], dtype=np.float32),
        np.array([[1e38, 1e38], [-3e38, 0], [0, 3e38]], dtype=np.float32),
        np.array([[1e300, 0], [-1e308, 1e308]]),
        np.array([[np.inf, 1], [60000, 60000]], dtype=np.float16),
        np.array([[10**18, 1], [100, 100]]),
    ],
    ids=["non-finite", "float32", "float64", "float16", "int64"],
)
def test_non_finite_and_huge_samples_are_in_no_mode_and_warn_nobody(name: str, points: np.ndarray) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert LOADED[name].assign(points).tolist() == [-1] * len(points)


@pytest.mark.parametrize("name", NAMES)
def test_the_nulls_have_the_data_s_box_and_moments(name: str) -> None:
    loaded, rng = LOADED[name], np.random.default_rng(0)
    half = np.abs(loaded.means).max() + 10 * loaded.sd
    uniform, gaussian = loaded.null_uniform(50_000, rng), loaded.null_gaussian(50_000, rng)
    assert kstest(uniform.ravel(), "uniform", args=(-half, 2 * half)).pvalue > 1e-3
    variance = (loaded.means.astype(np.float64) ** 2).mean() + loaded.sd**2
    np.testing.assert_allclose(np.cov(gaussian.T), variance * np.eye(2), atol=0.03 * variance)
    np.testing.assert_allclose(gaussian.mean(axis=0), 0, atol=0.02 * variance)


def test_a_file_that_is_no_data_file_of_the_family_is_one_line(tmp_path: Path) -> None:
    options = options_model("datasets", "grid")().model_dump()
    for name, content in {
        "text": b"hello\n",
        "empty": b"",
        "cut": datasets.to_bytes(datasets.create("grid", options, 0))[:300],
        "grid": datasets.to_bytes(datasets.create("grid", options, 0)),
        "other": datasets.to_bytes({"x": np.zeros(3)}),
    }.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(StudyError, match=rf"{name}: .*allowed: a data file of ring") as caught:
            datasets.load("ring", tmp_path / name)
        assert len(str(caught.value).splitlines()) == 1


def test_a_family_that_does_not_exist_is_not_looked_for() -> None:
    with pytest.raises(StudyError, match=f"'digit-classifier' is unknown; allowed: {', '.join(names('datasets'))}$"):
        datasets.create("digit-classifier", {}, 0)
