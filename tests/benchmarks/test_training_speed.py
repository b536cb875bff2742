"""Speed of training: the engine beside the plain loop, a step beside what the plan says (`pytest tests/benchmarks`).

Nothing here asserts a time. The tables give medians over rounds; where there are several contenders they take turns,
because a shared machine drifts by more than they differ. Batches of images are noise, so that no data are read.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from blocks import BlockTraining, make_block
from default_config import DEFAULT
from plain_loop import PlainLoop

from modecollapse.study import catalogue, plan
from modecollapse.study.cost import block_seconds
from modecollapse.study.load import load_study
from modecollapse.training import arithmetic

ROUNDS, SEED_STEPS = 9, 120  # of each contender
BLOCKS = (1, 5, 20)  # seeds beside the plain loop
ON_POINTS = 10  # seeds of a block on the ring beside the plan
RATIOS = "Seed-steps per second, and the engine's over the plain loop's"
RATIOS += f"\n{'ring':<20}{'plain loop':>12}" + "".join(f"{f'block of {seeds}':>18}" for seeds in BLOCKS)
PLANNED = f"Milliseconds of a step of one seed\n{'':<42}{'measured':>10}{'planned':>10}{'ratio':>8}"
ON_RING = [f"{name}, ring" for name in load_study([DEFAULT]).variants]
Step = Callable[[], object]


def of_images(channels: list[int], batch: int, latent: int, critic: str, kernel: int) -> dict[str, Any]:
    """A recipe of convolutional networks; `critic` is the normalisation of the discriminator."""
    both = {"kernel": kernel, "channels": channels, "activation": "leaky-relu"}
    generator = {"channels": channels[::-1], "activation": "relu", "output": "tanh", "normalisation": "batch"}
    perceptron = {"hidden": [256, 256], "activation": "leaky-relu"}
    networks = {"generator": both | generator, "discriminator": both | {"normalisation": critic}}
    networks |= {"autoencoder": both | {"code": latent, "output": "tanh"}}
    networks |= {"reconstructor": perceptron, "encoder": perceptron}
    return {"latent": latent, "batch": batch, "networks": networks}


COMPACT = of_images([16, 32], 64, 64, "none", 4)
DCGAN_10, DCGAN_64 = (of_images([64, 128, 256, 512], *rest, "batch", 5) for rest in ((10, 256), (64, 100)))
# Of blocks on images: variant, data set, seeds, recipe
IMAGES: dict[str, tuple[str, str, int, dict[str, Any]]] = {
    **{f"{name}, compact": (name, "mnist", 1, COMPACT) for name in catalogue.names("variants")},
    "gan-nonsaturating, compact, three seeds": ("gan-nonsaturating", "mnist", 3, COMPACT),
    "gan-nonsaturating, compact, CIFAR-10": ("gan-nonsaturating", "cifar10", 1, COMPACT),
    "gan-nonsaturating, DCGAN, batch 10": ("gan-nonsaturating", "stacked-mnist", 1, DCGAN_10),
    "gan-nonsaturating, DCGAN, batch 64": ("gan-nonsaturating", "stacked-mnist", 1, DCGAN_64),
    "veegan, DCGAN, batch 10": ("veegan", "stacked-mnist", 1, DCGAN_10),
}


@pytest.fixture(scope="module")
def cells() -> dict[str, plan.Cell]:
    """The default study's ring cells by variant."""
    arithmetic.configure()
    return {cell.variant.name: cell for cell in plan.cells(load_study([DEFAULT])) if cell.dataset.name == "ring"}


@pytest.mark.parametrize("variant", ["gan-nonsaturating", "veegan"])
def test_the_engine_beside_the_plain_loop(
    variant: str, cells: dict[str, plan.Cell], line: Callable[[str, str], None]
) -> None:
    blocks = {seeds: plan.Block(cell=cells[variant], seeds=list(range(seeds))) for seeds in BLOCKS}
    contenders = {0: plain_step(blocks[1])} | {seeds: engine_step(block) for seeds, block in blocks.items()}
    rounds = [{s: speed(step, s or 1) for s, step in contenders.items()} for _ in range(ROUNDS + 1)][1:]
    engine = [f"{median(r[s] for r in rounds):>10.0f} ({median(r[s] / r[0] for r in rounds):.2f}x)" for s in BLOCKS]
    line(RATIOS, f"{variant:<20}{median(r[0] for r in rounds):>12.0f}" + "".join(engine))


@pytest.mark.parametrize("name", [*ON_RING, *IMAGES])
def test_a_step_beside_the_plan(name: str, cells: dict[str, plan.Cell], line: Callable[[str, str], None]) -> None:
    if name in IMAGES:
        variant, dataset, seeds, recipe = IMAGES[name]
        block = make_block(variant, tuple(range(seeds)), dataset, **recipe, steps=3, evaluations=1)
        laps, step = 3, engine_step(block, Noise(block.cell.dataset.shape))
    else:
        block = plan.Block(cell=cells[name.removesuffix(", ring")], seeds=list(range(ON_POINTS)))
        laps, step = 5, engine_step(block)
    seeds, most = len(block.seeds), block.cell.training.steps
    measured = 1e3 / median([speed(step, seeds, most) for _ in range(laps + 1)][1:])
    planned = 1e3 * block_seconds(block) / most / seeds
    line(PLANNED, f"{name:<42}{measured:>10.2f}{planned:>10.2f}{measured / planned:>8.2f}")


class Noise:
    """Noise of the data's shape."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape

    def sample(self, n: int, generator: torch.Generator) -> torch.Tensor:
        return torch.rand((n, *self.shape), generator=generator)


def plain_step(block: plan.Block) -> Step:
    """One step of the plain loop on a block of one seed, with the draws that the engine makes for it."""
    training = BlockTraining(block, torch.float32)
    loop = PlainLoop(vars(training.networks()), block.cell.training, training.objective)

    def draw() -> SimpleNamespace:
        return SimpleNamespace(**{name: value.squeeze(0) for name, value in training.sampler.batch().items()})

    return lambda: loop.train(draw)


def engine_step(block: plan.Block, dataset: Any = None) -> Step:
    """One step of a block; `dataset` may replace its own as the source of x."""
    training = BlockTraining(block, torch.float32, dataset)
    return lambda: training.engine.train(training.sampler.batch)


def speed(step: Step, seeds: int, most: int = SEED_STEPS) -> float:
    """Seed-steps per second over one round of at most that many steps."""
    steps = min(most, max(2, SEED_STEPS // seeds))
    started = perf_counter()
    for _ in range(steps):
        step()
    return steps * seeds / (perf_counter() - started)
