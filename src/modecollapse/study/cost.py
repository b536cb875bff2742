"""The estimated cost of a plan, and what follows from it: the size of blocks and the limits of jobs."""

from __future__ import annotations

from itertools import pairwise
from math import ceil, prod

from modecollapse.study import catalogue
from modecollapse.study.config import Study
from modecollapse.study.inversion import Inversion
from modecollapse.study.network_specs import Conv, Formula
from modecollapse.study.specs import Block, Cell

# Arithmetic sustained on these networks: by one thread of a current CPU (see tests/benchmarks), and by a current GPU in
# single precision without TF32, of which small matrices use a tenth. The GPU's is not measured.
FLOPS_PER_SECOND = {"cpu": 4.5e10, "cuda": 5.0e12}
# A captured step is a list of small operations, one after another: seconds for a layer's passes of one update, whatever
# the number of seeds. Not measured: about 26 operations a layer (tests/training/test_graphed.py), at 4 microseconds.
DISPATCH_SECONDS = {"cpu": 0.0, "cuda": 0.1e-3}
# A job of `block_size: auto` lasts long enough that starting it costs nothing, and is short enough that losing its node
# does not matter.
LONGEST_SECONDS = 3600.0
LITTLE_MORE = 1.25  # times as long as one seed alone: together where one seed alone takes longer than LONGEST_SECONDS
COMPILING_PAYS = 5000  # steps
COMPILED = 1.15  # times as fast as eager, and Unrolled 1.5 (docs/speed.md)
COMPILING_SECONDS = 60.0
MEMORY_MB = 4000  # of a job at its first attempt
A_DAY = 24 * 60  # minutes; what most sites allow a job


def block_seconds(block: Block, device: str = "cpu") -> float:
    """Estimated seconds to train a block on one CPU thread or one GPU.

    Counts six passes of two operations a multiplication and sample (each network is run and differentiated about
    twice a step); it is meant to be right to a factor of two, of three for convolutions and on a GPU.
    """
    cell, training = block.cell, block.cell.training
    networks = catalogue.declared("variants", cell.variant.objective, "NETWORKS")
    passed = [(_repeats(cell, symbol), _layers(cell, role)) for symbol, role in networks.items()]
    multiplications = sum(repeats * sum(layers) for repeats, layers in passed)
    arithmetic = len(block.seeds) * training.batch * multiplications * 12 / FLOPS_PER_SECOND[device]
    dispatch = sum(repeats * len(layers) for repeats, layers in passed) * DISPATCH_SECONDS[device]
    seconds = (training.steps + cell.variant.options.get("pretraining_steps", 0)) * (arithmetic + dispatch)
    return COMPILING_SECONDS + seconds / COMPILED if execution(block, device) == "compiled" else seconds


def execution(block: Block, device: str = "cpu") -> str:
    """How a job executes a block's steps: see `training.execution`."""
    if device == "cuda":
        return "captured"
    roles = catalogue.declared("variants", block.cell.variant.objective, "NETWORKS").values()
    networks = [block.cell.training.networks.of_role(role) for role in roles]
    dense = not any(isinstance(network, Conv) for network in networks)  # convolutions gain nothing
    return "compiled" if dense and block.cell.training.steps >= COMPILING_PAYS else "eager"


def inversion_seconds(block: Block, settings: Inversion, device: str = "cpu") -> float:
    """Estimated seconds to invert the trained and the untrained generators of a block, to their last iteration.

    Two pools of images; an iteration takes a good run of G and its gradient in the latents, four operations a
    multiplication and image.
    """
    images, layers = settings.images * settings.restarts, _layers(block.cell, "generator")
    arithmetic = images * sum(layers) * 6 / FLOPS_PER_SECOND[device]
    dispatch = len(layers) * DISPATCH_SECONDS[device]
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
    option, passes = repeats.get(symbol, (None, 1))
    return max(1, passes * cell.variant.options.get(option, 1))


def _layers(cell: Cell, role: str) -> list[int]:
    """How often each layer with weights of the network that plays a role multiplies for one item."""
    latent, network = cell.training.latent, cell.training.networks.of_role(role)
    if isinstance(network, Formula):
        return []
    if isinstance(network, Conv):
        return _convolutional(network, role, latent, cell.dataset.shape)
    data = prod(cell.dataset.shape)
    inputs, outputs = {
        "generator": (latent, data),
        "discriminator": (data, 1),
        "packed-discriminator": (data, 1),
        "joint-discriminator": (latent + data, 1),
        "reconstructor": (data, latent),
        "encoder": (data, 2 * latent),
        "autoencoder": (data, getattr(network, "code", 0)),
    }[role]
    pieces = network.pieces if network.activation == "maxout" else 1
    layers = [pieces * weights for weights in _dense(inputs, *network.hidden)]
    layers += _dense(network.hidden[-1], outputs)
    return 2 * layers if role == "autoencoder" else layers


def _convolutional(network: Conv, role: str, latent: int, shape: tuple[int, ...]) -> list[int]:
    if role == "generator":
        maps, flat = _maps(network, network.channels[::-1], shape)
        return maps + _dense(latent, *network.dense, flat)
    maps, flat = _maps(network, network.channels, shape)
    if role != "autoencoder":
        return maps + _dense(flat + (latent if role == "joint-discriminator" else 0), *network.dense, 1)
    decoder, last = _maps(network, (network.decoder or network.channels[::-1])[::-1], shape)
    if not network.code:
        return maps + decoder
    encoding = _dense(flat, *network.dense, network.code)
    return maps + encoding + _dense(network.code, *network.dense[::-1], last) + decoder


def _maps(network: Conv, channels: list[int], shape: tuple[int, ...]) -> tuple[list[int], int]:
    """The multiplications of each convolution, and how many numbers the coarsest map has.

    A transposed convolution costs what its convolution does, and up-sampling is taken for one.
    """
    steps = network.convolutions(channels, shape)
    multiplications = [step.inputs * step.outputs * network.kernel**2 * step.after**2 for step in steps]
    return multiplications, steps[-1].outputs * steps[-1].after ** 2


def _dense(*widths: int) -> list[int]:
    """The weights between each two of these widths."""
    return [a * b for a, b in pairwise(widths)]
