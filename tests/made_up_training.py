"""Made-up rows of the tidy table about training, for a plan of `made_up_study.make_plan`: known, and quick to make."""

from __future__ import annotations

import numpy as np
import pandas as pd

from modecollapse.measures.of_traces import CELL_COLUMNS
from modecollapse.measures.table import COLUMNS

STEPS = 400
EVALUATIONS = list(range(0, STEPS + 1, 20))
HASH = "c0ffee"


def rows(
    variant: str, measure: str, values: list[float], status: str | list[str] = "ok", dataset: str = "ring"
) -> list[dict]:
    """The rows of a measure at the last step: a value for each of the first seeds."""
    each = [status] * len(values) if isinstance(status, str) else status
    key = {"experiment": "matched", "dataset": dataset, "variant": variant, "step": STEPS, "measure": measure}
    key |= {"n": 2500, "config_hash": HASH}
    return [key | {"seed": seed, "value": value, "status": each[seed]} for seed, value in enumerate(values)]


def series(variant: str, measure: str, runs: list[list[float]], dataset: str = "ring") -> list[dict]:
    """The rows of a measure at the evaluations after step 0: for each of the first seeds as many as it got to."""
    found = []
    for seed, values in enumerate(runs):
        for step, value in zip(EVALUATIONS[1:], values, strict=False):
            found.append(rows(variant, measure, [value], dataset=dataset)[0] | {"seed": seed, "step": step})
    return found


def tidy(*parts: list[dict]) -> pd.DataFrame:
    """The tidy table of such rows."""
    return pd.DataFrame([row for part in parts for row in part], columns=COLUMNS)


def cells(variant: str, found: dict[str, float], dataset: str = "ring", seeds: int = 5) -> pd.DataFrame:
    """What all seeds of a cell show together."""
    key = {"experiment": "matched", "dataset": dataset, "variant": variant, "config_hash": HASH, "seeds": seeds}
    table = [key | {"measure": measure, "value": value, "status": "ok"} for measure, value in found.items()]
    return pd.DataFrame(table, columns=CELL_COLUMNS)


def auc(signal: str, value: float, lower: float, upper: float) -> dict[str, float]:
    """The three measures about a signal."""
    return {f"auc:{signal}": value, f"auc:{signal}:lower": lower, f"auc:{signal}:upper": upper}


def trace(counts: np.ndarray, n: int = 100, shell: np.ndarray | None = None) -> pd.DataFrame:
    """The trace of seed 0: `counts`, (T, K), samples in each mode at each evaluation; of two rules, if given."""
    table = {"seed": 0, "step": EVALUATIONS[: len(counts)], "n": n, "mode_counts": list(counts)}
    return pd.DataFrame(table | ({} if shell is None else {"mode_counts_shell": list(shell)}))
