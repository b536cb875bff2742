"""A finished study as tables of pandas, for notebooks."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from modecollapse import reading
from modecollapse.comparisons.comparison_tables import TYPES as COMPARISON_TYPES
from modecollapse.errors import StudyError
from modecollapse.report.result_tables import SUMMARY_TYPES
from modecollapse.study.config import Study
from modecollapse.study.load import read_spec

TYPES = {**COMPARISON_TYPES, "summary.csv": SUMMARY_TYPES}


class ReleasedStudy:
    """The results folder of a finished study, results/reported or another; every table is read when it is asked for."""

    def __init__(self, folder: Path | str) -> None:
        """StudyError where the folder is not one of a finished study, or holds links or special files."""
        self.folder = Path(folder)
        with reading.results(self.folder):
            self.study: Study = read_spec(Study, str(self.folder / "study.json"))

    @cached_property
    def measures(self) -> pd.DataFrame:
        """The tidy table: a row for each experiment, data set, variant, seed, step and measure."""
        return reading.parquet(self.folder / "tables" / "measures.parquet")

    def table(self, name: str) -> pd.DataFrame:
        """A table by its name, such as `summary`, `pairs`, `ranks`, `claims` or `verdicts`; what is no number is text.

        Raises StudyError for a name that the study has not.
        """
        offered = sorted(path.stem for path in (self.folder / "tables").glob("*.csv"))
        if name not in offered:
            raise StudyError(f"{reading.shown(name)} is no table; allowed: {', '.join(offered)}")
        return reading.csv(self.folder / "tables" / f"{name}.csv", TYPES.get(f"{name}.csv"))

    def samples(self, experiment: str, dataset: str, variant: str) -> dict[int, np.ndarray]:
        """(n, *shape) samples at the last step by seed, of a cell whose samples were not withheld from the release.

        Raises StudyError where there are none.
        """
        found: dict[int, np.ndarray] = {}
        cell = self.folder / "runs" / experiment / dataset / variant
        for block in sorted(cell.glob("*/samples.npy")):
            seeds = reading.json_file(block.parent / "run.json")["seeds"]
            found |= dict(zip(map(int, seeds), reading.npy(block), strict=True))
        if not found:
            raise StudyError(f"{cell}: has no samples; allowed: a cell of the study whose samples are not withheld")
        return found


def load_study(folder: Path | str) -> ReleasedStudy:
    """Open the results folder of a finished study: `load_study("results/reported").table("summary")`."""
    return ReleasedStudy(folder)
