"""What a plan costs, estimated before anything runs."""

from __future__ import annotations

from itertools import pairwise
from math import prod

from modecollapse.study import catalogue
from modecollapse.study.plan import Block, Cell
from modecollapse.study.recipe import Mlp

# Arithmetic that one thread of a current CPU sustains on these small networks; see tests/benchmarks.
FLOPS_PER_SECOND = 2.0e10


def block_seconds(block: Block) -> float:
    """Estimated seconds to train a block on one CPU thread.

    Counts six passes of two operations a weight and sample (each network is run and differentiated about
    twice a step); it is meant to be right to a factor of two.
    """
    cell, training = block.cell, block.cell.training
    networks = catalogue.declared("variants", cell.variant.objective, "NETWORKS")
    weights = sum(_repeats(cell, symbol) * _weights(cell, role) for symbol, role in networks.items())
    steps = training.steps + cell.variant.options.get("pretraining_steps", 0)
    return len(block.seeds) * steps * training.batch * weights * 12 / FLOPS_PER_SECOND


def _repeats(cell: Cell, symbol: str) -> float:
    """How many times the usual work a step of the objective does with a network."""
    repeats = catalogue.declarations("variants", cell.variant.objective).get("REPEATS", {})
    if symbol not in repeats:
        return 1
    option, passes = repeats[symbol]
    return max(1, passes * cell.variant.options[option])


def _weights(cell: Cell, role: str) -> int:
    """The weights of the network that plays a role."""
    latent, data, network = cell.training.latent, prod(cell.dataset.shape), cell.training.networks.of_role(role)
    if role == "autoencoder":
        return 2 * _chain(network, data, network.code)
    inputs, outputs = {
        "generator": (latent, data),
        "discriminator": (data, 1),
        "packed-discriminator": (data, 1),
        "joint-discriminator": (latent + data, 1),
        "reconstructor": (data, latent),
        "encoder": (data, 2 * latent),
    }[role]
    return _chain(network, inputs, outputs)


def _chain(network: Mlp, inputs: int, outputs: int) -> int:
    pieces = network.pieces if network.activation == "maxout" else 1
    widths = [inputs, *network.hidden]
    return sum(a * b * pieces for a, b in pairwise(widths)) + network.hidden[-1] * outputs
