"""disagreements.csv, computed again."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np

from modecollapse.audit.again.comparisons.endpoints import Cells, Family, scores
from modecollapse.audit.again.comparisons.pairs import Pair
from modecollapse.audit.again.comparisons.stability import ALL_TIED, FEW_VARIANTS, OK, rank_tau
from modecollapse.audit.again.comparisons.written import Row, exact
from modecollapse.audit.again.tables.compare import Number, Table

FILE = "tables/disagreements.csv"
KEYS = ["experiment", "dataset", "kind", "measure", "second_measure", "variant", "second_variant"]
COLUMNS = [*KEYS, "superiority", "second_superiority", "value", "status"]
TAU, FLIP = "tau_b", "flip"
EMPTY: Row = {column: Number(None) for column in ("superiority", "second_superiority", "value")} | {"status": OK}


def table(found: dict[Family, Cells], pairs: list[Pair], better: Mapping[str, str | None]) -> Table:
    """disagreements.csv as it should be; each of `pairs` says which variant is better."""
    rows = [*_rankings(found, better), *_flips(pairs)]
    # tau_b stands before flip.
    rows.sort(key=lambda row: tuple(str(row[key]) != TAU if key == "kind" else str(row[key]) for key in KEYS))
    return Table(FILE, COLUMNS, KEYS, rows)


def _rankings(found: dict[Family, Cells], better: Mapping[str, str | None]) -> list[Row]:
    by_dataset: dict[tuple[str, str], dict[str, dict[str, float]]] = {}
    for (experiment, dataset, measure), cells in found.items():
        by_dataset.setdefault((experiment, dataset), {})[measure] = scores(cells, str(better[measure]))
    rows = []
    for (experiment, dataset), scored in by_dataset.items():
        for first, second in combinations(sorted(scored), 2):
            shared = [variant for variant in scored[first] if variant in scored[second]]
            key = (experiment, dataset, TAU, first, second, "", "")
            row = EMPTY | dict(zip(KEYS, key, strict=True)) | {"status": FEW_VARIANTS}
            if len(shared) > 1:
                value = rank_tau(*([scored[measure][variant] for variant in shared] for measure in (first, second)))
                row |= {"value": exact(value, 1.0), "status": ALL_TIED if np.isnan(value) else OK}
            rows.append(row)
    return rows


def _flips(pairs: list[Pair]) -> list[Row]:
    """Two variants of which each is significantly better by one of two measures."""
    decided: dict[tuple[str, ...], list[Pair]] = {}
    for pair in pairs:
        if pair.better:
            decided.setdefault((pair.family[0], pair.family[1], *pair.names), []).append(pair)
    rows = []
    for (experiment, dataset, *_), together in decided.items():
        for one, other in combinations(sorted(together, key=lambda pair: pair.family[2]), 2):
            if one.better != other.better:
                key = (experiment, dataset, FLIP, one.family[2], other.family[2], one.better, other.better)
                chances = [_chance(pair, one.better) for pair in (one, other)]
                row = EMPTY | dict(zip(KEYS, key, strict=True))
                rows.append(row | {"superiority": exact(chances[0], 1.0), "second_superiority": exact(chances[1], 1.0)})
    return rows


def _chance(pair: Pair, variant: str) -> float:
    """The chance that a run of `variant` is the better one of the pair."""
    return pair.superiority[0] if variant == pair.names[0] else 1 - pair.superiority[0]
