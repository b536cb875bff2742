"""collapse.csv: how many runs blew up, collapsed or covered the modes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made_up_study import make_summary
from made_up_training import STEPS, cells, rows, tidy

from modecollapse.errors import StudyError
from modecollapse.measures.between_seeds import between_seeds_table
from modecollapse.report.collapse_table import COVERED, table

NAMES = {"gan-minimax": "GAN (minimax)", "began": "BEGAN", "veegan": "VEEGAN"}
SUMMARY = make_summary(["ring", "stacked-digits"], NAMES, ["matched"])  # five seeds
KEYS = [(variant, dataset) for dataset in SUMMARY.datasets for variant in NAMES]


def of_cells(**found: dict[str, float]) -> pd.DataFrame:
    """What all seeds of every cell show together; of some variants on the ring more than that none collapsed."""
    whole = {key: {"collapsed_runs": 0.0} for key in KEYS}
    whole |= {(variant, "ring"): whole[variant, "ring"] | more for variant, more in found.items()}
    return pd.concat([cells(variant, own, dataset) for (variant, dataset), own in whole.items()])


def row_of(found: pd.DataFrame, variant: str = "veegan") -> dict[str, str]:
    own = found[(found["variant"] == variant) & (found["dataset"] == "ring")]
    assert len(own) == 1
    return own.iloc[0].to_dict()


@pytest.mark.parametrize(
    ("values", "status", "covered"),
    [
        ([100, 120, 140, 300, 200], "ok", "5"),
        ([100, 120, 400, 400, 400], ["ok", "ok", *["censored"] * 3], "2"),
        ([100, 400], ["ok", "diverged"], "1"),  # a diverged run's row does not say that it was censored
        ([400] * 5, "censored", "0"),
    ],
)
def test_runs_that_covered_all_modes_within_the_budget(values: list[float], status: str | list, covered: str) -> None:
    assert STEPS == 400
    found = table(SUMMARY, tidy(rows("veegan", COVERED, values, status)), of_cells())
    assert row_of(found)["covered"] == covered
    assert row_of(found, "began")["covered"] == "–"


def test_a_row_a_cell_in_the_order_of_the_study() -> None:
    measures = tidy(rows("veegan", "loss_blowup", [0, 1, 0, 1, 0]), rows("other", COVERED, [1.0]))
    together = of_cells(veegan={"collapsed_runs": 2.0})
    found = table(SUMMARY, measures, together)
    assert [(row["variant"], row["dataset"]) for row in found.to_dict("records")] == KEYS
    assert (row_of(found)["n"], row_of(found)["blowups"], row_of(found)["collapsed"]) == ("5", "2", "2")
    shuffled = measures.sample(frac=1, random_state=0), together.sample(frac=1, random_state=0)
    pd.testing.assert_frame_equal(found, table(SUMMARY, *shuffled))
    with pytest.raises(StudyError, match="cells: matched/ring/began: no row"):
        table(SUMMARY, measures, together[together["variant"] != "began"])


def test_reads_what_the_measures_write() -> None:
    """Twelve runs of four modes, of which the last half collapse."""
    steps, seeds = np.tile(np.arange(0, 50, 10), 12), np.repeat(np.arange(12), 5)
    full = [np.array([5, 5, 5, 5]) if seed < 6 else np.array([20, 0, 0, 0]) for seed in seeds]
    found = between_seeds_table(pd.DataFrame({"seed": seeds, "step": steps, "n": 25, "mode_counts": full}), 4)
    key = {"experiment": "matched", "dataset": "ring", "variant": "veegan", "config_hash": "", "seeds": 12}
    others = of_cells()
    others = others[(others["variant"] != "veegan") | (others["dataset"] != "ring")]
    row = row_of(table(SUMMARY, tidy(), pd.concat([others, found.assign(**key)])))
    assert (row["n"], row["collapsed"]) == ("12", "6")


def test_without_counted_modes_only_blowups_are_left() -> None:
    summary = replace(SUMMARY, measures={})
    measures = tidy(rows("veegan", COVERED, [100.0] * 5), rows("veegan", "loss_blowup", [1.0] * 5))
    row = row_of(table(summary, measures, of_cells()))
    assert (row["blowups"], row["collapsed"], row["covered"]) == ("5", "–", "–")
