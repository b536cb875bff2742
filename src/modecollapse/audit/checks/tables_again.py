"""The summary and the printed tables are those that the tidy table, the plan and the published numbers give.

They are computed again by code that shares nothing with the first (`audit/again`) and compared cell by cell: texts and
counts must be the same, means, sds and extremes agree to a billionth. The ends of an interval are compared with the
exact ones (`audit/again/gaffke`): they were found from random draws, and must be as near as such draws come.
"""

from __future__ import annotations

import pandas as pd

from modecollapse.audit.again.gaffke import DRAWS, MISSED
from modecollapse.audit.again.tables import course as course_tables
from modecollapse.audit.again.tables import detection as tables_detection
from modecollapse.audit.again.tables import poster as tables_poster
from modecollapse.audit.again.tables import printed, summary
from modecollapse.audit.again.tables import published as tables_published
from modecollapse.audit.again.tables import rows as tables_rows
from modecollapse.audit.again.tables.compare import Table, Written, compare
from modecollapse.audit.again.tables.ranges import Range, Ranges, range_of
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.finding import Finding, Result
from modecollapse.measures import support

TITLE = "Tables, computed again"


def check(bundle: Bundle) -> Result:
    """Compare tables/summary.csv and the tables that are printed with those computed from tables/*.parquet."""
    result, facts, ranges = Result(of="cells of tables"), bundle.facts, _ranges(bundle)
    tidy = tables_rows.read(lambda: bundle.measures, facts, course_tables.MEASURES, ranges)
    result.add(tidy.findings)
    if not tidy.groups:
        result.notes.append("no table was computed again: the tidy table holds nothing to compute from")
        return result
    rows = summary.summarise(tidy.groups, facts["measures"], ranges)
    summary.take(rows, _compare(bundle, result, summary.table(rows)))
    published = tables_published.read(bundle.claims)
    if isinstance(published, Finding):
        result.add([published])
        result.notes.append("the tables with published numbers were not compared")
    else:
        for name in printed.TABLES:
            _compare(bundle, result, printed.table(facts, rows, published, name))
        _compare(bundle, result, tables_poster.table(facts, rows, published))
    _compare(bundle, result, course_tables.convergence(facts, tidy.groups))
    _compare(bundle, result, course_tables.began(facts, tidy.groups))
    _check_detection(bundle, result)
    result.notes.append(
        f"intervals were compared with exact ones, and may differ as those of {DRAWS:,} random draws do: further with"
        f" a chance of {MISSED:.0e} an end"
    )
    return result


def _ranges(bundle: Bundle) -> Ranges:
    """The range of a measure on a data set; of a measure that the audit does not know, as its own file says."""

    def ranges(dataset: str, measure: str) -> Range:
        modes = bundle.facts["datasets"][dataset]["modes"]
        return range_of(measure, modes) or support(measure, modes)

    return ranges


def _check_detection(bundle: Bundle, result: Result) -> None:
    between, findings = tables_detection.read(lambda: pd.read_parquet(bundle.folder / tables_detection.FILE))
    result.add(findings)
    if findings and not between:
        result.notes.append("detection.csv was not compared: there is nothing to compute it from")
    else:
        table, missing = tables_detection.table(bundle.facts, between)
        result.add(missing)
        _compare(bundle, result, table)


def _compare(bundle: Bundle, result: Result, table: Table) -> Written:
    cells, findings, written = compare(bundle.folder, table)
    result.looked_at += cells
    result.add(findings)
    return written
