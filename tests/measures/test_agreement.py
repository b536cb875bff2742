"""A signal beside quality within a run, and the collapsed runs of a cell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from blocks import make_dataset
from hypothesis import given
from hypothesis import strategies as st
from made_up_training import run_folder
from scipy.stats import spearmanr

from modecollapse.measures import agreement as a
from modecollapse.measures.between_seeds import CELL_COLUMNS, cell_table
from modecollapse.training.trace import Trace

PAIRS = st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=4, max_size=30).map(
    lambda pairs: np.array(pairs, dtype=float).T
)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@given(PAIRS)
def test_the_correlation_is_scipy_s_and_reads_order_alone(pairs: np.ndarray) -> None:
    found, status = a.rank_correlation(*pairs)
    if status == "flat":
        assert np.ptp(pairs[0]) == 0 or np.ptp(pairs[1]) == 0
        return
    assert found == pytest.approx(spearmanr(*pairs).statistic)
    same = (np.exp(pairs[0]), pairs[1]), pairs[:, ::-1], pairs[::-1]
    np.testing.assert_allclose([a.rank_correlation(*each)[0] for each in same], found, atol=1e-12)
    np.testing.assert_allclose(a.rank_correlation(-pairs[0], pairs[1])[0], -found, atol=1e-12)


@given(PAIRS, st.data())
def test_an_evaluation_that_stands_for_more_steps_counts_as_that_many(pairs: np.ndarray, data: st.DataObject) -> None:
    weights = np.array(data.draw(st.lists(st.integers(1, 5), min_size=len(pairs.T), max_size=len(pairs.T))))
    found, status = a.rank_correlation(*pairs, weights)
    if status == "ok":
        assert found == pytest.approx(spearmanr(*np.repeat(pairs, weights, axis=1)).statistic)


@pytest.mark.parametrize(
    ("signal", "quality", "status"),
    [
        ([1, 2, 3], [1, 2, 3], "short"),
        ([5] * 9, range(9), "flat"),
        (range(9), [5] * 9, "flat"),
        ([np.nan] * 9, range(9), "short"),
        ([], [], "short"),
    ],
)
def test_what_has_no_correlation_says_why(signal: list[float], quality: list[float], status: str) -> None:
    value, found = a.rank_correlation(np.array(signal, dtype=float), np.array(quality, dtype=float))
    assert (np.isnan(value), found) == (True, status)


def test_a_tail_of_either_that_is_not_finite_is_cut() -> None:
    signal, quality = rng(4).normal(size=(2, 12))
    value, status = a.rank_correlation(np.r_[signal, np.nan, 0.0], np.r_[quality, 1.0, np.inf])
    assert (value, status) == (a.rank_correlation(signal, quality)[0], "cut")


def make_run(folder: Path, seeds: list[int], captured: list[int]) -> Path:
    """A run folder in which the i-th seed has `captured[i]` modes at each evaluation, and all have the same losses."""
    trace = Trace()
    for step in range(0, 41, 10):
        counts = [{None: np.where(np.arange(8) < k, 10, 0)} for k in captured]
        scalars = {name: np.ones(len(seeds)) for name in ("loss_D", "mean_loss_D")} if step else {}
        trace.add(step, seeds, counts, 100, np.zeros(len(seeds)), scalars)
    return run_folder(folder, seeds, trace)


def test_the_seeds_of_all_blocks_of_a_cell_are_taken_together(tmp_path: Path) -> None:
    folders = [make_run(tmp_path / "a", [0, 1], [8, 8]), make_run(tmp_path / "b", [2], [1])]
    table = cell_table(folders, make_dataset())
    assert list(table.columns) == CELL_COLUMNS
    assert set(table["seeds"]) == {3}
    values = table.set_index("measure")["value"]
    assert values.to_dict() == {"collapsed_runs": 1}
