"""Writes all comparison and verdict tables of made-up results: `python tests/slow/statistics/verdict_tables.py FOLDER`.

Two versions of SciPy must write the same. The results hold what libraries disagree on: constants, ties, failed runs,
one run apart. They are of the default study's cells on ring and grid with ten seeds.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from modecollapse.study.summary import StudySummary

ROOT = Path(__file__).resolve().parents[3]
STEPS = range(0, 900, 100)
SEEDS = 10


def made_up_rows(summary: StudySummary) -> pd.DataFrame:
    """The tidy table: a variant's runs are all equal, apart by one, in two groups, spread, or partly failed."""
    rng, rows = np.random.default_rng(11), []
    for number, cell in enumerate(summary.cells):
        key = dict(zip(("experiment", "dataset", "variant"), cell.key, strict=True)) | {"config_hash": cell.config_hash}
        best = summary.datasets[cell.dataset].modes
        kinds = [np.ones(SEEDS), np.append(np.ones(SEEDS - 1), 0.5), np.repeat([1.0, 0.2], SEEDS // 2)]
        kinds += [rng.uniform(0.3, 1.0, SEEDS), np.zeros(SEEDS)]
        for seed, share in enumerate(kinds[number % 5]):
            run = key | {"seed": seed, "n": 2500, "status": "ok"}
            for step in STEPS:
                failed = number % 5 == 3 and seed == 0 and step == STEPS[-1]
                values = {"modes": float(round(share * best)), "high_quality_percent": 100 * share}
                values |= {"reverse_kl": float(np.log(best)) * (1 - share)}
                values |= {"mean_loss_G": -share * step, "mean_state_M_global": 1 - share * step / 999}
                at = run | {"step": step, "status": "diverged" if failed else "ok"}
                rows += [at | {"measure": measure, "value": value} for measure, value in values.items()]
            last = {"loss_blowup": 0.0, "coverage_time:1": 400.0, "coverage_time:0.9": 300.0 + 100 * (seed % 3)}
            rows += [run | {"step": STEPS[-1], "measure": measure, "value": value} for measure, value in last.items()]
    return pd.DataFrame(rows)


def tables() -> dict[str, pd.DataFrame]:
    """The tables by file name."""
    from modecollapse.claims import load
    from modecollapse.claims.claim_verdicts import claim_verdicts
    from modecollapse.claims.judge import judge
    from modecollapse.comparisons import comparison_tables
    from modecollapse.comparisons.endpoints import endpoints
    from modecollapse.measures import supports
    from modecollapse.study.load import load_study
    from modecollapse.study.summary import summary_of

    chosen = {"seeds": SEEDS, "datasets": "[ring, grid]", "measures": "[modes, high_quality_percent, reverse_kl]"}
    summary = summary_of(load_study([ROOT / "config" / "config.yaml"], chosen))
    summary = replace(summary, cells=[replace(cell, steps=100_000) for cell in summary.cells])
    registry, rows, support = load(ROOT / "config" / "claims.yaml"), made_up_rows(summary), supports(summary)
    verdicts = judge(summary, rows, registry, "0" * 64, support)
    better = {name: entry.better for name, entry in summary.measures.items()}
    ends = endpoints(rows, support, better)
    chosen = {"draws": registry.settings.draws, "root": summary.root_seed}
    compared = comparison_tables.tables(rows, ends, better, support, **chosen)
    return {"verdicts.csv": verdicts, "claims.csv": claim_verdicts(verdicts, registry), **compared}


def main(folder: Path) -> None:
    """Write them; numbers to nine digits, beyond which two builds of NumPy may round differently."""
    import scipy

    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables().items():
        (folder / name).write_text(table.to_csv(index=False, lineterminator="\n", float_format="%.9g"))
    print(f"Python {sys.version.split()[0]}, SciPy {scipy.__version__}: {folder}")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "src"))
    main(Path(sys.argv[1]))
