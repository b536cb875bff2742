"""Variants: one file an objective, in the papers' symbols, written for ONE seed and plain networks.

A file declares LABEL, NETWORKS (a role for each symbol) and, where it has any, OPTIONS, PRESETS (named sets of
options), REQUIRES (what a recipe must be like) and REPEATS (for cost estimates: symbol -> an option that multiplies
the work of its network, and how many usual passes one of it costs). It defines `Variant`, a subclass of `Objective`.

A loss is called as `loss(n, b)`: `n.G(z)` is the generator's output for one seed, `b.x` a batch of real data, `b.z` a
batch of latents, `b.k` a state named k. The engine decides which parameters these calls use, which ones are
differentiated, and how many seeds are trained at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from types import SimpleNamespace
from typing import Any, ClassVar

import torch

# A loss returns its value, or its value and auxiliary values by name: {"L_x": ...}. Each name belongs to one loss.
# `next_state` reads the auxiliary values, and the trace holds their means.
Loss = Callable[[Any, Any], torch.Tensor | tuple[torch.Tensor, dict[str, torch.Tensor]]]
State = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Update:
    """An optimizer step: `networks` (symbols) move down the gradient of `loss`.

    It is made `times` times in a row, each time followed by `project` of every moved parameter. In an alternating step
    each time draws a batch, unless `new_batch` is false: then it reads the batch of the update before it.
    """

    networks: tuple[str, ...]
    loss: Loss
    times: int = 1
    project: Callable[[torch.Tensor], torch.Tensor] | None = None
    new_batch: bool = True

    @property
    def name(self) -> str:
        """The networks' symbols, as the trace names the loss: `D`, `GF`."""
        return "".join(self.networks)


class Objective:
    """The parts of a variant: networks by role, updates in order, the draws that its losses read, and its state."""

    networks: ClassVar[dict[str, str]]
    # Further draws in b by name: `normal` (batch, K); `prior`, distributed as z; `uniform` on [0, 1], (batch,)
    noise: ClassVar[dict[str, str]] = {}
    # Symbols of the networks whose Adam a loss continues itself, as n.adam[symbol]
    unrolls: ClassVar[tuple[str, ...]] = ()

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = SimpleNamespace(**options)

    @property
    def packing(self) -> int:
        """The number of items that D sees at once; b.x and b.z hold as many batches."""
        return 1

    def updates(self) -> list[Update]:
        """The updates of one training step, in order."""
        raise NotImplementedError

    def pretraining(self) -> tuple[int, list[Update]]:
        """The number of steps before the first training step, and their updates."""
        return 0, []

    def state(self) -> dict[str, float]:
        """The numbers that a seed keeps from step to step, with their first values.

        A number named `rate` multiplies the seed's learning rates. The trace holds all but those named `_...`.
        """
        return {}

    def next_state(self, state: State, aux: State) -> State:
        """The state after a step whose losses returned the auxiliary values `aux`; elementwise on (S,) tensors."""
        return state


def create(objective: str, options: dict[str, Any]) -> Objective:
    """The objective of a file of this folder, with validated options."""
    module = import_module(f"modecollapse.variants.{objective.replace('-', '_')}")
    return module.Variant(options)
