"""The rows of the tidy table that the tables are made of: those at the last step of a cell, and of untrained networks.

What is not as it must be is a finding, and the tables are computed from the rest.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa

from modecollapse.audit.again.tables.ranges import Ranges
from modecollapse.audit.finding import Finding

FILE = "tables/measures.parquet"
CALIBRATION, UNTRAINED, DIVERGED = "calibration", "untrained", "diverged"
TEXTS, WHOLES = ["experiment", "dataset", "variant", "measure", "status"], ["seed", "step"]
NEEDED = [*TEXTS, *WHOLES, "value"]
MOST = 2**53  # of a whole number
ANY = -sys.float_info.max, sys.float_info.max
ROUNDING = 1e-9  # of a range: a value may miss its end by as much
UNREADABLE = (pa.ArrowException, OSError, ValueError, TypeError, KeyError, NotImplementedError)

Group = tuple[str, str, str, str]  # experiment, data set, variant, measure


class Run(NamedTuple):
    """What was measured of one run; `diverged`: some row of it at this step says that it has."""

    seed: int
    step: int
    value: float
    status: str
    diverged: bool


@dataclass
class Tidy:
    """The runs of each group, and what is wrong with the table; `untrained` is one more variant of an experiment."""

    groups: dict[Group, list[Run]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def read_columns(
    file: str, table: Callable[[], pd.DataFrame], texts: list[str], wholes: list[str]
) -> tuple[pd.DataFrame, list[Finding]]:
    """The columns `texts`, `wholes` and `value` of a Parquet file, without the rows that are of another type.

    `value` may be NaN or infinite. Empty where the file cannot be read or lacks a column.
    """
    wanted = [*texts, *wholes, "value"]
    try:
        found = table()
        missing = [name for name in wanted if name not in found.columns]
        if not missing:
            found = found[wanted]
    except UNREADABLE as error:
        return pd.DataFrame(columns=wanted), [Finding(file, "", f"cannot be read: {' '.join(str(error).split())}")]
    if missing or len(found.columns) > len(wanted):
        problem = f"missing {', '.join(missing)}" if missing else "a column is there twice"
        return pd.DataFrame(columns=wanted), [Finding(file, "columns", problem)]
    return _typed(file, found, texts, wholes)


def _typed(file: str, found: pd.DataFrame, texts: list[str], wholes: list[str]) -> tuple[pd.DataFrame, list[Finding]]:
    findings = []
    for name in [*texts, *wholes, "value"]:
        right = _is_text(found[name]) if name in texts else _is_number(found[name], name in wholes)
        if not right.all():
            first = found[~right].iloc[0]
            kind = "text" if name in texts else "whole number" if name in wholes else "number"
            findings.append(Finding(file, f"{name}", f"{(~right).sum()} rows hold no {kind}, first {first[name]!r}"))
            found = found[right]
    return found.astype({name: "int64" for name in wholes} | {"value": "float64"}), findings


def _is_text(column: pd.Series) -> pd.Series:
    if isinstance(column.dtype, pd.StringDtype):
        return column.notna()
    return column.map(lambda cell: isinstance(cell, str)).astype(bool)


def _is_number(column: pd.Series, whole: bool) -> pd.Series:
    """NaN is a number, but not a whole one; a text is none."""
    if column.dtype.kind not in "iuf":
        return pd.Series(False, index=column.index)
    numbers = column.astype("float64")
    return (numbers % 1 == 0) & (numbers.abs() < MOST) if whole else pd.Series(True, index=column.index)


def read(table: Callable[[], pd.DataFrame], facts: dict[str, Any], measures: Iterable[str], ranges: Ranges) -> Tidy:
    """The runs of the study's measures, whose values lie in their `ranges`, and of the other `measures`."""
    frame, findings = read_columns(FILE, table, TEXTS, WHOLES)
    tidy = Tidy(findings=findings)
    if findings and not len(frame):
        return tidy
    last = {(cell["experiment"], cell["dataset"], cell["variant"]): cell["steps"] for cell in facts["cells"]}
    diverged = {tuple(row) for row in frame.loc[frame["status"] == DIVERGED, [*TEXTS[:3], *WHOLES]].values.tolist()}
    wanted = frame["measure"].isin({*facts["measures"], *measures}) & frame["step"].isin({0, *last.values()})
    problems: dict[str, list[str]] = {}
    seen = set()
    for row in frame.loc[wanted, NEEDED].itertuples(index=False, name=None):
        experiment, dataset, variant, measure, status, seed, step, value = row
        cell, known = (experiment, dataset, variant), measure in facts["measures"]
        at = f"{'/'.join(cell)}, seed {seed}, step {step}, {measure}"
        if dataset not in facts["datasets"] or (cell not in last and experiment != CALIBRATION):
            problems.setdefault("not planned", []).append("/".join(cell))
        elif (*cell, measure, seed, step) in seen:
            problems.setdefault("there twice", []).append(at)
        elif (inside := _within(value, ranges(dataset, measure) if known else ANY)) is None:
            problems.setdefault(f"is outside the range of {measure}", []).append(f"{at}, {value}")
        else:
            seen.add((*cell, measure, seed, step))
            run = Run(seed, step, inside, status, (*cell, seed, step) in diverged)
            _sort_in(tidy.groups, (*cell, measure), run, last.get(cell, 0), known)
    tidy.findings += [*_told(problems), *_absent(facts, tidy.groups)]
    return tidy


def _sort_in(groups: dict[Group, list[Run]], group: Group, run: Run, last: int, known: bool) -> None:
    """Add a run to its own group at the last step, and before the first to that of all untrained networks."""
    experiment, dataset, _, measure = group
    if run.step == last:
        groups.setdefault(group, []).append(run)
    if run.step == 0 and known and experiment != CALIBRATION:
        groups.setdefault((experiment, dataset, UNTRAINED, measure), []).append(run)


def _within(value: float, limits: tuple[float, float]) -> float | None:
    """The value, at the end that it misses by rounding; None where it is not in the range, or no number."""
    low, high = limits
    slack = ROUNDING * (high - low) if math.isfinite(high - low) else 0.0
    return min(max(value, low), high) if low - slack <= value <= high + slack else None


def _told(problems: dict[str, list[str]]) -> Iterator[Finding]:
    for problem, places in problems.items():
        different = list(dict.fromkeys(places))
        more = f", and {len(different) - 1} more" if len(different) > 1 else ""
        yield Finding(FILE, different[0], problem + more)


def _absent(facts: dict[str, Any], groups: dict[Group, list[Run]]) -> Iterator[Finding]:
    """The cells that lack seeds of a measure at their last step, in a finding each."""
    for cell in facts["cells"]:
        key = cell["experiment"], cell["dataset"], cell["variant"]
        absent: dict[str, list[str]] = {}
        for measure in facts["datasets"][cell["dataset"]]["measures"]:
            seeds = set(facts["seeds"]) - {run.seed for run in groups.get((*key, measure), [])}
            if seeds:
                absent.setdefault(", ".join(map(str, sorted(seeds))), []).append(measure)
        for seeds, names in absent.items():
            problem = f"no value of {', '.join(names)} at the last step for seeds {seeds}"
            yield Finding(FILE, "/".join(key), problem)
