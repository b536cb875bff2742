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

from modecollapse.measures.between_seeds import between_seeds_table
from modecollapse.measures.convergence import BEGAN_HEADLINES, COLUMNS, HEADLINES, convergence_table
from modecollapse.study import catalogue
from modecollapse.training.loop import train_block

STATUSES = {"ok", "cut", "censored", "short", "flat", "nonfinite", "zero", "no-leader", "absent"}


def trained_trace(folder: Path, variant: str, seeds: tuple[int, ...], **recipe: Any) -> pd.DataFrame:
    folder.mkdir(exist_ok=True)
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
    assert not table["measure"].str.contains("began|state_|L_x|mean_").any()
    run = trace[(trace["seed"] == 1) & (trace["step"] > 0)]
    loss, hq = run["mean_loss_D"].to_numpy(), run["mode_counts"].map(sum) / run["n"]
    assert found(table, "total_variation:loss_D", 1)[0] == pytest.approx(np.abs(np.diff(loss[10:])).mean())
    assert found(table, "rank_correlation:loss_D:hq", 1)[0] == pytest.approx(spearmanr(loss, hq).statistic)
    assert found(table, "D_from_half", 1)[0] == pytest.approx(run["mean_seen_D_from_half"][-10:].mean())
    assert found(table, "diverged:loss_D") == (0.0, "ok")
    norms = trace.loc[(trace["seed"] == 1) & (trace["step"] > 0), "grad_norm_G"].to_numpy()
    assert found(table, "first_third:grad_norm_G", 1)[0] == pytest.approx(np.exp(np.log(norms[:7]).mean()))
    assert_frame_equal(table, convergence_table(trace.sample(frac=1, random_state=0), 8))
    assert_frame_equal(
        table[table["seed"] == 1].reset_index(drop=True), convergence_table(trace[trace["seed"] == 1], 8)
    )


def test_a_block_of_began_from_end_to_end(tmp_path: Path) -> None:
    """Every step is evaluated, so a window's mean is that of one step, from which M_global and k follow."""
    options = {"gamma": 0.7, "lambda_k": 0.02}
    trace = trained_trace(tmp_path, "began", (0, 1), options=options, steps=30, evaluations=30)
    table = convergence_table(trace, 8, gamma=0.7)
    check_form(table)
    for seed, run in trace.groupby("seed"):
        run = run[run["step"] > 0]
        real, fake = run["mean_seen_L_x"].to_numpy(), run["mean_seen_L_G"].to_numpy()
        k = np.r_[0.0, run["state_k"].to_numpy()]
        np.testing.assert_allclose(run["state_M_global"], real + np.abs(0.7 * real - fake), rtol=1e-5)
        np.testing.assert_allclose(k[1:], np.clip(k[:-1] + 0.02 * (0.7 * real - fake), 0, 1), atol=1e-6)
        ratio = fake[-6:].mean() / real[-6:].mean()
        assert found(table, "began_ratio", seed) == (pytest.approx(ratio), "ok")
        assert found(table, "began_ratio_deviation", seed)[0] == pytest.approx(ratio / 0.7 - 1)
        assert found(table, "began_k_at_0", seed)[0] == pytest.approx((k[:-1] == 0).mean())
        assert found(table, "began_k_at_1", seed) == (0, "ok")
        assert found(table, "began_k", seed)[0] == pytest.approx(k[-15:].mean())
        assert found(table, "began_M_global", seed)[0] == pytest.approx(run["state_M_global"][-15:].mean())
        assert found(table, "began_fake_is_easier", seed)[0] == pytest.approx((fake < real)[:6].mean())
        hq = run["mode_counts"].map(sum) / run["n"]
        for name, signal in (("seen_L_x", real), ("state_M_global", run["state_M_global"])):
            expected = spearmanr(signal, hq).statistic if np.ptp(hq) else np.nan
            assert found(table, f"rank_correlation:{name}:hq", seed)[0] == pytest.approx(expected, nan_ok=True)


