"""Finds the samples and traces that the figures show: always the study's first seed, a rule set beforehand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from modecollapse import reading
from modecollapse.errors import StudyError


class FirstSamples:
    """Samples and traces of one seed, by (experiment, data set, variant); of one experiment alone, if given."""

    def __init__(self, runs: list[Path], seed: int, experiment: str | None = None) -> None:
        self.seed = seed
        self._places: dict[tuple[str, str, str], tuple[Path, int]] = {}
        for run in sorted(map(Path, runs)):
            record = reading.json_file(run / "run.json")
            if seed in record["seeds"] and experiment in (None, record["experiment"]):
                key = (record["experiment"], record["dataset"], record["variant"])
                self._places[key] = (run, record["seeds"].index(seed))

    @property
    def block(self) -> str:
        """The name of the run folders that hold the seed: blocks are the same in all cells of a study."""
        return next(iter(self._places.values()))[0].name

    def of(self, experiment: str, dataset: str, variant: str, count: int | None = None) -> np.ndarray:
        """The first `count` samples (all when None) in float64: (n, 2) or (n, channels, height, width)."""
        run, row = self._place(experiment, dataset, variant)
        # Memory-mapped: a block of image samples is far larger than the few that are shown.
        return np.array(reading.npy(run / "samples.npy")[row, :count], dtype=np.float64)

    def trace(self, experiment: str, dataset: str, variant: str) -> pd.DataFrame:
        """The rows of the trace about the seed."""
        run, _ = self._place(experiment, dataset, variant)
        trace = reading.parquet(run / "trace.parquet")
        return trace[trace["seed"] == self.seed]

    def _place(self, experiment: str, dataset: str, variant: str) -> tuple[Path, int]:
        try:
            return self._places[experiment, dataset, variant]
        except KeyError:
            message = f"runs: {experiment}/{dataset}/{variant}: no run folder holds seed {self.seed}"
            raise StudyError(message) from None
