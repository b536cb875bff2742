"""detection.csv, computed again from cells.parquet: which signal tells collapsed runs from others."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from modecollapse.audit.again.tables.compare import Cell, Table
from modecollapse.audit.again.tables.course import FIRST, KEYS, cells, counts_modes
from modecollapse.audit.again.tables.plan import NONE, Facts
from modecollapse.audit.again.tables.rows import read_columns
from modecollapse.audit.finding import Finding

FILE = "tables/cells.parquet"
COLLAPSED, AUC = "collapsed_runs", "auc:"
SIGNALS = ["loss_D", "loss_G", "seen_D_from_half", "state_M_global", "seen_L_x"]
LOSS = "loss_"

Told = dict[str, tuple[int, float]]  # measure -> number of runs, value; in the order of the file


def read(table: Callable[[], pd.DataFrame]) -> tuple[dict[tuple[str, ...], Told], list[Finding]]:
    """What the runs of each cell show together."""
    frame, findings = read_columns(FILE, table, [*KEYS, "measure"], ["seeds"])
    found: dict[tuple[str, ...], Told] = {}
    twice = []
    for *key, measure, seeds, value in frame.itertuples(index=False, name=None):
        told = found.setdefault(tuple(key), {})
        if measure in told:
            twice.append(f"{'/'.join(key)}, {measure}")
        told.setdefault(measure, (seeds, value))
    return found, findings + [Finding(FILE, place, "there twice") for place in dict.fromkeys(twice)]


def table(facts: Facts, between: dict[tuple[str, ...], Told]) -> tuple[Table, list[Finding]]:
    """detection.csv, of the cells whose modes are counted; and which of them cells.parquet does not tell enough of."""
    rows: list[dict[str, str | Cell]] = []
    findings = []
    for cell, row in cells(facts):
        if not counts_modes(facts, cell[1]):
            continue
        told = between.get(cell, {})
        if COLLAPSED not in told:
            findings.append(Finding(FILE, "/".join(cell), f"{COLLAPSED} is missing"))
            continue
        runs, collapsed = told[COLLAPSED]
        texts = {signal: _auc(told, signal) for signal in SIGNALS}
        rows.append(row | {"n": str(runs), "collapsed": f"{collapsed:.0f}"} | texts)
    return Table("tables/detection.csv", [*FIRST, "n", "collapsed", *SIGNALS], KEYS, rows), findings


def _auc(told: Told, signal: str) -> str:
    """`0.75 [0.55, 0.95]`, of the first measure that is this signal."""
    for measure in told:
        name = measure.removeprefix(AUC)
        ends = f"{measure}:lower", f"{measure}:upper"
        if measure != name and _is(name, signal) and all(end in told for end in ends):
            value, lower, upper = (told[part][1] for part in (measure, *ends))
            return f"{value:.2f} [{lower:.2f}, {upper:.2f}]"
    return NONE


def _is(name: str, signal: str) -> bool:
    """A loss is D's (or G's) where D is among the networks that are updated with it: `loss_GF` is G's."""
    if not signal.startswith(LOSS):
        return name == signal
    symbols = name.removeprefix(LOSS)
    return (
        name.startswith(LOSS)
        and symbols.isascii()
        and symbols.isalpha()
        and symbols.isupper()
        and signal[-1] in symbols
    )
