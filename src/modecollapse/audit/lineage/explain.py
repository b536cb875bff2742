"""Where a printed number comes from, down to the files of the runs, and whether it comes out again."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field

from modecollapse.audit.bundle import Bundle
from modecollapse.audit.document.rebuilt import rebuild
from modecollapse.audit.document.sources import Source, sources
from modecollapse.audit.lineage import rows
from modecollapse.audit.lineage.again import Again, recomputed
from modecollapse.audit.lineage.runs import Run, runs_of
from modecollapse.errors import StudyError

NEAREST = 5  # ids in the message about an unknown one


@dataclass(frozen=True)
class Lineage:
    """A printed value and all it rests on.

    printed: as in the PDF; formula: how it comes about, in words; table_rows: (file, row) it was printed from; tidy:
    the rows of the tidy table behind it, one a seed; endpoints: of a verdict, what each run counts with; runs: their
    folders with the SHA-256 of their files; again: what comes out when it is computed again.
    """

    id: str
    printed: str
    formula: str
    file: str
    where: str
    column: str
    table_rows: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    tidy: list[rows.TidyRow] = field(default_factory=list)
    endpoints: list[rows.TidyRow] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    again: list[Again] = field(default_factory=list)


def ids(bundle: Bundle) -> list[str]:
    """The ids of all printed values in the order of the report. Raises what `document.rebuild` does."""
    return list(dict.fromkeys(id for id, _ in rebuild(bundle).traces))


def explain(bundle: Bundle, value_id: str) -> Lineage:
    """The lineage of a printed value. StudyError for an unknown id, which names the nearest ones."""
    known, problems = sources(bundle)
    if value_id not in known:
        nearest = ", ".join(_nearest(value_id, known)) or "; ".join(map(str, problems))
        raise StudyError(f"VALUE_ID: {value_id!r} is not printed in this report; the nearest: {nearest}")
    source = known[value_id]
    printed = source.printed if source.printed is not None else _printed(bundle, value_id)
    table_rows = rows.table_rows(bundle, source)
    cells = rows.cells(source, table_rows)
    tidy = [row for cell in cells for row in rows.tidy(bundle, cell)]
    endpoints = [row for cell in cells for row in rows.endpoints(bundle, cell)] if _is_verdict(source) else []
    return Lineage(
        id=value_id,
        printed=printed,
        formula=source.formula,
        file=source.file,
        where=source.where,
        column=source.column,
        table_rows=table_rows,
        tidy=tidy,
        endpoints=endpoints,
        runs=[run for cell in dict.fromkeys(cell[:3] for cell in cells) for run in runs_of(bundle, cell)],
        again=recomputed(bundle, table_rows, cells, tidy, endpoints),
    )


def _is_verdict(source: Source) -> bool:
    return source.key[:1] in (("part",), ("claim",))


def _nearest(wrong: str, known: dict[str, Source]) -> list[str]:
    """The most similar ids, those with the same beginning before others."""
    head = wrong.rpartition("/")[0]
    alike = [id for id in known if head and id.startswith(head)]
    found = difflib.get_close_matches(wrong, alike, NEAREST, 0.0) if alike else []
    return found or difflib.get_close_matches(wrong, known, NEAREST, 0.3)


def _printed(bundle: Bundle, value_id: str) -> str:
    """A text that is composed of words, as the template prints it; "" where it prints none."""
    return dict(rebuild(bundle).traces).get(value_id, "")
