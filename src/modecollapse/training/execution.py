"""How a block's steps are executed. It changes the last digits and the speed of a run, never what is computed.

- eager: torch's operations one by one;
- compiled: an update's losses and gradients as one function, made by torch's compiler in half a minute or two;
- captured: the eager step, recorded as a CUDA graph and replayed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch

from modecollapse.errors import StudyError
from modecollapse.training import arithmetic
from modecollapse.training.draws import BatchSampler
from modecollapse.training.engine import Batch, Engine
from modecollapse.training.graphed import CapturedStep

EAGER, COMPILED, CAPTURED = MODES = ("eager", "compiled", "captured")


def prepare(wanted: str, device: str) -> tuple[dict[str, Any], str | None]:
    """What run.json says of the execution, and the incident if it is not the one wanted.

    StudyError where the mode is none, or where a captured step is wanted on a CPU.
    """
    if wanted not in MODES or (wanted == CAPTURED and torch.device(device).type != "cuda"):
        raise StudyError(f"--execution {wanted} on {device}; allowed: {EAGER}, {COMPILED}, or on cuda {CAPTURED}")
    compiler = arithmetic.start_compiler() if wanted == COMPILED else None
    if wanted == COMPILED and compiler is None:
        incident = "compiled steps are impossible here, where torch finds no C++ compiler that works: steps are eager"
        return {"mode": EAGER, "compiler": None}, incident
    return {"mode": wanted, "compiler": compiler}, None


def step_of(mode: str, engine: Engine, sampler: BatchSampler) -> Callable[[], Batch]:
    """One training step as a function, which returns each update's losses, (S,); the engine knows if it is compiled."""
    return CapturedStep(engine, sampler).train if mode == CAPTURED else partial(engine.train, sampler.batch)
