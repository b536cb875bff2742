"""All tables of a made-up study: names, bytes that no order of rows changes, and studies with little in them."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from modecollapse.comparisons.comparison_tables import NAMES, tables
from modecollapse.comparisons.endpoints import endpoints

pytestmark = pytest.mark.filterwarnings("error")
BETTER = {"modes": "more", "high_quality_percent": "more", "reverse_kl": "less", "n_nonfinite": None}
BOUNDS = {"modes": (0, 8), "high_quality_percent": (0, 100), "reverse_kl": (0, 2.1), "n_nonfinite": (0, 99)}
VARIANTS = ("began", "gan-nonsaturating", "veegan")
STEPS = range(0, 700, 100)


def support(dataset: str, measure: str) -> tuple[float, float]:
    return BOUNDS[measure]


def tidy(seeds: int = 4, datasets: tuple[str, ...] = ("ring", "grid")) -> pd.DataFrame:
    """Every measure of every run; veegan captures more modes, its seed 1 on the ring diverges at step 500."""
    rng = np.random.default_rng(0)
    rows = []
    for dataset in datasets:
        for variant in VARIANTS:
            for seed in range(seeds):
                diverges = (dataset, variant, seed) == ("ring", "veegan", 1)
                for step in STEPS:
                    status = "diverged" if diverges and step >= 500 else "ok"
                    found = {name: rng.uniform(low, high) for name, (low, high) in BOUNDS.items()}
                    found["modes"] = float(rng.integers(6, 9) if variant == "veegan" else rng.integers(0, 6))
                    found["mean_loss_D"] = rng.normal()
                    if step == STEPS[-1]:
                        found["coverage_time:1"] = float(rng.choice(STEPS[1:]))
                    rows += [("matched", dataset, variant, seed, step, *item, status) for item in found.items()]
    columns = ["experiment", "dataset", "variant", "seed", "step", "measure", "value", "status"]
    return pd.DataFrame(rows, columns=columns)


def written(rows: pd.DataFrame, table: pd.DataFrame | None = None, **settings) -> dict[str, str]:
    ends = endpoints(rows, support, BETTER) if table is None else table
    found = tables(rows, ends, BETTER, support, **{"draws": 199} | settings)
    return {name: one.to_csv(index=False) for name, one in found.items()}


def test_makes_every_table_with_rows_and_round_numbers_stay_numbers() -> None:
    found = written(tidy())
    assert tuple(found) == NAMES
    read = {name: pd.read_csv(io.StringIO(text)) for name, text in found.items()}
    assert {name: len(table) for name, table in read.items()} == {
        "pairs.csv": 2 * 3 * 3,
        "baseline.csv": 2 * 3 * 2,
        "ranks.csv": 2 * 3 * 3,
        "stability.csv": 3 * 3,
        "disagreements.csv": 2 * 3,
        "coverage_times.csv": 2 * 3,
    }
    assert set(read["baseline.csv"]["baseline"]) == {"gan-nonsaturating"}
    for name in ("pairs.csv", "baseline.csv", "coverage_times.csv"):
        p = read[name].filter(regex="^p").stack().dropna()
        assert ((p > 0) & (p <= 1)).all()


def test_no_order_of_rows_changes_a_byte() -> None:
    rows = tidy(seeds=3)
    ends = endpoints(rows, support, BETTER)
    first = written(rows, ends)
    assert written(rows.sample(frac=1, random_state=0), ends.sample(frac=1, random_state=1)) == first
    other = written(rows, ends, root=1)
    assert {name for name in NAMES if other[name] != first[name]} == {"ranks.csv", "stability.csv"}


@pytest.mark.parametrize("seeds", [1, 2])
def test_one_and_two_seeds_and_one_data_set(seeds: int) -> None:
    found = written(tidy(seeds, ("ring",)))
    lengths = {name: len(text.splitlines()) - 1 for name, text in found.items()}
    assert lengths["pairs.csv"] == (0 if seeds == 1 else 9)
    assert lengths["stability.csv"] == 0
    assert lengths["coverage_times.csv"] == 3
    full = written(tidy())
    assert {name: text.splitlines()[0] for name, text in found.items()} == {
        name: text.splitlines()[0] for name, text in full.items()
    }
