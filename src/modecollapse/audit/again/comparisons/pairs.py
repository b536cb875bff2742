"""pairs.csv, computed again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from modecollapse.audit.again.comparisons.effects import difference, mean_of, superiority
from modecollapse.audit.again.comparisons.endpoints import Cells, Family, oriented
from modecollapse.audit.again.comparisons.family import benjamini_hochberg, detectable, holm, least_p
from modecollapse.audit.again.comparisons.tests import BrunnerMunzel
from modecollapse.audit.again.comparisons.written import Row, Rows, exact, taken
from modecollapse.audit.again.tables.compare import Cell, Table
from modecollapse.audit.again.tables.ranges import Ranges

FILE = "tables/pairs.csv"
KEYS = ["experiment", "dataset", "measure", "first", "second"]
DIFFERENCE = ["difference", "difference_lower", "difference_upper"]
SUPERIORITY = ["superiority", "superiority_lower", "superiority_upper"]
COLUMNS = [*KEYS, "n_first", "n_second", "mean_first", "mean_second", *DIFFERENCE, *SUPERIORITY]
COLUMNS += ["p", "p_holm", "p_bh", "better", "meaningful", "detectable", "least_p"]
MEANINGFUL = 0.75


@dataclass
class Pair:
    """Two variants of a family: what their runs say, and p as it is to be corrected."""

    family: Family
    names: tuple[str, str]
    sizes: tuple[int, int]
    means: tuple[float, float]
    difference: tuple[Cell, Cell, Cell]
    superiority: tuple[float, float, float]
    test: BrunnerMunzel
    p_cell: Cell
    p: float
    better: str = ""  # the variant that is, after Holm

    @property
    def key(self) -> tuple[str, ...]:
        """What tells its row apart."""
        return (*self.family, *self.names)

    @property
    def meaningful(self) -> bool:
        """Whether the interval excludes 1/2, and the chance is large enough to matter."""
        chance, low, high = self.superiority
        return (low > 0.5 or high < 0.5) and max(chance, 1 - chance) >= MEANINGFUL

    def winner(self, adjusted: float, alpha: float) -> str:
        """The variant that is significantly better, or ""."""
        return self.names[self.superiority[0] <= 0.5] if adjusted <= alpha else ""


def pairs(
    found: dict[Family, Cells], better: Mapping[str, str | None], ranges: Ranges, draws: int, written: Rows
) -> list[Pair]:
    """Every two variants of every family. p is the written one, where that may be right."""
    pairs = []
    for family, cells in found.items():
        support, direction = ranges(family[1], family[2]), str(better[family[2]])
        means = {variant: mean_of(values, support) for variant, values in cells.items()}
        ranked = {variant: oriented(values, direction) for variant, values in cells.items()}
        for names in combinations(cells, 2):
            x, y = (ranked[name] for name in names)
            first, second = (means[name] for name in names)
            test = BrunnerMunzel(x, y, draws)
            cell, p = test.p()
            p = taken(written, (*family, *names), "p", cell, p)
            apart = difference(first, second, support)
            of_both = ((x.size, y.size), (first.value, second.value))
            pairs.append(Pair(family, names, *of_both, apart, superiority(x, y), test, cell, p))
    return pairs


def of_families(pairs: list[Pair]) -> list[list[Pair]]:
    """The pairs of each family."""
    found: dict[Family, list[Pair]] = {}
    for pair in pairs:
        found.setdefault(pair.family, []).append(pair)
    return list(found.values())


def table(pairs: list[Pair], alpha: float, draws: int) -> Table:
    """pairs.csv as it should be; keeps in each pair which of its variants is better."""
    by_experiment: dict[str, list[Pair]] = {}
    for pair in pairs:
        by_experiment.setdefault(pair.family[0], []).append(pair)
    p_bh = {}
    for together in by_experiment.values():
        adjusted = benjamini_hochberg([pair.p for pair in together])
        p_bh |= {pair.key: value for pair, value in zip(together, adjusted, strict=True)}
    rows = []
    for family in of_families(pairs):
        for pair, p_holm in zip(family, holm([pair.p for pair in family]), strict=True):
            pair.better = pair.winner(p_holm, alpha)
            row = own_numbers(pair) | {"p": pair.p_cell, "p_holm": exact(p_holm), "p_bh": exact(p_bh[pair.key])}
            rows.append(row | {"better": pair.better} | in_family(pair.sizes, alpha / len(family), draws))
    return Table(FILE, COLUMNS, KEYS, rows)


def own_numbers(pair: Pair) -> Row:
    """The cells that know nothing of other pairs, but for p."""
    size = max(map(abs, pair.means))
    row: Row = dict(zip(KEYS, pair.key, strict=True))
    row |= {"n_first": str(pair.sizes[0]), "n_second": str(pair.sizes[1])}
    row |= {"mean_first": exact(pair.means[0], size), "mean_second": exact(pair.means[1], size)}
    row |= dict(zip(DIFFERENCE, pair.difference, strict=True))
    row |= {name: exact(value) for name, value in zip(SUPERIORITY, pair.superiority, strict=True)}
    return row | {"meaningful": str(pair.meaningful)}


def in_family(sizes: tuple[int, int], alpha: float, draws: int) -> Row:
    """What a test of so many runs could have seen, at the level that the smallest p must reach."""
    return {"detectable": exact(detectable(*sizes, alpha, draws)), "least_p": exact(least_p(*sizes, draws))}
