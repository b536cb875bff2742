"""What the figures are drawn from: tables, samples, snapshots and data of a study."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from modecollapse import reading
from modecollapse.comparisons.comparison_tables import TYPES
from modecollapse.errors import StudyError
from modecollapse.report.layout import CALIBRATION, RECONCILIATION
from modecollapse.report.result_tables import SUMMARY_TYPES, of_runs

# The tables and the types of their columns, as text where none are given; VERDICTS come last in a study.
READ = {"summary": SUMMARY_TYPES, "baseline": TYPES["baseline.csv"], "ranks": TYPES["ranks.csv"]}
VERDICTS = ("verdicts", "claims")
CELL = ["experiment", "dataset", "variant", "measure"]
MIDDLE_BY = ("covered_modes", "modes", "ivom_test")  # a run is in the middle by the first of these that it has


@dataclass(frozen=True)
class Sources:
    """Tables and folders of a study, looked up by experiment, data set, variant and measure.

    measures: the tidy table; tables: those of READ, and VERDICTS and RECONCILIATION where there are any, by name; runs:
    run folders; data: npz files by name; inversions: the folder with what the inversion of generators found, read where
    a study has measures of it. Of a cell the median seed is shown, so that no picture is chosen by anybody.
    """

    measures: pd.DataFrame
    tables: Mapping[str, pd.DataFrame]
    runs: list[Path]
    data: dict[str, Path]
    inversions: Path

    @classmethod
    def of(cls, results: Path, runs: list[Path], datasets: Iterable[str], judged: bool = True) -> Sources:
        """Those in the results folder of a study. Where it is not `judged` yet, no verdicts are read."""
        folder, types = Path(results) / "tables", READ | (dict.fromkeys(VERDICTS, {}) if judged else {})
        if judged and (folder / f"{RECONCILIATION}.csv").is_file():
            types |= {RECONCILIATION: {}}
        tables = {name: reading.csv(folder / f"{name}.csv", own) for name, own in types.items()}
        data = {name: Path(results) / "data" / f"{name}.npz" for name in datasets}
        return cls(reading.parquet(folder / "measures.parquet"), tables, runs, data, Path(results) / "inversions")

    def rows(self, experiment: str, dataset: str, variant: str, measure: str) -> pd.DataFrame:
        """The rows of the tidy table about one measure of one cell; none where the cell need not have it."""
        return self._rows.get((experiment, dataset, variant, measure), self.measures.iloc[:0])

    def row(self, table: str, experiment: str, dataset: str, variant: str, measure: str) -> pd.Series:
        """The row of a table about it. Raises StudyError where there is none."""
        cell = experiment, dataset, variant, measure
        if cell not in self._places[table]:
            where = f"{table}.csv: {'/'.join(cell[:3])}, {measure}"
            raise StudyError(f"{where}: no row; allowed: a row for each planned cell")
        return self.tables[table].iloc[self._places[table][cell]]

    def mean(self, experiment: str, dataset: str, variant: str, measure: str) -> pd.Series:
        """The row of the summary about it. Raises as `row` does."""
        return self.row("summary", experiment, dataset, variant, measure)

    def oracle(self, dataset: str, measure: str) -> float:
        """What real data score. Raises as `row` does."""
        return self.mean(CALIBRATION, dataset, "oracle", measure)["mean"]

    def nulls(self, dataset: str, measure: str) -> list[pd.Series]:
        """The rows of the summary about each null, which has no structure of the data."""
        own = self.tables["summary"]
        own = own[(own["experiment"] == CALIBRATION) & (own["dataset"] == dataset) & (own["measure"] == measure)]
        return [row for _, row in own[own["variant"].str.startswith("null-")].sort_values("variant").iterrows()]

    def median_seed(self, experiment: str, dataset: str, variant: str) -> int:
        """The seed whose endpoint is in the middle of a cell's runs, the lower one of two; the first among equals."""
        for measure in MIDDLE_BY:
            runs = of_runs(self.rows(experiment, dataset, variant, measure)).sort_values(["value", "seed"])
            if len(runs):
                middle = runs["value"].iloc[(len(runs) - 1) // 2]
                return int(runs.loc[runs["value"] == middle, "seed"].iloc[0])
        own = self.measures[(self.measures[CELL[:3]] == [experiment, dataset, variant]).all(axis=1)]
        return int(own["seed"].min())

    def run(self, *cell: str) -> tuple[Path, int]:
        """The run folder that holds the median seed of a cell, and the seed's index there."""
        seed = self.median_seed(*cell)
        for folder, seeds in self._blocks.get(cell, []):
            if seed in seeds:
                return folder, seeds.index(seed)
        raise StudyError(f"runs: {'/'.join(cell)}: no run folder holds seed {seed}")

    def samples(self, experiment: str, dataset: str, variant: str, count: int | None = None) -> np.ndarray:
        """The first `count` samples (all when None) in float64: (n, 2) or (n, channels, height, width)."""
        run, row = self.run(experiment, dataset, variant)
        # Memory-mapped: a block of image samples is far larger than the few that are shown.
        return np.array(reading.npy(run / "samples.npy")[row, :count], dtype=np.float64)

    def snapshots(self, experiment: str, dataset: str, variant: str) -> np.ndarray:
        """The first samples at each step kept in float64, (T, n, *shape); NaN after a divergence."""
        run, row = self.run(experiment, dataset, variant)
        return np.array(reading.npy(run / "snapshots.npy")[row], dtype=np.float64)

    def inversion(self, experiment: str, dataset: str, variant: str) -> Path:
        """The file with the images that the inversion of a cell's first generator found."""
        block = self._blocks[experiment, dataset, variant][0][0].name
        return self.inversions / experiment / dataset / variant / f"{block}.npz"

    @cached_property
    def _rows(self) -> dict[tuple, pd.DataFrame]:
        return dict(list(self.measures.groupby(CELL)))

    @cached_property
    def _places(self) -> dict[str, dict[tuple, int]]:
        """In the tables that have a row for each cell and measure, where it is."""
        keyed = {name: table for name, table in self.tables.items() if {*CELL} <= {*table}}
        return {
            name: {cell: i for i, cell in enumerate(table[CELL].itertuples(index=False, name=None))}
            for name, table in keyed.items()
        }

    @cached_property
    def _blocks(self) -> dict[tuple[str, ...], list[tuple[Path, list[int]]]]:
        """The run folders of each cell and their seeds, the first seeds first."""
        found: dict[tuple[str, ...], list[tuple[Path, list[int]]]] = {}
        for run in map(Path, self.runs):
            record = reading.json_file(run / "run.json")
            found.setdefault(tuple(record[name] for name in CELL[:3]), []).append((run, record["seeds"]))
        return {cell: sorted(own, key=lambda block: block[1][0]) for cell, own in found.items()}
