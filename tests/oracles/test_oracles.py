"""Measures and tests of one honest study against implementations that share no code with the package.

A fault that both the study and a re-execution of it have would not be seen by an audit; it was once found this way.
"""

from __future__ import annotations

import json
from hashlib import sha256
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from oracles.permutation import chances
from oracles.visits import of_quality, visits

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


def stream(*name: str | int) -> np.random.Generator:
    """The stream of random numbers of that name, below root 0."""
    text = json.dumps([0, *name], separators=(",", ":")).encode()
    return np.random.default_rng(int(sha256(text).hexdigest()[:16], 16) // 2)


def test_series_and_visits_are_those_of_the_tidy_table(honest_study: Path, tidy: pd.DataFrame) -> None:
    compared = 0
    for (variant, seed), trace in traces(honest_study).items():
        own = tidy[(tidy["variant"] == variant) & (tidy["seed"] == seed) & (tidy["step"] == tidy["step"].max())]
        told = dict(zip(own["measure"], own["value"], strict=True))
        counts = np.stack(trace["mode_counts"].tolist())
        found = of_quality(trace["step"].to_numpy(), counts, trace["n"].to_numpy())
        found |= visits(counts, stream("convergence", seed, "visits"))
        for measure, expected in found.items():
            if expected is None:
                assert measure not in told, (variant, seed, measure)
            else:
                right = any(np.isclose(told[measure], value) for value in (expected.value, *expected.others))
                assert right, (variant, seed, measure, told[measure], expected)
                compared += 1
    assert compared > 100


def test_p_values_are_those_of_the_table_of_pairs(honest_study: Path, tidy: pd.DataFrame) -> None:
    pairs = pd.read_csv(honest_study / "tables" / "pairs.csv", dtype=str, keep_default_na=False)
    ends = tidy[(tidy["measure"] == "endpoint:modes")].pivot(index="seed", columns="variant", values="value")
    compared = 0
    for first, second in combinations(sorted(ends.columns), 2):
        row = pairs[(pairs["first"] == first) & (pairs["second"] == second) & (pairs["measure"] == "modes")]
        if len(row) and {"lsgan"}.isdisjoint((first, second)):  # a diverged run counts with the worst value instead
            greater, less = chances(ends[first].to_numpy(), ends[second].to_numpy(), 99_999)
            both = min(1.0, 2 * min(greater.value, less.value))
            assert float(row["p"].iloc[0]) == pytest.approx(both, abs=1e-9)
            compared += 1
    assert compared == 1
