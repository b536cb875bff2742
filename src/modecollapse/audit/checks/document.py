"""The PDF: made again to the same bytes, every number back at its source, every digit of the text accounted for.

Digits in figures are shapes, not text, and left to the comparison of bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import zip_longest

from modecollapse.audit.bundle import PDF, Bundle
from modecollapse.audit.document import text, words
from modecollapse.audit.document.rebuilt import Rebuilt, rebuild
from modecollapse.audit.document.sources import Source, sources
from modecollapse.audit.finding import Finding, Result

TITLE = "Document"
MOST = 20  # findings of one kind; the others are counted


def check(bundle: Bundle) -> Result:
    """Whether the report says what the tables say, and nothing else."""
    result = Result(of="printed values")
    result.notes.append("digits in the figures are drawn, not written: only the comparison of bytes covers them")
    present = result.expect(bundle.has(PDF), PDF, "", "missing")
    with text.reading(bundle.folder / PDF) as pages_of:  # beside what follows, for each takes seconds
        try:
            made = rebuild(bundle)
        except (
            Exception
        ) as error:  # tables, records or figures that are not what they were: whatever reading them raises
            result.expect(False, PDF, "", f"cannot be made again: {type(error).__name__}: {_one_line(error)}")
            return result
        _resolve(bundle, made, result)
        pages = _pages_of(pages_of, result) if present else []
    if pages:
        _same((bundle.folder / PDF).read_bytes(), pages, made, result)
        _accounted(bundle, pages, made, result)
    return result


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def _pages_of(pages_of: Callable[[], list[str]], result: Result) -> list[str]:
    """The text of the pages of the report; a finding where it cannot be read."""
    try:
        pages = pages_of()
    except ValueError as error:
        result.expect(False, PDF, "", f"cannot be read: {_one_line(error)}")
        return []
    result.expect(bool(pages), PDF, "", "has no pages")
    return pages


def _same(pdf: bytes, pages: list[str], made: Rebuilt, result: Result) -> None:
    """Byte by byte; else where the words begin to differ."""
    result.looked_at += 1
    if pdf == made.pdf:
        return
    for number, (here, again) in enumerate(zip_longest(pages, text.pages(made.pdf)), 1):
        if here == again:
            continue
        where = f"page {number}"
        if here is None or again is None:
            problem = "is not in the one made again" if again is None else "is missing"
        else:
            problem = "says {!r} where the one made again says {!r}".format(*_first_difference(here, again))
        result.findings.append(Finding(PDF, where, problem))
        return
    problem = "differs from the one made again in what is drawn, not in its words, as with another version of Typst"
    result.findings.append(Finding(PDF, "", problem))


def _first_difference(one: str, other: str) -> tuple[str, str]:
    """A few words of each from where they differ."""
    a, b = one.split(), other.split()
    at = next((i for i, (x, y) in enumerate(zip_longest(a, b)) if x != y), 0)
    start = max(0, at - 2)
    return " ".join(a[start : at + 4]), " ".join(b[start : at + 4])


def _resolve(bundle: Bundle, made: Rebuilt, result: Result) -> None:
    """Every printed value back at its source."""
    known, problems = sources(bundle)
    result.add(problems)
    found = []
    for id, value in dict.fromkeys(made.traces):
        result.looked_at += 1
        if id not in known:
            found.append(Finding(PDF, id, f"{value[:60]!r} leads to no table, plan or record"))
        elif problem := wrong(value, known[id]):
            source = known[id]
            found.append(Finding(source.file, ": ".join(filter(None, [source.where, source.column])), problem))
    twice = Counter(id for id, _ in set(made.traces))
    found += [Finding(PDF, id, "is printed with different values") for id, times in twice.items() if times > 1]
    result.add(_few(found, result))


def wrong(value: str, source: Source) -> str:
    """What is wrong with a printed value, "" where nothing is."""
    if source.printed is not None:
        return "" if value == source.printed else f"is printed as {value[:80]!r}, but comes to {source.printed[:80]!r}"
    strange = sorted(set(text.numerals(text.plain(value))) - set(text.numerals(text.plain(source.among))))
    return f"does not hold {', '.join(strange)}, which is printed in {value[:80]!r}" if strange else ""


def _accounted(bundle: Bundle, pages: list[str], made: Rebuilt, result: Result) -> None:
    """The numerals of the text, as often as they occur, against those of traces, headings and page numbers."""
    names = words.names(bundle)
    expected = Counter(str(number) for number in range(1, len(pages) + 1))
    for value in (*made.sections, *(value for _, value in made.traces)):
        expected += words.numerals(text.plain(value), names)
    by_page = words.results(pages, names)
    found = sum(by_page, Counter())
    result.looked_at += found.total()
    for numeral, times in _few(sorted((found - expected).items()), result):
        problem = f"{numeral!r} stands there {times} times more than it is traced"
        result.findings.append(Finding(PDF, _pages(by_page, numeral), problem))
    for numeral, times in _few(sorted((expected - found).items()), result):
        result.findings.append(Finding(PDF, "", f"{numeral!r} is traced {times} times more than it stands there"))


def _pages(by_page: list[Counter[str]], numeral: str) -> str:
    """On which pages a numeral stands; of many the first ones."""
    own = [str(number) for number, found in enumerate(by_page, 1) if numeral in found]
    many = ", ..." if len(own) > 3 else ""
    return f"page{'s' * (len(own) > 1)} {', '.join(own[:3])}{many}"


def _few(items: list, result: Result) -> list:
    """Not more than MOST; a note says how many were left out."""
    if len(items) > MOST:
        result.notes.append(f"{len(items) - MOST} more findings of the same kind are not listed")
    return items[:MOST]