def test_the_ratio_of_began_is_that_of_all_steps_and_not_of_the_evaluated_ones(tmp_path: Path) -> None:
    every, some = (
        trained_trace(tmp_path / str(n), "began", (0,), steps=40, evaluations=n, options={"gamma": 0.7})
        for n in (40, 5)
    )
    of_steps = every[every["step"] > 32]  # the last fifth
    ratio = of_steps["mean_seen_L_G"].mean() / of_steps["mean_seen_L_x"].mean()
    assert found(convergence_table(some, 8), "began_ratio")[0] == pytest.approx(ratio, rel=1e-6)


def test_began_without_gamma_lacks_only_what_needs_it() -> None:
    means = {"seen_L_x": [2.0] * 4, "seen_L_G": [1.0] * 4, "seen_k_at_0": [1, 0.5, 0, 0.5], "seen_k_at_1": [0.0] * 4}
    means |= {"state_k": [0, 0.1, 0.1, 0.2], "state_M_global": [3.0] * 4}
    trace = trace_of([[1, 1]] * 5, state_k=[0, 0.1, 0.1, 0.2], **{f"mean_{name}": of for name, of in means.items()})
    table = convergence_table(trace, 2)
    check_form(table)
    assert found(table, "began_ratio_deviation")[1] == "absent"
    assert set(table.loc[table["status"] == "absent", "measure"]) == {
        "began_ratio_deviation",
        "D_from_half",
        "diverged",
    }
    assert found(table, "began_k_at_0") == (0.5, "ok")
    assert found(table, "began_k_at_1") == (0, "ok")
    assert found(table, "began_M_global") == (3, "ok")
    assert found(table, "began_ratio") == (pytest.approx(0.5), "ok")
    assert found(convergence_table(trace, 2, gamma=0.4), "began_ratio_deviation") == (pytest.approx(0.25), "ok")


def test_known_answers_of_one_run() -> None:
    counts = [[0, 0], [50, 0], [50, 0], [0, 50], [40, 40], [40, 40], [40, 40], [40, 40], [40, 0]]
    table = convergence_table(trace_of(counts, mean_loss_D=[5, 5, 5, 2, 2, 2, 2, 6], mean_loss_G=[3.0] * 8), 2)
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
    trace = trace_of([[9, 0]] * 17 + [[0, 0]] * 4, mean_loss_D=loss, grad_norm_D=np.abs(loss).tolist())
    table = convergence_table(trace, 2)
    check_form(table)
    assert found(table, "coverage_time:1") == (200, "censored")
    assert found(table, "diverged") == found(table, "diverged:loss_D") == found(table, "diverged:grad_norm_D")
    assert found(table, "diverged") == (1, "ok")
    assert found(table, "total_variation:loss_D") == (pytest.approx(np.abs(np.diff(start[10:])).mean()), "cut")
    assert found(table, "last_third:grad_norm_D")[1] == "nonfinite"
    assert found(table, "endpoint:modes")[0] == pytest.approx(0.6)


@pytest.mark.parametrize("evaluations", [1, 2, 3, 4])
@pytest.mark.parametrize("value", [0.0, np.nan, np.inf, -3e38])
def test_short_and_degenerate_traces_have_every_row(evaluations: int, value: float) -> None:
    names = ("loss_D", "loss_G", "seen_L_x", "seen_L_G", "seen_k_at_0", "seen_k_at_1", "seen_D_from_half")
    names = (*(f"mean_{name}" for name in (*names, "state_k", "state_M_global")), "grad_norm_G", "state_k")
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
        means = {"loss_D": loss, "loss_G": [-x for x in loss], "state_M_global": [1.0] * 8, "state_k": loss}
        means |= {"seen_D_from_half": loss, "seen_k_at_0": loss}
        runs.append(trace_of(counts, seed, **{f"mean_{name}": series for name, series in means.items()}))
    table = between_seeds_table(pd.concat(runs), 4).set_index("measure")
    assert table.loc["collapsed_runs", "value"] == 6
    assert table.loc["auc:loss_D", "value"] == 0
    assert table.loc["auc:loss_G", "value"] == 1
    assert 0.5 < table.loc["auc:loss_G:lower", "value"] < 0.7  # Wilson, 6 of 6
    assert table.loc["auc:state_M_global", "value"] == 0.5
    assert table.loc["auc:seen_D_from_half", "value"] == 0
    assert not {"auc:state_k", "auc:seen_k_at_0"} & set(table.index)
    assert table.loc["within_variance:modes", "value"] == 0
    assert table.loc["intraclass_correlation:modes", "value"] == 1
    assert table.loc["noise_ratio:modes", "value"] == 0


