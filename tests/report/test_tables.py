"""summary.csv, table1.csv and table2.csv: right numbers, any row order, loud on bad data."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from modecollapse.errors import StudyError
from modecollapse.report import tables

STEPS = 400  # of the made-up study


def pick(frame: pd.DataFrame, **wanted: object) -> pd.Series:
    rows = frame[np.logical_and.reduce([frame[name] == value for name, value in wanted.items()])]
    assert len(rows) == 1
    return rows.iloc[0]


@pytest.fixture(scope="module")
def summarised(study: SimpleNamespace) -> pd.DataFrame:
    return tables.summarise(study.summary, study.measures, study.support)


def test_summarises_the_last_step(study: SimpleNamespace, summarised: pd.DataFrame) -> None:
    row = pick(summarised, dataset="grid", variant="veegan", measure="modes")
    m = study.measures
    last = m[(m.dataset == "grid") & (m.variant == "veegan") & (m.measure == "modes") & (m.step == STEPS)]["value"]
    assert (row["n"], row["step"], row["n_diverged"]) == (5, STEPS, 0)
    assert row["mean"] == pytest.approx(last.mean())
    assert row["sd"] == pytest.approx(last.std())
    assert (row["min"], row["max"]) == (last.min(), last.max())
    assert 0 <= row["lower"] < row["mean"] < row["upper"] <= 25


def test_untrained_pools_the_first_step_of_all_variants(study: SimpleNamespace, summarised: pd.DataFrame) -> None:
    row = pick(summarised, experiment="matched", dataset="ring", variant="untrained", measure="modes")
    m = study.measures
    first = m[(m.experiment == "matched") & (m.dataset == "ring") & (m.measure == "modes") & (m.step == 0)]["value"]
    assert row["n"] == len(first) == 15
    assert row["mean"] == pytest.approx(first.mean())


def test_counts_diverged_runs_once(summarised: pd.DataFrame) -> None:
    assert pick(summarised, dataset="ring", variant="gan-minimax", measure="modes")["n_diverged"] == 1
    assert summarised["n_diverged"].sum() == 3  # one run, three measures


def test_a_run_counts_as_diverged_even_where_its_measure_is_undefined(study: SimpleNamespace) -> None:
    changed = study.measures.copy()
    kl = (changed["measure"] == "reverse_kl") & (changed["status"] == "diverged")
    changed.loc[kl, "status"] = "undefined"
    row = pick(
        tables.summarise(study.summary, changed, study.support),
        dataset="ring",
        variant="gan-minimax",
        measure="reverse_kl",
    )
    assert (row["n_diverged"], row["n_undefined"]) == (1, 1)


def test_has_calibration_once_and_no_unbounded_measure(summarised: pd.DataFrame) -> None:
    assert set(summarised["measure"]) == {"modes", "high_quality_percent", "reverse_kl"}
    assert pick(summarised, experiment="calibration", dataset="grid", variant="oracle", measure="modes")["n"] == 20
    assert not ((summarised["experiment"] == "calibration") & (summarised["variant"] == "untrained")).any()


def test_the_row_order_changes_nothing(study: SimpleNamespace, summarised: pd.DataFrame) -> None:
    shuffled = study.measures.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(
        tables.summarise(study.summary, shuffled, study.support), summarised, check_exact=True
    )


def at(frame: pd.DataFrame) -> pd.Series:
    keys = {"dataset": "grid", "variant": "veegan", "seed": 3, "step": STEPS, "measure": "modes"}
    return (frame[list(keys)] == pd.Series(keys)).all(axis=1)


@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0, 25.5])
def test_names_the_cell_of_an_impossible_value(study: SimpleNamespace, value: float) -> None:
    changed = study.measures.copy()
    changed.loc[at(changed), "value"] = value
    with pytest.raises(StudyError, match=f"matched/grid/veegan, seed 3, step {STEPS}, modes: .* 0 and 25"):
        tables.summarise(study.summary, changed, study.support)


def test_a_rounding_error_beyond_the_bound_is_none(study: SimpleNamespace) -> None:
    changed = study.measures.copy()
    changed.loc[at(changed), "value"] = np.nextafter(25.0, 26)
    assert tables.summarise(study.summary, changed, study.support)["max"].max() <= 1000


def test_names_a_duplicated_cell(study: SimpleNamespace) -> None:
    changed = pd.concat([study.measures, study.measures[at(study.measures)]])
    with pytest.raises(StudyError, match="matched/grid/veegan, seed 3, .*more than one"):
        tables.summarise(study.summary, changed, study.support)


def test_names_a_missing_seed(study: SimpleNamespace) -> None:
    changed = study.measures[~at(study.measures)]
    with pytest.raises(StudyError, match=f"matched/grid/veegan, modes, step {STEPS}: no value for seed 3"):
        tables.check_complete(study.summary, changed)


def test_names_a_measurement_after_the_end(study: SimpleNamespace) -> None:
    late = study.measures[at(study.measures)].assign(step=STEPS + 1)
    with pytest.raises(StudyError, match="after the last step"):
        tables.check_complete(study.summary, pd.concat([study.measures, late]))


def test_table1_sets_published_beside_measured(study: SimpleNamespace, summarised: pd.DataFrame) -> None:
    table = tables.printed(study.summary, summarised, study.published, "table1")
    assert list(dict.fromkeys(table["dataset"])) == ["ring", "grid"]
    assert list(table[table["dataset"] == "ring"]["variant"]) == [
        "gan-minimax", "gan-nonsaturating", "veegan", "oracle", "untrained", "null-gaussian", "null-uniform",
    ]  # fmt: skip
    row = pick(table, dataset="grid", variant="veegan")
    assert (row["modes_published"], row["high_quality_percent_published"]) == ("24.6", "40")
    exact = pick(summarised, dataset="grid", variant="veegan", measure="modes")
    assert row["modes"] == f"{exact['mean']:.2f} [{exact['lower']:.2f}, {exact['upper']:.2f}]"
    assert pick(table, dataset="ring", variant="oracle")["modes_published"] == tables.NONE


def test_a_published_column_stands_only_where_something_was_published(
    study: SimpleNamespace, summarised: pd.DataFrame
) -> None:
    table = tables.printed(study.summary, summarised, study.published, "table1")
    published = [column for column in table if column.endswith("_published")]
    assert published == ["modes_published", "high_quality_percent_published"]


def test_nothing_published_stands_beside_stacked_digits(study: SimpleNamespace, summarised: pd.DataFrame) -> None:
    table = tables.printed(study.summary, summarised, study.published, "table2")
    assert set(table["dataset"]) == {"stacked-digits"}
    assert len(table) == 7
    assert not any("published" in column for column in table)


def test_files_repeat_and_exist_even_when_empty(ring_study: SimpleNamespace, tmp_path: Path) -> None:
    def run(folder: str) -> list[bytes]:
        s = ring_study
        paths = tables.write(s.summary, s.measures, s.cells, s.published, s.support, tmp_path / folder)
        return [path.read_bytes() for path in paths]

    first = run("a")
    assert first == run("b")
    assert pd.read_csv(tmp_path / "a" / "table2.csv").empty


def test_the_interval_of_a_group_does_not_depend_on_other_groups(
    study: SimpleNamespace, summarised: pd.DataFrame
) -> None:
    ring = tables.summarise(study.summary, study.measures[study.measures["dataset"] == "ring"], study.support)
    pd.testing.assert_frame_equal(
        ring, summarised[summarised["dataset"] == "ring"].reset_index(drop=True), check_exact=True
    )
