"""The verdicts, the claims made of them, the counts and the flips, computed again from the tidy table and claims.yaml.

By an implementation that shares no code with the one that wrote them: exact distributions where that one draws random
weights, and random draws of its own where it must draw. A written end of an interval may lie where its draws put it but
for one in a billion on either side, a written p within five standard errors; all else must agree to nine digits.
"""

from __future__ import annotations

from modecollapse.audit.again.tables.compare import Table, Unreadable, compare, read
from modecollapse.audit.again.verdicts.rows import COLUMNS, FILE, Judged, judge
from modecollapse.audit.again.verdicts.sets import tables
from modecollapse.audit.bundle import CLAIMS, Bundle
from modecollapse.audit.finding import Finding, Result
from modecollapse.errors import StudyError

TITLE = "Verdicts, computed again"
MEASURES = "tables/measures.parquet"
# What files that anybody may have changed can raise: no YAML, no Parquet, another form than claims and tables have.
DAMAGE = (ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError, RecursionError)


def check(bundle: Bundle) -> Result:
    """Compare verdicts.csv, claims.csv, verdict_counts.csv and flips.csv with what the tidy table says."""
    result = Result(of="cells of tables of verdicts")
    if MEASURES in bundle.withheld:
        result.notes.append(f"not computed again: {MEASURES} is not in this release")
        return result
    try:
        text, claims = bundle.claims.read_bytes(), bundle.registry
    except (StudyError, OSError) as error:
        result.expect(False, CLAIMS, "", f"cannot be read: {_line(error)}")
        return result
    try:
        written = read(bundle.folder / FILE)[1]
    except Unreadable:
        written = []  # said by the comparison
    try:
        judged = judge(claims, text, bundle.facts, bundle.measures, written)
        expected = [Table(FILE, COLUMNS, ["part"], judged.rows), *tables(judged.rows, claims)]
    except (*DAMAGE, OSError, StudyError) as error:
        result.expect(False, FILE, "", f"cannot be computed again from {MEASURES} and {CLAIMS}: {_line(error)}")
        return result
    for table in expected:
        compared, findings, _ = compare(bundle.folder, table)
        result.looked_at += compared
        result.add(findings)
    result.add(Finding(FILE, key, why) for key, why in judged.faults)
    result.notes += _notes(judged)
    return result


def _notes(judged: Judged) -> list[str]:
    """What was not computed again, and what random draws leave open."""
    notes = []
    if judged.identities:
        notes.append(f"not computed again: {judged.identities} identities, which two computations of formulas decide")
    if judged.unknown:
        notes.append(f"not computed again, as the range of a measure is unknown: {', '.join(judged.unknown)}")
    if judged.close:
        rows = ", ".join(judged.close)
        notes.append(f"{len(judged.close)} rows rest on random draws that could have given another verdict: {rows}")
    return notes


def _line(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
