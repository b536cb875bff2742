"""IvOM of 64 images from 3 restarts: every start on its own against SciPy's one vector (`pytest tests/benchmarks`).

One thread, a small convolutional generator with batch norm. Both go on until they are about where `invert` is after
ITERATIONS; the table gives seconds and evaluations of the generator a start. Nothing here asserts a time.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np
import pytest
import torch
from blocks import RECIPE
from joint_inversion import invert_jointly

from modecollapse import networks
from modecollapse.measures.inversion import frozen
from modecollapse.measures.ivom import Generator, Inverted, draw_starts, invert
from modecollapse.study.recipe import Training
from modecollapse.training import arithmetic

IMAGES, RESTARTS, LATENT = 64, 3, 32
ITERATIONS, NEARLY = 200, 1.005  # SciPy's are doubled until its error is within half a percent
GENERATOR = {"channels": [32, 16], "kernel": 5, "activation": "relu", "normalisation": "batch", "output": "tanh"}


def generator(seed: int) -> Generator:
    """Images of 16 x 16, with weights so large that they are as far from linear as a trained one's."""
    used = {**RECIPE["networks"], "generator": GENERATOR}
    recipe = Training.model_validate(RECIPE | {"latent": LATENT, "networks": used})
    torch.manual_seed(seed)
    built = networks.build("generator", recipe, (3, 16, 16))
    for weight in built.parameters():
        weight.data *= 3
    return frozen(built, torch.randn(1000, LATENT))


def test_each_start_on_its_own_over_one_vector(record: Callable[..., None]) -> None:
    arithmetic.configure()
    made, other = generator(0), generator(1)
    starts = draw_starts("normal", RESTARTS, IMAGES, LATENT, np.random.default_rng(1))
    hidden = draw_starts("normal", 1, IMAGES, LATENT, np.random.default_rng(2))[0]
    images = 0.8 * made(hidden) + 0.2 * other(hidden)  # near to images of the generator, and none of them
    evaluated = 0

    def counted(z: torch.Tensor) -> torch.Tensor:
        nonlocal evaluated
        evaluated += len(z)
        return made(z)

    def timed(way: Callable[..., Inverted], iterations: int) -> tuple[float, float, float]:
        nonlocal evaluated
        evaluated, begun = 0, perf_counter()
        error = way(counted, images, starts, iterations).mse.mean()
        seconds, each = perf_counter() - begun, evaluated / (IMAGES * RESTARTS)
        values = {"iterations": iterations, "mean error": float(error), "evaluations a start": each, "seconds": seconds}
        record("ivom", "ours" if way is invert else "SciPy", **values)
        return error, each, seconds

    error, each, seconds = timed(invert, ITERATIONS)
    iterations = ITERATIONS
    while (joint := timed(invert_jointly, iterations))[0] > NEARLY * error and iterations < 16 * ITERATIONS:
        iterations = round(1.25 * iterations)
    record("ivom", "ratio", **{"evaluations a start": joint[1] / each, "seconds": joint[2] / seconds})
    assert joint[0] == pytest.approx(error, rel=0.01)
