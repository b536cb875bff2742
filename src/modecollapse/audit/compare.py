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
OTHERWISE = (1e-6, 1e-9)
PICTURES = (".svg", ".pdf")  # their bytes are all that can be compared


def difference(stored: Path, again: Path, same_machine: bool) -> str | None:
    """What differs, in words; None where nothing does. NotImplementedError where it cannot be told on this machine."""
    if files.sha256(stored) == files.sha256(again):
        return None
    if stored.suffix == ".parquet":
        return _of_tables(_parquet(stored), _parquet(again), same_machine)
    if same_machine:
        return _first_line(stored, again) if stored.suffix in (".csv", ".json", ".svg") else "has other bytes"
    if stored.suffix == ".csv":
        return _of_tables(reading.csv(stored), reading.csv(again), False)
    if stored.suffix == ".npz":
        return _of_arrays(stored, again)
    if stored.suffix in PICTURES:
        raise NotImplementedError
    return "has other bytes"


def _first_line(stored: Path, again: Path) -> str:
    """Where two text files differ first."""
    pairs = zip(
        *(path.read_text(encoding="utf-8", errors="replace").splitlines() for path in (stored, again)), strict=False
    )
    for number, (was, now) in enumerate(pairs, 1):
        if was != now:
            at = next((i for i, (a, b) in enumerate(zip(was, now, strict=False)) if a != b), min(len(was), len(now)))
            start = max(0, at - 20)
            return f"line {number} has {was[start : at + 40]!r}, executed again {now[start : at + 40]!r}"
    return "has another number of lines"


def _parquet(path: Path) -> pd.DataFrame:
    table = pd.read_parquet(io.BytesIO(reading.regular_bytes(path.resolve())))
    keys = [name for name in table.columns if name not in ("value", "n")]
    return table.sort_values(keys, ignore_index=True) if keys else table


def _of_tables(stored: pd.DataFrame, again: pd.DataFrame, exact: bool) -> str | None:
    if list(stored.columns) != list(again.columns) or len(stored) != len(again):
        return f"has {len(stored)} rows of {', '.join(map(str, stored.columns))[:80]}, executed again {len(again)}"
    for column in stored.columns:
        was, now = stored[column].to_numpy(), again[column].to_numpy()
        relative, absolute = (0.0, 0.0) if exact else TOLERANCES.get(str(column), OTHERWISE)
        for row in np.flatnonzero(~((was == now) | (pd.isna(was) & pd.isna(now)))):
            if not _near(was[row], now[row], relative, absolute):
                place = ", ".join(str(cell) for cell in stored.iloc[row].tolist()[:6])
                return f"{column} of row {row + 1} ({place[:100]}) is {was[row]!r}, executed again {now[row]!r}"
    return None


def _near(was: object, now: object, relative: float, absolute: float) -> bool:
    """Two numbers, or two texts whose numbers are alike to the last printed digit."""
    if isinstance(was, str) and isinstance(now, str):
        if absolute == 0.0 and relative == 0.0:
            return False
        try:
            return _near(float(was), float(now), relative, absolute)
        except ValueError:
            return _alike_in_print(was, now)
    try:
        return bool(np.isclose(float(was), float(now), rtol=relative, atol=absolute, equal_nan=True))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False


def _alike_in_print(was: str, now: str) -> bool:
    """Printed numbers such as "3.40 [1.75, 5.47]" may differ by one unit of their last digit."""
    if NUMBER.sub("#", was) != NUMBER.sub("#", now):
        return False
    pairs = zip(NUMBER.findall(was), NUMBER.findall(now), strict=True)
    return all(abs(float(a.replace(",", "")) - float(b.replace(",", ""))) <= 1.01 * _unit(a) for a, b in pairs)


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
