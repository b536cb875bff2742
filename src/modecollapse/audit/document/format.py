"""Numbers as the report prints them, written a second time: by decimal arithmetic, from what the tables hold."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal

NONE = "–"


def fixed(value: float | str, places: int, comma: bool = False) -> str:
    """`7.40`: a finite number of any kind with so many decimals; ∞ for one that is not. Never a negative zero."""
    number = Decimal(float(value))
    if not number.is_finite():
        return "nan" if number.is_nan() else "-∞" if number < 0 else "∞"
    rounded = number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
    return format(abs(rounded) if rounded == 0 else rounded, ",f" if comma else "f")


def whole(value: float | str) -> str:
    """`26,000`."""
    return fixed(value, 0, comma=True)


def mean(row: dict[str, str], places: int) -> str:
    """A row of summary.csv: with its interval, else with the standard deviation if there is one."""
    middle = fixed(row["mean"], places)
    if row["lower"]:
        return f"{middle} [{fixed(row['lower'], places)}, {fixed(row['upper'], places)}]"
    return f"{middle} ± {fixed(row['sd'], places)}" if row["sd"] else middle


def within(value: str, lower: str, upper: str, places: int = 2, comma: bool = False) -> str:
    """A number with its interval, if it has one; – where there is no number."""
    if not value:
        return NONE
    middle = fixed(value, places, comma)
    return f"{middle} [{fixed(lower, places, comma)}, {fixed(upper, places, comma)}]" if lower else middle


def probability(text: str) -> str:
    """`0.012`, `<0.001`."""
    if not text:
        return NONE
    return fixed(text, 3) if float(text) >= 0.0005 else "<0.001"


def spread(values: Iterable[float], least: Iterable[bool], places: int) -> str:
    """Median, smallest and largest; ≥ before what is only the least it can be."""
    order = sorted(zip(map(float, values), map(bool, least), strict=True))
    middle = order[(len(order) - 1) // 2 : len(order) // 2 + 1]
    median = sum(value for value, _ in middle) / len(middle), any(flag for _, flag in middle)
    texts = [("≥ " if flag else "") + fixed(value, places, comma=True) for value, flag in (median, order[0], order[-1])]
    return texts[0] if len(set(texts)) == 1 else f"{texts[0]} [{texts[1]}, {texts[2]}]"


def time(seconds: float) -> str:
    """Seconds up to two minutes, minutes up to two hours, else hours."""
    for limit, unit, name in ((120, 1, "s"), (7200, 60, "min")):
        if seconds < limit:
            return f"{fixed(seconds / unit, 1)} {name}"
    return f"{fixed(seconds / 3600, 1)} h"


def share(steps: int, reference: int | None) -> str:
    """Steps in percent of a reference: two digits, or a whole number of percent from ten on."""
    if reference is None:
        return NONE
    percent = 100 * steps / reference
    return f"{fixed(percent, 0)}%" if percent >= 10 else f"{percent:.2g}%"
