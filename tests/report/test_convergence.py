"""Tables of convergence: known strings, bounds instead of times that were not reached, and what is left out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up_study import make_summary
from made_up_training import STEPS, auc, cells, rows, tidy

from modecollapse.measures.between_seeds import between_seeds_table
from modecollapse.measures.convergence import BEGAN_HEADLINES, HEADLINES
from modecollapse.report import convergence, spread

NAMES = {"gan-minimax": "GAN (minimax)", "began": "BEGAN", "veegan": "VEEGAN"}
SUMMARY = make_summary(["ring", "stacked-digits"], NAMES, ["matched"])  # five seeds
NOTHING = cells("began", {})
COVERED = "coverage_time:1"


def row_of(table: pd.DataFrame, variant: str, dataset: str = "ring") -> dict[str, str]:
    found = table[(table["variant"] == variant) & (table["dataset"] == dataset)]
    assert len(found) == 1
    return found.iloc[0].to_dict()


def texts(values: list[float], status: str | list[str] = "ok", measure: str = COVERED) -> str:
    """What is printed of a measure of VEEGAN on the ring."""
    made = convergence.tables(SUMMARY, tidy(rows("veegan", measure, values, status)), NOTHING)
    return row_of(made["convergence"], "veegan")[measure]


@pytest.mark.parametrize(
    ("values", "late", "text"),
    [
        ([100, 120, 140, 300, 200], [], "140 [100, 300]"),
        ([100, 120, 140, 400, 400], [3, 4], "140 [100, ≥ 400]"),
        ([100, 120, 400, 400, 400], [2, 3, 4], "≥ 400 [100, ≥ 400]"),
        ([400] * 5, [0, 1, 2, 3, 4], "≥ 400"),
        ([100] * 5, [], "100"),
    ],
)
def test_a_time_beyond_the_budget_is_a_bound(values: list[float], late: list[int], text: str) -> None:
    assert texts(values, ["censored" if seed in late else "ok" for seed in range(5)]) == text


def test_a_diverged_run_at_the_budget_is_a_bound_too() -> None:
    status = ["ok", "ok", "diverged", "diverged", "diverged"]
    assert texts([100, 120, 140, STEPS, STEPS], status) == "140 [100, ≥ 400]"


def test_a_value_at_the_last_step_that_is_no_time_is_itself() -> None:
    assert texts([float(STEPS)] * 5, measure="drawdown:modes") == "400.0"


def test_few_runs_are_counted_and_none_are_a_dash() -> None:
    assert texts([0.25, 0.5], measure="hopping_rate") == "0.38 [0.25, 0.50], n = 2"
    made = convergence.tables(SUMMARY, tidy(rows("veegan", "hopping_rate", [0.0] * 5)), NOTHING)["convergence"]
    assert row_of(made, "gan-minimax")["hopping_rate"] == "–"
    assert list(made["variant"]) == 2 * list(NAMES)


def test_diverged_runs_are_counted() -> None:
    assert texts([0, 1, 0, 1, 0], measure="diverged") == "2"


def test_thousands_are_set_apart() -> None:
    assert texts([1200, 12000, 12000, 12000, 20000], measure="drawdown:modes") == "12,000.0 [1,200.0, 20,000.0]"


def test_no_zero_is_negative() -> None:
    assert texts([-0.001] * 5, measure="D_from_half") == "-0.001"
    assert texts([-0.0001] * 5, measure="D_from_half") == "0.000"


runs = st.lists(st.tuples(st.integers(0, 50), st.booleans()), min_size=1, max_size=9)


@given(runs, st.lists(st.integers(0, 100), min_size=9, max_size=9))
def test_a_median_that_is_a_bound_holds_whatever_lies_beyond(drawn: list[tuple[int, bool]], more: list[int]) -> None:
    """Censored values stand at the budget, 50; where they truly are does not matter where no ≥ is printed."""
    late = np.array([is_late for _, is_late in drawn])
    values = np.array([50 if is_late else value for value, is_late in drawn], dtype=float)
    true = values + late * np.array(more[: len(drawn)])
    middle, least = spread.median(values, late)
    assert middle <= np.median(true)
    if not least:
        assert middle == np.median(true)


def test_of_equal_values_the_reached_one_comes_first() -> None:
    values = np.full(3, 50.0)
    assert spread.median(values, np.array([True, False, False])) == (50, False)
    assert spread.median(values, np.array([True, False, True])) == (50, True)


def balanced(variant: str) -> list[dict]:
    measures = {name: 0.5 for name in convergence.BEGAN} | {"rank_correlation:state_M_global:hq": -0.8}
    return [row for name, value in measures.items() for row in rows(variant, name, [value] * 5)]


def test_began_has_the_cells_in_balance_with_their_gamma() -> None:
    made = convergence.tables(SUMMARY, tidy(balanced("began"), rows("veegan", COVERED, [1.0] * 5)), NOTHING)["began"]
    assert list(made["variant"]) == ["began"]
    found = row_of(made, "began")
    assert found["gamma"] == "0.5"
    assert found["row"] == "BEGAN"
    assert found["rank_correlation:state_M_global:hq"] == "-0.80"
    assert found["rank_correlation:state_M_global:modes"] == "0.50"
    assert set(BEGAN_HEADLINES) < set(made)


def test_gs_loss_is_that_of_all_that_is_updated_with_it() -> None:
    found = {"collapsed_runs": 2.0, "noise_ratio:modes": 0.1} | auc("loss_GF", 0.9, 0.7, 1.0)
    found |= auc("loss_F", 0.1, 0.0, 0.2) | auc("loss_D", 0.505, 0.25, 0.75) | auc("state_M_global", 0.5, 0.2, 0.8)
    made = row_of(convergence.tables(SUMMARY, tidy(), cells("veegan", found))["detection"], "veegan")
    assert (made["n"], made["collapsed"]) == ("5", "2")
    assert made["loss_G"] == "0.90 [0.70, 1.00]"
    assert made["loss_D"] == "0.51 [0.25, 0.75]"
    assert made["state_M_global"] == "0.50 [0.20, 0.80]"
    assert made["seen_L_x"] == made["seen_D_from_half"] == "–"


def test_reads_what_the_measures_write() -> None:
    """Twelve runs of four modes, of which the last half collapse and have the larger loss of D."""
    steps = np.tile(np.arange(0, 50, 10), 12)
    seeds = np.repeat(np.arange(12), 5)
    full = [np.array([5, 5, 5, 5]) if seed < 6 else np.array([20, 0, 0, 0]) for seed in seeds]
    made = {"seed": seeds, "step": steps, "n": 25, "mode_counts": full, "mean_loss_D": seeds / 12.0}
    found = between_seeds_table(pd.DataFrame(made), 4)
    key = {"experiment": "matched", "dataset": "ring", "variant": "veegan", "config_hash": "", "seeds": 12}
    text = row_of(convergence.tables(SUMMARY, tidy(), found.assign(**key))["detection"], "veegan")
    assert (text["n"], text["collapsed"]) == ("12", "6")
    assert text["loss_D"].startswith("1.00 [0.61")


def test_without_counted_modes_only_the_training_is_left() -> None:
    summary = replace(SUMMARY, measures={"high_quality_percent": SUMMARY.measures["high_quality_percent"]})
    assert set(HEADLINES) - set(convergence.headlines(summary, "stacked-digits")) == set(convergence.OF_MODES)
    assert convergence.headlines(summary, "ring") == HEADLINES
    told = cells("veegan", {"collapsed_runs": 5.0}, "stacked-digits")
    made = convergence.tables(summary, tidy(rows("veegan", COVERED, [400.0] * 5, dataset="stacked-digits")), told)
    assert row_of(made["convergence"], "veegan", "stacked-digits")[COVERED] == "–"
    assert made["detection"].empty


def test_the_order_of_rows_and_other_cells_change_nothing() -> None:
    measures = tidy(balanced("began"), rows("veegan", COVERED, [100.0, 400.0, 300.0, 200.0, 400.0], "censored"))
    told = pd.concat([cells(v, {"collapsed_runs": 1.0} | auc("loss_D", 0.5, 0.2, 0.7)) for v in NAMES])
    others = tidy(rows("other", COVERED, [1.0]))
    made = convergence.tables(SUMMARY, measures, told)
    shuffled = pd.concat([measures, others]).sample(frac=1, random_state=0)
    again = convergence.tables(SUMMARY, shuffled, pd.concat([told, cells("other", {})]).sample(frac=1, random_state=0))
    for name in made:
        pd.testing.assert_frame_equal(made[name], again[name])


def page(tmp_path: Path, measures: pd.DataFrame, told: pd.DataFrame) -> dict:
    """The page of the tables as they are read back from files."""
    printed = {}
    for name, table in convergence.tables(SUMMARY, measures, told).items():
        table.to_csv(tmp_path / name, index=False)
        printed[name] = pd.read_csv(tmp_path / name, dtype=str, keep_default_na=False)
    return convergence.page(SUMMARY, "matched", printed)


def test_the_page_counts_cells_and_signals(tmp_path: Path) -> None:
    half = {"collapsed_runs": 2.0}
    told = pd.concat(
        [
            cells("gan-minimax", half | auc("loss_D", 0.9, 0.6, 1.0) | auc("loss_G", 0.1, 0.0, 0.4)),
            cells("veegan", half | auc("loss_D", 0.6, 0.2, 0.9)),
            cells("began", {"collapsed_runs": 0.0}),
        ]
    )
    late = rows("veegan", COVERED, [STEPS] * 3 + [100.0, 100.0], ["censored"] * 3 + ["ok"] * 2)
    mostly = rows("began", COVERED, [100.0] * 4 + [STEPS], ["ok"] * 4 + ["censored"])
    measures = tidy(balanced("began"), late, mostly, rows("veegan", "diverged", [1.0, 0, 1]))
    made = page(tmp_path, measures, told)
    assert made["numbers"] == {
        "diverged": "2",
        "runs": "30",
        "timed": "2",
        "covered": "1",
        "counted": "3",
        "mixed": "2",
    }
    assert [(s["label"], s["cells"], s["off"]) for s in made["detection"]["signals"]] == [
        ("D's loss", "2", "1"),
        ("G's loss", "1", "1"),
    ]
    assert [row["variant"] for row in made["detection"]["rows"]] == ["gan-minimax", "veegan"]
    printed = [m["name"] for m in made["balance"]["measures"]]
    assert printed == [name for name in convergence.BEGAN if name not in convergence.IN_FILE]
    assert [row["variant"] for row in made["balance"]["rows"]] == ["began"]


def test_the_page_of_a_study_that_shows_nothing(tmp_path: Path) -> None:
    made = page(tmp_path, tidy(), NOTHING)
    assert set(made["numbers"].values()) == {"0", "30"}
    assert made["balance"]["rows"] == made["detection"]["rows"] == made["detection"]["signals"] == []
