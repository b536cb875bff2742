"""What the result figures read: the rows of a cell, quickly, however large the study is."""

from __future__ import annotations

import pandas as pd

from modecollapse.claims import Published
from modecollapse.errors import StudyError
from modecollapse.report.layout import CALIBRATION

CELL = ["experiment", "dataset", "variant", "measure"]


class Measured:
    """The tidy table, its summary and the published values, by experiment, data set, variant and measure."""

    def __init__(self, measures: pd.DataFrame, summary: pd.DataFrame, published: Published) -> None:
        self.published = published
        self._runs, self._summary = (dict(list(table.groupby(CELL))) for table in (measures, summary))
        self._none = measures.iloc[:0]

    def runs(self, experiment: str, dataset: str, variant: str, measure: str) -> pd.DataFrame:
        """The rows of the tidy table about one measure of one cell; none where the cell need not have it."""
        return self._runs.get((experiment, dataset, variant, measure), self._none)

    def planned(self, experiment: str, dataset: str, variant: str, measure: str) -> pd.DataFrame:
        """`runs` of a measure that every cell has. Raises StudyError where there are none."""
        return _there(self._runs, experiment, dataset, variant, measure)

    def summary(self, experiment: str, dataset: str, variant: str, measure: str) -> pd.Series:
        """The row of the summary about it. Raises StudyError where there is none."""
        return _there(self._summary, experiment, dataset, variant, measure).iloc[0]

    def oracle(self, dataset: str, measure: str) -> float:
        """What real data score. Raises as `summary` does."""
        return self.summary(CALIBRATION, dataset, "oracle", measure)["mean"]


def _there(tables: dict[tuple, pd.DataFrame], *cell: str) -> pd.DataFrame:
    if cell not in tables:
        raise StudyError(f"tables: {'/'.join(cell[:3])}, {cell[3]}: no row; allowed: a row for each planned cell")
    return tables[cell]
