"""Seed-steps per second of the engine and of the plain loop, one thread each (`pytest tests/benchmarks`).

Nothing here asserts a time. The table at the end gives medians over rounds in which the contenders take
turns, because a shared machine drifts by more than they differ.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from types import SimpleNamespace

import pytest
import torch
from blocks import BlockTraining
from plain_loop import PlainLoop

from modecollapse.study import plan
from modecollapse.study.cost import block_seconds
from modecollapse.study.load import load_study
from modecollapse.training import arithmetic

CONFIG = Path(__file__).resolve().parents[2] / "config" / "config.yaml"
VARIANTS = ("gan-nonsaturating", "veegan")
BLOCKS = (1, 5, 20)
ROUNDS, SEED_STEPS = 9, 120  # of each contender
EVERY_VARIANT = load_study([CONFIG]).variants
BLOCK, LAPS = 10, 5  # for the speed of every variant

RATIOS = "Seed-steps per second, and the engine's over the plain loop's"
RATIOS += f"\n{'ring':<20}{'plain loop':>12}" + "".join(f"{f'block of {seeds}':>18}" for seeds in BLOCKS)
SPEEDS = f"Seed-steps per second on one thread\n{'ring':<20}{f'block of {BLOCK}':>12}{'the plan says':>16}"

Step = Callable[[], object]


@pytest.fixture(scope="module")
def cells() -> dict[str, plan.Cell]:
    """The default study's ring cells by variant."""
    arithmetic.configure()
    return {cell.variant.name: cell for cell in plan.cells(load_study([CONFIG])) if cell.dataset.name == "ring"}


@pytest.mark.parametrize("variant", VARIANTS)
def test_plain_loop(benchmark, cells, variant):
    benchmark.pedantic(plain_step(cells[variant]), rounds=ROUNDS, iterations=SEED_STEPS // 4, warmup_rounds=1)


@pytest.mark.parametrize("seeds", BLOCKS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_engine(benchmark, cells, variant, seeds):
    benchmark.extra_info["seed_steps_per_step"] = seeds
    step = engine_step(cells[variant], seeds)
    benchmark.pedantic(step, rounds=ROUNDS, iterations=max(2, SEED_STEPS // 4 // seeds), warmup_rounds=1)


@pytest.mark.parametrize("variant", VARIANTS)
def test_engine_over_plain_loop(cells, variant, line):
    contenders = {0: plain_step(cells[variant])} | {s: engine_step(cells[variant], s) for s in BLOCKS}
    rounds = [{s: speed(step, s or 1) for s, step in contenders.items()} for _ in range(ROUNDS + 1)][1:]
    cells_of_line = [
        f"{median(r[s] for r in rounds):>10.0f} ({median(r[s] / r[0] for r in rounds):.2f}x)" for s in BLOCKS
    ]
    line(RATIOS, f"{variant:<20}{median(r[0] for r in rounds):>12.0f}" + "".join(cells_of_line))


@pytest.mark.parametrize("variant", EVERY_VARIANT)
def test_every_variant(cells, variant, line):
    step = engine_step(cells[variant], BLOCK)
    laps = [speed(step, BLOCK) for _ in range(LAPS + 1)][1:]
    estimate = BLOCK / (
        block_seconds(plan.Block(cell=cells[variant], seeds=list(range(BLOCK)))) / cells[variant].training.steps
    )
    line(SPEEDS, f"{variant:<20}{median(laps):>12.0f}{estimate:>16.0f}")


def plain_step(cell: plan.Cell) -> Step:
    """One step of one seed, with the draws that the engine makes for it."""
    training = BlockTraining(plan.Block(cell=cell, seeds=[0]), torch.float32)
    loop = PlainLoop(vars(training.networks()), cell.training, training.objective)

    def draw() -> SimpleNamespace:
        return SimpleNamespace(**{name: value.squeeze(0) for name, value in training.sampler.batch().items()})

    return lambda: loop.train(draw)


def engine_step(cell: plan.Cell, seeds: int) -> Step:
    """One step of a block."""
    training = BlockTraining(plan.Block(cell=cell, seeds=list(range(seeds))), torch.float32)
    return lambda: training.engine.train(training.sampler.batch)


def speed(step: Step, seeds: int) -> float:
    """Seed-steps per second over one round."""
    steps = max(2, SEED_STEPS // seeds)
    started = perf_counter()
    for _ in range(steps):
        step()
    return steps * seeds / (perf_counter() - started)
