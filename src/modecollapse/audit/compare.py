"""Whether a file made again is the stored one: its bytes, or on another machine its numbers within tolerances."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pandas as pd

from modecollapse import files, reading

NUMBER = re.compile(r"[-+]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?")
# By how much a number may differ where another processor or version computed it: relative and absolute. Of samples
# near a mode's edge a few in a thousand may change sides; chances and p-values are counts of seeded draws.
TOLERANCES = {"value": (5e-3, 5e-3), "p": (0.0, 0.01), "p_holm": (0.0, 0.01), "p_bh": (0.0, 0.01)}
TOLERANCES["numbers"] = (0.0, 1e-5)  # of a verdict, as JSON: "largest error 5e-06 (tolerance 1e-04)"
OTHERWISE = (1e-6, 1e-9)
PICTURES = (".svg", ".pdf")  # of other versions nothing can be compared
NEAR_IN_A_PICTURE = 0.01  # points; of the same versions, drawn from the same tables on another processor


def difference(stored: Path, again: Path, same_machine: bool, same_versions: bool = True) -> str | None:
    """What differs, in words; None where nothing does. NotImplementedError where it cannot be told on this machine."""
    if files.sha256(stored) == files.sha256(again):
        return None
    if stored.suffix == ".parquet":
        return _of_tables(_parquet(stored), _parquet(again), same_machine)
    if stored.suffix in PICTURES and not same_versions:
        raise NotImplementedError
    if (
        stored.suffix == ".svg"
        and not same_machine
        and _alike_in_print(*map(_text, (stored, again)), NEAR_IN_A_PICTURE, 0.0)
    ):
        return None
    if same_machine or stored.suffix in PICTURES:
        return _first_line(stored, again) if stored.suffix in (".csv", ".json", ".svg") else "has other bytes"
    if stored.suffix == ".csv":
        return _of_tables(reading.csv(stored), reading.csv(again), False)
    if stored.suffix == ".npz":
        return _of_arrays(stored, again)
    return "has other bytes"


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _first_line(stored: Path, again: Path) -> str:
    """Where two text files differ first."""
    pairs = zip(_text(stored).splitlines(), _text(again).splitlines(), strict=False)
    for number, (was, now) in enumerate(pairs, 1):
        if was != now:
            return "line {} has {!r}, executed again {!r}".format(number, *_from_where_they_differ(was, now))
    return "has another number of lines"


def _from_where_they_differ(was: str, now: str) -> tuple[str, str]:
    """Parts of two texts about the first place in which they differ."""
    at = next((i for i, (a, b) in enumerate(zip(was, now, strict=False)) if a != b), min(len(was), len(now)))
    return was[max(0, at - 20) : at + 40], now[max(0, at - 20) : at + 40]


def _parquet(path: Path) -> pd.DataFrame:
    table = pd.read_parquet(io.BytesIO(reading.regular_bytes(path.resolve())))
    keys = [name for name in table.columns if name not in ("value", "n")]
    return table.sort_values(keys, ignore_index=True) if keys else table


def _of_tables(stored: pd.DataFrame, again: pd.DataFrame, exact: bool) -> str | None:
    if list(stored.columns) != list(again.columns):
        return f"has columns {', '.join(map(str, stored.columns))[:80]}, executed again {', '.join(again.columns)[:80]}"
    if len(stored) != len(again):
        return f"has {len(stored)} rows, executed again {len(again)}; the first apart: {_first_apart(stored, again)}"
    for column in stored.columns:
        was, now = stored[column].to_numpy(), again[column].to_numpy()
        relative, absolute = (0.0, 0.0) if exact else TOLERANCES.get(str(column), OTHERWISE)
        for row in np.flatnonzero(~((was == now) | (pd.isna(was) & pd.isna(now)))):
            if not _near(was[row], now[row], relative, absolute):
                pair = _from_where_they_differ(*(reading.printable(str(value)) for value in (was[row], now[row])))
                return f"{column} of {_place(stored, row)} is {', executed again '.join(pair)}"
    return None


def _place(table: pd.DataFrame, row: int) -> str:
    """A row by its first cells: "row 3 (matched, ring, veegan, 1, 60, modes)"."""
    return f"row {row + 1} ({reading.printable(', '.join(map(str, table.iloc[row].tolist()[:6])))[:100]})"


def _first_apart(stored: pd.DataFrame, again: pd.DataFrame) -> str:
    """The first row that is not the same in both."""
    fewer = min(len(stored), len(again))
    a, b = (table.head(fewer).astype(str).to_numpy() for table in (stored, again))
    apart = np.flatnonzero((a != b).any(axis=1))
    return _place(max(stored, again, key=len), int(apart[0]) if len(apart) else fewer)


def _near(was: object, now: object, relative: float, absolute: float) -> bool:
    """Two numbers, or two texts whose numbers are alike to the last printed digit."""
    if isinstance(was, str) and isinstance(now, str):
        if absolute == 0.0 and relative == 0.0:
            return False
        try:
            return _near(float(was), float(now), relative, absolute)
        except ValueError:
            return _alike_in_print(was, now, absolute)
    try:
        return bool(np.isclose(float(was), float(now), rtol=relative, atol=absolute, equal_nan=True))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False


def _alike_in_print(was: str, now: str, near: float, units: float = 1.01) -> bool:
    """Printed numbers such as "3.40 [1.75, 5.47]" may differ by `near`, or by one unit of their last digit."""
    if NUMBER.sub("#", was) != NUMBER.sub("#", now):
        return False
    pairs = zip(NUMBER.findall(was), NUMBER.findall(now), strict=True)
    return all(
        a == b or abs(float(a.replace(",", "")) - float(b.replace(",", ""))) <= max(units * _unit(a), near)
        for a, b in pairs
    )


def _unit(printed: str) -> float:
    """The worth of the last digit: 0.01 of 3.40."""
    digits, _, exponent = printed.partition("e")
    return 10.0 ** (int(exponent or 0) - len(digits.partition(".")[2]))


def _of_arrays(stored: Path, again: Path) -> str | None:
    with np.load(stored, allow_pickle=False) as was, np.load(again, allow_pickle=False) as now:
        if sorted(was) != sorted(now):
            return f"holds {', '.join(sorted(was))[:80]}, made again {', '.join(sorted(now))[:80]}"
        for name in was:
            a, b = was[name], now[name]
            same = a.shape == b.shape and (
                np.allclose(a, b, rtol=1e-3, atol=1e-3) if a.dtype.kind == "f" else np.array_equal(a, b)
            )
            if not same:
                return f"its array {name} is another one when made again"
    return None
