"""How numbers are printed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import pandas as pd

EXPERIMENTS = {"latent-2": "latent size 2", "published": "published recipes"}  # others are words already


def experiment_label(name: str) -> str:
    """How an experiment is named in print."""
    return EXPERIMENTS.get(name, name.replace("-", " "))


def count(number: int) -> str:
    """`26,000`."""
    return f"{number:,}"


def duration(seconds: float) -> str:
    """In the largest unit that leaves more than two of it: `61.5 s`, `12.0 min`, `3.1 h`."""
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def day(moment: str) -> str:
    """`1 December 2026` of a time in ISO's format."""
    date = datetime.fromisoformat(moment)
    return f"{date.day} {date:%B %Y}"


def distinct(values: Iterable[object]) -> str:
    """The different values, sorted as text."""
    return ", ".join(sorted({str(value) for value in values}))


def share(part: float, whole: float) -> str:
    """`6%`, `0.24%`: to two digits, or as a whole number of percent."""
    percent = 100 * part / whole
    return f"{percent:.0f}%" if percent >= 10 else f"{percent:.2g}%"


def mean_text(row: Mapping, places: int) -> str:
    """How a summary's mean is printed: `7.40 [5.12, 7.96]` with an interval, else `7.40 ± 0.31` with the sample sd.

    The mean at the last step follows in parentheses where it is another: `7.40 [5.12, 7.96] (7.60)`.
    """
    mean, lower, upper, sd, last = (f"{row[k]:.{places}f}" for k in ("mean", "lower", "upper", "sd", "last_step"))
    spread = f" [{lower}, {upper}]" if pd.notna(row["lower"]) else f" ± {sd}" if pd.notna(row["sd"]) else ""
    beside = f" ({last})" if pd.notna(row["last_step"]) and last != mean else ""
    return f"{mean}{spread}{beside}".replace("inf", "∞")


def number(text: str) -> float:
    """The mean of a printed cell."""
    return float(text.split()[0].replace("∞", "inf"))
