"""Did the training converge: convergence.csv, began.csv and detection.csv, and what the report prints of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from modecollapse.measures.convergence import BEGAN_HEADLINES, HEADLINES
from modecollapse.report import layout
from modecollapse.report.layout import NONE
from modecollapse.report.spread import spread
from modecollapse.study.summary import StudySummary

Facts = tuple[str, int, str]  # label, decimals, note

CELL = ["experiment", "dataset", "variant"]
ROW = [*CELL, "data_set", "row"]
FLAG = "diverged"  # 1 of a run that did: printed is how many did
COVERED = "coverage_time:1"
OF_MODES = (COVERED, "full_coverage_share", "within_sd:modes", "drawdown:modes", "hopping_rate")
BALANCE = "began_ratio"  # what has it is held in balance
IN_FILE = (
    "began_ratio_deviation",
    "began_M_global",
)  # not printed: the one follows from gamma, the other is in figures
BEGAN: dict[str, Facts] = BEGAN_HEADLINES | {  # beside quality, what M_global need not tell
    "rank_correlation:state_M_global:modes": ("M_global and modes", 2, "Spearman's, in a run; -1 if M_global tells it"),
}
# What may tell collapsed runs from others: the signal's name as a pattern, for a loss has the symbols of all networks
# that are updated with it; label.
SIGNALS = {
    "loss_D": (r"loss_[A-Z]*D[A-Z]*", "D's loss"),
    "loss_G": (r"loss_[A-Z]*G[A-Z]*", "G's loss"),
    "seen_D_from_half": ("seen_D_from_half", "|D − ½|"),
    "state_M_global": ("state_M_global", "M_global"),
    "seen_L_x": ("seen_L_x", "L(x)"),
}
INTERVAL = re.compile(r"\[(.+), (.+)\]")


def headlines(summary: StudySummary, dataset: str) -> dict[str, Facts]:
    """The measures of convergence on a data set: those of modes only where modes are counted."""
    counted = layout.measures(summary, [dataset], layout.COUNTS)
    return {name: facts for name, facts in HEADLINES.items() if counted or name not in OF_MODES}


def tables(summary: StudySummary, measures: pd.DataFrame, cells: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The tables by name, each with a row a cell of the study in its order, as strings.

    measures: the tidy table; cells: what all seeds of a cell show together (`of_traces.CELL_COLUMNS`). `began` has the
    cells that are held in balance, `detection` those with counted modes.
    """
    kept = measures[measures["measure"].isin([*HEADLINES, *BEGAN])]
    runs: dict[tuple, dict[str, pd.DataFrame]] = {}
    for (*key, measure), rows in kept.groupby([*CELL, "measure"]):
        runs.setdefault(tuple(key), {})[measure] = rows
    between = dict(list(cells.groupby(CELL)))
    found: dict[str, list[dict[str, str]]] = {"convergence": [], "began": [], "detection": []}
    for cell in summary.cells:
        key = cell.key
        dataset, variant = summary.datasets[cell.dataset], summary.variants[cell.variant]
        row = dict(zip(CELL, key, strict=True)) | {"data_set": dataset.label, "row": variant.label}
        own, seeds = runs.get(key, {}), len(cell.seeds)
        found["convergence"].append(row | _texts(own, headlines(summary, cell.dataset), seeds))
        if BALANCE in own:
            gamma = {"gamma": str(variant.options.get("gamma", NONE))}
            found["began"].append(row | gamma | _texts(own, BEGAN, seeds))
        if key in between and layout.measures(summary, [cell.dataset], layout.COUNTS):
            found["detection"].append(row | _detection(between[key]))
    columns = {"convergence": [*HEADLINES], "began": ["gamma", *BEGAN], "detection": ["n", "collapsed", *SIGNALS]}
    return {name: _frame(rows, [*ROW, *columns[name]]) for name, rows in found.items()}


def _frame(rows: list[dict[str, str]], columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame([{column: row.get(column, NONE) for column in columns} for row in rows], columns=columns)


def _texts(runs: Mapping[str, pd.DataFrame], shown: Mapping[str, Facts], seeds: int) -> dict[str, str]:
    """The spread of each measure over the runs, with their number where not all `seeds` have a value."""
    texts = {}
    for name, (_, places, _) in shown.items():
        if name not in runs:
            continue
        few = f", n = {len(runs[name])}" if len(runs[name]) < seeds else ""
        texts[name] = f"{runs[name]['value'].sum():.0f}" if name == FLAG else spread(runs[name], places) + few
    return texts


def _detection(rows: pd.DataFrame) -> dict[str, str]:
    """How many runs of a cell collapsed, and the AUC of each signal with its interval."""
    values = rows.set_index("measure")["value"]
    texts = {"n": str(rows["seeds"].iloc[0]), "collapsed": f"{values['collapsed_runs']:.0f}"}
    for signal, (pattern, _) in SIGNALS.items():
        named = [measure for measure in values.index if re.fullmatch(f"auc:{pattern}", measure)]
        if named:
            value, lower, upper = (f"{values[named[0] + end]:.2f}" for end in ("", ":lower", ":upper"))
            texts[signal] = f"{value} [{lower}, {upper}]"
    return texts


def page(summary: StudySummary, experiment: str, printed: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """What the template prints of an experiment; `printed`: the tables as read back."""
    own = {name: table[table["experiment"] == experiment] for name, table in printed.items()}
    cells, counted = own["convergence"], own["detection"]
    mixed = counted[(counted[list(SIGNALS)] != NONE).any(axis=1)]
    times = [text for text in cells[COVERED] if text != NONE]
    printed_began = {name: facts for name, facts in BEGAN.items() if name not in IN_FILE}
    return {
        "measures": _explained(HEADLINES),
        "balance": {"measures": _explained(printed_began), "rows": own["began"].to_dict("records")},
        "detection": {"signals": _signals(mixed), "rows": mixed.to_dict("records")},
        "numbers": {
            "diverged": str(sum(int(text) for text in cells[FLAG] if text != NONE)),
            "runs": str(len(cells) * len(summary.seeds_of(experiment))),
            "timed": str(len(times)),
            "covered": str(sum(not text.startswith("≥") for text in times)),
            "counted": str(len(counted)),
            "mixed": str(len(mixed)),
        },
    }


def _explained(shown: Mapping[str, Facts]) -> list[dict[str, str]]:
    return [{"name": name, "label": label, "note": note} for name, (label, _, note) in shown.items()]


def _signals(mixed: pd.DataFrame) -> list[dict[str, str]]:
    """The signals with an AUC: in how many cells, and in how many of them its interval lies off one half."""
    found = []
    for name, (_, label) in SIGNALS.items():
        intervals = [INTERVAL.search(text) for text in mixed[name] if text != NONE]
        off = sum(float(ends[1]) > 0.5 or float(ends[2]) < 0.5 for ends in intervals if ends)
        if intervals:
            found.append({"name": name, "label": label, "cells": str(len(intervals)), "off": str(off)})
    return found
