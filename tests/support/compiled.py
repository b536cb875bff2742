"""How far the gradients of a compiled step are from those of an eager one."""

from __future__ import annotations

import torch
from blocks import BlockTraining, make_block

from modecollapse.training import arithmetic


def largest_difference(variant: str, seeds: tuple[int, ...]) -> float:
    """Of the gradients of a compiled and an eager step, as a share of each tensor's largest gradient."""
    arithmetic.configure()
    torch.compiler.reset()  # or the compiler gives up, which has a limit for one function in one process
    assert arithmetic.start_compiler()
    eager, compiled = (BlockTraining(make_block(variant, seeds), torch.float32, compiled=on) for on in (False, True))
    for training in (eager, compiled):
        training.run(1)
    pairs = [
        (p.grad, compiled.engine.parameters[symbol][name].grad)
        for symbol, parameters in eager.engine.parameters.items()
        for name, p in parameters.items()
    ]
    return max(((one - other).abs().max() / one.abs().max()).item() for one, other in pairs if one.any())
