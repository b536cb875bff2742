"""What the figures are drawn from: tables, samples, traces and data of a study."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from modecollapse import reading
from modecollapse.comparisons.rankings import TYPES as RANK_TYPES
from modecollapse.errors import StudyError
from modecollapse.report.layout import CALIBRATION
from modecollapse.report.result_tables import SUMMARY_TYPES

VERDICTS = "verdicts.csv"
READ = {"summary.csv": SUMMARY_TYPES, VERDICTS: {}, "ranks.csv": RANK_TYPES}  # tables and their columns' types
CELL = ["experiment", "dataset", "variant", "measure"]


@dataclass(frozen=True)
class Sources:
    """Tables and folders of a study, looked up by experiment, data set, variant and measure.

    measures: the tidy table; summary: what `result_tables.summarise` made of it; judged: the verdicts as text; ranked:
    the ranks of the variants; runs: run folders; data: npz files by name; inversions: the folder with what the
    inversion of generators found, read where a study has measures of it; seeds: by
    experiment the seed whose samples and trace are shown, its first, a rule set beforehand.
    """

    measures: pd.DataFrame
    summary: pd.DataFrame
    judged: pd.DataFrame
    ranked: pd.DataFrame
    runs: list[Path]
    data: dict[str, Path]
    inversions: Path
    seeds: dict[str, int]

    @classmethod
    def of(
        cls, results: Path, runs: list[Path], datasets: Iterable[str], seeds: dict[str, int], judged: bool = True
    ) -> Sources:
        """Those in the results folder of a study. Where it is not `judged` yet, no verdicts are read."""
        tables = Path(results) / "tables"
        read = [
            reading.csv(tables / name, types) if judged or name != VERDICTS else pd.DataFrame()
            for name, types in READ.items()
        ]
        data = {name: Path(results) / "data" / f"{name}.npz" for name in datasets}
        return cls(reading.parquet(tables / "measures.parquet"), *read, runs, data, Path(results) / "inversions", seeds)

    def rows(self, experiment: str, dataset: str, variant: str, measure: str) -> pd.DataFrame:
        """The rows of the tidy table about one measure of one cell; none where the cell need not have it."""
        return self._rows.get((experiment, dataset, variant, measure), self.measures.iloc[:0])

    def mean(self, experiment: str, dataset: str, variant: str, measure: str) -> pd.Series:
        """The row of the summary about it. Raises StudyError where there is none."""
        cell = experiment, dataset, variant, measure
        if cell not in self._means:
            where = f"summary.csv: {'/'.join(cell[:3])}, {measure}"
            raise StudyError(f"{where}: no row; allowed: a row for each planned cell")
        return self._means[cell].iloc[0]

    def oracle(self, dataset: str, measure: str) -> float:
        """What real data score. Raises as `mean` does."""
        return self.mean(CALIBRATION, dataset, "oracle", measure)["mean"]

    def samples(self, experiment: str, dataset: str, variant: str, count: int | None = None) -> np.ndarray:
        """The first `count` samples (all when None) in float64: (n, 2) or (n, channels, height, width)."""
        run, row = self._run(experiment, dataset, variant)
        # Memory-mapped: a block of image samples is far larger than the few that are shown.
        return np.array(reading.npy(run / "samples.npy")[row, :count], dtype=np.float64)

    def trace(self, experiment: str, dataset: str, variant: str) -> pd.DataFrame:
        """The rows of the trace about the seed."""
        trace = reading.parquet(self._run(experiment, dataset, variant)[0] / "trace.parquet")
        return trace[trace["seed"] == self.seeds[experiment]]

    def inversion(self, experiment: str, dataset: str, variant: str) -> Path:
        """The file with the images that the inversion of the seed's generator found."""
        block = self._run(experiment, dataset, variant)[0].name
        return self.inversions / experiment / dataset / variant / f"{block}.npz"

    @cached_property
    def _rows(self) -> dict[tuple, pd.DataFrame]:
        return dict(list(self.measures.groupby(CELL)))

    @cached_property
    def _means(self) -> dict[tuple, pd.DataFrame]:
        return dict(list(self.summary.groupby(CELL)))

    @cached_property
    def _places(self) -> dict[tuple[str, str, str], tuple[Path, int]]:
        """The run folders that hold the seed shown and its index there, by cell."""
        found = {}
        for run in sorted(map(Path, self.runs)):
            record = reading.json_file(run / "run.json")
            cell, seed = tuple(record[name] for name in CELL[:3]), self.seeds[record["experiment"]]
            if seed in record["seeds"]:
                found[cell] = (run, record["seeds"].index(seed))
        return found

    def _run(self, *cell: str) -> tuple[Path, int]:
        if cell not in self._places:
            raise StudyError(f"runs: {'/'.join(cell)}: no run folder holds seed {self.seeds[cell[0]]}")
        return self._places[cell]
