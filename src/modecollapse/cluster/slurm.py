"""What Slurm's commands say. Nothing goes through a shell, everything has a time-out, no command raises."""

from __future__ import annotations

import math
import re
import subprocess
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass

SINFO = ("sinfo", "--all", "--exact", "--noheader", "--format=%P|%a|%l|%m|%c|%G|%T|%D")
# A node in one of these takes no job now; `*` behind a state means that the node does not answer.
UNUSABLE = ("down", "drain", "fail", "error", "inval", "unknown", "future", "maint", "not_responding")
NOT_FOUND, TIMED_OUT = 127, 124
GPU = re.compile(r"(?:^|,)gpu:(?:([^:,()]+):)?(\d+)")


@dataclass(frozen=True)
class Said:
    """How a command ended (its exit status) and what it printed."""

    status: int
    out: str
    err: str

    @property
    def ok(self) -> bool:
        return self.status == 0

    @property
    def line(self) -> str:
        """All of it in one line, errors first, cut to 200 characters."""
        return textwrap.shorten("; ".join((self.err + "\n" + self.out).split("\n")).strip("; "), 200) or "nothing"


def ask(*argv: str, stdin: str = "", timeout: float = 60, env: Mapping[str, str] | None = None) -> Said:
    """Run a command; one that is missing or does not end in `timeout` seconds has answered so."""
    try:
        done = subprocess.run(
            argv, input=stdin, capture_output=True, text=True, errors="replace", timeout=timeout, env=env
        )
    except subprocess.TimeoutExpired:
        return Said(TIMED_OUT, "", f"{argv[0]} did not answer within {timeout:.0f} s")
    except OSError as error:
        return Said(NOT_FOUND, "", f"{argv[0]}: {error.strerror}")
    return Said(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True)
class Nodes:
    """Nodes of a partition that are alike.

    `minutes` is the partition's time limit, infinite without one; `gpus` counts those of one node by model ("" where
    Slurm knows none).
    """

    partition: str
    default: bool
    up: bool
    minutes: float
    memory_mb: int
    cpus: int
    gpus: dict[str, int]
    state: str
    count: int

    @property
    def usable(self) -> bool:
        return self.up and not self.state.endswith("*") and not self.state.startswith(UNUSABLE)


def read_sinfo(text: str) -> list[Nodes]:
    """The lines of `SINFO`; ValueError names a line that is not one."""
    return [_nodes(line) for line in text.splitlines() if line.strip()]


def _nodes(line: str) -> Nodes:
    try:
        name, up, limit, memory, cpus, gres, state, count = line.strip().split("|")
        return Nodes(
            partition=name.rstrip("*"),
            default=name.endswith("*"),
            up=up.startswith("up"),
            minutes=minutes(limit),
            memory_mb=int(memory.rstrip("+")),
            cpus=int(cpus.rstrip("+")),
            gpus={model: int(number) for model, number in GPU.findall(gres)},
            state=state.lower(),
            count=int(count),
        )
    except ValueError:
        raise ValueError(f"sinfo printed {line.strip()[:80]!r}") from None


def minutes(limit: str) -> float:
    """A time as Slurm writes it ([days-]hours:minutes:seconds, minutes:seconds, infinite); ValueError for others."""
    if limit.lower() in ("infinite", "unlimited"):
        return math.inf
    days, dash, clock = limit.rpartition("-")
    parts = [int(part) for part in clock.split(":")]
    if dash or len(parts) == 3:  # days-hours, with minutes and seconds where they are given
        hours, rest = parts[0], parts[1:]
    else:
        hours, rest = 0, parts
    if len(rest) > 2:
        raise ValueError(f"{limit!r} is no time")
    return (int(days or 0) * 24 + hours) * 60 + sum(part / 60**i for i, part in enumerate(rest))
