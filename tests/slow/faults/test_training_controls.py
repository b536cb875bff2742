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
    fault_log("2", name, "equal bits" if is_same else "other bits, as it must be", run.lost if is_same else None)
