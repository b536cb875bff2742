"""The headline numbers, computed a second time by `audit/headline.py`, which imports nothing of the package."""

from __future__ import annotations

from modecollapse.audit import headline
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.finding import Finding, Result
from modecollapse.errors import one_line

TITLE = "Headline, independently"


def check(bundle: Bundle) -> Result:
    """Compare means, intervals and verdicts of data sets of points with the tables."""
    result = Result(of="means and verdicts")
    try:
        found = headline.headline(bundle.folder)
    except ValueError as error:
        result.add([Finding("", "", one_line(error))])
        return result
    result.looked_at = sum(len(found[file]) for file in headline.KEYS)
    for line in found["problems"]:
        file, _, rest = line.partition(": ")
        where, _, problem = rest.partition(": ")
        result.add([Finding(file, where, problem) if problem else Finding(file, "", rest)])
    if found["withheld"]:
        result.left_open.append(
            f"samples of {len(found['withheld'])} blocks are withheld; the trace stands in for them"
        )
    if others := sorted(found["elsewhere"]):
        result.left_open.append(f"not computed a second time, since they are no points: {', '.join(others)}")
    return result
