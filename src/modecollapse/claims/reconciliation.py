"""Which difference between two sources turns their contradicting numbers: the table reconciliation.csv."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np
import pandas as pd

from modecollapse.claims.arrival import drift_of
from modecollapse.claims.differences import EXPERIMENT, Difference
from modecollapse.claims.published import Remeasured, Value
from modecollapse.claims.results import Results, View
from modecollapse.statistics.factorial import effect
from modecollapse.study.summary import CellSummary

COLUMNS = [
    "method", "dataset", "measure", "first_source", "first", "second_source", "second", "factor", "first_setting",
    "second_setting", "effect", "lower", "upper", "share_of_gap", "cells", "runs", "outcome", "why",
]  # fmt: skip
FOUND, NOT_FOUND, NOT_VARIED, NOT_RUN = "found", "not found", "not varied", "not run"
FEW, MOVING = "too few runs", "still moving"  # so that nothing is found, nor not found
LEAST = 0.5  # of the gap between the two numbers: with so much, runs pass from nearer to one to nearer to the other


def reconciliation(results: Results) -> pd.DataFrame:
    """A row for each pair of contradicting numbers and each factor, and each interaction, of the registry's entries.

    A factor's effect is the mean over the cells with the second source's level minus that over the cells with the
    first's, with an interval that holds for all effects on one number together (Bonferroni). It is `found` where the
    interval leaves out zero and the effect makes up at least half of the gap; for a factor alone, in its direction. As
    in claims, nothing is decided by few runs, nor where those of any cell still move.
    """
    registry = results.scope.registry
    rows = [
        row
        for difference in registry.differences
        for value in registry.values
        for other in value.remeasured
        if _contradict(difference, value, other, results)
        for row in _rows(difference, value, other, results)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _contradict(difference: Difference, value: Value, other: Remeasured, results: Results) -> bool:
    """Whether both numbers are those of an entry's sources and methods, and lie further apart than the margin."""
    if value.method not in difference.methods or [value.source, other.source] != difference.sources:
        return False
    registry = results.scope.registry
    margin = registry.settings.margin(value.dataset, value.measure).at(value.value, registry.limits(value))
    low, high = margin.zone(value.value, value.rounding)
    return not low <= float(other.printed) <= high


def _rows(difference: Difference, value: Value, other: Remeasured, results: Results) -> Iterator[dict[str, Any]]:
    """The rows of one pair of numbers."""
    about = {"method": value.method, "dataset": value.dataset, "measure": value.measure, "first": value.printed}
    about |= {"second": other.printed, **dict(zip(("first_source", "second_source"), difference.sources, strict=True))}
    factors = difference.factors_of(value.method)
    varied = {name: factor for name, factor in factors.items() if factor.key}
    sought = [(name,) for name in varied]
    sought += [tuple(names) for names in difference.interactions if set(names) <= varied.keys()]
    cells = _cells(value, results)
    signs = {name: [factor.sign(cell) for cell in cells] for name, factor in varied.items()}
    groups = [results.values(View(), *cell.key, value.measure) for cell in cells]
    complete = bool(cells) and all(None not in own and len(set(own)) == 2 for own in signs.values())
    complete = complete and min(map(len, groups)) >= 2
    open_for = _open(cells, groups, value, results) if complete else None
    level, gap = 1 - results.settings.alpha / len(sought), float(other.printed) - value.value
    for names in sought:
        row = about | {"factor": " x ".join(names)} | (factors[names[0]].settings if len(names) == 1 else {})
        if complete:
            own = [prod(of_cell) for of_cell in zip(*(signs[name] for name in names), strict=True)]
            row |= _effect(groups, own, level, gap, directed=len(names) == 1)
            row |= {"outcome": open_for} if open_for else {}
        yield {"outcome": NOT_RUN} | row
    for name, factor in factors.items():
        if not factor.key:
            yield about | {"factor": name, "outcome": NOT_VARIED, "why": factor.why} | factor.settings


def _cells(value: Value, results: Results) -> list[CellSummary]:
    """The cells of the experiment whose objective is the method's first one, on data of the family."""
    summary = results.scope.summary
    objectives = results.scope.registry.methods[value.method][:1]
    return [
        cell
        for cell in summary.cells
        if cell.experiment == EXPERIMENT
        and summary.variants[cell.variant].objective in objectives
        and summary.datasets[cell.dataset].family == value.dataset
    ]


def _open(cells: list[CellSummary], groups: list[np.ndarray], value: Value, results: Results) -> str | None:
    """Why the runs decide nothing, if they do not."""
    if min(map(len, groups)) < results.settings.fewest_runs:
        return FEW
    plateaus = (drift_of(None, cell, value.measure, results).plateau for cell in cells)
    return None if all(one.arrived for one in plateaus) else MOVING


def _effect(groups: list[np.ndarray], signs: list[int], level: float, gap: float, directed: bool) -> dict[str, Any]:
    """The columns of an effect; without an interval, where no cell's runs differ, nothing is found."""
    found = effect(groups, signs, level)
    row = {"cells": len(groups), "runs": sum(map(len, groups)), "outcome": NOT_FOUND}
    if found is None:
        return row
    share = found.value / gap
    enough = (share if directed else abs(share)) >= LEAST
    outcome = FOUND if enough and not found.lower <= 0 <= found.upper else NOT_FOUND
    numbers = {"effect": found.value, "lower": found.lower, "upper": found.upper, "share_of_gap": share}
    return row | numbers | {"outcome": outcome}
