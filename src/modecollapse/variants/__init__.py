"""Variants: one file an objective, in the papers' symbols, written for ONE seed and plain networks.

A file declares LABEL, NETWORKS (a role for each symbol) and OPTIONS, where it has any, and defines `Variant`, a
subclass of `Objective`. Losses are called as `loss(n, b)`: `n.G(z)` is the generator's output
for one seed, `b.x` a batch of real data, `b.z` a batch of latents; which parameters, whose gradients and how many seeds
at once is the engine's business.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from types import SimpleNamespace
from typing import Any, ClassVar

import torch

Loss = Callable[[Any, Any], torch.Tensor]


@dataclass(frozen=True)
class Update:
    """One optimizer step: `networks` (symbols) move down the gradient of `loss`."""

    networks: tuple[str, ...]
    loss: Loss

    @property
    def name(self) -> str:
        """The networks' symbols, as the trace names the loss: `D`, `GF`."""
        return "".join(self.networks)


class Objective:
    """What a variant states: its networks by role, its updates in order, the extra noise its losses read."""

    networks: ClassVar[dict[str, str]]
    noise: ClassVar[tuple[str, ...]] = ()  # names of further (batch, K) standard normal draws in b

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = SimpleNamespace(**options)

    def updates(self) -> list[Update]:
        """The updates of one training step, in order."""
        raise NotImplementedError

    def pretraining(self) -> tuple[int, list[Update]]:
        """How many steps of which updates come before the first training step."""
        return 0, []


def create(objective: str, options: dict[str, Any]) -> Objective:
    """The objective of a file of this folder, with validated options."""
    module = import_module(f"modecollapse.variants.{objective.replace('-', '_')}")
    return module.Variant(options)
