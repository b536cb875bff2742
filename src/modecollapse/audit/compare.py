"""Whether a file made again is the stored one: its bytes, or on another machine its numbers within tolerances."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

from modecollapse import files, reading
from modecollapse.errors import printable

NUMBER = re.compile(r"[-+]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?")
# By how much a number may differ where another processor or version computed it: relative and absolute. Of samples
# near a mode's edge a few in a thousand may change sides; chances and p-values are counts of seeded draws.
TOLERANCES = {"value": (5e-3, 5e-3), "p": (0.0, 0.01), "p_holm": (0.0, 0.01), "p_bh": (0.0, 0.01)}
TOLERANCES["numbers"] = (0.0, 1e-5)  # of a verdict, as JSON: "largest error 5e-06 (tolerance 1e-04)"
OTHERWISE = (1e-6, 1e-9)
PICTURES = (".svg", ".pdf")  # of other versions nothing can be compared
NEAR_IN_A_PICTURE = 0.01  # points; of the same versions, drawn from the same tables on another processor


def difference(stored: Path, remade: Path, same_machine: bool, same_versions: bool = True) -> str | None:
    """What differs, in words; None where nothing does. NotImplementedError where it cannot be told on this machine."""
    if files.sha256(stored) == files.sha256(remade):
        return None
    if stored.suffix == ".parquet":
        return _of_tables(_sorted_parquet(stored.resolve()), _sorted_parquet(remade), same_machine)
    if stored.suffix == ".csv":
        other_bytes = "has other bytes" if same_machine else None
        return _of_tables(reading.csv(stored), reading.csv(remade), same_machine) or other_bytes
    if stored.suffix in PICTURES and not same_versions:
        raise NotImplementedError
    if stored.suffix == ".svg" and not same_machine:
        was, now = (path.read_text(encoding="utf-8", errors="replace") for path in (stored, remade))
        return None if _alike_in_print(was, now, NEAR_IN_A_PICTURE, 0.0) else "has other bytes"
    if stored.suffix == ".npz" and not same_machine:
        return _of_arrays(stored, remade)
    return "has other bytes"


def _sorted_parquet(path: Path) -> pd.DataFrame:
    table = reading.parquet(path)
    keys = [name for name in table.columns if name not in ("value", "n")]
    return table.sort_values(keys, ignore_index=True) if keys else table


def _of_tables(stored: pd.DataFrame, remade: pd.DataFrame, exact: bool) -> str | None:
    if list(stored.columns) != list(remade.columns):
        return (
            f"has columns {', '.join(map(str, stored.columns))[:80]}, executed again {', '.join(remade.columns)[:80]}"
        )
    if len(stored) != len(remade):
        fewer = min(len(stored), len(remade))
        a, b = (table.head(fewer).map(str).to_numpy() for table in (stored, remade))
        apart = [*np.flatnonzero((a != b).any(axis=1)), fewer][0]
        first = _row(max(stored, remade, key=len), apart)
        return f"has {len(stored)} rows, executed again {len(remade)}; the first apart: {first}"
    for column in stored.columns:
        was, now = stored[column].to_numpy(), remade[column].to_numpy()
        relative, absolute = (0.0, 0.0) if exact else TOLERANCES.get(str(column), OTHERWISE)
        for row in np.flatnonzero(~((was == now) | (pd.isna(was) & pd.isna(now)))):
            if not _near(was[row], now[row], relative, absolute):
                pair = _where_they_differ(printable(str(was[row])), printable(str(now[row])))
                return f"{column} of {_row(stored, row)} is {', executed again '.join(pair)}"
    return None


def _row(table: pd.DataFrame, row: int) -> str:
    """A row by its first cells: "row 3 (matched, ring, veegan, 1, 60, modes)"."""
    return f"row {row + 1} ({printable(', '.join(map(str, table.iloc[row].tolist()[:6])))[:100]})"


def _where_they_differ(was: str, now: str) -> tuple[str, str]:
    """The parts of two texts around the first character in which they differ."""
    at = next((i for i, (a, b) in enumerate(zip(was, now, strict=False)) if a != b), min(len(was), len(now)))
    return was[max(0, at - 20) : at + 40], now[max(0, at - 20) : at + 40]


def _near(was: object, now: object, relative: float, absolute: float) -> bool:
    """Two numbers, or two texts whose numbers agree to the last printed digit."""
    if isinstance(was, str) and isinstance(now, str) and absolute == relative == 0.0:
        return False
    try:
        return bool(np.isclose(float(was), float(now), rtol=relative, atol=absolute, equal_nan=True))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return isinstance(was, str) and isinstance(now, str) and _alike_in_print(was, now, absolute)


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
    """The value of one unit of the last digit: 0.01 of 3.40."""
    digits, _, exponent = printed.partition("e")
    return 10.0 ** (int(exponent or 0) - len(digits.partition(".")[2]))


def _of_arrays(stored: Path, remade: Path) -> str | None:
    with np.load(stored, allow_pickle=False) as was, np.load(remade, allow_pickle=False) as now:
        if sorted(was) != sorted(now):
            return f"holds {', '.join(sorted(was))[:80]}, made again {', '.join(sorted(now))[:80]}"
        for name in was:
            a, b = was[name], now[name]
            near = a.dtype.kind == "f" and a.shape == b.shape and np.allclose(a, b, rtol=1e-3, atol=1e-3)
            if not (near or np.array_equal(a, b)):
                return f"its array {name} is another one when made again"
    return None
