"""stability.csv, computed again."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import combinations

import numpy as np
from scipy import stats

from modecollapse.audit.again.comparisons.cells import EVIDENCE, Between, Quantile
from modecollapse.audit.again.comparisons.draws import OWN, resampled_means, shuffled
from modecollapse.audit.again.comparisons.endpoints import Cells, Family, mean, scores
from modecollapse.audit.again.comparisons.tests import p_among
from modecollapse.audit.again.comparisons.written import Row, exact
from modecollapse.audit.again.tables.compare import Cell, Number, Table

FILE = "tables/stability.csv"
KEYS = ["experiment", "measure", "statistic", "dataset", "second_dataset"]
COLUMNS = [*KEYS, "variants", "value", "lower", "upper", "p", "status", "variant"]
OK, ALL_TIED, INFINITE, FEW_VARIANTS, ALL = "ok", "all tied", "infinite values", "few variants", "all"
STUDY_DRAWS = 2000  # resamples of the study
ROUNDING = 1e-12  # of the largest value: how far means may lie apart that tie
ENDS = {"lower": 0.025, "upper": 0.975}
EMPTY: Row = {column: Number(None) for column in ("value", *ENDS, "p")} | {"status": OK, "variant": ""}
NOTHING = Number(None)


def table(found: dict[Family, Cells], better: Mapping[str, str | None], draws: int) -> Table:
    """stability.csv as it should be."""
    grouped: dict[tuple[str, str], dict[str, Cells]] = {}
    for (experiment, dataset, measure), cells in found.items():
        grouped.setdefault((experiment, measure), {})[dataset] = cells
    rows: list[Row] = []
    for (experiment, measure), on in sorted(grouped.items()):
        key = {"experiment": experiment, "measure": measure}
        for first, second in combinations(on, 2):
            names = {"statistic": "tau_b", "dataset": first, "second_dataset": second}
            rows.append(EMPTY | key | names | _tau(on[first], on[second], len(rows)))
        if len(on) > 1:
            rows += [EMPTY | key | row for row in _of_all(on, str(better[measure]), draws)]
    return Table(FILE, COLUMNS, KEYS, rows)


def tau_b(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Kendall's tau-b from which of two is larger, 1, 0 or -1, of P pairs: (..., P) give (...); NaN if all tie."""
    concordant, discordant = (first * second > 0).sum(axis=-1), (first * second < 0).sum(axis=-1)
    apart = np.sqrt(np.count_nonzero(first, axis=-1) * np.count_nonzero(second, axis=-1).astype(float))
    return np.where(apart > 0, (concordant - discordant) / np.where(apart > 0, apart, 1.0), np.nan)


def larger(means: np.ndarray, slack: np.ndarray) -> np.ndarray:
    """Of each two of K means, (..., K), whether the first is larger: 1 or -1, and 0 within both their `slack`, (K,)."""
    first, second = map(list, zip(*combinations(range(slack.size), 2), strict=True))
    apart = means[..., first] - means[..., second]
    return np.where(np.abs(apart) <= slack[first] + slack[second], 0, np.sign(apart)).astype(np.int8)


def rank_tau(first: list[float], second: list[float]) -> float:
    """Kendall's tau-b of two lists of scores, NaN where one of them is all ties; infinite ones are ranked."""
    exactly = np.zeros(len(first))
    orders = (larger(stats.rankdata(scores), exactly) for scores in (first, second))
    return float(tau_b(*orders))


def _tau(first: Cells, second: Cells, use: int) -> Row:
    """The tau-b of two data sets, and its interval."""
    shared = [variant for variant in first if variant in second]
    row: Row = {"variants": str(len(shared))}
    if len(shared) < 2:
        return row | {"status": FEW_VARIANTS}
    both = [{variant: cells[variant] for variant in shared} for cells in (first, second)]
    if not all(np.isfinite(values).all() for cells in both for values in cells.values()):
        value = rank_tau(*(list(scores(cells).values()) for cells in both))
        return row | {"value": exact(value), "status": ALL_TIED if np.isnan(value) else INFINITE}
    slacks = [ROUNDING * np.array([np.abs(values).max() for values in cells.values()]) for cells in both]
    means = [np.array([mean(values) for values in cells.values()]) for cells in both]
    value = float(tau_b(*map(larger, means, slacks)))
    if np.isnan(value):
        return row | {"status": ALL_TIED}
    resampled = tau_b(*(larger(resampled_means(both[i], 1, use, i), slacks[i]) for i in (0, 1)))
    return row | {"value": exact(value, 1.0)} | {name: _end(resampled, level) for name, level in ENDS.items()}


def _end(resampled: np.ndarray, level: float) -> Cell:
    """An end of the percentile interval, of those resamples whose means are not all tied."""
    defined = np.sort(resampled[~np.isnan(resampled)])
    expected = STUDY_DRAWS * defined.size / OWN
    at_least = int(expected - 2 * np.sqrt(2 * EVIDENCE * expected))  # which the study had of these
    return Quantile(level, at_least, defined) if at_least > 0 else Between(-1.0, 1.0)


def _of_all(on: dict[str, Cells], direction: str, draws: int) -> list[Row]:
    """The concordance of all data sets, and the largest change when one is left out."""
    shared = sorted(set.intersection(*(set(cells) for cells in on.values())))
    both = {"second_dataset": ALL, "variants": str(len(shared))}
    if len(shared) < 2:
        return [
            both | {"statistic": name, "dataset": ALL, "status": FEW_VARIANTS} for name in ("kendall_w", "left_out")
        ]
    by_variant = [scores(cells, direction) for cells in on.values()]
    ranks = np.array([stats.rankdata([-scored[variant] for variant in shared]) for scored in by_variant])
    value = concordance(ranks)
    p, _ = p_among(_spread(ranks).item(), _spread(shuffled(ranks)), False, draws)
    agreement = {"statistic": "kendall_w", "dataset": ALL, "value": exact(value), "p": p}
    left_out, variant, change = largest_change(ranks)
    moved = {"statistic": "left_out", "dataset": list(on)[left_out], "value": exact(change, 1.0)}
    return [
        both | agreement | {"status": ALL_TIED if np.isnan(value) else OK},
        both | moved | {"variant": shared[variant]},
    ]


def concordance(ranks: np.ndarray) -> float:
    """Kendall's W of D mid-rankings of K variants, (D, K); NaN where all tie. From the usual formula with ties."""
    datasets, variants = ranks.shape
    ties = sum(float((counts**3 - counts).sum()) for counts in (np.unique(row, return_counts=True)[1] for row in ranks))
    most = datasets**2 * (variants**3 - variants) - datasets * ties
    return 12 * _spread(ranks).item() / most if most > 0 else float("nan")


def largest_change(ranks: np.ndarray) -> tuple[int, int, float]:
    """The data set and the variant, of equal ones the first, with the largest change of a mean rank; exact."""
    table = [[Fraction(float(rank)) for rank in row] for row in ranks]
    totals = [sum(column) for column in zip(*table, strict=True)]
    found = (0, 0, Fraction(0))
    for dataset, row in enumerate(table):
        for variant, rank in enumerate(row):
            change = (totals[variant] - rank) / (len(table) - 1) - totals[variant] / len(table)
            if abs(change) > abs(found[2]):
                found = (dataset, variant, change)
    return found[0], found[1], float(found[2])


def _spread(ranks: np.ndarray) -> np.ndarray:
    """The sum of squares of the K rank sums of (..., D, K) about their mean."""
    totals = ranks.sum(axis=-2)
    return ((totals - totals.mean(axis=-1, keepdims=True)) ** 2).sum(axis=-1)
