"""Checkpoints that are damaged, incomplete or another run's: one generation back, or from step 0, and it says so.

How each damage is found is tested in tests/training/test_checkpoint.py; here the run that meets it ends as it should.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from blocks import make_block
from fault_table import fault_log
from faults import injected
from faults.injected import at_step, kill
from faults.outcomes import STEPS, VEEGAN, Resumable
from safetensors.torch import load_file, save

from modecollapse import files
from modecollapse.study.specs import Block
from modecollapse.training import checkpoint

KILLED = -9
NEWER, OLDER = "checkpoint-1.safetensors", "checkpoint-0.safetensors"  # of the steps 15 and 10
CHECKSUM = "its SHA-256 is not the one recorded when it was written"
ANEW = "no intact checkpoint: began again from step 0"
MOMENTS = "optimizer.G.body.0.weight.exp_avg"


def truncate(share: float, path: Path) -> None:
    os.truncate(path, int(share * path.stat().st_size))


def flip_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-3] ^= 1  # in the payload: the format alone would accept it
    path.write_bytes(data)


def change_tensors(change: Callable[[dict], object], path: Path) -> None:
    """Another content with a checksum that fits: only knowledge of what is needed notices."""
    tensors = load_file(path)
    change(tensors)
    files.write_text(path.with_name(f"{path.name}.sha256"), files.write_bytes(path, save(tensors)))


def shorten(tensors: dict) -> None:
    tensors[MOMENTS] = tensors[MOMENTS][:1]


DAMAGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "truncated to nothing": (partial(truncate, 0), CHECKSUM),
    "truncated to 30 %": (partial(truncate, 0.3), CHECKSUM),
    "truncated to 99.9 %": (partial(truncate, 0.999), CHECKSUM),
    "one bit flipped": (flip_a_bit, CHECKSUM),
    "a tensor missing": (partial(change_tensors, lambda t: t.pop(MOMENTS)), f"its tensor {MOMENTS} is missing"),
    "all moments missing": (
        partial(change_tensors, lambda t: [t.pop(name) for name in list(t) if name.startswith("optimizer.D")]),
        "its tensor optimizer.D.body.0.bias.exp_avg is missing",
    ),
    "a tensor too many": (
        partial(change_tensors, lambda t: t.update({"state.k": t["diverged_at"].clone()})),
        "its tensor state.k is not one of this run",
    ),
    "a tensor too small": (
        partial(change_tensors, shorten),
        f"its tensor {MOMENTS} is float32 [1, 12, 3], not float32 [2, 12, 3]",
    ),
}


@pytest.fixture(scope="module")
def killed(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that was killed after step 16."""
    folder = tmp_path_factory.mktemp("killed") / "run"
    status, _ = injected.train(VEEGAN, data, folder, partial(at_step, 16, kill))
    assert status == KILLED
    return folder


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_checkpoint_gives_way_to_the_one_before(damage: str, run: Resumable, killed: Path) -> None:
    harm, reason = DAMAGES[damage]
    shutil.copytree(killed, run.folder)
    harm(run.folder / NEWER)
    assert run.finish() == [f"{NEWER} not used: {reason}", "resumed at step 10"]
    fault_log("6" if "bit" in damage else "5", f"newest checkpoint {damage}", "one generation back, equal bits")


@pytest.mark.parametrize("damage", ["truncated to 30 %", "one bit flipped"])
def test_without_an_intact_checkpoint_a_run_begins_again_and_says_so(damage: str, run: Resumable, killed: Path) -> None:
    harm, reason = DAMAGES[damage]
    shutil.copytree(killed, run.folder)
    for name in (NEWER, OLDER):
        harm(run.folder / name)
    status, text = run.train()
    assert status == 0, text
    run.check()
    assert run.incidents == [*(f"{name} not used: {reason}" for name in (OLDER, NEWER)), ANEW]
    assert all(line in text for line in run.incidents)
    fault_log("6" if "bit" in damage else "5", f"both checkpoints {damage}", "from step 0, equal bits")


def test_files_of_a_finished_run_that_were_altered_are_made_again(run: Resumable) -> None:
    run.finish()
    flip_a_bit(run.folder / "samples.npy")
    reason = "the SHA-256 of samples.npy is not the one recorded when it was written"
    assert run.finish() == [f"run.json not used: {reason}", ANEW]
    fault_log("6", "one bit of a finished run's samples flipped", "trained again, equal bits")


OTHERS: dict[str, tuple[Block, tuple[injected.Fault, ...], str]] = {
    "configuration": (
        make_block("veegan", (2, 5), steps=STEPS, options={"pretraining_steps": 5}, batch=17),
        (),
        "config_hash",
    ),
    "variant": (make_block("ali", (2, 5), steps=STEPS), (), "config_hash"),
    "seed": (make_block("veegan", (2, 6), steps=STEPS, options={"pretraining_steps": 5}), (), "seeds"),
    "version of torch": (VEEGAN, (injected.another_torch,), "torch"),
    "number of threads": (VEEGAN, (injected.more_threads,), "threads"),
}


@pytest.mark.parametrize("other", OTHERS)
def test_a_checkpoint_of_another_run_is_refused(other: str, run: Resumable, data: Path, tmp_path: Path) -> None:
    block, faults, key = OTHERS[other]
    status, training = injected.train(block, data, run.folder, *faults, partial(at_step, 16, kill))
    assert status == KILLED, training.text
    assert len(list(run.folder.glob("checkpoint-?.safetensors"))) == 2
    refused = [f"{name} not used: it belongs to another {key}" for name in (OLDER, NEWER)]
    assert run.finish() == [*refused, ANEW]
    fault_log("7", f"checkpoints of another {other}", "refused, from step 0, equal bits")


def test_a_finished_run_of_another_configuration_is_replaced(run: Resumable, data: Path) -> None:
    block, _, key = OTHERS["configuration"]
    status, training = injected.train(block, data, run.folder)
    assert status == 0, training.text
    assert run.finish() == [f"run.json not used: it belongs to another {key}", ANEW]
    fault_log("7", "finished run of another configuration", "trained anew, equal bits")


def test_an_object_that_cannot_be_stored_is_an_error_before_a_file_is_touched(run: Resumable) -> None:
    status, text = run.train(partial(at_step, 14, injected.unstorable_facts))
    assert status == 1  # an error of the program, with its traceback
    assert text.splitlines()[-1] == "TypeError: Object of type object is not JSON serializable"
    saved, problems = checkpoint.load(run.folder, {})
    assert (saved[1]["step"], problems) == (10, [])
    assert not list(run.folder.glob("*.tmp.*"))
    assert run.finish() == ["resumed at step 10"]
    fault_log("9", "object in the facts that JSON cannot hold", "error, files intact; resumed, equal bits", run.lost)
