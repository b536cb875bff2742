"""What the seeds of a cell show together: noise beside differences, and signals that tell collapsed runs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from blocks import make_dataset
from hypothesis import given
from hypothesis import strategies as st

from modecollapse.measures.between_seeds import CELL_COLUMNS, between_seeds_table, cell_table, endpoint_noise
from modecollapse.training.trace import Trace

TABLES = st.tuples(st.integers(2, 6), st.integers(2, 6), st.integers(0, 10**6)).map(
    lambda facts: np.random.default_rng(facts[2]).integers(0, 9, size=facts[:2]).astype(float)
)


def noise(values: np.ndarray | list[list[float]]) -> tuple[list[float], list[str]]:
    """Variance within, variance between, their ratio, the correlation; and their statuses."""
    found = endpoint_noise(np.array(values, dtype=float))
    assert list(found) == ["within_variance", "between_variance", "noise_ratio", "intraclass_correlation"]
    return [value for value, _ in found.values()], [status for _, status in found.values()]


def test_an_analysis_of_variance_by_hand() -> None:
    values, statuses = noise([[1, 3], [5, 7], [9, 11]])  # MSB = 32, MSW = 2
    assert values == [2, 16, 0.125, pytest.approx((32 - 2) / (32 + 2))]
    assert statuses == ["ok"] * 4


def test_the_correlation_is_the_seeds_share_of_the_variance() -> None:
    rng = np.random.default_rng(0)
    (within, _, ratio, correlation), _ = noise(rng.normal(scale=2, size=(4000, 1)) + rng.normal(size=(4000, 20)))
    assert correlation == pytest.approx(0.8, abs=0.02)
    assert within == pytest.approx(1, rel=0.02)
    assert ratio == pytest.approx(1 / (4 + 1 / 20), rel=0.06)
    assert noise(rng.normal(size=(2000, 20)))[0][3] == pytest.approx(0, abs=0.01)


def test_what_has_no_variance_or_no_numbers_says_so() -> None:
    values, statuses = noise([[0.1] * 7, [0.3] * 7])
    assert (values[0], values[2:], statuses) == (0, [0, 1], ["ok"] * 4)
    values, statuses = noise([[1, 2, 3], [3, 1, 2]])
    assert (values[3], statuses) == (-0.5, ["ok", "ok", "zero", "ok"])
    values, statuses = noise(np.full((5, 20), 0.1))
    assert (values[:2], statuses) == ([0, 0], ["ok", "ok", "flat", "flat"])
    assert noise(np.ones((1, 20)))[1] == noise(np.ones((5, 1)))[1] == ["short"] * 4
    broken = np.ones((5, 20))
    broken[3, -1] = np.nan
    values, statuses = noise(broken)
    assert (np.isnan(values).all(), statuses) == (True, ["nonfinite"] * 4)


def test_means_that_only_rounding_sets_apart_are_equal() -> None:
    values, statuses = noise(np.array([[0.0004, 0.0012, 0.002, 0.0032], [0.002, 0.0004, 0.0032, 0.0012]]) * 3)
    assert (values[1], values[3], statuses[2]) == (0, pytest.approx(-1 / 3), "zero")


@given(TABLES, st.integers(-20, 20), st.integers(-50, 50))
def test_ratio_and_correlation_have_neither_unit_nor_order(values: np.ndarray, power: int, shift: int) -> None:
    found, statuses = noise(values)
    for same in (values * 2.0**power, values + shift, values[::-1], values[:, ::-1]):
        if statuses == ["ok"] * 4 and found[1] > 1e-9:
            np.testing.assert_allclose(noise(same)[0][2:], found[2:], rtol=1e-9, atol=1e-12)
    assert statuses[3] == "flat" or -1 / (values.shape[1] - 1) - 1e-12 <= found[3] <= 1


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
    noise_of_modes = ["within_variance:modes", "intraclass_correlation:modes", "noise_ratio:modes"]
    assert found[noise_of_modes].tolist() == [0, 1, 0]


def make_run(folder: Path, seeds: list[int], captured: list[int]) -> Path:
    """A run folder in which the i-th seed has `captured[i]` modes at each evaluation, and all have the same losses."""
    folder.mkdir()
    trace = Trace()
    for step in range(0, 41, 10):
        counts = [{None: np.where(np.arange(8) < k, 10, 0)} for k in captured]
        scalars = {name: np.ones(len(seeds)) for name in ("loss_D", "mean_loss_D")} if step else {}
        trace.add(step, seeds, counts, 100, np.zeros(len(seeds)), scalars)
    run = {"experiment": "e", "dataset": "ring", "variant": "v", "config_hash": "ab", "seeds": seeds}
    (folder / "run.json").write_text(json.dumps(run))
    (folder / "trace.parquet").write_bytes(trace.to_bytes())
    return folder


def test_the_seeds_of_all_blocks_of_a_cell_are_taken_together(tmp_path: Path) -> None:
    folders = [make_run(tmp_path / "a", [0, 1], [8, 8]), make_run(tmp_path / "b", [2], [1])]
    table = cell_table(folders, make_dataset())
    assert list(table.columns) == CELL_COLUMNS
    assert set(table["seeds"]) == {3}
    values = table.set_index("measure")["value"]
    assert (values["collapsed_runs"], values["auc:loss_D"]) == (1, 0.5)
    assert values["between_variance:modes"] == pytest.approx(np.var([8, 8, 1], ddof=1))
    alone = cell_table(folders[1:], make_dataset())  # what one seed cannot tell has no row
    assert list(alone.columns) == CELL_COLUMNS
    assert not alone["value"].isna().any()
