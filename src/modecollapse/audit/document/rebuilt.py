"""The report made again from a bundle: its bytes, the traces that printed values leave, and what is numbered in it."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typst

from modecollapse import reading
from modecollapse.audit.bundle import CHECKED, Bundle
from modecollapse.report import document

REPORT = "report.typ"


@dataclass(frozen=True)
class Rebuilt:
    """A report made again.

    traces: (id, value) of every printed value in the order of the document; sections: the numbers of its headings.
    """

    pdf: bytes
    traces: list[tuple[str, str]]
    sections: list[str]


def rebuild(bundle: Bundle) -> Rebuilt:
    """Typeset the report again from tables, figures and run records, and ask the template what it printed.

    Raises what reading them or the template raises: StudyError for a missing file, and of damaged ones OSError,
    ValueError, LookupError, TypeError, AttributeError or RuntimeError.
    """
    runs = [bundle.folder / "runs" / path for path in bundle.blocks]
    checked = reading.json_file(bundle.folder / CHECKED) if bundle.has(CHECKED) else None
    folders = (bundle.folder / "tables", bundle.folder / "figures")
    page = document.page_of(bundle.facts, *folders, runs, checked)
    with tempfile.TemporaryDirectory() as folder:
        document.copy_figures(bundle.facts, folders[1], Path(folder))
        pdf = document.compile_pdf(page, Path(folder))
        # The same process has just typeset these files: it does not do so again.
        traces = _query(Path(folder), "<number>", field="value")
        headings = _query(Path(folder), "heading")
    return Rebuilt(pdf, [(trace["id"], trace["value"]) for trace in traces], _numbered(headings))


def _query(folder: Path, selector: str, **options: Any) -> list[Any]:
    found = typst.query(str(folder / REPORT), selector, root=str(folder), ignore_system_fonts=True, **options)
    return json.loads(found)


def _numbered(headings: list[dict[str, Any]]) -> list[str]:
    """The numbers of headings in their order: 1, 2, 2.1, ..."""
    counters: list[int] = []
    numbers = []
    for heading in headings:
        if heading.get("numbering") is None:
            continue
        level = heading["level"]
        counters = [*counters, *[0] * level][:level]
        counters[-1] += 1
        numbers.append(".".join(map(str, counters)))
    return numbers
