"""Processor seconds of a training step with convolutional networks, and what the plan says (`pytest tests/benchmarks`).

Nothing here asserts a time. Batches are noise of the data's shape, so that no data are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from time import process_time
from typing import Any

import pytest
import torch
from blocks import make_block

from modecollapse import variants
from modecollapse.study import catalogue
from modecollapse.study.cost import block_seconds
from modecollapse.study.specs import Block
from modecollapse.training import arithmetic
from modecollapse.training.draws import initial_networks
from modecollapse.training.engine import Batch, Engine

STEPS, LAPS = 3, 3
MLP = {"hidden": [256, 256], "activation": "leaky-relu"}
DCGAN = [64, 128, 256, 512]


def stack(channels: list[int], batch: int, latent: int, critic: str, kernel: int) -> dict[str, Any]:
    """A recipe; `critic` is the normalisation of the discriminator."""
    both = {"kernel": kernel, "channels": channels, "activation": "leaky-relu"}
    generator = {"channels": channels[::-1], "activation": "relu", "output": "tanh", "normalisation": "batch"}
    return {
        "latent": latent,
        "batch": batch,
        "networks": {
            "generator": both | generator,
            "discriminator": both | {"normalisation": critic},
            "reconstructor": MLP,
            "encoder": MLP,
            "autoencoder": both | {"code": latent, "output": "tanh"},
        },
    }


COMPACT = stack([16, 32], 64, 64, "none", 4)
BLOCKS = {
    **{f"{name}, compact": (name, "mnist", 1, COMPACT) for name in catalogue.names("variants")},
    "gan-nonsaturating, compact, three seeds": ("gan-nonsaturating", "mnist", 3, COMPACT),
    "gan-nonsaturating, compact, CIFAR-10": ("gan-nonsaturating", "cifar10", 1, COMPACT),
    "gan-nonsaturating, DCGAN, batch 10": ("gan-nonsaturating", "stacked-mnist", 1, stack(DCGAN, 10, 256, "batch", 5)),
    "gan-nonsaturating, DCGAN, batch 64": ("gan-nonsaturating", "stacked-mnist", 1, stack(DCGAN, 64, 100, "batch", 5)),
    "veegan, DCGAN, batch 10": ("veegan", "stacked-mnist", 1, stack(DCGAN, 10, 256, "batch", 5)),
}


@pytest.fixture(scope="module")
def lines(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Lines of the table, printed when the module is done."""
    arithmetic.configure()
    lines: list[str] = []
    yield lines
    head = f"{'':<42}{'measured':>10}{'planned':>10}{'ratio':>8}"
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print("\n\nProcessor milliseconds of a step of one seed", head, *lines, sep="\n")


@pytest.mark.parametrize("name", BLOCKS)
def test_the_plan_and_the_clock(name: str, lines: list[str]) -> None:
    variant, dataset, seeds, recipe = BLOCKS[name]
    block = make_block(variant, tuple(range(seeds)), dataset, **recipe, steps=STEPS, evaluations=1)
    planned = block_seconds(block) / STEPS / seeds
    measured = seconds_a_step(block) / seeds
    lines.append(f"{name:<42}{1e3 * measured:>10.1f}{1e3 * planned:>10.1f}{measured / planned:>8.2f}")


def seconds_a_step(block: Block) -> float:
    cell = block.cell
    objective = variants.create(cell.variant.objective, cell.variant.options)
    engine = Engine(initial_networks(block, objective.networks, "cpu", objective.packing), cell.training, objective)
    n, latent, seeds = cell.training.batch * objective.packing, cell.training.latent, len(block.seeds)

    def draw() -> Batch:
        noise = {name: (n,) if kind == "uniform" else (n, latent) for name, kind in objective.noise.items()}
        shapes = {"x": (n, *cell.dataset.shape), "z": (n, latent)} | noise
        return {name: torch.rand((seeds, *shape)) for name, shape in shapes.items()}

    laps = []
    for _ in range(LAPS + 1):
        started = process_time()
        for _ in range(STEPS):
            engine.train(draw)
        laps.append((process_time() - started) / STEPS)
    return median(laps[1:])
