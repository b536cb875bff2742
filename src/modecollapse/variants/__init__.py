"""Variants: one file an objective, in the papers' symbols, written for ONE seed and plain networks.

A file declares LABEL, NETWORKS (a role for each symbol) and, where it has any, OPTIONS, PRESETS (named sets of
options), REQUIRES (what a recipe must be like) and REPEATS (for cost estimates: symbol -> an option that multiplies
the work of its network, and how many usual passes one of it costs). It defines `Variant`, a subclass of `Objective`.

Losses are called as `loss(n, b)`: `n.G(z)` is the generator's output for one seed, `b.x` a batch of real data, `b.z` a
batch of latents, `b.k` a state named k; which parameters, whose gradients and how many seeds at once is the engine's
business.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from types import SimpleNamespace
from typing import Any, ClassVar

import torch

# A loss returns its value, or its value and notes, numbers by a name that no other loss of the step uses: {"L_x": ...}.
# `next_state` reads them, and the trace has their means.
Loss = Callable[[Any, Any], torch.Tensor | tuple[torch.Tensor, dict[str, torch.Tensor]]]
State = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Update:
    """An optimizer step: `networks` (symbols) move down the gradient of `loss`.

    It is made `times` times in a row, each followed by `project`, applied to every parameter that moved. In an
    alternating step it draws its own batch, unless `fresh` is false: then it reads that of the update before it.
    """

    networks: tuple[str, ...]
    loss: Loss
    times: int = 1
    project: Callable[[torch.Tensor], torch.Tensor] | None = None
    fresh: bool = True

    @property
    def name(self) -> str:
        """The networks' symbols, as the trace names the loss: `D`, `GF`."""
        return "".join(self.networks)


class Objective:
    """What a variant states: its networks by role, its updates in order, what its losses read, its state."""

    networks: ClassVar[dict[str, str]]
    # Further draws in b: `normal` (batch, K); `prior`, as z; `uniform` on [0, 1], (batch,)
    noise: ClassVar[dict[str, str]] = {}
    # Symbols whose Adam a loss continues by itself, as n.adam[symbol]
    unrolls: ClassVar[tuple[str, ...]] = ()

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = SimpleNamespace(**options)

    @property
    def packing(self) -> int:
        """How many items D sees at once; b.x and b.z hold as many batches."""
        return 1

    def updates(self) -> list[Update]:
        """The updates of one training step, in order."""
        raise NotImplementedError

    def pretraining(self) -> tuple[int, list[Update]]:
        """How many steps of which updates come before the first training step."""
        return 0, []

    def state(self) -> dict[str, float]:
        """The numbers that a seed carries from step to step, with their first values.

        One named `rate` multiplies the learning rates of the seed. The trace keeps all but those named `_...`.
        """
        return {}

    def next_state(self, state: State, seen: State) -> State:
        """The state after a step in which the losses returned `seen`; elementwise on (S,) tensors."""
        return state


def create(objective: str, options: dict[str, Any]) -> Objective:
    """The objective of a file of this folder, with validated options."""
    module = import_module(f"modecollapse.variants.{objective.replace('-', '_')}")
    return module.Variant(options)
