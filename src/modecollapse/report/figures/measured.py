"""What the result figures read: the rows of a cell, quickly, however large the study is."""

from __future__ import annotations

import pandas as pd

from modecollapse.claims import Published
from modecollapse.report.layout import CALIBRATION

CELL = ["experiment", "dataset", "variant", "measure"]


class Measured:
    """The tidy table, its summary and the published values, by experiment, data set, variant and measure."""

    def __init__(self, measures: pd.DataFrame, summary: pd.DataFrame, published: Published) -> None:
        self.published = published
        self._runs, self._summary = (dict(list(table.groupby(CELL))) for table in (measures, summary))
        self._none = measures.iloc[:0], summary.iloc[:0]

    def runs(self, experiment: str, dataset: str, variant: str, measure: str) -> pd.DataFrame:
        """The rows of the tidy table about one measure of one cell."""
        return self._runs.get((experiment, dataset, variant, measure), self._none[0])

    def summary(self, experiment: str, dataset: str, variant: str, measure: str) -> pd.DataFrame:
        """The row of the summary about it, or none."""
        return self._summary.get((experiment, dataset, variant, measure), self._none[1])

    def oracle(self, dataset: str, measure: str) -> list[float]:
        """What real data score, if that was measured."""
        return list(self.summary(CALIBRATION, dataset, "oracle", measure)["mean"])
