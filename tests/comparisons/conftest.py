"""Made-up endpoints: the values of each run are given, and the last step says something else."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from modecollapse.comparisons.endpoints import COLUMNS

Values = dict[str, dict[str, list[float]]]  # "data set/measure" -> variant -> values of seeds 0, 1, ...


def build_endpoints(values: Values, experiment: str = "matched") -> pd.DataFrame:
    rows = []
    for name, variants in values.items():
        dataset, measure = name.split("/")
        for variant, runs in variants.items():
            for seed, value in enumerate(runs):
                run = (experiment, dataset, variant, measure, seed)
                rows += [(*run, "last_tenth", value, False), (*run, "final", 1.0, False)]
    return pd.DataFrame(rows, columns=COLUMNS)


@pytest.fixture(scope="session")
def endpoints_of() -> Callable[..., pd.DataFrame]:
    """`endpoints_of({"ring/modes": {"gan": [8, 7], "lsgan": [3, 2]}})`; the primary endpoint has these values."""
    return build_endpoints
