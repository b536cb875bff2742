"""Measures and tests of one honest study against implementations that share no code with the package.

A fault that both the study and a re-execution of it have would not be seen by an audit; it was once found this way.
"""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import permutation_test

from oracles.series import of_run

RUN = ["experiment", "dataset", "variant", "seed"]


@pytest.fixture(scope="module")
def tidy(honest_study: Path) -> pd.DataFrame:
    rows = pd.read_parquet(honest_study / "tables" / "measures.parquet")
    return rows[rows["experiment"] != "calibration"]


def traces(study: Path) -> dict[tuple[str, int], pd.DataFrame]:
    """The trace of every run by variant and seed."""
    found = {}
    for path in sorted(study.glob("runs/matched/ring/*/*/trace.parquet")):
        for seed, rows in pd.read_parquet(path).groupby("seed"):
            found[path.parts[-3], int(seed)] = rows.sort_values("step")
    return found


def test_series_are_those_of_the_tidy_table(honest_study: Path, tidy: pd.DataFrame) -> None:
    compared, runs = 0, traces(honest_study)
    for (variant, seed), trace in runs.items():
        own = tidy[(tidy["variant"] == variant) & (tidy["seed"] == seed) & (tidy["step"] == tidy["step"].max())]
        measured = dict(zip(own["measure"], own["value"], strict=True))
        for measure, expected in of_run(trace).items():
            where = (variant, seed, measure)
            if expected is None:
                assert measure not in measured, where
            else:
                assert measured[measure] == pytest.approx(expected, rel=1e-5, abs=1e-8), where
                compared += 1
    assert compared >= 5 * len(runs) > 0


def brunner_munzel(x: np.ndarray, y: np.ndarray) -> float:
    """The statistic by its definition, with a spread of at least 1/2, which groups that are apart would lack."""
    wins = (x[:, np.newaxis] > y) + (x[:, np.newaxis] == y) / 2
    spread = len(x) * wins.sum(axis=1).var(ddof=1) + len(y) * wins.sum(axis=0).var(ddof=1)
    return (wins.sum() - len(x) * len(y) / 2) / np.sqrt(max(spread, 0.5))


def test_p_values_are_those_of_the_table_of_pairs(honest_study: Path, tidy: pd.DataFrame) -> None:
    pairs = pd.read_csv(honest_study / "tables" / "pairs.csv", dtype=str, keep_default_na=False)
    late = tidy[(tidy["measure"] == "modes") & (tidy["step"] > 0.9 * tidy["step"].max())]
    ends = late.groupby(["seed", "variant"])["value"].mean().unstack("variant")
    compared = 0
    for first, second in combinations(sorted(ends.columns), 2):
        row = pairs[(pairs["first"] == first) & (pairs["second"] == second) & (pairs["measure"] == "modes")]
        if len(row) and {"lsgan"}.isdisjoint((first, second)):  # a diverged run counts with the worst value instead
            p = permutation_test(
                (ends[first], ends[second]), brunner_munzel, vectorized=False
            ).pvalue  # of all divisions
            assert float(row["p"].iloc[0]) == pytest.approx(p, abs=1e-9)
            compared += 1
    assert compared == 1
