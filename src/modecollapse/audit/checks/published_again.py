"""What the published tables say about themselves, computed again from the bundle's claims.yaml."""

from __future__ import annotations

from collections import Counter
from typing import Any

from modecollapse.audit.again.published_tables import COLUMNS, FILE, rounding_faults, rows
from modecollapse.audit.again.tables.compare import Table, compare
from modecollapse.audit.bundle import CLAIMS, Bundle
from modecollapse.audit.finding import Result
from modecollapse.errors import StudyError

TITLE = "Published tables"
KEYS = COLUMNS[:6]
# What a file that anybody may have changed can raise: no YAML, or another form than values have.
DAMAGE = (StudyError, ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError)
DAMAGE += (RecursionError,)


def check(bundle: Bundle) -> Result:
    """The digits of every published value, and published_audit.csv, row by row."""
    result = Result(of="published values and cells of their audit")
    try:
        values = bundle.registry["values"]
        _check_digits(result, values)
        table = Table(FILE, COLUMNS, KEYS, rows(values))
    except DAMAGE as error:
        told = f"{type(error).__name__}: {' '.join(str(error).split())}"
        result.expect(False, CLAIMS, "values", f"cannot be computed with: {told}")
        return result
    compared, findings, _ = compare(bundle.folder, table)
    result.looked_at += compared
    result.add(findings)
    if not values:
        result.notes.append(f"{CLAIMS} has no published values")
    return result


def _check_digits(result: Result, values: list[dict[str, Any]]) -> None:
    """Numbers as text, with the digits of the source, each once."""
    keys = [_key(value) for value in values]
    times = Counter(keys)
    for key, value in zip(keys, values, strict=True):
        faults = list(rounding_faults(value))
        faults += [f"is there {times[key]} times"] if times[key] > 1 else []
        result.expect(not faults, CLAIMS, f"values/{key}", "; ".join(faults))


def _key(value: dict[str, Any]) -> str:
    return "/".join(str(value.get(name)) for name in ("source", "place", "dataset", "measure", "method"))
