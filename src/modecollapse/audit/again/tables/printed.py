"""The printed tables, computed again: table1, table2, samples and inversions, from the summary's numbers."""

from __future__ import annotations

import re

from modecollapse.audit.again.gaffke import End
from modecollapse.audit.again.tables.compare import Cell, Table, number
from modecollapse.audit.again.tables.plan import NONE, Facts, Line, lines, measures
from modecollapse.audit.again.tables.published import Published
from modecollapse.audit.again.tables.rows import Group
from modecollapse.audit.again.tables.summary import Summed

# What the rows of each are about (images or not, None: all), and what its measures read.
TABLES = {
    "table1": (False, "counts"),
    "table2": (True, "counts"),
    "samples": (None, "samples"),
    "inversions": (True, "inversions"),
}
KEYS = ["experiment", "dataset", "variant"]
FIRST = [*KEYS, "data_set", "kind", "row", "n", "n_diverged"]
PARTS = re.compile(r"(\S+) \[(\S+), (\S+)\]")


class Mean:
    """A mean as it is printed: `7.40 [5.12, 7.96]` with its interval, `7.40 ± 0.31` with the sd where it has none."""

    def __init__(self, row: Summed, places: int) -> None:
        self.row, self.places = row, places
        self.mean, self.sd = row.known("mean"), row.known("sd")
        self.ends = row.known("lower"), row.known("upper")

    def agrees(self, written: str) -> bool:
        """Whether a text is the rounded mean with its ends, those rounded from the summary where it has them right."""
        if not any(isinstance(end, End) for end in self.ends):
            return written == str(self)
        parts = PARTS.fullmatch(written)
        if not parts or parts[1] != self._rounded(self.mean):
            return False
        return all(self._is_end(end, text) for end, text in zip(self.ends, parts.groups()[1:], strict=True))

    def __str__(self) -> str:
        if self.ends[0] is not None:
            lower, upper = (self._rounded(end.value if isinstance(end, End) else end) for end in self.ends)
            return f"{self._rounded(self.mean)} [{lower}, {upper}]"
        spread = "" if self.sd is None else f" ± {self._rounded(self.sd)}"
        return (self._rounded(self.mean) + spread).replace("inf", "∞")

    def _rounded(self, value: float) -> str:
        return f"{value:.{self.places}f}"

    def _is_end(self, end: float | End, text: str) -> bool:
        if not isinstance(end, End):
            return text == self._rounded(end)
        found = number(text)
        in_form = found is not None and self._rounded(found) == text
        return in_form and end.accepts(found, 0.5 * 10.0**-self.places)


def table(facts: Facts, summary: dict[Group, Summed], published: Published, name: str) -> Table:
    """One of TABLES. Published numbers stand beside results on data sets that are defined as published."""
    images, reads = TABLES[name]
    planned = list(lines(facts, images))
    columns = measures(facts, [line.dataset for line in planned], reads)
    rows = [row for line in planned if (row := _row(facts, summary, published, line, reads))]
    beside = [f"{column}_published" for column in columns]
    given = [column for column in beside if any(column in row for row in rows)]
    head = [*FIRST, *columns, *(["published_method", *given] if given else [])]
    full = [{column: row.get(column, NONE) for column in head} for row in rows]
    return Table(f"tables/{name}.csv", head, KEYS, full)


def _row(
    facts: Facts, summary: dict[Group, Summed], published: Published, line: Line, reads: str
) -> dict[str, str | Cell] | None:
    """A row, None where nothing was measured of it. Its n is that of its first measure."""
    known = facts["datasets"][line.dataset]
    found = {
        name: summary[line.source, line.dataset, line.measured, name]
        for name in measures(facts, [line.dataset], reads)
        if (line.source, line.dataset, line.measured, name) in summary
    }
    if not found:
        return None
    first = next(iter(found.values())).cells
    row: dict[str, str | Cell] = {
        "experiment": line.experiment,
        "dataset": line.dataset,
        "variant": line.variant,
        "data_set": known["label"],
        "kind": line.kind,
        "row": line.label,
        "n": first["n"],
        "n_diverged": first["n_diverged"] if line.kind == "trained" else NONE,
    }
    row |= {name: Mean(summed, facts["measures"][name]["decimals"]) for name, summed in found.items()}
    if known["as_published"]:
        row |= _published(published, line, measures(facts, [line.dataset], reads))
    return row


def _published(published: Published, line: Line, names: list[str]) -> dict[str, str]:
    """The published numbers beside a row, and the method of the first."""
    found = {name: value for name in names if (value := published.beside(line.dataset, line.variant, name))}
    texts = {f"{name}_published": value.text for name, value in found.items()}
    return texts | ({"published_method": next(iter(found.values())).method} if found else {})
