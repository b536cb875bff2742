"""Checkpoints: what they must hold for the bits to come out, and what becomes of a run that meets a bad one.

One that is damaged, incomplete or another run's is not used: one generation back, or from step 0, and the run says so.
How each damage is found is tested in tests/training/test_checkpoint.py; here the run that meets it ends as it should.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from blocks import RECIPE, make_block
from faults import injected
from faults.injected import Fault, at_step, draw_from_global_generators, kill
from faults.outcomes import BEGAN, STEPS, VEEGAN, Resumable
from safetensors.torch import load_file, save

from modecollapse import files
from modecollapse.study.specs import Block

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


def without(start: str) -> Callable[[Path], None]:
    """Checkpoints that lack the tensors whose names begin so."""
    return partial(change_tensors, lambda t: [t.pop(name) for name in list(t) if name.startswith(start)])


one_more = partial(change_tensors, lambda t: t.update({"state.k": t["diverged_at"].clone()}))
smaller = partial(change_tensors, lambda t: t.update({MOMENTS: t[MOMENTS][:1]}))
DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "truncated to nothing": (partial(truncate, 0), CHECKSUM),
    "truncated to 30 %": (partial(truncate, 0.3), CHECKSUM),
    "truncated to 99.9 %": (partial(truncate, 0.999), CHECKSUM),
    "one bit flipped": (flip_a_bit, CHECKSUM),
    "a tensor missing": (without(MOMENTS), f"its tensor {MOMENTS} is missing"),
    "all moments missing": (without("optimizer.D"), "its tensor optimizer.D.body.0.bias.exp_avg is missing"),
    "a tensor too many": (one_more, "its tensor state.k is not one of this run"),
    "a tensor too small": (smaller, f"its tensor {MOMENTS} is float32 [1, 12, 3], not float32 [2, 12, 3]"),
}


@pytest.fixture(scope="module")
def killed(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that was killed after step 16."""
    folder = tmp_path_factory.mktemp("killed") / "run"
    Resumable(VEEGAN, data, folder).interrupted(partial(at_step, 16, kill))
    return folder


CASES = [(damage, (NEWER,)) for damage in DAMAGES]
CASES += [(damage, (OLDER, NEWER)) for damage in ("truncated to 30 %", "one bit flipped")]


@pytest.mark.parametrize(("damage", "names"), CASES)
def test_a_damaged_checkpoint_gives_way_to_the_one_before_or_to_step_0(
    damage: str, names: tuple[str, ...], run: Resumable, killed: Path
) -> None:
    harm, reason = DAMAGES[damage]
    shutil.copytree(killed, run.folder)
    for name in names:
        harm(run.folder / name)
    text = run.interrupted(status=0)
    run.check()
    assert run.incidents == [
        *(f"{name} not used: {reason}" for name in names),
        "resumed at step 10" if names == (NEWER,) else ANEW,
    ]
    assert all(line in text for line in run.incidents)


def test_files_of_a_finished_run_that_were_altered_are_made_again(run: Resumable) -> None:
    run.finish()
    flip_a_bit(run.folder / "samples.npy")
    reason = "the SHA-256 of samples.npy is not the one recorded when it was written"
    assert run.finish() == [f"run.json not used: {reason}", ANEW]


PRETRAINED = {"steps": STEPS, "options": {"pretraining_steps": 5}}
OTHERS: dict[str, tuple[Block, tuple[injected.Fault, ...], str]] = {
    "configuration": (make_block("veegan", (2, 5), batch=17, **PRETRAINED), (), "config_hash"),
    "variant": (make_block("ali", (2, 5), steps=STEPS), (), "config_hash"),
    "seed": (make_block("veegan", (2, 6), **PRETRAINED), (), "seeds"),
    "version of torch": (VEEGAN, (injected.another_torch,), "torch"),
    "number of threads": (VEEGAN, (injected.more_threads,), "threads"),
}


@pytest.mark.parametrize(("other", "finished"), [*((other, False) for other in OTHERS), ("configuration", True)])
def test_checkpoints_and_the_record_of_another_run_are_refused(other: str, finished: bool, run: Resumable) -> None:
    block, (run.block, faults, key) = run.block, OTHERS[other]
    if finished:
        run.interrupted(status=0)
    else:
        run.interrupted(*faults, partial(at_step, 16, kill))
        assert len(list(run.folder.glob("checkpoint-?.safetensors"))) == 2
    run.block = block
    refused = [
        f"{name} not used: it belongs to another {key}" for name in (["run.json"] if finished else [OLDER, NEWER])
    ]
    assert run.finish() == [*refused, ANEW]


# killed after the checkpoint of step 15, between the evaluations of 12 and 18
BETWEEN = partial(at_step, 16, kill)
NORMALISED = {"hidden": [12, 12], "activation": "relu", "normalisation": "batch"}
ROLES = {**RECIPE["networks"], "generator": NORMALISED, "discriminator": NORMALISED}
BATCH_NORM = make_block("gan-nonsaturating", seeds=(2, 5), steps=STEPS, networks=ROLES)
# The block, the faults of both processes, and whether the bits are those of an undisturbed run.
CONTROLS: dict[str, tuple[Block, list[Fault], list[Fault], bool]] = {
    "resumed without: a bias": (VEEGAN, [], [partial(injected.forget, "D.body.4.bias")], False),
    "resumed without: optimizer moments": (VEEGAN, [], [partial(injected.forget, "optimizer.")], False),
    "resumed without: positions of the streams": (VEEGAN, [], [injected.forget_streams], False),
    "resumed without: window of means": (VEEGAN, [], [injected.forget_window], False),
    "resumed without: rows of the trace": (VEEGAN, [], [injected.forget_trace], False),
    "resumed without: snapshots": (VEEGAN, [], [partial(injected.forget, "snapshots")], False),
    "resumed without: state of the objective": (BEGAN, [], [partial(injected.forget, "state.")], False),
    # what the last of these is held against
    "resumed with the state of the objective": (BEGAN, [], [], True),
    # so no checkpoint has to keep them
    "global generators of random, numpy, torch seeded otherwise and read": (
        VEEGAN,
        [partial(draw_from_global_generators, 1)],
        [partial(draw_from_global_generators, 2)],
        True,
    ),
    # it keeps no running statistics (tests/networks/test_mlp.py), and a resumed run shows it
    "SIGKILL of networks with batch norm": (BATCH_NORM, [], [], True),
}


@pytest.mark.parametrize("name", CONTROLS)
def test_a_resumed_run_has_the_same_bits_unless_it_forgets_a_part_of_its_state(name: str, run: Resumable) -> None:
    run.block, first, second, is_same = CONTROLS[name]
    run.interrupted(BETWEEN, *first)
    run.interrupted(*second, status=0)
    assert run.incidents == ["resumed at step 15"]
    assert run.is_same() == is_same
