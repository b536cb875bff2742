"""The estimated cost of a plan, and what follows from it: the size of blocks and the limits of jobs."""

from __future__ import annotations

from itertools import pairwise
from math import ceil, prod

from modecollapse.study import catalogue
from modecollapse.study.config import Study
from modecollapse.study.inversion import Inversion
from modecollapse.study.recipe import Conv, Mlp
from modecollapse.study.specs import Block, Cell

# Arithmetic sustained on these networks: by one thread of a current CPU (see tests/benchmarks), and by a current GPU in
# single precision without TF32, of which small matrices use a tenth. The GPU's is not measured.
FLOPS_PER_SECOND = {"cpu": 2.0e10, "cuda": 5.0e12}
# A GPU waits for Python, which hands it one operation after another: seconds for a layer's passes of one update,
# whatever the number of seeds. Measured on a CPU with layers of two units, where nothing else takes time: 0.6 to 1 ms.
DISPATCH_SECONDS = {"cpu": 0.0, "cuda": 0.8e-3}
# A job of `block_size: auto` lasts long enough that starting it costs nothing, and is short enough that losing its node
# does not matter.
LONGEST_SECONDS = 3600.0
LITTLE_MORE = 1.25  # times as long as one seed alone: together where one seed alone takes longer than LONGEST_SECONDS
MEMORY_MB = 4000  # of a job at its first attempt
A_DAY = 24 * 60  # minutes; what most sites allow a job


def block_seconds(block: Block, device: str = "cpu") -> float:
    """Estimated seconds to train a block on one CPU thread or one GPU.

    Counts six passes of two operations a multiplication and sample (each network is run and differentiated about
    twice a step); it is meant to be right to a factor of two, of three for convolutions and on a GPU.
    """
    cell, training = block.cell, block.cell.training
    networks = catalogue.declared("variants", cell.variant.objective, "NETWORKS")
    passed = sum(_repeats(cell, symbol) * _multiplications(cell, role) for symbol, role in networks.items())
    layers = sum(_repeats(cell, symbol) * _layers(cell, role) for symbol, role in networks.items())
    steps = training.steps + cell.variant.options.get("pretraining_steps", 0)
    arithmetic = len(block.seeds) * training.batch * passed * 12 / FLOPS_PER_SECOND[device]
    return steps * (arithmetic + layers * DISPATCH_SECONDS[device])


def inversion_seconds(block: Block, settings: Inversion, device: str = "cpu") -> float:
    """Estimated seconds to invert the trained and the untrained generators of a block, to their last iteration.

    Two pools of images; an iteration takes a good run of G and its gradient in the latents, four operations a
    multiplication and image.
    """
    images = settings.images * settings.restarts
    arithmetic = images * _multiplications(block.cell, "generator") * 6 / FLOPS_PER_SECOND[device]
    dispatch = _layers(block.cell, "generator") * DISPATCH_SECONDS[device]
    return len(block.seeds) * 2 * 2 * settings.iterations * (arithmetic + dispatch)


def block_size(cell: Cell, seeds: list[int], device: str) -> int:
    """The seeds of a cell's blocks under `block_size: auto`: the fewest of at most LONGEST_SECONDS, alike in size.

    On a GPU small networks wait for Python, so that thirty seeds take as long as one and are trained together. Seeds of
    which one fills the hour are trained one by one.
    """
    alone = block_seconds(Block(cell=cell, seeds=seeds[:1]), device)
    longest = max(LONGEST_SECONDS, LITTLE_MORE * alone)
    for blocks in range(1, len(seeds) + 1):
        size = ceil(len(seeds) / blocks)
        if block_seconds(Block(cell=cell, seeds=seeds[:size]), device) <= longest:
            return size
    return 1


def time_limit(seconds: float, attempt: int = 1) -> int:
    """The minutes that a job of this estimate may take; more with every attempt, but not beyond a day for that.

    Twice the estimate: it may be wrong by more, but a job that hits the limit resumes from its checkpoint.
    """
    limit = max(30, ceil(2 * seconds / 60))
    return max(limit, min(attempt * limit, A_DAY))


def measuring_minutes(study: Study) -> int:
    """The minutes that measuring the runs of an experiment on a data set may take: up to 20 seconds a run."""
    runs = [len(study.chosen(name, "variants")) * len(study.seeds_of(name)) for name in study.experiments]
    return 20 + max(runs) // 3


def _repeats(cell: Cell, symbol: str) -> float:
    """How many times the usual work a step of the objective does with a network."""
    repeats = catalogue.declarations("variants", cell.variant.objective).get("REPEATS", {})
    if symbol not in repeats:
        return 1
    option, passes = repeats[symbol]
    return max(1, passes * cell.variant.options[option])


def _layers(cell: Cell, role: str) -> int:
    """How many layers with weights the network that plays a role has."""
    network = cell.training.networks.of_role(role)
    if isinstance(network, Conv):
        depth = len(network.channels) * (2 if network.block == "paired" else 1) + len(network.dense) + 1
    else:
        depth = len(network.hidden) + 1
    return 2 * depth if role == "autoencoder" else depth


def _multiplications(cell: Cell, role: str) -> int:
    """How often the network that plays a role multiplies for one item."""
    latent, shape, network = cell.training.latent, cell.dataset.shape, cell.training.networks.of_role(role)
    if isinstance(network, Conv):
        return _convolutional(network, role, latent, shape)
    data = prod(shape)
    if role == "autoencoder":
        return 2 * _perceptron(network, data, network.code)
    inputs, outputs = {
        "generator": (latent, data),
        "discriminator": (data, 1),
        "packed-discriminator": (data, 1),
        "joint-discriminator": (latent + data, 1),
        "reconstructor": (data, latent),
        "encoder": (data, 2 * latent),
    }[role]
    return _perceptron(network, inputs, outputs)


def _perceptron(network: Mlp, inputs: int, outputs: int) -> int:
    pieces = network.pieces if network.activation == "maxout" else 1
    return pieces * _dense([inputs, *network.hidden]) + network.hidden[-1] * outputs


def _convolutional(network: Conv, role: str, latent: int, shape: tuple[int, ...]) -> int:
    if role == "generator":
        maps, flat = _maps(network, network.channels[::-1], shape)
        return maps + _dense([latent, *network.dense, flat])
    maps, flat = _maps(network, network.channels, shape)
    if role == "autoencoder":
        decoder, last = _maps(network, (network.decoder or network.channels[::-1])[::-1], shape)
        code = [network.code] if network.code else []
        ends = _dense([flat, *network.dense, *code]) + _dense([*code, *network.dense[::-1], last])
        return maps + decoder + (ends if code else 0)
    return maps + _dense([flat + (latent if role == "joint-discriminator" else 0), *network.dense, 1])


def _maps(network: Conv, channels: list[int], shape: tuple[int, ...]) -> tuple[int, int]:
    """The multiplications of the convolutions, and how many numbers the coarsest map has.

    A transposed convolution costs what its convolution does, and up-sampling is taken for one.
    """
    steps = network.convolutions(channels, shape)
    multiplications = sum(step.inputs * step.outputs * network.kernel**2 * step.after**2 for step in steps)
    return multiplications, steps[-1].outputs * steps[-1].after ** 2


def _dense(widths: list[int]) -> int:
    return sum(a * b for a, b in pairwise(widths))
