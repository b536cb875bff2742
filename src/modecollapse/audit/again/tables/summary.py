"""summary.csv, computed again: what each cell reached in each measure, by plain sums and an exact Gaffke interval."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from modecollapse.audit.again.gaffke import End
from modecollapse.audit.again.tables.compare import Cell, Number, Table, Written, number
from modecollapse.audit.again.tables.ranges import Range, Ranges
from modecollapse.audit.again.tables.rows import Group, Run

FILE = "tables/summary.csv"
KEYS = ["experiment", "dataset", "variant", "measure"]
COUNTED = ["step", "n", "n_diverged", "n_undefined"]
COLUMNS = [*KEYS, *COUNTED, "mean", "lower", "upper", "sd", "min", "max"]


class Bound:
    """A written end of an interval, which random draws know only roughly."""

    def __init__(self, end: End) -> None:
        self.end = end

    def agrees(self, written: str) -> bool:
        """Whether the text is a number that draws can give for this end."""
        found = number(written)
        return found is not None and self.end.accepts(found)

    def __str__(self) -> str:
        return str(self.end)


@dataclass
class Summed:
    """A row: the cells that it should have, and of those that a file has so, what they hold there."""

    cells: dict[str, str | Cell]
    written: dict[str, float | None] = field(default_factory=dict)

    def known(self, column: str) -> float | None | End:
        """A number of the row: as it is written if that is right, else as computed."""
        if column in self.written:
            return self.written[column]
        cell = self.cells[column]
        return cell.end if isinstance(cell, Bound) else cell.value


def summarise(groups: dict[Group, list[Run]], measures: Iterable[str], ranges: Ranges) -> dict[Group, Summed]:
    """A row for every group of runs in one of the study's measures, sorted."""
    wanted = set(measures)
    return {
        key: Summed(dict(zip(KEYS, key, strict=True)) | _numbers(groups[key], ranges(key[1], key[3])))
        for key in sorted(groups)
        if key[3] in wanted
    }


def table(rows: dict[Group, Summed]) -> Table:
    """summary.csv as it should be."""
    return Table(FILE, COLUMNS, KEYS, [row.cells for row in rows.values()])


def take(rows: dict[Group, Summed], written: Written) -> None:
    """Keep of each row what the file has right: the printed tables were rounded from those very numbers."""
    for key, summed in rows.items():
        for column in ("mean", "lower", "upper", "sd"):
            text = written.get(key, [{}])[0].get(column)
            if text is not None and summed.cells[column].agrees(text):
                summed.written[column] = number(text)


def _numbers(runs: list[Run], support: Range) -> dict[str, str | Cell]:
    """The mean with its interval, the sample sd and the extremes; without a finite support there is no interval."""
    values = sorted(run.value for run in runs)
    size = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    bounded = math.isfinite(support[0]) and math.isfinite(support[1])
    ends = [Bound(End(values, support, upper)) if bounded else Number(None) for upper in (False, True)]
    counts = {
        "step": runs[0].step,
        "n": len(runs),
        "n_diverged": sum(run.diverged for run in runs),
        "n_undefined": sum(run.status == "undefined" for run in runs),
    }
    return {name: str(counted) for name, counted in counts.items()} | {
        "mean": Number(_mean(values), size),
        "lower": ends[0],
        "upper": ends[1],
        "sd": Number(_sd(values), size),
        "min": Number(values[0], size),
        "max": Number(values[-1], size),
    }


def _mean(values: list[float]) -> float:
    """Of sorted numbers, which it cannot leave."""
    try:
        return min(max(math.fsum(values) / len(values), values[0]), values[-1])
    except OverflowError:
        return math.inf


def _sd(values: list[float]) -> float | None:
    """The root of the sum of squares over n - 1; None of one value, which has no spread, and where one is infinite."""
    if len(values) < 2 or not math.isfinite(values[0]) or not math.isfinite(values[-1]):
        return None
    middle = _mean(values)
    try:
        return math.sqrt(math.fsum((value - middle) * (value - middle) for value in values) / (len(values) - 1))
    except OverflowError:
        return math.inf
