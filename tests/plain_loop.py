"""The training loop a careful user writes for one seed: plain modules, `backward`, torch's Adam as it comes.

The engine's weights and its speed are compared with this loop's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from types import SimpleNamespace

import torch
from torch import nn

from modecollapse.study.config import Adam
from modecollapse.variants import Update


class PlainLoop:
    """Trains copies of the given networks, one for each symbol."""

    def __init__(self, networks: dict[str, nn.Module], adam: Adam) -> None:
        self.networks = {symbol: deepcopy(network) for symbol, network in networks.items()}
        self.optimizers = {
            symbol: torch.optim.Adam(network.parameters(), adam.lr, (adam.beta1, adam.beta2), adam.eps)
            for symbol, network in self.networks.items()
        }

    def step(self, updates: Sequence[Update], draw: Callable[[], SimpleNamespace], schedule: str) -> None:
        """Alternating: a fresh batch for each update. Simultaneous: one batch, all gradients, all moves."""
        if schedule == "alternating":
            for update in updates:
                self._backward(update, draw())
                self._move(update)
        else:
            batch = draw()
            for update in updates:
                self._backward(update, batch)
            for update in updates:
                self._move(update)

    def weights(self) -> dict[str, torch.Tensor]:
        """Every parameter by the engine's name for it, `G.body.0.weight`."""
        return {
            f"{symbol}.{name}": parameter.detach()
            for symbol, network in self.networks.items()
            for name, parameter in network.named_parameters()
        }

    def _backward(self, update: Update, batch: SimpleNamespace) -> None:
        for symbol, network in self.networks.items():
            network.requires_grad_(symbol in update.networks)
        for symbol in update.networks:
            self.optimizers[symbol].zero_grad()
        update.loss(SimpleNamespace(**self.networks), batch).backward()

    def _move(self, update: Update) -> None:
        for symbol in update.networks:
            self.optimizers[symbol].step()
