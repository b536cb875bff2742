"""What a plan costs, estimated before anything runs."""

from __future__ import annotations

from itertools import pairwise
from math import prod

from modecollapse.study import catalogue
from modecollapse.study.config import Mlp
from modecollapse.study.plan import Block

# Arithmetic that one thread of a current CPU sustains on these small networks; see tests/benchmarks.
FLOPS_PER_SECOND = 2.0e10


def block_seconds(block: Block) -> float:
    """Estimated seconds to train a block on one CPU thread.

    Counts six passes of two operations a weight and sample (each network is run and differentiated about
    twice a step); it is meant to be right to a factor of two.
    """
    cell, training = block.cell, block.cell.training
    latent, data = training.latent, prod(cell.dataset.shape)
    ends = {
        "generator": (latent, data),
        "discriminator": (data, 1),
        "joint-discriminator": (latent + data, 1),
        "reconstructor": (data, latent),
    }
    roles = catalogue.declared("variants", cell.variant.objective, "NETWORKS").values()
    weights = sum(_weights(training.networks.of_role(role), *ends[role]) for role in roles)
    return len(block.seeds) * training.steps * training.batch * weights * 12 / FLOPS_PER_SECOND


def _weights(network: Mlp, inputs: int, outputs: int) -> int:
    return sum(a * b for a, b in pairwise([inputs, *network.hidden, outputs]))
