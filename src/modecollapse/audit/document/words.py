"""Digits of the report that are no results: names, and what the template and the references print themselves."""

from __future__ import annotations

import re
from collections import Counter
from importlib import resources

from modecollapse.audit.bundle import Bundle
from modecollapse.audit.document import text
from modecollapse.measures.convergence import HEADLINES
from modecollapse.report import layout
from modecollapse.report.convergence import BEGAN, SIGNALS

# Names in the template's own sentences.
WORDS = ("SHA-256", "CIFAR-10", "CS236", "TF32", "sha256sum MANIFEST.sha256")
FORMULA = re.compile(r"\(\s*1\s*−\s*𝛼\s*1\s*/\s*𝑛\s*\)")  # what the interval of equal runs is made of
NOT_FINITE = "∞: some run has no finite value."
REFERENCES = re.compile(r"\bReferences(?= \[1\])")


def names(bundle: Bundle) -> re.Pattern[str] | None:
    """Names with digits: of experiments, data sets, variants and measures, options, tables, and WORDS."""
    facts = bundle.facts
    labels = [entry["label"] for kind in ("datasets", "variants", "measures") for entry in facts[kind].values()]
    options = [key for entry in facts["variants"].values() for key in entry["options"]]
    told = [label for label, *_ in (*HEADLINES.values(), *BEGAN.values())] + [label for _, label in SIGNALS.values()]
    tables = [*layout.TABLES, *layout.COMPARISONS, *layout.VERDICTS]
    experiments = layout.experiments(facts)
    return text.naming(
        [str(facts["study"]), *experiments, *facts["datasets"], *labels, *options, *told, *tables, *WORDS]
    )


def results(pages: list[str], known: re.Pattern[str] | None) -> list[Counter[str]]:
    """The numerals of each page that are neither names nor references, nor of the list of references."""
    found, reached, listed = [], False, text.numerals(_references())
    for number, page in enumerate(pages, 1):
        foot = page.endswith(f" {number}")  # its number
        page = page.removesuffix(f" {number}") if foot else page
        start = None if reached else REFERENCES.search(page)
        end = 0 if reached else start.start() if start else len(page)
        reached = reached or start is not None
        below = numerals(page[end:], known)
        above = numerals(page[:end], known) + Counter([str(number)] * foot)
        found.append(above + Counter({n: times for n, times in below.items() if n not in listed}))
    return found


def numerals(words: str, known: re.Pattern[str] | None) -> Counter[str]:
    """The numerals of a text without names, references to floats and sections, citations, and the template's own."""
    words = text.without(words, known)
    for pattern in (text.REFERENCE, text.CITATION, FORMULA):
        words = pattern.sub(" ", words)
    return text.numerals(words.replace(NOT_FINITE, " "))


def _references() -> str:
    """What the list of references is made from; its dates are written without their year's month in front."""
    written = resources.files("modecollapse.report").joinpath("references.yml").read_text(encoding="utf-8")
    return written.replace("-", " ")
