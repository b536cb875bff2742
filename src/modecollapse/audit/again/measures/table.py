"""Two tables with the same key, compared row by row: what is missing, too much, twice or different."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from modecollapse.audit.finding import Finding

# Both implementations add up in double precision, in another order; a value near zero is a difference of larger ones.
RELATIVE, ABSOLUTE = 1e-9, 1e-12
# A partial correlation divides by what a line leaves of the ranks, which may be a millionth of them.
LOOSER = {"given_time": 1e-8}
MOST = 100  # findings of a kind that are told one by one
NUMBERS = ("seed", "step", "value", "n", "seeds")


def cleaned(
    table: pd.DataFrame, columns: Sequence[str], file: str, named: Callable[[dict[str, Any]], str]
) -> tuple[pd.DataFrame | None, list[Finding]]:
    """The columns of a table with numbers as numbers and text as text; None where a column is not there.

    Text for a value is NaN, which equals nothing. Rows without a whole number where one must be are left out and found.
    """
    absent = [name for name in columns if name not in table]
    if absent:
        return None, [Finding(file, "", f"has no column {', '.join(absent)}")]
    findings, good = [], np.ones(len(table), dtype=bool)
    clean: dict[str, Any] = {}
    for name in columns:
        if name not in NUMBERS:
            clean[name] = table[name].astype(str).to_numpy(dtype=object)
            continue
        numbers = pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        clean[name] = numbers
        if name != "value":
            whole = np.isfinite(numbers) & (numbers == np.round(numbers))
            bad = table[good & ~whole]
            problems = (f"{name} is {found!r}, expected a whole number" for found in bad[name])
            findings += _told(file, bad, named, problems)
            good &= whole
            clean[name] = np.where(whole, numbers, -1).astype(np.int64)
    return pd.DataFrame(clean, columns=list(columns))[good], findings


def compare(
    table: pd.DataFrame,
    expected: pd.DataFrame,
    key: Sequence[str],
    told: Sequence[str],
    file: str,
    named: Callable[[dict[str, Any]], str],
    limits: dict[str, tuple[float, float]],
) -> list[Finding]:
    """Findings of a table that was found against the one that is expected.

    `told` are the columns beside key and value that must be equal. Expected rows have `others`, further values that
    are right as well; where their value is NaN it is only to be within the measure's `limits`, and where their status
    is empty any is right (a device that is empty is not: no run is behind such a row).
    """
    key = list(key)
    twice = table.duplicated(key)
    findings = list(_listed(file, "is there twice", (named(row) for row in table[twice].to_dict("records"))))
    both = expected.merge(table[~twice], on=key, how="outer", suffixes=("", "_found"), indicator=True)
    for side, problem in (("left_only", "is not there"), ("right_only", "has nothing behind it")):
        rows = both[both["_merge"] == side]
        findings += _listed(file, problem, (named(row) for row in rows[key].to_dict("records")))
    both = both[both["_merge"] == "both"]
    for column in told:
        differ = both[both[column] != both[f"{column}_found"]]
        differ = differ[differ[column] != ""] if column == "status" else differ
        problems = (
            f"{column} is {row[column + '_found']}, expected {row[column] or 'none'}"
            for row in differ.to_dict("records")
        )
        findings += _told(file, differ, named, problems)
    wrong = both[~_agree(both, limits)]
    problems = (f"value is {row['value_found']!r}, expected {_wanted(row, limits)}" for row in wrong.to_dict("records"))
    return findings + list(_told(file, wrong, named, problems))


def _agree(both: pd.DataFrame, limits: dict[str, tuple[float, float]]) -> np.ndarray:
    """(R,) bool: the value that was found is the one expected, or as good."""
    value, found = (both[name].to_numpy(dtype=np.float64) for name in ("value", "value_found"))
    measure = both["measure"].astype(str)
    absolute = measure.str.split(":").str[0].map(LOOSER).fillna(ABSOLUTE).to_numpy(dtype=np.float64)
    right = _close(found, value, absolute)
    for place in np.flatnonzero(~right):
        low, high = limits.get(measure.iloc[place], (-np.inf, np.inf))
        if np.isnan(value[place]):
            right[place] = low <= found[place] <= high
        else:
            others = np.array(both["others"].iloc[place], dtype=np.float64)
            right[place] = bool(_close(found[place], others, absolute[place]).any())
    return right


def _close(found: Any, value: Any, absolute: Any) -> Any:
    with np.errstate(invalid="ignore", over="ignore"):  # two infinities are equal, which the first term says
        return (found == value) | (np.abs(found - value) <= absolute + RELATIVE * np.abs(value)) & np.isfinite(value)


def _wanted(row: dict[str, Any], limits: dict[str, tuple[float, float]]) -> str:
    if np.isnan(row["value"]):
        return "{} to {}".format(*limits.get(row["measure"], ("a", "number")))
    return " or ".join(repr(value) for value in dict.fromkeys((row["value"], *row["others"])))


def _told(
    file: str, rows: pd.DataFrame, named: Callable[[dict[str, Any]], str], problems: Iterator[str]
) -> Iterator[Finding]:
    for row, problem in zip(rows.head(MOST).to_dict("records"), problems, strict=False):
        yield Finding(file, named(row), problem)
    if len(rows) > MOST:
        yield Finding(file, "", f"{len(rows) - MOST} more rows like the last one")


def _listed(file: str, problem: str, names: Iterator[str]) -> Iterator[Finding]:
    names = list(names)
    for name in names[:MOST]:
        yield Finding(file, name, problem)
    if len(names) > MOST:
        yield Finding(file, "", f"{len(names) - MOST} more: {problem}")
