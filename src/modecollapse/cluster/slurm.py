"""What Slurm's commands answer, and Slurm's notation of times and GPUs."""

from __future__ import annotations

import math
import re
import subprocess
import textwrap
from typing import NamedTuple

SINFO = ("sinfo", "--all", "--exact", "--noheader", "--format=%P|%a|%l|%m|%G")
GPU = re.compile(r"(?:^|,)gpu:(?:([^:,()]+):)?(\d+)")


def ask(*argv: str, timeout: float = 60) -> tuple[bool, str]:
    """Run a command without a shell: whether it succeeded, and what it printed or, in one line, what was wrong."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, errors="replace", timeout=timeout)
    except (OSError, subprocess.TimeoutExpired) as error:
        return False, str(error)
    if done.returncode == 0:
        return True, done.stdout
    lines = [*done.stderr.splitlines(), *done.stdout.splitlines()]
    return False, textwrap.shorten("; ".join(lines), 200) or "nothing was printed"


class Nodes(NamedTuple):
    """Nodes of a partition that are alike: its time limit in minutes, the GPUs of one node by model ("" for any)."""

    partition: str
    default: bool
    up: bool
    minutes: float
    memory_mb: int
    gpus: dict[str, int]


def read_sinfo(text: str) -> list[Nodes]:
    """The lines that `SINFO` prints; ValueError names a line that cannot be read."""
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        try:
            name, up, limit, memory, gres = line.split("|")
            models = {model: int(number) for model, number in GPU.findall(gres)}
            size = int(memory.rstrip("+"))
            found.append(Nodes(name.rstrip("*"), name.endswith("*"), up == "up", minutes(limit), size, models))
        except ValueError:
            raise ValueError(f"sinfo printed {line[:80]!r}") from None
    return found


def minutes(limit: str) -> float:
    """A time as Slurm writes it ([days-]hours:minutes:seconds, minutes:seconds, infinite); ValueError for others."""
    if limit.lower() in ("infinite", "unlimited"):
        return math.inf
    days, dash, clock = limit.rpartition("-")
    parts = [int(part) for part in clock.split(":")]
    if not dash and len(parts) < 3:
        parts.insert(0, 0)
    if len(parts) > 3:
        raise ValueError(f"{limit!r} is no time")
    hours, whole, seconds = (*parts, 0, 0)[:3]
    return (int(days or 0) * 24 + hours) * 60 + whole + seconds / 60
