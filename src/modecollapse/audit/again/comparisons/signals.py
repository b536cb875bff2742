"""signals.csv, computed again."""

from __future__ import annotations

import warnings
from itertools import product

import numpy as np
import pandas as pd
from scipy import stats

from modecollapse.audit.again.comparisons.draws import matchings
from modecollapse.audit.again.comparisons.tests import p_among
from modecollapse.audit.again.comparisons.written import Row, exact
from modecollapse.audit.again.tables.compare import Number, Table
from modecollapse.audit.again.tables.rows import DIVERGED

FILE = "tables/signals.csv"
SIGNALS = ("mean_state_M_global", "mean_seen_L_x", "mean_loss_G", "mean_loss_D")
QUALITIES = ("modes", "high_quality_percent")
KEYS = ["experiment", "dataset", "variant", "signal", "quality"]
NUMBERS = ["correlation", "across", "p"]
COLUMNS = [*KEYS, "runs", "diverged", *NUMBERS, "status"]
OK, CONSTANT, FEW_RUNS, UNEQUAL = "ok", "constant", "few runs", "unequal length"
FEWEST = 3
ROUNDING = 1e-12  # of correlations

Curves = dict[int, dict[int, float]]  # values by step, by seed


def table(rows: pd.DataFrame, draws: int) -> Table:
    """signals.csv as it should be; rows: of SIGNALS and QUALITIES."""
    found: list[Row] = []
    for cell, runs in rows.groupby(KEYS[:3]):
        diverged = set(runs.loc[runs["status"] == DIVERGED, "seed"])
        seeds = set(runs["seed"]) - diverged
        curves: dict[str, Curves] = {measure: {} for measure in runs["measure"].unique()}
        for seed, step, measure, value in runs[["seed", "step", "measure", "value"]].itertuples(index=False, name=None):
            if seed in seeds:
                curves[measure].setdefault(seed, {})[step] = value
        for signal, quality in product(SIGNALS, QUALITIES):
            if signal in curves and quality in curves:
                row: Row = dict(zip(KEYS, (*cell, signal, quality), strict=True))
                row |= {"runs": str(len(seeds)), "diverged": str(len(diverged))}
                found.append(row | agreement(curves[signal], curves[quality], draws))
    return Table(FILE, COLUMNS, KEYS, found)


def agreement(signal: Curves, quality: Curves, draws: int) -> Row:
    """Whether the curves of a run agree more than those of two runs: the mean of Spearman's correlations, and p."""
    steps = [{step for curve in curves.values() for step in curve} for curves in (signal, quality)]
    shared, seeds = sorted(steps[0] & steps[1]), sorted({*signal, *quality})
    empty: Row = dict.fromkeys(NUMBERS, Number(None))
    if not shared or not seeds:
        return empty | {"status": FEW_RUNS}
    lists = [[curves.get(seed, {}).get(step) for step in shared] for curves in (signal, quality) for seed in seeds]
    if any(value is None for curve in lists for value in curve):
        return empty | {"status": UNEQUAL}
    if len(seeds) < FEWEST:
        return empty | {"status": FEW_RUNS}
    if any(min(curve) == max(curve) for curve in lists):
        return empty | {"status": CONSTANT}
    correlations = spearman(np.array(lists[: len(seeds)]), np.array(lists[len(seeds) :]))
    orders, exactly = matchings(len(seeds), draws)
    across, own = float(correlations.mean()), float(np.trace(correlations) / len(seeds))
    matched = correlations[np.arange(len(seeds)), orders].mean(axis=1)
    apart = np.abs(np.concatenate([[own], matched]) - across)
    apart[apart < ROUNDING] = 0.0
    p, _ = p_among(float(apart[0]), apart[1:], exactly, draws)
    return {"correlation": exact(own, 1.0), "across": exact(across, 1.0), "p": p, "status": OK}


def spearman(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Spearman's correlation of every curve of `first`, (S, T), with every one of `second`: (S, S)."""
    with warnings.catch_warnings():  # of infinite values, which rank at the ends
        warnings.simplefilter("ignore", RuntimeWarning)
        ranks = stats.rankdata(np.vstack([first, second]), axis=1)
    return np.corrcoef(ranks)[: len(first), len(first) :]
