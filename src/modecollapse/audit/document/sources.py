"""Where every number of the report comes from: the id it leaves as a trace -> a file, a row, and what it must print."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module

from modecollapse.audit.bundle import Bundle
from modecollapse.audit.finding import Finding

# The modules that know the ids of a part of the report, each with `entries(bundle)`.
PARTS = ("tables", "course", "comparisons", "verdicts", "plan")


@dataclass(frozen=True)
class Source:
    """Where a printed value comes from.

    printed: the value as it has to be printed, made again from the file; where a text is composed of words and numbers
    it is None, and every numeral of the text stands in `among` or counts rows. key: what it is about, as in the tidy
    table (experiment, dataset, variant, measure), or the part of a claim; formula: how it came about, in words.
    """

    file: str
    where: str
    column: str
    formula: str
    printed: str | None = None
    among: str = ""
    key: tuple[str, ...] = ()


Entries = Iterator[tuple[str, Source]]


def sources(bundle: Bundle) -> tuple[dict[str, Source], list[Finding]]:
    """The source of every id that the study's tables, plan and records have, and what could not be read."""
    found: dict[str, Source] = {}
    problems: list[Finding] = []
    for name in PARTS:
        entries: Callable[[Bundle], Entries] = import_module(f"modecollapse.audit.document.{name}").entries
        try:
            for id, source in entries(bundle):
                found.setdefault(id, source)
        except (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
            told = " ".join(str(error).split())
            problems.append(Finding("tables", name, f"cannot be traced: {type(error).__name__}: {told}"))
    return found, problems
