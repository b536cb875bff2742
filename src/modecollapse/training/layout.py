"""What a checkpoint must hold: the names, kinds and shapes of the tensors, known before it is loaded."""

from __future__ import annotations

from collections.abc import Iterable

import torch

from modecollapse.study.recipe import Training
from modecollapse.training import optimizers
from modecollapse.training.engine import Engine
from modecollapse.variants import Objective

Tensors = dict[str, torch.Tensor]
GROWING = ("trace", "window.sums")  # their first axis is as long as what has happened


def moved(objective: Objective, step: int) -> list[str]:
    """The symbols of the networks that have moved by the end of a step; 0 is the end of the pretraining."""
    steps, updates = objective.pretraining()
    done = [*(updates if steps else []), *(objective.updates() if step else [])]
    return list(dict.fromkeys(symbol for update in done for symbol in update.networks))


def optimizer_state(engine: Engine, recipe: Training, objective: Objective, symbols: Iterable[str]) -> Tensors:
    """What the optimizers of some networks keep once they have moved, named as `Engine.state` does; values differ."""
    state: Tensors = {}
    for symbol in symbols:
        copies = {name: torch.zeros_like(p, requires_grad=True) for name, p in engine.parameters[symbol].items()}
        optimizer = optimizers.create(copies, recipe.optimizer_of(objective.networks[symbol]))
        for p in copies.values():
            p.grad = torch.zeros_like(p)
        optimizer.step()
        for name, p in copies.items():
            state |= {f"optimizer.{symbol}.{name}.{key}": value for key, value in optimizer.state[p].items()}
    return state


def check(tensors: Tensors, expected: Tensors) -> None:
    """ValueError where a tensor is missing, not expected, or of another kind or shape than the expected one."""
    for name in sorted(tensors.keys() ^ expected.keys()):
        raise ValueError(f"its tensor {name} is {'missing' if name in expected else 'not one of this run'}")
    for name, tensor in tensors.items():
        found, wanted = (_described(name, t) for t in (tensor, expected[name]))
        if found != wanted:
            raise ValueError(f"its tensor {name} is {found}, not {wanted}")


def _described(name: str, tensor: torch.Tensor) -> str:
    shape = ["any", *tensor.shape[1:]] if name in GROWING else list(tensor.shape)
    return f"{str(tensor.dtype).removeprefix('torch.')} {shape}".replace("'", "")
