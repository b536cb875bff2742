"""The table of a trace: real blocks from end to end, traces built to be difficult, and BEGAN's equilibrium."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from blocks import GAMES, make_block, make_dataset, write_data
from made_up_training import OF_EVERY_RUN
from pandas.testing import assert_frame_equal
from scipy.signal import detrend
from scipy.stats import spearmanr

from modecollapse.measures.between_seeds import between_seeds_table
from modecollapse.measures.convergence_table import COLUMNS, convergence_rows, convergence_table
from modecollapse.measures.equilibrium import fake_is_easier, loss_ratio, ratio_deviation, settling, swing
from modecollapse.measures.losses import oscillation, power_shares
from modecollapse.measures.series import even_windows
from modecollapse.measures.table import COLUMNS as TIDY
from modecollapse.study.evaluations import evaluation_steps
from modecollapse.training.loop import train_block

TEN = np.arange(10) + 1  # evaluated steps
STATUSES = {"ok", "cut", "censored", "short", "flat", "nonfinite", "zero", "absent"}


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
    return of_seed(table, seed)[measure]


def of_seed(table: pd.DataFrame, seed: int = 0) -> dict[str, tuple[float, str]]:
    """Value and status of each measure of a seed."""
    rows = table[table["seed"] == seed]
    return dict(zip(rows["measure"], zip(rows["value"], rows["status"], strict=True), strict=True))


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
    run = trace[trace["seed"] == 1]
    steps, run = run["step"].to_numpy(), run[run["step"] > 0]
    assert steps.tolist() == [*range(0, 55, 3), 56, 57, 58, 59, 60]
    of_step = {name: np.repeat(run[name], np.diff(steps)) for name in ("mean_loss_D", "mean_aux_D_from_half")}
    even = of_step["mean_loss_D"].to_numpy().reshape(20, 3).mean(1)
    assert found(table, "oscillation:loss_D", 1) == oscillation(even)
    hq = np.repeat(run["mode_counts"].map(sum) / run["n"], np.diff(steps))
    expected = spearmanr(of_step["mean_loss_D"], hq).statistic
    assert found(table, "rank_correlation:loss_D:hq", 1)[0] == pytest.approx(expected)
    assert found(table, "D_from_half", 1)[0] == pytest.approx(of_step["mean_aux_D_from_half"][-6:].mean())
    assert found(table, "loss_blowup") == (0.0, "ok")
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
        real, fake = run["mean_aux_L_x"].to_numpy(), run["mean_aux_L_G"].to_numpy()
        k = np.r_[0.0, run["state_k"].to_numpy()]
        np.testing.assert_allclose(run["state_M_global"], real + np.abs(0.7 * real - fake), rtol=1e-5)
        np.testing.assert_allclose(k[1:], np.clip(k[:-1] + 0.02 * (0.7 * real - fake), 0, 1), atol=1e-6)
        ratio = fake[-6:].mean() / real[-6:].mean()
        assert found(table, "began_ratio", seed) == (pytest.approx(ratio), "ok")
        assert found(table, "began_ratio_deviation", seed)[0] == pytest.approx(ratio / 0.7 - 1)
        assert found(table, "began_k_at_0", seed)[0] == pytest.approx((k[:-1] == 0).mean())
        assert found(table, "began_k_at_1", seed) == (0, "ok")
        assert found(table, "began_M_global", seed)[0] == pytest.approx(run["state_M_global"][-3:].mean())
        assert found(table, "began_fake_is_easier", seed)[0] == pytest.approx((fake < real)[:6].mean())
        relative = fake / run["mean_aux_abs_G"] < real / run["mean_aux_abs_x"]
        assert found(table, "began_fake_is_easier_for_its_size", seed)[0] == pytest.approx(relative[:6].mean())
        late = detrend(run["state_k"].to_numpy()[-15:])
        expected = np.sqrt(np.sum(late**2) / 13) / run["state_k"][-15:].mean()
        assert found(table, "began_k_swing", seed)[0] == pytest.approx(expected, rel=1e-4, nan_ok=True)
        hq = run["mode_counts"].map(sum) / run["n"]
        for name, signal in (("aux_L_x", real), ("state_M_global", run["state_M_global"])):
            expected = spearmanr(signal, hq).statistic if np.ptp(hq) else np.nan
            assert found(table, f"rank_correlation:{name}:hq", seed)[0] == pytest.approx(expected, nan_ok=True)


def test_began_without_gamma_lacks_only_what_needs_it() -> None:
    means = {"aux_L_x": [2.0] * 4, "aux_L_G": [1.0] * 4, "aux_k_at_0": [1, 0.5, 0, 0.5], "aux_k_at_1": [0.0] * 4}
    means |= {
        "state_k": [0, 0.1, 0.1, 0.2],
        "state_M_global": [3.0] * 4,
        "aux_abs_x": [1.0] * 4,
        "aux_abs_G": [0.4] * 4,
        "aux_W1": [0.5] * 4,
    }
    trace = trace_of([[1, 1]] * 5, state_k=[0, 0.1, 0.1, 0.2], **{f"mean_{name}": of for name, of in means.items()})
    table = convergence_table(trace, 2)
    check_form(table)
    absent = {"began_ratio_deviation", "D_from_half", "z_error"}
    assert set(table.loc[table["status"] == "absent", "measure"]) == absent
    values = {"began_k_at_0": 0.5, "began_k_at_1": 0, "began_M_global": 3, "began_ratio": pytest.approx(0.5)}
    values |= {"began_k_settling": 0.75}
    assert found(table, "began_k_swing")[1] == "short"
    values |= {"began_losses_W1": pytest.approx(0.25), "loss_blowup": 0}  # the trace has no loss and no gradient
    values |= {"began_fake_is_easier": 1, "began_fake_is_easier_for_its_size": 0}  # 1 < 2, but 1 / .4 > 2 / 1
    assert values == {name: found(table, name)[0] for name in values}
    assert found(convergence_table(trace, 2, gamma=0.4), "began_ratio_deviation") == (pytest.approx(0.25), "ok")


def test_known_answers_of_one_run() -> None:
    counts = [[0, 0], [50, 0], [50, 0], [0, 50], [40, 40], [40, 40], [40, 40], [40, 40], [40, 0]]
    table = convergence_table(trace_of(counts, mean_loss_D=[5, 5, 5, 2, 2, 2, 2, 6], mean_loss_G=[3.0] * 8), 2)
    check_form(table)
    values = {"coverage_time:1": 40, "coverage_time:0.5": 10, "full_coverage_share": 0.75}
    values |= {"within_sd:modes": 0.5, "within_cv:hq": 0.2 / 0.7}
    values |= {"rank_correlation:loss_D:hq": -1}  # the untrained sample has no loss
    assert {name: found(table, name) for name in values} == {k: (pytest.approx(v), "ok") for k, v in values.items()}
    assert found(table, "rank_correlation:loss_G:hq")[1] == "flat"


def test_known_answers_where_evaluations_are_not_equally_far_apart() -> None:
    """At 25, 50, 75, 92, 94, 96, 98 and 100 of 100 steps, of quantities that every step is known of."""
    steps = np.array([0, 25, 50, 75, 92, 94, 96, 98, 100])
    of_step = {"aux_L_x": np.repeat([4.0, 1.0, 2.0], [20, 60, 20]), "aux_L_G": np.repeat([1.0, 2.0, 1.0], [25, 50, 25])}
    of_step |= {"aux_k_at_0": np.repeat([1.0, 0.0], [50, 50]), "state_M_global": np.repeat([0.0, 5.0, 9.0], [92, 6, 2])}
    of_step |= dict.fromkeys(("aux_k_at_1", "state_k", "aux_abs_x", "aux_abs_G", "aux_W1"), np.zeros(100)) | {
        "loss_D": np.sin(np.arange(100))
    }
    means = {name: [of[a:b].mean() for a, b in pairwise(steps)] for name, of in of_step.items()}
    counts = [[0, 0], [9, 0], [9, 9], [9, 0], [9, 9], [9, 9], [9, 0], [9, 9], [9, 9]]
    trace = trace_of(counts, **{f"mean_{name}": of for name, of in means.items()}, state_k=[0.0] * 8).assign(step=steps)
    table = convergence_table(trace, 2, gamma=0.5)
    values = {"full_coverage_share": (17 + 2 + 2 + 2) / 50, "began_k_at_0": 0.5}
    values["within_sd:modes"] = (27 / 50 * 23 / 50 * 6 / 5) ** 0.5
    values |= {"began_M_global": (2 * 0 + 6 * 5 + 2 * 9) / 10, "began_fake_is_easier": 1}
    window = (5 * 1 + 12 * 2) / 17  # L(x) of the steps to 92, of which 12 are in the last fifth
    values["began_ratio"] = 1 / ((12 * window + 8 * 2) / 20)
    assert {name: found(table, name) for name in values} == {k: (pytest.approx(v), "ok") for k, v in values.items()}
    assert between_seeds_table(trace, 2)["value"].iloc[0] == 0  # at 1.8 of 2 modes


@pytest.mark.parametrize(("evaluations", "lost"), [(10, 1), (20, 2), (30, 2), (40, 3), (50, 3)])
def test_a_loss_that_swings_has_one_frequency_however_far_its_evaluations_are_apart(
    evaluations: int, lost: int
) -> None:
    steps = np.array(evaluation_steps(1200, evaluations))
    swing = np.cos(2 * np.pi * (np.arange(1200) + 0.5) / 300)
    means = np.array([swing[a:b].mean() for a, b in pairwise(steps)])
    even = even_windows(steps[1:], means)
    np.testing.assert_allclose(even, swing.reshape(evaluations, -1).mean(1), atol=0.12)
    assert abs(even.sum()) < 1e-9
    assert power_shares(even).max() == pytest.approx(1, abs=0.01)
    assert power_shares(means).max() < 0.95 or evaluations > 30  # the negative control
    broken = np.isfinite(even_windows(steps[1:], np.r_[means[:-3], [np.nan] * 3]))
    assert broken.tolist() == [True] * (evaluations - lost) + [False] * lost


def test_a_diverged_run_is_censored_and_its_losses_are_cut() -> None:
    start = np.random.default_rng(0).normal(size=16)
    loss = [*start, *[np.nan] * 4]
    counts = [[9, 0]] * 17 + [[0, 0]] * 4
    table = convergence_table(trace_of(counts, mean_loss_D=loss, grad_norm_D=[1.0] * 20), 2)
    check_form(table)
    assert found(table, "coverage_time:1") == (200, "censored")
    assert found(table, "loss_blowup") == (1, "ok")
    assert found(table, "oscillation:loss_D") == oscillation(start)
    broken_norms = trace_of(counts, mean_loss_D=[1.0] * 20, grad_norm_D=loss)
    assert found(convergence_table(broken_norms, 2), "loss_blowup") == (1, "ok")


@pytest.mark.parametrize("evaluations", [2, 3, 4])
@pytest.mark.parametrize("value", [0.0, np.nan, np.inf, -3e38])
def test_short_and_degenerate_traces_have_every_row(evaluations: int, value: float) -> None:
    names = ("loss_D", "loss_G", "aux_L_x", "aux_L_G", "aux_abs_x", "aux_abs_G", "aux_k_at_0", "aux_k_at_1")
    names = (*names, "aux_D_from_half", "aux_W1")
    names = (*(f"mean_{name}" for name in (*names, "state_k", "state_M_global")), "grad_norm_G", "state_k")
    values = {name: [abs(value) if name == "grad_norm_G" else value] * (evaluations - 1) for name in names}
    trace = pd.concat([trace_of([[0] * 3] * evaluations, seed, **values) for seed in (0, 1)])
    table = convergence_table(trace, 3, gamma=1.0)
    check_form(table)
    assert set(between_seeds_table(trace, 3)["status"]) <= STATUSES
    rows = table.groupby("seed")["measure"].apply(list)
    assert rows[0] == rows[1]
    assert found(table, "coverage_time:0.5")[1] == "censored"  # no sample is in any mode
    assert {status for name, (_, status) in of_seed(table).items() if "rank_corr" in name} <= {"flat", "short"}


@pytest.mark.parametrize("variant", GAMES)
def test_every_variant_has_every_labelled_measure_however_few_its_evaluations(variant: str, tmp_path: Path) -> None:
    """Traces of 2 and 10 evaluations, and one in which every seed diverges."""
    runs = {"few": (2, 1e-3), "usual": (10, 1e-3), "blown": (10, 1e30)}
    without = variant in {"wgan", "wgan-gp", "ebgan", "began"}  # D is no probability
    for name, (evaluations, rate) in runs.items():
        optimizer = {"kind": "adam", "lr": rate, "beta1": 0.5}
        trace = trained_trace(tmp_path / name, variant, (0, 3), steps=20, evaluations=evaluations, optimizer=optimizer)
        table = convergence_table(trace, 8, gamma=0.5)
        check_form(table)
        assert set(between_seeds_table(trace, 8)["status"]) <= STATUSES
        for seed in (0, 3):
            measures = of_seed(table, seed)
            assert measures.keys() >= {*OF_EVERY_RUN}
            assert ("began_ratio" in measures) == (variant == "began")
            if name == "blown":
                assert (measures["loss_blowup"], measures["coverage_time:1"]) == ((1, "ok"), (20, "censored"))
            assert (measures["z_error"][1] == "absent") == (variant != "veegan")
            assert measures["D_from_half"][1] == ("absent" if without else "nonfinite" if name == "blown" else "ok")
            if name == "usual":
                for measure in ("loss_blowup", "within_sd:modes"):
                    assert measures[measure][1] == "ok"


def test_another_k_is_refused() -> None:
    with pytest.raises(ValueError, match="counts 2 modes, not 8"):
        convergence_table(trace_of([[1, 1]] * 3), 8)


def rows_of(trace: pd.DataFrame, dataset: str, diverged: bool = False, **options: float) -> dict[str, dict[str, Any]]:
    """The rows of the tidy table of a run of one seed, by measure."""
    run = {"experiment": "e", "dataset": dataset, "variant": "v", "config_hash": "ab", "seeds": [0], "steps": 30}
    run["status"] = [{"seed": 0, "step": 10 if diverged else None}]
    run["block"] = {"cell": {"variant": {"options": options}}}
    return {row["measure"]: row for row in convergence_rows(run, trace, make_dataset(dataset))}


def test_rows_of_the_tidy_table_have_values_and_the_status_of_their_run() -> None:
    trace = trace_of([[10] * 8] * 5, mean_loss_D=[1.0] * 4)
    rows = rows_of(trace, "ring")
    assert all(set(row) == set(TIDY) - {"device"} and np.isfinite(row["value"]) for row in rows.values())
    assert {(row["step"], row["n"], row["seed"]) for row in rows.values()} == {(30, 100, 0)}
    assert (rows["coverage_time:1"]["value"], rows["coverage_time:1"]["status"]) == (0, "ok")
    assert {row["status"] for row in rows_of(trace, "ring", diverged=True).values()} == {"diverged"}


def test_where_real_data_fail_the_first_rule_the_repaired_one_is_read() -> None:
    trace = trace_of([[0] * 10] * 5).assign(mode_counts_shell=[np.full(10, 10)] * 5)
    assert rows_of(trace, "gaussians-1200d")["full_coverage_share"]["value"] == 1


def test_the_ratio_is_of_means_over_the_last_fifth() -> None:
    real, fake = np.r_[np.full(8, 9.0), 1.0, 3.0], np.r_[np.full(8, 1.0), 1.0, 1.0]
    assert loss_ratio(TEN, real, fake) == loss_ratio(TEN, real * 8, fake * 8) == (0.5, "ok")
    assert loss_ratio(np.r_[TEN[:8] / 2, 9, 10], real, fake) == (1 / ((4 * 0 + 1 + 3) / 2), "ok")
    assert ratio_deviation((0.55, "ok"), 0.5) == (pytest.approx(0.1), "ok")
    assert ratio_deviation((0.4, "ok"), 0.5)[0] == pytest.approx(-0.2)


def test_a_ratio_that_does_not_exist_says_why() -> None:
    assert loss_ratio(TEN[:0], np.array([]), np.array([]))[1] == "short"
    assert loss_ratio(TEN[:2], np.array([1.0, np.nan]), np.array([1.0, 1.0]))[1] == "nonfinite"
    assert loss_ratio(TEN[:2], np.array([1.0, 1.0]), np.array([1.0, np.inf]))[1] == "nonfinite"
    assert loss_ratio(TEN[:5], np.zeros(5), np.ones(5))[1] == "zero"
    assert ratio_deviation((np.nan, "nonfinite"), 0.5)[1] == "nonfinite"
    assert ratio_deviation((0.3, "ok"), 0.0)[1] == "zero"


def test_early_fakes_are_compared_in_the_first_fifth() -> None:
    fake = np.r_[0.5, 1.5, np.zeros(8)]
    assert fake_is_easier(TEN, np.ones(10), fake) == (0.5, "ok")
    assert fake_is_easier(TEN, np.ones(10), np.ones(10)) == (0.0, "ok")
    assert fake_is_easier(TEN[:0], np.array([]), np.array([]))[1] == "short"
    assert fake_is_easier(TEN, np.r_[np.nan, np.ones(9)], fake)[1] == "nonfinite"


def test_the_spread_of_quality_does_not_grow_with_its_level() -> None:
    """Two runs that swing alike, one with a tenth of the other's quality (claim L5)."""
    low, high = ([[9, 0]] + [[level, 0], [3 * level, 0]] * 10 for level in (10, 100))
    found_low, found_high = (of_seed(convergence_table(trace_of(counts, n=1000), 2)) for counts in (low, high))
    assert found_low["within_cv:hq"] == (pytest.approx(found_high["within_cv:hq"][0]), "ok")
    assert of_seed(convergence_table(trace_of([[0, 0]] * 9), 2))["within_cv:hq"][1] == "zero"


