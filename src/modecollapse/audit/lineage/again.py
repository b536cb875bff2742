"""A printed mean computed again from the tidy rows, and each run's measure from the counts of its trace."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from modecollapse import reading
from modecollapse.audit.again.measures import rows as measures
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.lineage.rows import SUMMARY, Cell, TidyRow

TOLERANCE = 1e-9  # relative: the same sum in another order


@dataclass(frozen=True)
class Again:
    """What was computed again, what came out, and what stands in the results."""

    what: str
    value: float
    stands: float

    @property
    def agrees(self) -> bool:
        """Whether they are the same but for rounding errors."""
        return self.value == self.stands or bool(
            np.isclose(self.value, self.stands, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)
        )


def recomputed(
    bundle: Bundle,
    table_rows: list[tuple[str, dict[str, str]]],
    cells: list[Cell],
    tidy: list[TidyRow],
    endpoints: list[TidyRow],
) -> list[Again]:
    """The means of summary.csv and of a verdict from the rows behind them, and the runs' measures from their counts."""
    found = []
    for file, row in table_rows:
        if file == SUMMARY and tidy:
            found.append(Again("mean over the runs, from the tidy table", _mean(tidy), float(row["mean"])))
        elif row.get("rule") == "values" and row["estimate"] and endpoints:
            own = [one for one in endpoints if one.variant == row["variant"] and one.dataset == row["dataset"]]
            own = [one for one in own if (one.experiment, one.measure) == (row["experiment"], row["measure"])]
            what = f"mean of what the runs count with, {row['part']}"
            found.append(Again(what, _mean(own), float(row["estimate"])))
    for cell in cells:
        if len(cell) == 4 and cell[3] in measures.READS:
            found += _from_counts(bundle, cell, [row for row in tidy if row.variant == cell[2] and row.step > 0])
    return found


def _mean(rows: list[TidyRow]) -> float:
    return float(np.mean([row.value for row in rows])) if rows else float("nan")


def _from_counts(bundle: Bundle, cell: Cell, tidy: list[TidyRow]) -> list[Again]:
    """A measure of counts, seed by seed; nothing where the trace is not there or has no such counts."""
    *place, measure = cell
    found = []
    for folder, record in bundle.records.items():
        if [record.get(name) for name in ("experiment", "dataset", "variant")] != place:
            continue
        path = bundle.folder / "runs" / folder / "trace.parquet"
        column = measures.READS[measure]
        trace = reading.parquet(path) if path.is_file() else pd.DataFrame()
        if column not in trace:
            continue
        for row in (row for row in tidy if row.seed in record["seeds"]):
            own = trace[(trace["seed"] == row.seed) & (trace["step"] == row.step)]
            if len(own) == 1 and own[column].iloc[0] is not None:
                value, _ = measures.values(measure, np.stack(own[column].tolist()), own["n"].to_numpy())
                what = f"{measure} of seed {row.seed} from {column} of runs/{folder}/trace.parquet"
                found.append(Again(what, float(value[0]), row.value))
    return found
