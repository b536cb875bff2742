"""Times to coverage with runs that never get there, and signals that do or do not follow quality."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from modecollapse.comparisons.trajectories import TIME_TYPES, coverage_times
from modecollapse.errors import StudyError
from modecollapse.statistics.multiplicity import holm

pytestmark = pytest.mark.filterwarnings("error")
COLUMNS = ["experiment", "dataset", "variant", "seed", "step", "measure", "value", "status"]
BUDGET = 1000
LATE = (BUDGET, "censored")


def waits(variants: dict[str, list], measure: str = "coverage_time:1", budget: int = BUDGET) -> pd.DataFrame:
    """Rows of the tidy table; a run is a time that was reached, or a (value, status)."""
    rows = []
    for variant, runs in variants.items():
        for seed, run in enumerate(runs):
            value, status = run if isinstance(run, tuple) else (run, "ok")
            rows.append(("matched", "ring", variant, seed, budget, measure, float(value), status))
    return pd.DataFrame(rows, columns=COLUMNS)


def times(rows: pd.DataFrame, **settings) -> pd.DataFrame:
    return coverage_times(rows, "base", **{"draws": 9999} | settings).set_index("variant")


def test_knows_medians_and_restricted_means() -> None:
    found = times(waits({"base": [100, 200, 300, LATE], "slow": [900, LATE, LATE, LATE], "never": [LATE] * 4}))
    assert found["n"].tolist() == [4, 4, 4]
    assert found["reached"].to_dict() == {"base": 3, "never": 0, "slow": 1}
    assert found.loc["base", ["median", "restricted_mean"]].tolist() == [200, 400]
    assert found["restricted_mean"].to_dict() == {"base": 400, "never": 1000, "slow": 975}
    assert found["median"].isna().to_dict() == {"base": False, "never": True, "slow": True}
    assert found["difference"].to_dict() == pytest.approx({"base": math.nan, "never": 600, "slow": 575}, nan_ok=True)
    others = found.loc[["never", "slow"]]
    assert others["p_holm"].tolist() == pytest.approx(holm(others["p"]).tolist())
    assert found["p"].isna().to_dict() == {"base": True, "never": False, "slow": False}


def test_clearly_slower_is_significant_and_equal_is_not() -> None:
    found = times(waits({"base": [100, 110, 120, 130, 140], "slow": [LATE] * 5, "same": [140, 130, 120, 110, 100]}))
    assert found["p"].to_dict() == pytest.approx({"base": math.nan, "same": 1, "slow": 2 / 252}, nan_ok=True)
    assert found.loc["slow", "p_holm"] == pytest.approx(4 / 252)


def test_a_diverged_run_is_censored_at_the_budget_whatever_its_value() -> None:
    found = times(waits({"base": [100, 200, 300], "burst": [100, (300, "diverged"), 800, (BUDGET, "diverged")]}))
    assert found.loc["burst", "reached"] == 2
    assert found.loc["burst", "restricted_mean"] == pytest.approx((100 + 800 + 2 * BUDGET) / 4)


def test_other_budgets_are_compared_up_to_the_smaller() -> None:
    rows = pd.concat([waits({"base": [100, 400]}, budget=500), waits({"long": [600, 900]}, budget=1000)])
    found = times(rows)
    assert found["budget"].to_dict() == {"base": 500, "long": 1000}
    assert found.loc["long", ["restricted_mean", "shared_budget", "difference"]].tolist() == [750, 500, 250]


def test_single_runs_and_a_missing_baseline_leave_the_comparison_empty() -> None:
    empty = ["shared_budget", "difference", "p", "p_holm"]
    assert times(waits({"base": [100, 200], "one": [100]}))[empty].isna().all(axis=None)
    assert times(waits({"base": [100], "two": [100, 200]}))[empty].isna().all(axis=None)
    assert times(waits({"a": [100, 200], "b": [100, 200]}))[empty].isna().all(axis=None)


def test_thresholds_are_families_of_their_own_and_other_rows_are_not_read() -> None:
    half = waits({"base": [5, 6], "a": [7, 8]}, "coverage_time:0.5")
    both = pd.concat([waits({"base": [LATE] * 2, "a": [LATE] * 2}), half])
    noise = waits({"base": [math.nan]}, "modes")
    calibration = waits({"oracle": [0, 0]}).assign(experiment="calibration")
    found = coverage_times(pd.concat([both, noise, calibration]), "base", 99)
    assert found["measure"].tolist() == ["coverage_time:0.5"] * 2 + ["coverage_time:1"] * 2
    assert found["median"].tolist()[:2] == [7, 5]
    assert list(found) == list(TIME_TYPES)
    assert coverage_times(both.sample(frac=1, random_state=0), "base", 99).to_csv() == found.to_csv()


def test_times_refuse_nan() -> None:
    with pytest.raises(StudyError, match=r"^matched/ring/base, seed 1, coverage_time:1: the value is NaN"):
        times(waits({"base": [100, math.nan]}))
