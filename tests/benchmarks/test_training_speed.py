"""Speed of training on the ring: the engine beside the plain loop, its matrix products, a library and the plan.

The process has the arithmetic of every stage: one thread, deterministic algorithms, freed memory kept.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter

import pytest
import torch
from contenders import HAS_COMPILED, engine_step, in_turns, lap, medians, plain_step, products_step, torchgan_step
from default_config import DEFAULT

from modecollapse.study import plan
from modecollapse.study.cost import block_seconds
from modecollapse.study.load import load_study
from modecollapse.training import arithmetic

BLOCKS = (1, 3, 10, 30)
NOT_COMPILED = ("unrolled",)  # compiling it takes longer than a benchmark may
PLAIN = "plain loop"
LIBRARY = {"gan-nonsaturating": "Minimax", "lsgan": "LeastSquares"}  # torchgan's name for the losses
Ring = Callable[[str, int], plan.Block]


@pytest.fixture(scope="module")
def ring() -> Ring:
    """`ring(variant, seeds)`: a block of the default study's cell on the ring."""
    arithmetic.configure()
    cells = {cell.variant.name: cell for cell in plan.cells(load_study([DEFAULT])) if cell.dataset.name == "ring"}
    return lambda variant, seeds: plan.Block(cell=cells[variant], seeds=list(range(seeds)))


@pytest.fixture(autouse=True)
def compiler() -> None:
    """No compiled code of another benchmark; room for as many versions of a function as there are contenders."""
    torch._dynamo.reset()
    torch._dynamo.config.recompile_limit = 64


@pytest.mark.parametrize("variant", load_study([DEFAULT]).variants)
def test_training(variant: str, ring: Ring, record: Callable[..., None], rounds: int) -> None:
    """Ratios to the plain loop; `products` are its matrix products alone, `plan` the estimate for a block of 10."""
    products, operations = products_step(plain_step(ring(variant, 1)))
    steps = {PLAIN: plain_step(ring(variant, 1)), "products": products}
    steps["plain, compiled"] = torch.compile(plain_step(ring(variant, 1)))
    modes = (False, True) if HAS_COMPILED and variant not in NOT_COMPILED else (False,)
    sizes = {("compiled " if mode else "") + str(seeds): (seeds, mode) for mode in modes for seeds in BLOCKS}
    steps |= {name: engine_step(ring(variant, seeds), mode) for name, (seeds, mode) in sizes.items()}
    first = {}
    for name, step in steps.items():
        begun = perf_counter()
        step()
        first[name] = perf_counter() - begun

    laps = {name: partial(lap, step, sizes.get(name, (1,))[0]) for name, step in steps.items()}
    measured = in_turns(laps, rounds)
    speeds, ratios = medians(measured), medians(measured, PLAIN)
    row = {PLAIN: speeds[PLAIN]} | {name: ratios[name] for name in ("plain, compiled", *sizes, "products")}
    row |= {"share of products": max(ratios[name] for name in sizes) / ratios["products"]}
    row |= {"GFLOP/s of products": operations * speeds["products"] / 1e9}
    row |= {"seconds to compile 30": first.get("compiled 30")}
    block = ring(variant, 10)
    planned = block_seconds(block) / block.cell.training.steps / len(block.seeds)
    record("training", variant, **row, plan=1 / planned / speeds[PLAIN])


@pytest.mark.parametrize("variant", LIBRARY)
def test_a_public_library(variant: str, ring: Ring, record: Callable[..., None], rounds: int, tmp_path: Path) -> None:
    losses = pytest.importorskip("torchgan.losses", reason="torchgan, a library to compare with, is not installed")
    chosen = [getattr(losses, f"{LIBRARY[variant]}{network}Loss")() for network in ("Generator", "Discriminator")]
    laps = {PLAIN: partial(lap, plain_step(ring(variant, 1)))}
    laps["torchgan"] = partial(lap, torchgan_step(ring(variant, 1), chosen, tmp_path))
    laps |= {f"{seeds}": partial(lap, engine_step(ring(variant, seeds)), seeds) for seeds in (BLOCKS[0], BLOCKS[-1])}
    measured = in_turns(laps, rounds)
    record("library", variant, **medians(measured, PLAIN) | {PLAIN: medians(measured)[PLAIN]})
