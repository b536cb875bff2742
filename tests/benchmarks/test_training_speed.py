"""Speed of training on the ring: the engine beside the plain loop, its matrix products, a library and the plan.

All have one thread and keep freed memory; the engine has the arithmetic of every stage, the others torch's defaults.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter

import pytest
import torch
from contenders import engine_step, in_turns, lap, medians, plain_step, products_step, torchgan_step
from default_config import DEFAULT

from modecollapse.study import plan
from modecollapse.study.cost import block_seconds
from modecollapse.study.load import load_study
from modecollapse.training import arithmetic

BLOCKS = COMPILED_BLOCKS = (1, 3, 10, 30)
PLANNED = 10  # seeds of the block beside the plan
PLAIN = "plain loop"
LIBRARY = {"gan-nonsaturating": "Minimax", "lsgan": "LeastSquares"}  # torchgan's name for the losses
Ring = Callable[[str, int], plan.Block]


@pytest.fixture(scope="module")
def ring() -> Ring:
    """`ring(variant, seeds)`: a block of the default study's cell on the ring."""
    arithmetic.configure()
    cells = {cell.variant.name: cell for cell in plan.cells(load_study([DEFAULT])) if cell.dataset.name == "ring"}
    return lambda variant, seeds: plan.Block(cell=cells[variant], seeds=list(range(seeds)))


@pytest.fixture
def compiles(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> bool:
    """Whether steps can be compiled here: from nothing, with room for a version of a function for every contender."""
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    torch._dynamo.reset()
    torch._dynamo.config.recompile_limit = 64
    return arithmetic.start_compiler() is not None


@pytest.mark.parametrize("variant", load_study([DEFAULT]).variants)
def test_training(variant: str, ring: Ring, compiles: bool, record: Callable[..., None], rounds: int) -> None:
    """Ratios to the plain loop; `products` are its matrix products alone, `plan` the estimate for a block of 10."""
    plain, (products, operations) = plain_step(ring(variant, 1)), products_step(plain_step(ring(variant, 1)))
    laps = {PLAIN: partial(lap, plain, defaults=True), "products": partial(lap, products)}
    if compiles:
        laps[f"{PLAIN}, compiled"] = partial(lap, torch.compile(plain_step(ring(variant, 1))), defaults=True)
    laps |= {str(seeds): partial(lap, engine_step(ring(variant, seeds)), seeds) for seeds in BLOCKS}
    compiling = {}
    for seeds in COMPILED_BLOCKS if compiles else ():
        step, begun = engine_step(ring(variant, seeds), True), perf_counter()
        step()
        compiling[f"compiled {seeds}"] = perf_counter() - begun
        laps[f"compiled {seeds}"] = partial(lap, step, seeds)
    measured = in_turns(laps, rounds)

    speeds, ratios = medians(measured), medians(measured, PLAIN)
    of_products = ratios.pop("products")
    block = ring(variant, PLANNED)
    planned = PLANNED * block.cell.training.steps / block_seconds(block)
    more = {"products": of_products, "share of products": max(ratios.values()) / of_products}
    more |= {"GFLOP/s of products": operations * speeds["products"] / 1e9}
    more |= {"seconds to compile": compiling.get("compiled 30"), "plan": planned / speeds[str(PLANNED)]}
    record("training", variant, **ratios | {PLAIN: speeds[PLAIN]} | more)


@pytest.mark.parametrize("variant", LIBRARY)
def test_a_public_library(variant: str, ring: Ring, record: Callable[..., None], rounds: int, tmp_path: Path) -> None:
    losses = pytest.importorskip("torchgan.losses", reason="torchgan, a library to compare with, is not installed")
    chosen = [getattr(losses, f"{LIBRARY[variant]}{network}Loss")() for network in ("Generator", "Discriminator")]
    laps = {PLAIN: partial(lap, plain_step(ring(variant, 1)), defaults=True)}
    laps["torchgan"] = partial(lap, torchgan_step(ring(variant, 1), chosen, tmp_path), defaults=True)
    laps |= {f"{seeds}": partial(lap, engine_step(ring(variant, seeds)), seeds) for seeds in (BLOCKS[0], BLOCKS[-1])}
    measured = in_turns(laps, rounds)
    record("library", variant, **medians(measured, PLAIN) | {PLAIN: medians(measured)[PLAIN]})
