"""Processor seconds of a training step with convolutional networks, and what the plan says (`pytest tests/benchmarks`).

Nothing here asserts a time. Batches are noise of the data's shape, so that no data are read.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import process_time
from typing import Any

import pytest
import torch
from blocks import BlockTraining, make_block

from modecollapse.study import catalogue
from modecollapse.study.cost import block_seconds
from modecollapse.study.specs import Block
from modecollapse.training import arithmetic

STEPS, LAPS = 3, 3
HEAD = f"Processor milliseconds of a step of one seed\n{'':<42}{'measured':>10}{'planned':>10}{'ratio':>8}"
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


@pytest.mark.parametrize("name", BLOCKS)
def test_the_plan_and_the_clock(name: str, line: Callable[[str, str], None]) -> None:
    arithmetic.configure()
    variant, dataset, seeds, recipe = BLOCKS[name]
    block = make_block(variant, tuple(range(seeds)), dataset, **recipe, steps=STEPS, evaluations=1)
    planned = block_seconds(block) / STEPS / seeds
    measured = seconds_a_step(block) / seeds
    line(HEAD, f"{name:<42}{1e3 * measured:>10.1f}{1e3 * planned:>10.1f}{measured / planned:>8.2f}")


class Noise:
    """Noise of the data's shape."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape

    def sample(self, n: int, generator: torch.Generator) -> torch.Tensor:
        return torch.rand((n, *self.shape), generator=generator)


def seconds_a_step(block: Block) -> float:
    training = BlockTraining(block, torch.float32, Noise(block.cell.dataset.shape))
    laps = []
    for _ in range(LAPS + 1):
        started = process_time()
        for _ in range(STEPS):
            training.engine.train(training.sampler.batch)
        laps.append((process_time() - started) / STEPS)
    return median(laps[1:])
