"""The controls of the kills: what a checkpoint must hold for the bits to come out, and what they do not depend on."""

from __future__ import annotations

from functools import partial

import pytest
from blocks import RECIPE, make_block
from fault_table import fault_log
from faults import injected
from faults.injected import Fault, at_step, draw_from_global_generators, kill
from faults.outcomes import BEGAN, STEPS, VEEGAN, Resumable

from modecollapse.study.specs import Block

KILLED = -9
# killed after the checkpoint of step 15, between the evaluations of 12 and 18
BETWEEN = partial(at_step, 16, kill)
PARTS: dict[str, tuple[Fault, Block]] = {
    "a bias": (partial(injected.forget, "D.body.4.bias"), VEEGAN),
    "optimizer moments": (partial(injected.forget, "optimizer."), VEEGAN),
    "positions of the streams": (injected.forget_streams, VEEGAN),
    "window of means": (injected.forget_window, VEEGAN),
    "rows of the trace": (injected.forget_trace, VEEGAN),
    "snapshots": (partial(injected.forget, "snapshots"), VEEGAN),
    "state of the objective": (partial(injected.forget, "state."), BEGAN),
}


@pytest.mark.parametrize("part", PARTS)
def test_a_run_that_forgets_a_part_of_its_state_ends_at_other_bits(part: str, run: Resumable) -> None:
    forget, run.block = PARTS[part]
    assert run.train(BETWEEN)[0] == KILLED
    status, text = run.train(forget)
    assert status == 0, text
    assert run.incidents == ["resumed at step 15"]
    assert not run.is_same()
    fault_log("2", f"resumed without: {part}", "other bits, as it must be")


def test_a_run_with_a_state_of_its_own_that_forgets_nothing_ends_at_the_same_bits(run: Resumable) -> None:
    """What the last of the controls above is held against."""
    run.block = BEGAN
    assert run.train(BETWEEN)[0] == KILLED
    assert run.finish() == ["resumed at step 15"]


def test_global_generators_seeded_otherwise_change_nothing(run: Resumable) -> None:
    """So no checkpoint has to keep them."""
    assert run.train(BETWEEN, partial(draw_from_global_generators, 1))[0] == KILLED
    assert run.finish(partial(draw_from_global_generators, 2)) == ["resumed at step 15"]
    fault_log("2", "global generators of random, numpy, torch seeded otherwise and read", "equal bits", run.lost)


def test_batch_norm_needs_nothing_kept_but_its_parameters(run: Resumable) -> None:
    """It keeps no running statistics (tests/networks/test_mlp.py), and a resumed run shows it."""
    normalised = {"hidden": [12, 12], "activation": "relu", "normalisation": "batch"}
    roles = {**RECIPE["networks"], "generator": normalised, "discriminator": normalised}
    run.block = make_block("gan-nonsaturating", seeds=(2, 5), steps=STEPS, networks=roles)
    assert run.train(BETWEEN)[0] == KILLED
    assert run.finish() == ["resumed at step 15"]
    fault_log("2", "SIGKILL of networks with batch norm", "resumed, equal bits", run.lost)
