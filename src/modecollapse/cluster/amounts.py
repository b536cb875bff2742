"""Amounts of time and memory in a profile, as Snakemake itself reads and evaluates them."""

from __future__ import annotations

import math
from typing import Any, NoReturn

import humanfriendly

from modecollapse.cluster import slurm

NUMBERS = ("mem", "mem_mb", "mem_mib", "mem_mb_per_cpu", "cpus_per_task", "cpus_per_gpu", "gpu", "nodes", "runtime")
EXAMPLES = {"runtime": "120 (minutes), or a number with one unit, 2h or 1d", "mem": "16GB", "mem_mb": "16000"}


class Refused(ValueError):
    """Snakemake or its executor would not accept a value; the message is the line to write instead."""


class _Undetermined(BaseException):
    """A value depends on a job's input or wildcards. Not an Exception, because Snakemake turns those into errors."""


class _OfAJob:
    """Stands for the input or the wildcards of a job, which are not known here."""

    def __getattr__(self, name: str) -> NoReturn:
        raise _Undetermined(name)


def evaluated(expression: str, attempt: int) -> dict[str, Any]:
    """`{name: value}` of a `key=value` expression as Snakemake evaluates it at `attempt`; empty if only a job can tell.

    Memory comes as `mem_mb` and time in minutes, whatever the unit it was written in. Raises Refused.
    """
    from snakemake.resources import Resources  # takes a second to import

    key, _, text = expression.partition("=")
    job = {"wildcards": _OfAJob(), "input": _OfAJob(), "threads": 1, "rulename": "", "async_run": None}
    try:
        [resource] = Resources.parse([expression], allow_expressions=True).values()
        value = resource.evaluate(attempt=attempt, **job).value
    except _Undetermined:
        return {}
    except Exception:  # whatever the expression raises: Snakemake would stop there
        raise Refused(instead(key, text)) from None
    if key in NUMBERS and value is not None and not (isinstance(value, int) and value >= 0):
        raise Refused(instead(key, text))
    return {resource.name: value}


def instead(key: str, text: str, number: str = "") -> str:
    """The line to write for a value that is refused or misread; `number` is what may be meant, if that is known."""
    text = text.strip("'\" ")
    try:
        if key == "runtime" and text.count(":") != 1:  # 1:30 may be hours or minutes
            return f"runtime: {math.ceil(slurm.minutes(text))} (minutes)"
        if key in ("mem_mb", "mem_mb_per_cpu") and not number:
            number = text if text.isdecimal() else str(math.ceil(humanfriendly.parse_size(text) / 1e6))
    except (ValueError, OverflowError, humanfriendly.InvalidSize):
        pass
    return f"{key}: {(key != 'runtime' and number) or EXAMPLES.get(key, 'a whole number')}"