@pytest.fixture(scope="module", params=catalogue.names("variants"))
def traces(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[pd.DataFrame]]:
    """Each variant's traces of 2, 5 and 10 evaluations, and one in which every seed diverges."""
    folder, healthy = tmp_path_factory.mktemp(request.param), {"kind": "adam", "lr": 1e-3, "beta1": 0.5}
    runs = [(2, healthy), (5, healthy), (10, healthy), (10, {"kind": "adam", "lr": 1e30, "beta1": 0.5})]
    return request.param, [
        trained_trace(folder / str(i), request.param, (0, 3), steps=20, evaluations=n, optimizer=optimizer)
        for i, (n, optimizer) in enumerate(runs)
    ]


def test_every_variant_has_every_headline_however_few_its_evaluations(traces: tuple[str, list[pd.DataFrame]]) -> None:
    variant, of_variant = traces
    for trace in of_variant:
        table = convergence_table(trace, 8, gamma=0.5)
        check_form(table)
        for seed in (0, 3):
            measures = set(table.loc[table["seed"] == seed, "measure"])
            assert set(HEADLINES) <= measures
            assert (set(BEGAN_HEADLINES) & measures) == (set(BEGAN_HEADLINES) if variant == "began" else set())
        assert set(between_seeds_table(trace, 8)["status"]) <= STATUSES
    *finite, blown = (convergence_table(trace, 8, gamma=0.5) for trace in of_variant)
    assert found(blown, "diverged") == found(blown, "diverged", 3) == (1, "ok")
    assert found(blown, "coverage_time:1") == (20, "censored")
    without = variant in {"wgan", "wgan-gp", "ebgan", "began"}
    assert found(blown, "D_from_half")[1] == ("absent" if without else "nonfinite")
    for table in finite:
        assert found(table, "D_from_half")[1] == ("absent" if without else "ok")
    last = finite[-1].set_index(["measure", "seed"])["status"]
    for measure in ("diverged", "within_sd:modes", "drawdown:modes", "sign_changes:loss_D"):
        assert last[measure, 0] == "ok"


def test_data_without_modes_have_every_headline(traces: tuple[str, list[pd.DataFrame]]) -> None:
    """Where no sample is in any mode, nothing is covered, led or correlated; losses are as ever."""
    _, of_variant = traces
    for trace in of_variant:
        empty = trace.assign(mode_counts=[np.zeros(10, int)] * len(trace))
        table = convergence_table(empty, 10, gamma=0.5)
        check_form(table)
        assert set(table["measure"]) >= set(HEADLINES)
        assert found(table, "coverage_time:0.5") == (20, "censored")
        assert found(table, "full_coverage_share") == (0, "ok")
        assert found(table, "endpoint:modes") == (0, "ok")
        assert found(table, "hopping_rate")[1] == "no-leader"
        assert set(table.loc[table["measure"].str.match("given_time|rank_correlation"), "status"]) <= {"flat", "short"}
        mine, usual = (t[t["measure"].str.contains("loss_D$")] for t in (table, convergence_table(trace, 8)))
        assert_frame_equal(mine.reset_index(drop=True), usual.reset_index(drop=True))
        assert (between_seeds_table(empty, 10).set_index("measure").loc["collapsed_runs", "value"]) == 2


def test_headlines_say_what_they_are() -> None:
    assert 8 <= len(HEADLINES) <= 10
    for label, decimals, note in (HEADLINES | BEGAN_HEADLINES).values():
        assert label
        assert note
        assert decimals in range(4)
    assert not set(HEADLINES) & set(BEGAN_HEADLINES)


def test_another_k_is_refused_and_helpers_are_no_measures() -> None:
    with pytest.raises(ValueError, match="counts 2 modes, not 8"):
        convergence_table(trace_of([[1, 1]] * 3), 8)
    ours = {"series", "run_series", "oscillation", "divergence", "coverage_time", "mode_visits", "endpoint_noise"}
    ours |= {"gradient_profile", "balance", "agreement", "between_seeds", "convergence"}
    assert not ours & set(catalogue.names("measures"))
