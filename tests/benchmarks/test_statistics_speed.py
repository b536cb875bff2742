"""Processor seconds of every comparison table of a large study, made up (`pytest tests/benchmarks`). Asserts no time.

13 variants on 6 data sets, 30 seeds, 5 measures, 20 evaluations; the permutation tests with 9999 draws. Set
OMP_NUM_THREADS=1 to see one core alone.
"""

from __future__ import annotations

from collections.abc import Callable
from math import log
from time import process_time

import numpy as np
import pandas as pd

from modecollapse.comparisons.agreement import disagreements, stability
from modecollapse.comparisons.endpoints import endpoints
from modecollapse.comparisons.pairs import against, pairs
from modecollapse.comparisons.rankings import ranks
from modecollapse.comparisons.trajectories import coverage_times

BASELINE = "gan-nonsaturating"
VARIANTS = [BASELINE, *(f"variant-{number:02}" for number in range(12))]
DATASETS = [f"data-{number}" for number in range(6)]
SEEDS, STEPS, MODES = range(30), range(50, 1050, 50), 25
SUPPORTS = {
    "modes": (0.0, MODES),
    "modes_shell": (0.0, MODES),
    "high_quality_percent": (0.0, 100.0),
    "recall": (0.0, 1.0),
    "reverse_kl": (0.0, log(MODES)),
}
BETTER = dict.fromkeys(SUPPORTS, "more") | {"reverse_kl": "less"}
HEAD = f"Processor seconds of the comparison tables\n{'':<20}{'rows':>8}{'seconds':>10}"
TIMES = ["coverage_time:1", "coverage_time:0.9", "coverage_time:0.5"]


def support(dataset: str, measure: str) -> tuple[float, float]:
    return SUPPORTS[measure]


def made_up(measures: list[str], steps: range, rng: np.random.Generator) -> pd.DataFrame:
    """Rows of the tidy table; later variants tend to larger values, numbers of modes are whole."""
    levels = [["matched"], DATASETS, VARIANTS, SEEDS, steps, measures]
    names = ["experiment", "dataset", "variant", "seed", "step", "measure"]
    rows = pd.MultiIndex.from_product(levels, names=names).to_frame(index=False).assign(status="ok")
    place = rows["variant"].map({variant: place for place, variant in enumerate(VARIANTS)})
    high = rows["measure"].map({measure: SUPPORTS[measure][1] if measure in SUPPORTS else 1 for measure in measures})
    values = rng.beta(2 + place / 6, 2) * high
    return rows.assign(value=np.where(rows["measure"].str.startswith("modes"), values.round(), values))


def test_every_table(line: Callable[[str, str], None]) -> None:
    rng = np.random.default_rng(0)
    times = made_up(TIMES, STEPS[-1:], rng)
    times["value"] = rng.choice(STEPS, len(times))
    late = times["value"] == STEPS[-1]
    rows = pd.concat([made_up(SUPPORTS, STEPS, rng), times.assign(status=np.where(late, "censored", "ok"))])

    def timed(make: Callable[..., pd.DataFrame], *args: object) -> pd.DataFrame:
        begun = process_time()
        table = make(*args)
        seconds.append(process_time() - begun)
        line(HEAD, f"{make.__name__:<20}{len(table):>8}{seconds[-1]:>10.1f}")
        return table

    seconds: list[float] = []
    table = timed(endpoints, rows, 20, support, BETTER)
    compared = timed(pairs, table, BETTER, support)
    timed(against, compared, BASELINE)
    timed(ranks, table, compared, BETTER)
    timed(stability, table, BETTER)
    timed(disagreements, compared, table, BETTER)
    timed(coverage_times, rows, BASELINE)
    line(HEAD, f"{'all':<28}{sum(seconds):>10.1f}")
    assert len(compared) == len(DATASETS) * len(SUPPORTS) * len(VARIANTS) * (len(VARIANTS) - 1) / 2
