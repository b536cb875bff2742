"""Sets of points: what is refused and by which name, distances in pieces, and inputs without any spread."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from modecollapse.measures import two_sample
from modecollapse.measures.bins import bin_counts, fit_bins
from modecollapse.measures.discrepancy import sliced_wasserstein
from modecollapse.study import catalogue

HELPERS = {"two_sample", "neighbours", "discrepancy", "bins", "birthday", "mode_weights", "lbfgs", "ivom"}


def measured(real: np.ndarray, fake: np.ndarray) -> float:
    """A measure of two sets of points."""
    return sliced_wasserstein(real, fake, np.random.default_rng(0), projections=5)


def points(n: int = 20, d: int = 3, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, d))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_row_that_is_not_finite_is_named(bad: float) -> None:
    spoiled = points()
    spoiled[7, 1] = spoiled[9, 2] = bad
    with pytest.raises(ValueError, match=r"^fake: row 7 is not finite, 2 in all; allowed"):
        measured(points(), spoiled)
    with pytest.raises(ValueError, match=r"^real: row 7 is not finite"):
        measured(spoiled, points())


def test_sets_of_other_dimensions_or_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^fake: has 2 coordinates; allowed: 3, as real"):
        measured(points(), points(d=2))
    for wrong in (points()[:, 0], points()[None], points()[:0], points()[:, :0], np.full((20, 3), "a")):
        with pytest.raises(ValueError, match=r"^fake: has shape"):
            measured(points(), wrong)


def test_the_measures_of_one_set_refuse_bad_rows_too() -> None:
    spoiled, rng = points(), np.random.default_rng(0)
    spoiled[3] = np.nan
    with pytest.raises(ValueError, match="^real: row 3"):
        fit_bins(spoiled, 4, rng)
    with pytest.raises(ValueError, match="^points: row 3"):
        bin_counts(spoiled, points(4))


def test_other_number_types_give_the_same() -> None:
    real, fake = (points(40, seed=seed).astype(np.float16) for seed in (0, 1))
    assert measured(real, fake) == measured(real.astype(np.float64), fake.astype(np.float32))


def test_pieces_of_the_distances_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = two_sample.nearest(points(30), points(25, seed=1))
    monkeypatch.setattr(two_sample, "PIECE", 60)
    pieces = two_sample.nearest(points(30), points(25, seed=1))
    assert all(np.array_equal(piece, one) for piece, one in zip(pieces, whole, strict=True))


def test_no_piece_is_larger_than_it_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(two_sample, "PIECE", 60)
    bands = list(two_sample.distances(points(30), points(25, seed=1)))
    assert max(band.size for _, band in bands) <= 60
    assert np.concatenate([rows for rows, _ in bands]).tolist() == list(range(30))
    assert np.array_equal(np.concatenate([band for _, band in bands]), cdist(points(30), points(25, seed=1)))


def test_distances_of_coincident_points_are_exactly_zero_far_from_the_origin() -> None:
    far = points(50, 700) + 1e6
    (_, band), *_ = two_sample.distances(far, far.copy())
    assert np.array_equal(np.diag(band), np.zeros(50))
    assert np.array_equal(band, band.T)


def test_nearest_finds_the_first_of_equals() -> None:
    others = np.array([[0.0], [2.0], [2.0], [5.0]])
    index, distance = two_sample.nearest(np.array([[1.9], [4.0], [-1.0]]), others)
    assert (index.tolist(), distance.tolist()) == ([1, 3, 0], [pytest.approx(0.1), 1.0, 1.0])


def test_helpers_are_not_offered_as_measures() -> None:
    assert not HELPERS & set(catalogue.names("measures"))
