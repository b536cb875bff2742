"""collapse.csv: how many runs of each cell blew up, collapsed or covered all modes."""

from __future__ import annotations

import pandas as pd

from modecollapse.errors import StudyError
from modecollapse.measures.series import CENSORED
from modecollapse.report import layout
from modecollapse.report.layout import NONE
from modecollapse.study.summary import StudySummary

CELL = ["experiment", "dataset", "variant"]
BLOWUP, COVERED = "loss_blowup", "coverage_time:1"  # the measures that are counted
COLUMNS = [*CELL, "data_set", "row", "n", "blowups", "collapsed", "covered"]


def table(summary: StudySummary, measures: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """A row for each cell of the study in its order, as strings; collapse and coverage are counted where modes are.

    measures: the tidy table; cells: what all seeds of a cell show together. Raises StudyError for a planned cell that
    `cells` lacks.
    """
    runs = dict(list(measures[measures["measure"].isin([BLOWUP, COVERED])].groupby([*CELL, "measure"])))
    together = {key: rows.set_index("measure") for key, rows in cells.groupby(CELL)}
    rows = []
    for cell in summary.cells:
        if cell.key not in together:
            raise StudyError(f"cells: {'/'.join(cell.key)}: no row; allowed: a row for each planned cell")
        labels = summary.datasets[cell.dataset].label, summary.variants[cell.variant].label
        row = dict(zip([*CELL, "data_set", "row"], [*cell.key, *labels], strict=True))
        row["n"] = str(together[cell.key]["seeds"].iloc[0])
        if (*cell.key, BLOWUP) in runs:
            row["blowups"] = f"{runs[*cell.key, BLOWUP]['value'].sum():.0f}"
        if layout.measures(summary, [cell.dataset], layout.COUNTS):
            row["collapsed"] = f"{together[cell.key].loc['collapsed_runs', 'value']:.0f}"
            if (*cell.key, COVERED) in runs:
                row["covered"] = str(_reached(runs[*cell.key, COVERED]))
        rows.append({column: row.get(column, NONE) for column in COLUMNS})
    return pd.DataFrame(rows, columns=COLUMNS)


def _reached(rows: pd.DataFrame) -> int:
    """How many runs had the event before the budget ended.

    A diverged run's row says that it diverged, not that it was censored; but no event is confirmed at the last step.
    """
    return int(((rows["status"] != CENSORED) & (rows["value"] < rows["step"])).sum())
