"""A signal beside quality within a run, and as a detector of collapse across the runs of a cell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from blocks import make_dataset
from hypothesis import example, given
from hypothesis import strategies as st
from made_up_training import run_folder
from scipy.stats import mannwhitneyu, spearmanr

from modecollapse.measures import agreement as a
from modecollapse.measures.between_seeds import CELL_COLUMNS, between_seeds_table, cell_table
from modecollapse.training.trace import Trace

PAIRS = st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=4, max_size=30).map(
    lambda pairs: np.array(pairs, dtype=float).T
)
GROUPS = st.tuples(*[st.lists(st.integers(0, 6), min_size=1, max_size=12).map(np.array)] * 2)


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


@given(GROUPS)
@example((np.array([1, 1, 1, 1, 1, 1, 0, 1, 1]), np.array([0, 0])))
def test_the_auc_is_mann_and_whitney_s(groups: tuple[np.ndarray, np.ndarray]) -> None:
    value, lower, upper, status = a.detection(*groups, rng(), draws=200)
    assert value == pytest.approx(
        mannwhitneyu(*groups, method="asymptotic").statistic / (len(groups[0]) * len(groups[1]))
    )
    assert a.detection(*groups[::-1], rng(), draws=50).value == pytest.approx(1 - value)
    assert a.detection(groups[0] * 2.0 - 7, groups[1] * 2.0 - 7, rng(), draws=200) == (value, lower, upper, status)
    assert 0 <= lower <= upper <= 1


def test_perfect_separation_still_has_an_interval() -> None:
    apart = a.detection(np.arange(10.0) + 50, np.arange(20.0), rng())
    assert (apart.value, apart.upper) == (1.0, 1.0)
    assert apart.lower == pytest.approx(0.7225, abs=1e-3)  # Wilson, 10 of 10
    assert a.detection(np.arange(10.0) - 50, np.arange(20.0), rng())[:2] == (0.0, 0.0)


def test_the_bootstrap_interval_is_of_the_usual_width() -> None:
    # Normal groups a third of an sd apart: AUC .594; Hanley and McNeil's standard error is about .037 for 120 and 120.
    one, two = rng(5).normal(1 / 3, 1, 120), rng(6).normal(0, 1, 120)
    found = a.detection(one, two, rng())
    assert (found.upper - found.lower) / (2 * 1.96) == pytest.approx(0.037, abs=0.006)
    assert found.lower < found.value < found.upper


def test_ties_count_half_and_what_is_not_finite_is_the_loudest_alarm() -> None:
    assert a.detection(np.full(5, 3.0), np.full(4, 3.0), rng())[:3] == (0.5, 0.5, 0.5)
    assert a.detection(np.array([1.0, 2.0]), np.array([1.0]), rng()).value == 0.75
    assert a.detection(np.array([np.nan, np.inf]), np.array([1e30, 5]), rng()).value == 1
    assert a.detection(np.array([np.nan]), np.array([np.inf]), rng()).value == 0.5
    assert {
        a.detection(*groups, rng()).status for groups in ((np.array([]), np.ones(3)), (np.ones(3), np.array([])))
    } == {"short"}


def test_signals_that_tell_collapsed_seeds_from_others() -> None:
    runs = []
    for seed in range(12):
        counts = [[10, 0, 0, 0]] * 9 if seed < 6 else [[10, 10, 10, 10 * (seed % 2)]] * 9
        loss = np.full(8, 5.0 + seed)
        means = {"loss_D": loss, "loss_G": -loss, "state_M_global": np.ones(8), "state_k": loss}
        means |= {"aux_D_from_half": loss, "aux_k_at_0": loss}
        facts = {"seed": seed, "step": np.arange(9), "n": 100, "mode_counts": [np.array(row) for row in counts]}
        runs.append(pd.DataFrame(facts | {f"mean_{name}": np.r_[np.nan, series] for name, series in means.items()}))
    found = between_seeds_table(pd.concat(runs), 4).set_index("measure")["value"]
    assert found["collapsed_runs"] == 6
    aucs = ["auc:loss_D", "auc:loss_G", "auc:state_M_global", "auc:aux_D_from_half"]
    assert found[aucs].tolist() == [0, 1, 0.5, 0]
    assert 0.5 < found["auc:loss_G:lower"] < 0.7  # Wilson, 6 of 6
    assert not {"auc:state_k", "auc:aux_k_at_0"} & set(found.index)


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
    assert (values["collapsed_runs"], values["auc:loss_D"]) == (1, 0.5)
    alone = cell_table(folders[1:], make_dataset())  # what one seed cannot tell has no row
    assert list(alone.columns) == CELL_COLUMNS
    assert not alone["value"].isna().any()
