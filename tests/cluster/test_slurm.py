"""Slurm's own notation: times, GPUs, states, and lines that are none of these."""

from __future__ import annotations

import math
import sys

import pytest

from modecollapse.cluster import slurm


@pytest.mark.parametrize(
    ("limit", "minutes"),
    [
        ("infinite", math.inf),
        ("30:00", 30),
        ("0:30", 0.5),
        ("45", 45),
        ("2:00:00", 120),
        ("1-00:00:00", 1440),
        ("2-12", 3600),
        ("2-12:30", 3630),
    ],
)
def test_times_are_minutes(limit: str, minutes: float) -> None:
    assert slurm.minutes(limit) == minutes


@pytest.mark.parametrize("limit", ["n/a", "", "1:2:3:4", "1-2:3:4:5", "soon"])
def test_what_is_no_time_is_refused(limit: str) -> None:
    with pytest.raises(ValueError, match=".*"):
        slurm.minutes(limit)


@pytest.mark.parametrize(
    ("gres", "gpus"),
    [
        ("(null)", {}),
        ("gpu:2", {"": 2}),
        ("gpu:a100:4(S:0-1)", {"a100": 4}),
        ("gpu:a100:4(S:0-1),gpu:h100:2(S:0,1),nvme:1", {"a100": 4, "h100": 2}),
        ("gpu:1g.10gb:7", {"1g.10gb": 7}),
        ("mps:gpu:3,fpga:2", {}),
    ],
)
def test_gpus_are_counted_by_model(gres: str, gpus: dict[str, int]) -> None:
    assert slurm.read_sinfo(f"p|up|infinite|1000+|16+|{gres}|idle|3\n")[0].gpus == gpus


@pytest.mark.parametrize(
    ("up", "state", "usable"),
    [
        ("up", "idle", True),
        ("up", "mixed", True),
        ("up", "allocated", True),
        ("up", "idle~", True),
        ("up", "idle*", False),
        ("up", "down", False),
        ("up", "drained", False),
        ("up", "MAINT", False),
        ("down", "idle", False),
        ("inact", "idle", False),
    ],
)
def test_nodes_that_take_no_job_are_known(up: str, state: str, usable: bool) -> None:
    assert slurm.read_sinfo(f"p*|{up}|infinite|1000|16|(null)|{state}|3")[0].usable is usable


@pytest.mark.parametrize("line", ["garbage", "p|up|infinite|many|16|(null)|idle|3", "p|up|n/a|1|16|(null)|idle|3"])
def test_a_line_that_cannot_be_read_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="sinfo printed"):
        slurm.read_sinfo(line)


def test_a_command_that_hangs_or_is_missing_has_answered_so() -> None:
    hanging = slurm.ask(sys.executable, "-c", "import time; time.sleep(60)", timeout=0.2)
    missing = slurm.ask("no-such-command")
    assert (hanging.ok, hanging.status) == (False, slurm.TIMED_OUT)
    assert (missing.ok, missing.status) == (False, slurm.NOT_FOUND)
    assert "no-such-command" in missing.line


def test_what_is_said_is_one_short_line() -> None:
    said = slurm.ask(sys.executable, "-c", "import sys; print('b', 'x' * 999); sys.exit('one\\ntwo\\udcff')")
    assert said.line.startswith("one; two")
    assert "\n" not in said.line
    assert len(said.line) <= 200
