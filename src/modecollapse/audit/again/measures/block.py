"""A run folder, read a second time: its trace and samples in, the rows that the tidy table must have of it out."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from modecollapse.audit.again.measures import rows
from modecollapse.audit.again.measures.modes import Counter, rules
from modecollapse.audit.again.measures.samples import Recounted, recount
from modecollapse.audit.again.measures.series import OK
from modecollapse.audit.again.measures.trace import TRACED, Damaged, Planned, record_of, runs_of
from modecollapse.audit.again.measures.training_course import Run, course
from modecollapse.audit.finding import Finding

DIVERGED, UNDEFINED = "diverged", "undefined"
COLUMNS = ["seed", "step", "measure", "value", "n", "status", "others"]


@dataclass
class Block:
    """What a run folder comes to: rows (COLUMNS; a value that is NaN is not known), its runs, and what is wrong."""

    rows: pd.DataFrame | None = None
    runs: list[Run] = field(default_factory=list)
    device: str = ""
    findings: list[Finding] = field(default_factory=list)
    recounted: int = 0  # seeds whose samples were counted again


def measured(folder: Path, place: str, planned: Planned, counter: Counter | None, weights: np.ndarray | None) -> Block:
    """The rows of a block in `folder`, which findings call `place`; `weights` are the modes' shares in the data."""
    block = Block()
    try:
        with np.errstate(all="ignore"):
            _measure(block, folder, place, planned, counter, weights)
    except Damaged as damaged:
        file, problem = damaged.args
        block.findings.append(Finding(f"{place}/{file}", "", problem))
    return block


def _measure(
    block: Block,
    folder: Path,
    place: str,
    planned: Planned,
    counter: Counter | None,
    weights: np.ndarray | None,
) -> None:
    record = record_of(folder)
    block.device = record["device"]
    block.runs = runs_of(folder, planned)
    ends = {outcome["seed"]: outcome["step"] for outcome in record["status"]}
    nonfinite = {run.seed: int(run.columns["n_nonfinite"][-1]) for run in block.runs}
    recounted = {run.seed: Recounted(run.seed) for run in block.runs}
    if counter is not None and (folder / "samples.npy").exists():
        recounted, block.findings = recount(folder, place, block.runs, counter, nonfinite)
        block.recounted = sum(again.counted for again in recounted.values())
    parts = []
    for run in block.runs:
        flags, wrong = _diverged(run, ends.get(run.seed))
        if wrong:
            block.findings.append(Finding(f"{place}/run.json", f"seed {run.seed}", wrong))
        usable = recounted[run.seed].usable
        usable = int(run.n[-1]) - nonfinite[run.seed] >= rows.LEAST_FINITE if usable is None else usable
        table = _counted(run, planned, flags, recounted[run.seed]) + _trained(run, flags)
        table += _of_samples(run, planned, flags, weights, usable, recounted[run.seed]) + _course(run, planned, flags)
        parts.append(pd.DataFrame(table, columns=COLUMNS))
    block.rows = pd.concat(parts, ignore_index=True)


def _diverged(run: Run, recorded: int | None) -> tuple[np.ndarray, str]:
    """(T,) whether a run had diverged, as its means of losses tell, and how the record differs from that."""
    by_record = np.full(len(run.steps), False) if recorded is None else run.steps >= recorded
    losses = [values for name, values in run.columns.items() if name.startswith("mean_loss_")]
    if not losses:
        return by_record, ""
    lost = np.isnan(losses).any(axis=0) & (run.steps > 0)
    if np.array_equal(lost, by_record):
        return lost, ""
    seen = f"by the trace diverged at step {run.steps[lost][0]} or before" if lost.any() else "not by the trace"
    return lost, f"diverged at step {recorded}, {seen}"


def _row(run: Run, place: int, measure: str, value: float, status: str, others: tuple[float, ...] = ()) -> list[Any]:
    return [run.seed, int(run.steps[place]), measure, value, int(run.n[place]), status, others]


def _counted(run: Run, planned: Planned, flags: np.ndarray, again: Recounted) -> list[list[Any]]:
    """The measures of counts at every evaluation; at the last one, also what doubtful samples could make of them."""
    table = []
    for measure in rows.of_counts(planned.measures, planned.family, rules(planned.family)):
        column = rows.READS.get(measure, rules(planned.family)[0])
        values, none = rows.values(measure, run.rules[column], run.n)
        others = ()
        if again.doubted:
            others = tuple(rows.values(measure, again.counts[column][None], run.n[-1:])[0])
        last = len(values) - 1
        for place, value in enumerate(values):
            status = DIVERGED if flags[place] else UNDEFINED if none[place] else OK
            table.append(_row(run, place, measure, float(value), status, others if place == last else ()))
    lost = run.columns["n_nonfinite"]
    table += [_row(run, at, "n_nonfinite", lost[at], DIVERGED if flags[at] else OK) for at in range(len(lost))]
    return table


def _trained(run: Run, flags: np.ndarray) -> list[list[Any]]:
    """Losses, norms, states and their means, where the trace has them."""
    return [
        _row(run, place, name, float(values[place]), DIVERGED if flags[place] else OK)
        for name, values in run.columns.items()
        if name.startswith(TRACED)
        for place in np.flatnonzero(~np.isnan(values))
    ]


def _of_samples(
    run: Run, planned: Planned, flags: np.ndarray, weights: np.ndarray | None, usable: bool, again: Recounted
) -> list[list[Any]]:
    """Measures of samples at the last step: KL to the data, and of the others only that they are there."""
    table, last = [], len(run.steps) - 1
    for measure in planned.measures:
        if measure == rows.DATA_KL and weights is not None:
            rule, enough = rules(planned.family)[0], np.array([usable])
            (value,), (none,) = rows.data_kl(run.rules[rule][-1:], weights, enough)
            others = tuple(rows.data_kl(again.counts[rule][None], weights, enough)[0]) if again.doubted else ()
            status = DIVERGED if flags[-1] else UNDEFINED if none else OK
            table.append(_row(run, last, measure, float(value), status, others))
        elif measure in (*rows.LIMITS, rows.DATA_KL):
            table.append(_row(run, last, measure, np.nan, DIVERGED if flags[-1] else ""))
    return table


def _course(run: Run, planned: Planned, flags: np.ndarray) -> list[list[Any]]:
    last = len(run.steps) - 1
    return [
        _row(run, last, measure, found.value, DIVERGED if flags[-1] else found.status, found.others)
        for measure, found in course(run, planned.gamma).items()
    ]
