"""The table of a trace: real blocks from end to end, and traces built to be difficult."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from blocks import make_block, write_data
from pandas.testing import assert_frame_equal
from scipy.stats import spearmanr

from modecollapse.measures.balance import real_loss
from modecollapse.measures.between_seeds import between_seeds_table
from modecollapse.measures.convergence import COLUMNS, convergence_table
from modecollapse.study import catalogue
from modecollapse.training.loop import train_block

STATUSES = {"ok", "cut", "censored", "short", "flat", "nonfinite", "zero", "no-leader", "absent"}


def trained_trace(folder: Path, variant: str, seeds: tuple[int, ...], **recipe: Any) -> pd.DataFrame:
    block = make_block(variant, seeds=seeds, **recipe)
    train_block(block, write_data(folder / "ring.npz"), folder / "run")
    return pd.read_parquet(folder / "run" / "trace.parquet")


def trace_of(
    counts: list[list[int]], seed: int = 0, n: int = 100, every: int = 10, **columns: list[float]
) -> pd.DataFrame:
    """The trace of one seed; `columns` begin after step 0, as the trainer's do."""
    facts = {"seed": seed, "step": np.arange(len(counts)) * every, "n": n, "n_nonfinite": 0}
    later = {name: [np.nan, *values] for name, values in columns.items()}
    return pd.DataFrame(facts | {"mode_counts": [np.array(row) for row in counts]} | later)


def found(table: pd.DataFrame, measure: str, seed: int = 0) -> tuple[float, str]:
    row = table[(table["seed"] == seed) & (table["measure"] == measure)]
    assert len(row) == 1
    return row["value"].item(), row["status"].item()


def check_form(table: pd.DataFrame) -> None:
    assert list(table.columns) == COLUMNS
    assert not table.duplicated(["seed", "measure"]).any()
    assert set(table["status"]) <= STATUSES
    has_value = table["status"].isin({"ok", "cut", "censored"})
    assert (np.isfinite(table["value"]) == has_value).all()


def test_a_block_of_gans_from_end_to_end(tmp_path: Path) -> None:
    trace = trained_trace(tmp_path, "gan-nonsaturating", (0, 1), evaluations=20)
    table = convergence_table(trace, 8)
    check_form(table)
    assert set(table["seed"]) == {0, 1}
    assert not table["measure"].str.contains("began|state_|L_x").any()
    assert found(table, "diverged:loss_D") == (0.0, "ok")
    norms = trace.loc[(trace["seed"] == 1) & (trace["step"] > 0), "grad_norm_G"].to_numpy()
    assert found(table, "first_third:grad_norm_G", 1)[0] == pytest.approx(np.exp(np.log(norms[:7]).mean()))
    assert_frame_equal(table, convergence_table(trace.sample(frac=1, random_state=0), 8))
    assert_frame_equal(
        table[table["seed"] == 1].reset_index(drop=True), convergence_table(trace[trace["seed"] == 1], 8)
    )


