"""baseline.csv, computed again: the pairs with the baseline, seen from the other variant."""

from __future__ import annotations

from modecollapse.audit.again.comparisons.cells import Between
from modecollapse.audit.again.comparisons.family import holm
from modecollapse.audit.again.comparisons.pairs import COLUMNS as OF_PAIRS
from modecollapse.audit.again.comparisons.pairs import DIFFERENCE, Pair, in_family, of_families, own_numbers
from modecollapse.audit.again.comparisons.written import Rows, exact
from modecollapse.audit.again.tables.compare import Cell, Number, Table, number

FILE = "tables/baseline.csv"
BASELINE = "gan-nonsaturating"
NAMES = {"first": "variant", "second": "baseline", "n_first": "n", "n_second": "n_baseline"}
NAMES |= {"mean_first": "mean", "mean_second": "mean_baseline"}
KEYS = ["experiment", "dataset", "measure", "variant", "baseline"]
COLUMNS = [NAMES.get(column, column) for column in OF_PAIRS if column != "p_bh"]


def table(pairs: list[Pair], alpha: float, draws: int, written: Rows) -> Table:
    """baseline.csv as it should be; `written`: the rows of pairs.csv, whose random draws it repeats."""
    rows = []
    for family in of_families([pair for pair in pairs if BASELINE in pair.names]):
        for pair, p_holm in zip(family, holm([pair.p for pair in family]), strict=True):
            seen, ends = pair, _ends(pair, written)
            if pair.names[0] == BASELINE:
                seen = _turned(pair)
                ends = _negative(ends[1]), _negative(ends[0])
            row = own_numbers(seen) | dict(zip(DIFFERENCE[1:], ends, strict=True))
            row |= {"p": exact(pair.p), "p_holm": exact(p_holm), "better": seen.winner(p_holm, alpha)}
            row |= in_family(seen.sizes, alpha / len(family), draws)
            rows.append({NAMES.get(column, column): cell for column, cell in row.items()})
    return Table(FILE, COLUMNS, KEYS, rows)


def _turned(pair: Pair) -> Pair:
    """A pair seen from its second variant."""
    chance, low, high = (1 - value for value in pair.superiority)
    value, _, _ = pair.difference
    return Pair(
        pair.family,
        pair.names[::-1],
        pair.sizes[::-1],
        pair.means[::-1],
        (_negative(value), *pair.difference[1:]),
        (chance, high, low),
        pair.test,
        pair.p_cell,
        pair.p,
    )


def _ends(pair: Pair, written: Rows) -> tuple[Cell, Cell]:
    """The ends of the interval: as they are in pairs.csv where they may be right."""
    ends: list[Cell] = []
    for column, cell in zip(DIFFERENCE[1:], pair.difference[1:], strict=True):
        text = written.get(pair.key, {}).get(column)
        right = text is not None and isinstance(cell, Between) and cell.agrees(text)
        ends.append(Number(number(text)) if right else cell)
    return ends[0], ends[1]


def _negative(cell: Cell) -> Cell:
    """The cell of the number with the other sign."""
    if isinstance(cell, Between):
        return Between(-cell.high, -cell.low)
    return cell if cell.value is None else Number(0.0 - cell.value, cell.size)
