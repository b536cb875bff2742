"""Contenders of a benchmark, timed in turns, because a shared machine drifts by more than they differ."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from statistics import median
from time import process_time
from types import SimpleNamespace
from typing import Any, NamedTuple

import torch
from blocks import BlockTraining
from plain_loop import PlainLoop
from torch.utils._python_dispatch import TorchDispatchMode

from modecollapse.study.specs import Block

LAP_SECONDS = 0.3
PRODUCTS = {torch.ops.aten.mm.default, torch.ops.aten.addmm.default}
Step = Callable[[], object]


def in_turns(contenders: dict[str, Callable[[], Any]], rounds: int, warm_up: int = 1) -> list[dict[str, Any]]:
    """What each contender returned in each round; the first `warm_up` rounds are left out."""
    return [{name: contender() for name, contender in contenders.items()} for _ in range(warm_up + rounds)][warm_up:]


def medians(laps: list[dict[str, float]], base: str | None = None) -> dict[str, float]:
    """The median of each contender's results; with `base`, of its ratio to that contender's in the same round."""
    return {name: median(lap[name] / (lap[base] if base else 1) for lap in laps) for name in laps[0]}


def lap(step: Step, seeds: int = 1, defaults: bool = False) -> float:
    """Seed-steps a second of processor time, of as many steps as fit into a lap, at least one.

    With `defaults`, torch is neither deterministic nor does it flush denormals, as when nobody asks for that.
    """
    torch.set_deterministic_debug_mode("default" if defaults else "error")
    torch.set_flush_denormal(not defaults)
    begun, steps = process_time(), 0
    while steps == 0 or process_time() - begun < LAP_SECONDS:
        step()
        steps += 1
    return steps * seeds / (process_time() - begun)


class Cost(NamedTuple):
    """The cost of a process."""

    seconds: float  # of a processor, user and system
    megabytes: float  # at most in memory


def cost(command: list[str], output: Path, **options: Any) -> Cost:
    """Run a command to a good end, with what it prints in the file `output`; returns its cost."""
    with output.open("w") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, **options)
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, output.read_text()[-3000:]
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def engine_step(block: Block, compiled: bool = False) -> Step:
    """One step of a block."""
    training = BlockTraining(block, torch.float32, compiled=compiled)
    return lambda: training.engine.train(training.sampler.batch)


def plain_step(block: Block) -> Step:
    """One step of the plain loop on a block of one seed, with the draws that the engine makes for it."""
    training = BlockTraining(block, torch.float32)
    loop = PlainLoop(vars(training.networks()), block.cell.training, training.objective)

    def draw() -> SimpleNamespace:
        return SimpleNamespace(**{name: value.squeeze(0) for name, value in training.sampler.batch().items()})

    return lambda: loop.train(draw)


class Shapes(TorchDispatchMode):
    """Counts the matrix products of what runs inside, by their sizes (rows, inner, columns)."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[tuple[int, int, int]] = Counter()

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if function in PRODUCTS:
            left, right = args[-2:]
            self.counts[(*left.shape, right.shape[1])] += 1
        return function(*args, **(kwargs or {}))


def products_step(step: Step) -> tuple[Step, float]:
    """The matrix products of a step without all else, each in memory that it has to itself; and their operations."""
    with Shapes() as shapes:
        step()
    operands = [
        (torch.randn(rows, inner), torch.randn(inner, columns), torch.empty(rows, columns), count)
        for (rows, inner, columns), count in shapes.counts.items()
    ]

    def multiply() -> None:
        for left, right, out, count in operands:
            for _ in range(count):
                torch.mm(left, right, out=out)

    return multiply, sum(2.0 * rows * inner * columns * n for (rows, inner, columns), n in shapes.counts.items())


def torchgan_step(block: Block, losses: list[Any], folder: Path) -> Step:
    """One iteration of torchgan's trainer on the networks, rates and data of a block of one seed.

    Its data are 64 batches in turn, as a loader hands them over without a copy; it draws z itself.
    """
    from torchgan.trainer import Trainer

    training, recipe = BlockTraining(block, torch.float32), block.cell.training
    batches = cycle([training.sampler.batch()["x"].squeeze(0) for _ in range(64)])
    models = {}
    for name, network in (("generator", training.networks().G), ("discriminator", training.networks().D)):
        network.encoding_dims, network.label_type = recipe.latent, "none"
        adam = recipe.optimizer_of(name)
        settings = {"lr": adam.lr, "betas": (adam.beta1, adam.beta2), "eps": adam.eps}
        optimizer = {"name": torch.optim.Adam, "args": settings}
        models[name] = {"name": lambda made=network: made, "optimizer": optimizer}
    places = {"checkpoints": str(folder / "gan"), "recon": str(folder)}
    trainer = Trainer(models, losses, device=torch.device("cpu"), **places)
    trainer.batch_size = recipe.batch

    def step() -> None:
        trainer.real_inputs = next(batches)
        trainer.train_iter()

    return step