def test_a_block_of_began_from_end_to_end(tmp_path: Path) -> None:
    """With every step evaluated and one batch for both losses, D's loss checks the recovered L(x), and k follows it."""
    options = {"gamma": 0.7, "lambda_k": 0.02, "z": "shared"}
    recipe = {"steps": 30, "evaluations": 30, "schedule": "simultaneous"}
    trace = trained_trace(tmp_path, "began", (0, 1), options=options, **recipe)
    table = convergence_table(trace, 8, gamma=0.7)
    check_form(table)
    for seed, run in trace.groupby("seed"):
        run = run[run["step"] > 0]
        fake, k = run["loss_G"].to_numpy(), np.r_[0.0, run["state_k"].to_numpy()]
        real = real_loss(run["state_M_global"].to_numpy(), fake, 0.7)
        np.testing.assert_allclose(run["loss_D"], real - k[:-1] * fake, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(k[1:], np.clip(k[:-1] + 0.02 * (0.7 * real - fake), 0, 1), atol=1e-6)
        ratio = fake[-6:].mean() / real[-6:].mean()
        assert found(table, "began_ratio", seed) == (pytest.approx(ratio), "ok")
        assert found(table, "began_ratio_deviation", seed)[0] == pytest.approx(ratio / 0.7 - 1)
        assert found(table, "began_k_at_0", seed)[0] == pytest.approx((k[1:] == 0).mean())
        hq = run["mode_counts"].map(sum) / run["n"]
        expected = spearmanr(real, hq).statistic if np.ptp(hq) else np.nan
        assert found(table, "rank_correlation:L_x:hq", seed)[0] == pytest.approx(expected, nan_ok=True)


def test_began_without_gamma_lacks_only_what_needs_it() -> None:
    trace = trace_of([[1, 1]] * 5, loss_G=[1.0] * 4, state_k=[0, 0, 0.5, 1], state_M_global=[2.0] * 4)
    table = convergence_table(trace, 2)
    check_form(table)
    assert {found(table, f"began_{name}")[1] for name in ("ratio", "ratio_deviation", "fake_is_easier")} == {"absent"}
    assert found(table, "began_k_at_0") == (0.5, "ok")
    assert found(convergence_table(trace, 2, gamma=0.5), "began_ratio") == (pytest.approx(0.5), "ok")  # L(x) = 2


def test_known_answers_of_one_run() -> None:
    counts = [[0, 0], [50, 0], [50, 0], [0, 50], [40, 40], [40, 40], [40, 40], [40, 40], [40, 0]]
    table = convergence_table(trace_of(counts, loss_D=[5, 5, 5, 2, 2, 2, 2, 6], loss_G=[3.0] * 8), 2)
    check_form(table)
    assert found(table, "coverage_time:1") == (40, "ok")
    assert found(table, "coverage_time:0.5") == (10, "ok")
    assert found(table, "full_coverage_share") == (0.8, "ok")
    assert found(table, "full_coverage_losses") == (1, "ok")
    assert found(table, "drawdown:modes") == (1, "ok")
    assert found(table, "drawdown:hq") == (pytest.approx(0.4), "ok")
    assert found(table, "endpoint:modes") == (1.75, "ok")
    assert found(table, "hopping_rate") == (0.5, "ok")
    assert found(table, "modes_ever") == (2, "ok")
    assert found(table, "total_variation:loss_G") == (0, "ok")
    assert found(table, "rank_correlation:loss_G:hq")[1] == "flat"
    assert found(table, "rank_correlation:loss_D:hq") == (pytest.approx(-1), "ok")  # the untrained sample has no loss


def test_a_diverged_run_is_censored_and_its_losses_are_cut() -> None:
    start = np.random.default_rng(0).normal(size=16)
    loss = [*start, *[np.nan] * 4]
    trace = trace_of([[9, 0]] * 17 + [[0, 0]] * 4, loss_D=loss, grad_norm_D=np.abs(loss).tolist())
    table = convergence_table(trace, 2)
    check_form(table)
    assert found(table, "coverage_time:1") == (200, "censored")
    assert found(table, "diverged:loss_D") == found(table, "diverged:grad_norm_D") == (1, "ok")
    assert found(table, "total_variation:loss_D") == (pytest.approx(np.abs(np.diff(start[10:])).mean()), "cut")
    assert found(table, "last_third:grad_norm_D")[1] == "nonfinite"
    assert found(table, "endpoint:modes")[0] == pytest.approx(0.6)


@pytest.mark.parametrize("evaluations", [1, 2, 3, 4])
@pytest.mark.parametrize("value", [0.0, np.nan, np.inf, -3e38])
def test_short_and_degenerate_traces_have_every_row(evaluations: int, value: float) -> None:
    names = ("loss_D", "loss_G", "grad_norm_G", "state_k", "state_M_global")
    values = {name: [abs(value) if name == "grad_norm_G" else value] * (evaluations - 1) for name in names}
    trace = pd.concat([trace_of([[0] * 3] * evaluations, seed, **values) for seed in (0, 1)])
    table = convergence_table(trace, 3, gamma=1.0)
    check_form(table)
    assert set(between_seeds_table(trace, 3)["status"]) <= STATUSES
    rows = table.groupby("seed")["measure"].apply(list)
    assert rows[0] == rows[1]


def test_signals_that_tell_collapsed_seeds_from_others() -> None:
    runs = []
    for seed in range(12):
        counts = [[10, 0, 0, 0]] * 9 if seed < 6 else [[10, 10, 10, 10 * (seed % 2)]] * 9
        loss = [5.0 + seed] * 8
        runs.append(trace_of(counts, seed, loss_D=loss, loss_G=[-x for x in loss], state_M_global=[1.0] * 8))
    table = between_seeds_table(pd.concat(runs), 4).set_index("measure")
    assert table.loc["collapsed_runs", "value"] == 6
    assert table.loc["auc:loss_D", "value"] == 0
    assert table.loc["auc:loss_G", "value"] == 1
    assert 0.5 < table.loc["auc:loss_G:lower", "value"] < 0.7  # Wilson, 6 of 6
    assert table.loc["auc:state_M_global", "value"] == 0.5
    assert table.loc["within_variance:modes", "value"] == 0
    assert table.loc["intraclass_correlation:modes", "value"] == 1
    assert table.loc["noise_ratio:modes", "value"] == 0


def test_another_k_is_refused_and_helpers_are_no_measures() -> None:
    with pytest.raises(ValueError, match="counts 2 modes, not 8"):
        convergence_table(trace_of([[1, 1]] * 3), 8)
    ours = {"series", "run_series", "oscillation", "divergence", "coverage_time", "mode_visits", "endpoint_noise"}
    ours |= {"gradient_profile", "balance", "agreement", "between_seeds", "convergence"}
    assert not ours & set(catalogue.names("measures"))
