"""The tidy table: every measurement is a row, and every number of the report comes from it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from modecollapse import reading
from modecollapse.errors import StudyError
from modecollapse.measures.devices import check_one_kind, devices_of

if TYPE_CHECKING:
    from modecollapse.study.summary import CellSummary

KEY = ["experiment", "dataset", "variant", "seed", "step", "measure"]  # what tells two rows apart
COLUMNS = [*KEY, "value", "n", "status", "config_hash", "device"]
CALIBRATION = "calibration"
STATUS_DIVERGED = "diverged"
NO_DEVICE = ""  # of rows that no run is behind


def tidy(rows: Sequence[dict[str, Any]], device: str = NO_DEVICE) -> pd.DataFrame:
    """The rows with columns COLUMNS; `device` is what their run was trained on, as run.json names it."""
    return pd.DataFrame(rows).assign(device=device)[COLUMNS]


def diverged_steps(run: dict[str, Any]) -> dict[int, int | None]:
    """The step at which each seed diverged, by the content of run.json; None where it did not."""
    steps = {outcome["seed"]: outcome["step"] for outcome in run["status"]}
    return {seed: steps[seed] for seed in run["seeds"]}


def gather(parts: Sequence[Path], cells: Sequence[CellSummary]) -> pd.DataFrame:
    """The tidy table of a study: all parts, sorted.

    `cells` are the planned ones with their `config_hash`; StudyError where a part was made with another configuration,
    or on another kind of device than the rest.
    """
    table = pd.concat([reading.parquet(part) for part in parts], ignore_index=True).reindex(columns=COLUMNS)
    planned = {cell.key: cell.config_hash for cell in cells}
    trained = table[table["experiment"] != CALIBRATION]
    for *cell, config_hash in trained[["experiment", "dataset", "variant", "config_hash"]].drop_duplicates().values:
        if planned.get(tuple(cell)) != config_hash:
            raise StudyError(f"measures of {'/'.join(cell)} were made with another configuration; run the cell again")
    check_one_kind(devices_of(trained))
    for repeated in table[table.duplicated(KEY)].to_dict("records"):
        name = "/".join(str(repeated[column]) for column in KEY)
        raise StudyError(f"measures of {name} were given twice; allowed: each run once")
    return table.sort_values(COLUMNS, ignore_index=True)


def to_parquet(rows: pd.DataFrame) -> bytes:
    """The table as a Parquet file."""
    buffer = io.BytesIO()
    rows.to_parquet(buffer, index=False, compression="zstd")
    return buffer.getvalue()
