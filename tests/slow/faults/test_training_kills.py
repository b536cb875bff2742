"""SIGKILL at every kind of moment: the same command ends at the bits of an undisturbed run."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import pytest
from faults.injected import Fault, at_end, at_pretraining_step, at_step, at_write, kill, sleep_each_step
from faults.outcomes import STEPS, Resumable

KILLED = -9
# checkpoints: number 0 after the pretraining, then one every 5 steps; they take turns in two files
NEWER, OLDER = "checkpoint-0.safetensors", "checkpoint-1.safetensors"
UNUSED = "checkpoint-0.safetensors not used: its SHA-256 is not the one recorded when it was written"


def removed(name: str) -> str:
    return f"{name} removed: its writer was killed"


MOMENTS: dict[str, tuple[Fault, list[str]]] = {
    "in the pretraining": (partial(at_pretraining_step, 3, kill), []),
    "before step 1": (partial(at_step, 0, kill), ["resumed at step 0"]),
    "one step before a checkpoint": (partial(at_step, 9, kill), ["resumed at step 5"]),
    "at a checkpoint": (partial(at_step, 10, kill), ["resumed at step 10"]),
    "one step after a checkpoint": (partial(at_step, 11, kill), ["resumed at step 10"]),
    "at an evaluation": (partial(at_step, 12, kill), ["resumed at step 10"]),
    "at the last step": (partial(at_step, STEPS - 1, kill), ["resumed at step 20"]),
    "after the last step": (partial(at_end, kill), ["resumed at step 20"]),
}
IN_WRITES: dict[str, tuple[tuple[str, int, str], list[str]]] = {
    "first checkpoint half written": (
        (NEWER, 1, "half"),
        ["NEWER.tmp", "no intact checkpoint: began again from step 0"],
    ),
    "checkpoint half written": ((NEWER, 2, "half"), ["NEWER.tmp", "resumed at step 5"]),
    "checkpoint between write and rename": ((NEWER, 2, "flushed"), ["NEWER.tmp", "resumed at step 5"]),
    "checkpoint between rename and checksum": ((NEWER, 2, "renamed"), [UNUSED, "resumed at step 5"]),
    "checksum before its rename": ((f"{NEWER}.sha256", 2, "flushed"), ["SUM.tmp", UNUSED, "resumed at step 5"]),
    "checksum after its rename": ((f"{NEWER}.sha256", 2, "renamed"), ["resumed at step 10"]),
    "samples half written": (("samples.npy", 1, "half"), ["samples.npy.tmp", "resumed at step 20"]),
    "between samples and trace": (("samples.npy", 1, "renamed"), ["resumed at step 20"]),
    "between trace and weights": (("trace.parquet", 1, "renamed"), ["resumed at step 20"]),
    "between weights and run.json": (("weights.safetensors", 1, "renamed"), ["resumed at step 20"]),
    "run.json before its rename": (("run.json", 1, "flushed"), ["run.json.tmp", "resumed at step 20"]),
}


def quick_and(long: tuple[str, ...], names: Iterable[str]) -> list[Any]:
    """The names, those of the long tests marked."""
    return [pytest.param(name, marks=pytest.mark.long if name in long else ()) for name in names]


@pytest.mark.parametrize("moment", quick_and(("one step before a checkpoint", "at the last step"), MOMENTS))
def test_a_run_killed_between_steps_ends_at_the_same_bits(moment: str, run: Resumable, fault_log: Callable) -> None:
    fault, incidents = MOMENTS[moment]
    status, _ = run.train(fault)
    assert status == KILLED
    assert not (run.folder / "run.json").exists()
    assert run.finish() == incidents
    case, outcome = ("21", ", no step traced twice") if "evaluation" in moment else ("1", "")
    fault_log(case, f"SIGKILL {moment}", f"resumed, equal bits{outcome}", run.lost)


LONG_WRITES = ("checkpoint half written", "checksum before its rename", "checksum after its rename")
LONG_WRITES += ("samples half written", "between trace and weights")


@pytest.mark.parametrize("moment", quick_and(LONG_WRITES, IN_WRITES))
def test_a_run_killed_in_a_write_ends_at_the_same_bits(moment: str, run: Resumable, fault_log: Callable) -> None:
    (name, count, when), incidents = IN_WRITES[moment]
    status, _ = run.train(partial(at_write, name, count, kill, when))
    assert status == KILLED
    litter = [path.name for path in run.folder.glob("*.tmp.*")]
    assert len(litter) == (when != "renamed")
    assert run.finish() == [removed(litter[0]) if ".tmp" in line else line for line in incidents]
    fault_log("4", f"SIGKILL, {moment}", "resumed, equal bits", run.lost)


def test_a_run_killed_when_its_record_is_written_is_finished(run: Resumable, fault_log: Callable) -> None:
    status, _ = run.train(partial(at_write, "run.json", 1, kill, "renamed"))
    assert status == KILLED
    assert list(run.folder.glob("checkpoint-*"))
    written = (run.folder / "run.json").stat().st_mtime_ns
    status, text = run.train()
    assert status == 0
    assert "nothing to do" in text
    run.check()  # the checkpoints are gone too
    assert (run.folder / "run.json").stat().st_mtime_ns == written
    fault_log("4", "SIGKILL between run.json and the end", "finished as it was", run.lost)


def test_a_run_killed_three_times_in_a_row_ends_at_the_same_bits(run: Resumable, fault_log: Callable) -> None:
    faults = (partial(at_step, 11, kill), partial(at_write, NEWER, 1, kill, "flushed"), partial(at_step, 22, kill))
    assert [run.train(fault)[0] for fault in faults] == [KILLED] * 3
    lines = run.finish()
    assert [line for line in lines if line.startswith("resumed")] == [f"resumed at step {s}" for s in (10, 15, 20)]
    assert len(lines) == 4  # and the litter of the second kill
    fault_log("1", "SIGKILL three times in a row", "resumed, equal bits", run.lost)


def kill_at_random(run: Resumable, rng: random.Random, kills: int) -> int:
    """Start and kill until so many kills met a run under way, or it is done; how many did."""
    met = 0
    while met < kills and not (run.folder / "run.json").exists():
        training = run.start(partial(sleep_each_step, 0.05))
        time.sleep(rng.uniform(0.05, 0.9))
        training.kill()
        met += training.wait() == KILLED
        run.seconds += training.seconds
    return met


def test_a_run_killed_at_random_moments_ends_at_the_same_bits(run: Resumable, fault_log: Callable) -> None:
    met = kill_at_random(run, random.Random(6), kills=4)
    assert met >= 2
    run.finish()
    fault_log("1", f"SIGKILL at {met} random moments", "resumed, equal bits", run.lost)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(40))
def test_a_run_killed_at_many_random_moments_ends_at_the_same_bits(
    seed: int, run: Resumable, fault_log: Callable
) -> None:
    met = kill_at_random(run, random.Random(seed), kills=20)
    assert met >= 2
    run.finish()
    fault_log("1", f"SIGKILL at {met} random moments (seed {seed})", "resumed, equal bits", run.lost)
