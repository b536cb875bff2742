"""A small registry of claims and the results of a made-up study that it judges."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from made_up_study import MEASURES, make_cell, make_entry

from modecollapse.claims.registry import Registry
from modecollapse.study.summary import StudySummary

SETTINGS = {
    "alpha": 0.05, "draws": 999, "fewest_runs": 5, "plausible_runs": [5, 1, 10], "tie": 0.15,
    "margins": {"modes": {"share": 0.1}, "high_quality_percent": {"odds": 1.5}},
}  # fmt: skip
MODES = {"source": "poster", "place": "Table 1", "dataset": "ring", "measure": "modes", "column": "Modes"}
STEPS = [0, 100, 200, 300, 400, 500, 600, 700, 740, 760, 780, 800]  # four in the last tenth
LATE = STEPS[-4:]


def registry(
    tests: list[dict[str, Any]],
    values: list[dict[str, Any]] | None = None,
    work: float | None = 0.8,
    holds: str = "all",
    methods: dict[str, list[str]] | None = None,
    datasets: tuple[str, ...] = (),
    **settings: Any,
) -> Registry:
    """One claim V1 with these tests; without values, VEEGAN has 8 modes and GAN 1 on the ring.

    work: of the source on the ring, the same as that of `summary`; None where nobody knows it.
    """
    known = [{"datasets": ["ring"], "rate_x_steps": work, "file": "code"}] if work else []
    usual = [MODES | {"method": "VEEGAN", "printed": "8"}, MODES | {"method": "GAN", "printed": "1"}]
    return Registry.model_validate(
        {
            "sources": {"poster": {"file": "f", "title": "Poster", "authors": "a", "work": known}}
            | {"other": {"file": "g", "title": "Other", "authors": "b", "work": known}},
            "methods": methods or {"VEEGAN": ["veegan"], "GAN": ["gan"], "ALI": ["ali"]},
            "datasets": list(datasets),
            "values": usual if values is None else values,
            "settings": SETTINGS | settings,
            "claims": [
                {"id": "V1", "source": "poster", "place": "caption", "says": "so", "tests": tests, "holds": holds}
            ],
        }
    )


def summary(variants: tuple[str, ...] = ("veegan", "gan", "ali"), steps: int = 800, seeds: int = 30) -> StudySummary:
    """The summary of a study with one experiment on the ring."""
    recipe = {"source": "ours", "steps": steps, "seeds": list(range(seeds))}
    cells = [replace(make_cell("matched", "ring", variant), **recipe) for variant in variants]
    measures = {name: MEASURES[name] for name in ("modes", "high_quality_percent")}
    ring = replace(make_entry("ring"), measures=list(measures))
    return StudySummary("made-up", 7, list(range(seeds)), measures, {"ring": ring}, {}, cells)


def support(dataset: str, measure: str) -> tuple[float, float]:
    return 0.0, {"modes": 8.0}.get(measure, 100.0)


def rows(values: dict[str, list[float] | np.ndarray], measure: str = "modes", **changes: Any) -> pd.DataFrame:
    """The tidy table: for each variant one value a seed, the same at every evaluation."""
    return pd.DataFrame(
        [
            {"experiment": "matched", "dataset": "ring", "variant": variant, "seed": seed, "step": step}
            | {"measure": measure, "value": float(value), "n": 2500, "status": "ok", "config_hash": "c"}
            | changes
            for variant, own in values.items()
            for seed, value in enumerate(own)
            for step in STEPS
        ]
    )


def at(table: pd.DataFrame, variant: str, seed: int, steps: list[int], **changes: Any) -> pd.DataFrame:
    """The table with other entries in the rows of a run at some steps."""
    chosen = (table["variant"] == variant) & (table["seed"] == seed) & table["step"].isin(steps)
    changed = table.copy()
    for column, entry in changes.items():
        changed.loc[chosen, column] = entry
    return changed


def text(row: Any, view: str = "") -> str:
    """A verdict of a row of verdicts.csv as `OUTCOME(reason)`; `view` is how its columns begin."""
    outcome, reason = row[f"{view}outcome"], row[f"{view}reason"]
    return f"{outcome}({reason})" if reason else outcome
