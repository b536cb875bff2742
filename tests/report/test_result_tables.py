"""summary.csv, table1.csv and table2.csv: right numbers, any row order, loud on bad data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from modecollapse.errors import StudyError
from modecollapse.report import layout
from modecollapse.report.printed import mean_text, number
from modecollapse.report.result_tables import printed, summarise, write

STEPS = 400  # of the made-up study


def pick(frame: pd.DataFrame, **wanted: object) -> pd.Series:
    rows = frame[np.logical_and.reduce([frame[name] == value for name, value in wanted.items()])]
    assert len(rows) == 1
    return rows.iloc[0]


@pytest.fixture(scope="module")
def summarised(study: SimpleNamespace) -> pd.DataFrame:
    return summarise(study.summary, study.measures, study.support)


def test_summarises_the_last_step_of_runs_and_the_first_of_untrained_generators(
    study: SimpleNamespace, summarised: pd.DataFrame
) -> None:
    row = pick(summarised, dataset="grid", variant="veegan", measure="modes")
    m = study.measures
    last = m[(m.dataset == "grid") & (m.variant == "veegan") & (m.measure == "modes") & (m.step == STEPS)]["value"]
    assert (row["n"], row["step"], row["n_diverged"]) == (5, STEPS, 0)
    assert row["mean"] == pytest.approx(last.mean())
    assert row["sd"] == pytest.approx(last.std())
    assert (row["min"], row["max"]) == (last.min(), last.max())
    assert 0 <= row["lower"] < row["mean"] < row["upper"] <= 25
    row = pick(summarised, experiment="matched", dataset="ring", variant="untrained", measure="modes")
    first = m[(m.experiment == "matched") & (m.dataset == "ring") & (m.measure == "modes") & (m.step == 0)]["value"]
    assert row["n"] == len(first) == 15
    assert row["mean"] == pytest.approx(first.mean())
    assert set(summarised["measure"]) == {"modes", "high_quality_percent", "reverse_kl"}  # nothing unbounded
    assert pick(summarised, experiment="calibration", dataset="grid", variant="oracle", measure="modes")["n"] == 20
    assert not ((summarised["experiment"] == "calibration") & (summarised["variant"] == "untrained")).any()


@pytest.mark.parametrize("variant", ["oracle", "null-uniform", "veegan"])
@pytest.mark.parametrize("hits", [0, 50_000, 49_434])
def test_a_share_of_an_oracles_or_nulls_samples_has_the_exact_binomial_interval(
    study: SimpleNamespace, variant: str, hits: int
) -> None:
    """20 times 2,500 samples; the runs of a variant, whose samples go together, have the interval over runs."""
    m = study.measures.assign(n=2500)
    chosen = (m["variant"] == variant) & (m["dataset"] == "ring") & (m["measure"] == "high_quality_percent")
    row = pick(
        summarise(study.summary, m.assign(value=m["value"].mask(chosen, hits / 500)), study.support),
        **{"dataset": "ring", "variant": variant, "measure": "high_quality_percent"},
    )
    tail = 100 * 0.025 ** (1 / 50_000)  # Clopper and Pearson's, by hand where all samples are alike, else by beta
    lower, upper = {0: (0, 100 - tail), 50_000: (tail, 100), 49_434: (98.771379, 98.958883)}[hits]
    ends = row[["lower", "upper"]].tolist()
    assert (ends == pytest.approx([lower, upper], abs=1e-6)) == (variant != "veegan")
    assert ends[1] - ends[0] > 40 or variant != "veegan"
    assert row["mean"] == pytest.approx(hits / 500)


def test_counts_diverged_runs_once_and_undefined_values(study: SimpleNamespace, summarised: pd.DataFrame) -> None:
    assert pick(summarised, dataset="ring", variant="gan-minimax", measure="modes")["n_diverged"] == 1
    assert summarised["n_diverged"].sum() == 3  # one run, three measures
    changed = study.measures.copy()
    kl = (changed["measure"] == "reverse_kl") & (changed["status"] == "diverged")
    changed.loc[kl, "status"] = "undefined"
    again = summarise(study.summary, changed, study.support)
    row = pick(again, dataset="ring", variant="gan-minimax", measure="reverse_kl")
    assert (row["n_diverged"], row["n_undefined"]) == (1, 1)


def test_neither_the_order_of_rows_nor_other_groups_change_anything(
    study: SimpleNamespace, summarised: pd.DataFrame
) -> None:
    shuffled = study.measures.sample(frac=1, random_state=1)
    ring = summarise(study.summary, shuffled[shuffled["dataset"] == "ring"], study.support)
    expected = summarised[summarised["dataset"] == "ring"].reset_index(drop=True)
    pd.testing.assert_frame_equal(ring, expected, check_exact=True)


Change = Callable[[pd.DataFrame, pd.Series], pd.DataFrame]


def put(**values: float) -> Change:
    return lambda rows, chosen: rows.assign(**{name: rows[name].mask(chosen, v) for name, v in values.items()})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        *((put(value=v), f"veegan, seed 3, step {STEPS}, modes: .* 0 and 25") for v in (np.nan, np.inf, -1.0, 25.5)),
        (lambda rows, chosen: pd.concat([rows, rows[chosen]]), "veegan, seed 3, .*more than one"),
        (lambda rows, chosen: rows[~chosen], f"veegan, modes, step {STEPS}: no value for seed 3"),
        (lambda rows, chosen: pd.concat([rows, rows[chosen].assign(step=STEPS + 1)]), "after the last step"),
    ],
)
def test_names_the_cell_of_bad_data(study: SimpleNamespace, change: Change, message: str, tmp_path: Path) -> None:
    keys = {"dataset": "grid", "variant": "veegan", "seed": 3, "step": STEPS, "measure": "modes"}
    changed = change(study.measures, (study.measures[list(keys)] == pd.Series(keys)).all(axis=1))
    with pytest.raises(StudyError, match=f"matched/grid/veegan.*{message.removeprefix('veegan')}"):
        write(study.summary, changed, study.cells, study.published, study.support, tmp_path)


def test_a_rounding_error_beyond_the_bound_is_none(study: SimpleNamespace) -> None:
    changed = study.measures.copy()
    changed.loc[changed["value"] == 25.0, "value"] = np.nextafter(25.0, 26)
    assert summarise(study.summary, changed, study.support)["max"].max() <= 1000


def test_published_stands_beside_measured(study: SimpleNamespace, summarised: pd.DataFrame) -> None:
    table = printed(study.summary, summarised, study.published, "table1")
    assert list(dict.fromkeys(table["dataset"])) == ["ring", "grid"]
    assert list(table[table["dataset"] == "ring"]["variant"]) == [
        "gan-minimax", "gan-nonsaturating", "veegan", "oracle", "untrained", "null-gaussian", "null-uniform",
    ]  # fmt: skip
    assert [c for c in table if c.endswith("_published")] == ["modes_published", "high_quality_percent_published"]
    row = pick(table, dataset="grid", variant="veegan")
    assert (row["modes_published"], row["high_quality_percent_published"]) == ("24.6", "40")
    exact = pick(summarised, dataset="grid", variant="veegan", measure="modes")
    assert row["modes"] == f"{exact['mean']:.2f} [{exact['lower']:.2f}, {exact['upper']:.2f}]"
    assert pick(table, dataset="ring", variant="oracle")["modes_published"] == layout.NONE
    digits = printed(study.summary, summarised, study.published, "table2")
    assert set(digits["dataset"]) == {"stacked-digits"}
    assert len(digits) == 7
    assert not any("published" in column for column in digits)


@pytest.mark.parametrize(
    ("row", "places", "shown"),
    [
        ({"mean": 7.4, "lower": 5.123, "upper": 7.96, "sd": 0.3}, 2, "7.40 [5.12, 7.96]"),
        ({"mean": 0.00844, "lower": None, "upper": None, "sd": 0.002}, 5, "0.00844 ± 0.00200"),
        ({"mean": 0.061, "lower": None, "upper": None, "sd": None}, 3, "0.061"),
        ({"mean": float("inf"), "lower": None, "upper": None, "sd": None}, 3, "∞"),
        ({"mean": 7.4, "lower": 5.123, "upper": 7.96, "sd": 0.3, "last_step": 7.6}, 2, "7.40 [5.12, 7.96] (7.60)"),
        ({"mean": 7.4, "lower": 5.123, "upper": 7.96, "sd": 0.3, "last_step": 7.401}, 2, "7.40 [5.12, 7.96]"),
    ],
)
def test_a_mean_is_printed_with_what_is_known_of_it(row: dict, places: int, shown: str) -> None:
    assert mean_text(pd.Series({"last_step": None} | row, dtype=float), places) == shown
    assert number(shown) == pytest.approx(row["mean"])
