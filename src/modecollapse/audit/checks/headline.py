"""The headline numbers, computed a second time by `audit/headline.py`, which imports nothing of the package."""

from __future__ import annotations

from functools import partial

from modecollapse.audit import headline, reading
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.finding import Finding, Result

TITLE = "Headline, independently"


def check(bundle: Bundle) -> Result:
    """Compare means, intervals and verdicts of data sets of points with the tables."""
    result = Result(of="means and verdicts")
    try:
        found = headline.headline(bundle.folder)
        told = list(found["problems"])
        for file in headline.KEYS:
            compared = partial(headline.differences, file=file, found=found)
            told += headline.read(bundle.folder, f"tables/{file}", compared)
    except ValueError as error:
        result.add([Finding("", "", reading.one_line(error))])
        return result
    result.looked_at = sum(len(found[file]) for file in headline.KEYS)
    result.add(Finding(*_split(line)) for line in told)
    if found["withheld"]:
        blocks = len(found["withheld"])
        result.left_open.append(f"samples of {blocks} blocks are withheld, so the trace stands in for them")
    if others := sorted(found["elsewhere"]):
        result.left_open.append(f"not computed a second time, for they are no points: {', '.join(others)}")
    return result


def _split(line: str) -> tuple[str, str, str]:
    """A difference as (file, place, problem)."""
    file, _, rest = line.partition(": ")
    place, _, problem = rest.partition(": ")
    return (file, place, problem) if problem else (file, "", rest)
