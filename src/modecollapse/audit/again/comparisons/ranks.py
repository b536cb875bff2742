"""ranks.csv, computed again."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import stats

from modecollapse.audit.again.comparisons.cells import Share
from modecollapse.audit.again.comparisons.draws import OWN, resampled_means
from modecollapse.audit.again.comparisons.endpoints import Cells, Family, mean, scores
from modecollapse.audit.again.comparisons.pairs import Pair, of_families
from modecollapse.audit.again.comparisons.written import Row, Rows, exact
from modecollapse.audit.again.tables.compare import Cell, Number, Table, number
from modecollapse.audit.finding import Finding

FILE = "tables/ranks.csv"
KEYS = ["experiment", "dataset", "measure", "variant"]
SHARES = {"best_share": 1, "best_three_share": 3}  # of how many places
COLUMNS = [*KEYS, "n", "mean", "rank", "rank_low", "rank_high", *SHARES]
STUDY_DRAWS = 2000  # resamples of the study
ROUNDING = 1e-12  # of the largest value: how far means may lie apart that tie
SUM = 1e-6


def table(found: dict[Family, Cells], pairs: list[Pair], better: Mapping[str, str | None]) -> Table:
    """ranks.csv as it should be; each of `pairs` says which variant is better."""
    won = {family[0].family: [pair for pair in family if pair.better] for family in of_families(pairs)}
    rows: list[Row] = []
    for use, (family, cells) in enumerate(found.items()):
        direction = str(better[family[2]])
        ranks = stats.rankdata([-score for score in scores(cells, direction).values()])
        shares = first_places(cells, direction, use) if _finite(cells) else None
        for index, (variant, values) in enumerate(cells.items()):
            ahead = sum(pair.better != variant for pair in won[family] if variant in pair.names)
            behind = sum(pair.better == variant for pair in won[family])
            row: Row = dict(zip(KEYS, (*family, variant), strict=True))
            row |= {"n": str(values.size), "mean": exact(mean(values), float(np.abs(values).max()))}
            row |= {"rank": exact(ranks[index]), "rank_low": str(1 + ahead), "rank_high": str(len(cells) - behind)}
            for column, name in enumerate(SHARES):
                row[name] = Number(None) if shares is None else _share(shares[index, column])
            rows.append(row)
    return Table(FILE, COLUMNS, KEYS, rows)


def sums(written: Rows) -> list[Finding]:
    """The families whose shares do not add up to the places that there are, or whose best are not among three."""
    found, families = [], {}
    for key, row in written.items():
        families.setdefault(key[:3], []).append({name: number(row.get(name, "")) for name in SHARES})
    for family, rows in families.items():
        if any(value is None for row in rows for value in row.values()):
            continue  # which `table` tells
        for name, places in SHARES.items():
            total, expected = sum(row[name] for row in rows), min(places, len(rows))
            if abs(total - expected) > SUM:
                found.append(Finding(FILE, f"{'/'.join(family)}: {name}", f"adds up to {total:.9g}, not {expected}"))
        if any(row["best_share"] > row["best_three_share"] + SUM for row in rows):
            found.append(Finding(FILE, "/".join(family), "a variant is best more often than among the best three"))
    return found


def first_places(cells: Cells, direction: str, use: int) -> np.ndarray:
    """How often each variant has the best mean, and one of the best three, among resamples: (K, 2).

    Variants that tie for places share them.
    """
    means = resampled_means(cells, 0, use) * (1 if direction == "more" else -1)
    slack = ROUNDING * np.array([np.abs(values).max() for values in cells.values()])
    ahead, tied = np.zeros_like(means), np.zeros_like(means)
    for other in range(means.shape[1]):
        apart = means[:, [other]] - means
        same = np.abs(apart) <= slack + slack[other]
        tied += same
        ahead += ~same & (apart > 0)
    return np.stack([np.clip((places - ahead) / tied, 0, 1).mean(axis=0) for places in SHARES.values()], axis=1)


def _share(value: float) -> Cell:
    return Share(float(np.clip(value, 0, 1)), OWN, STUDY_DRAWS)


def _finite(cells: Cells) -> bool:
    return all(np.isfinite(values).all() for values in cells.values())