def test_k_settles_where_it_enters_a_band_around_its_end_for_good() -> None:
    k = np.r_[0.0, 0.2, 0.5, 0.61, 0.39, 0.53, 0.46, 0.5, 0.52, 0.5]
    assert settling(TEN, k) == settling(TEN, k / 9) == (0.5, "ok")  # after .39, which came back out of the band
    assert settling(TEN, np.full(10, 0.3)) == (0.0, "ok")
    assert settling(TEN, np.zeros(10))[1] == "zero"
    assert settling(TEN, 2.0**TEN) == (0.9, "ok")  # never: the last window alone is at the end
    assert settling(TEN, np.r_[np.nan, np.ones(9)])[1] == "nonfinite"
    assert settling(TEN[:0], np.array([]))[1] == "short"


def test_k_swings_around_a_line_relative_to_its_size() -> None:
    steps, wave = np.arange(80) + 1, np.tile([1.0, -1.0], 40)
    for k in (2 + 0.3 * wave, 20 + 3 * wave, np.r_[np.zeros(40), (2 + 0.3 * wave)[40:]]):  # of the last half alone
        assert swing(steps, k) == (pytest.approx(0.15 * (40 / 38) ** 0.5, rel=2e-3), "ok")
    assert swing(TEN, 5 + TEN / 7)[0] == pytest.approx(0, abs=1e-9)  # a drift is no swing
    assert swing(TEN, np.zeros(10))[1] == "zero"
    assert swing(TEN, np.r_[np.ones(9), np.nan])[1] == "nonfinite"
    assert swing(TEN[:4], np.ones(4))[1] == swing(TEN[:0], TEN[:0])[1] == "short"
