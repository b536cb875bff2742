"""What a plan costs, estimated before anything runs."""

from __future__ import annotations

from itertools import pairwise
from math import prod

from modecollapse.study.config import Mlp
from modecollapse.study.plan import Block

# Arithmetic that one thread of a current CPU sustains on these small networks; see tests/benchmarks.
FLOPS_PER_SECOND = 2.0e10


def block_seconds(block: Block) -> float:
    """Estimated seconds to train a block on one CPU thread.

    Counts six passes of two operations a weight and sample (each network is run and differentiated about
    twice a step); it is meant to be right to a factor of two.
    """
    recipe = block.cell.training
    weights = sum(
        _weights(network, recipe.latent, prod(block.cell.dataset.shape))
        for network in (recipe.networks.generator, recipe.networks.discriminator)
    )
    return len(block.seeds) * recipe.steps * recipe.batch * weights * 12 / FLOPS_PER_SECOND


def _weights(network: Mlp, latent: int, data: int) -> int:
    return sum(a * b for a, b in pairwise([latent, *network.hidden, data]))
