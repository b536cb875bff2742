"""The training loop a careful user writes for one seed: plain modules, `backward`, torch's optimizers as they come.

The engine's weights and its speed are compared with this loop's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from types import SimpleNamespace
from typing import Any

import torch
from torch import nn
from torch.func import functional_call

from modecollapse.study.recipe import Training
from modecollapse.training.inner_adam import InnerAdam
from modecollapse.variants import Objective, Update


class PlainLoop:
    """Trains copies of the given networks, one for each symbol."""

    def __init__(self, networks: dict[str, nn.Module], recipe: Training, objective: Objective) -> None:
        self.networks = {symbol: deepcopy(network) for symbol, network in networks.items()}
        self.objective, self.schedule = objective, recipe.schedule
        self.settings = {symbol: recipe.optimizer_of(role) for symbol, role in objective.networks.items()}
        self.optimizers = {symbol: self._optimizer(symbol) for symbol in networks if [*networks[symbol].parameters()]}
        self.losses: dict[str, torch.Tensor] = {}
        dtype = next(next(iter(networks.values())).parameters()).dtype
        self.state = {name: torch.tensor(value, dtype=dtype) for name, value in objective.state().items()}

    def train(self, draw: Callable[[], SimpleNamespace]) -> dict[str, torch.Tensor]:
        """One training step; returns losses, auxiliary values and state, by the names of the trace."""
        aux = self.step(self.objective.updates(), draw)
        self.state = self.objective.next_state(self.state, aux)
        shown = {f"loss_{name}": loss for name, loss in self.losses.items()}
        shown |= {f"aux_{name}": value for name, value in aux.items()}
        return shown | {f"state_{name}": value for name, value in self.state.items() if name[0] != "_"}

    def step(self, updates: Sequence[Update], draw: Callable[[], SimpleNamespace]) -> dict[str, torch.Tensor]:
        """Alternating: a new batch for each update. Simultaneous: one batch, all gradients, then all moves."""
        aux: dict[str, torch.Tensor] = {}
        batch = None
        if self.schedule == "alternating":
            for update in updates:
                for _ in range(update.times):
                    batch = draw() if update.new_batch or batch is None else batch
                    aux |= self._backward(update, batch)
                    self._move(update)
        else:
            batch = draw()
            for update in updates:
                aux |= self._backward(update, batch)
            for update in updates:
                self._move(update)
        return aux

    def weights(self) -> dict[str, torch.Tensor]:
        """Every parameter by the engine's name for it, `G.body.0.weight`."""
        return {
            f"{symbol}.{name}": parameter.detach()
            for symbol, network in self.networks.items()
            for name, parameter in network.named_parameters()
        }

    def _optimizer(self, symbol: str) -> torch.optim.Optimizer:
        parameters, settings = self.networks[symbol].parameters(), self.settings[symbol]
        if settings.kind == "adam":
            betas = (settings.beta1, settings.beta2)
            return torch.optim.Adam(parameters, lr=settings.lr, betas=betas, eps=settings.eps)
        return torch.optim.RMSprop(parameters, lr=settings.lr, alpha=settings.alpha, eps=settings.eps)

    def _backward(self, update: Update, batch: SimpleNamespace) -> dict[str, torch.Tensor]:
        for symbol, network in self.networks.items():
            network.requires_grad_(symbol in update.networks)
        for symbol in update.networks:
            self.optimizers[symbol].zero_grad()
        value = update.loss(self._called(), SimpleNamespace(**vars(batch), **self.state))
        loss, aux = value if isinstance(value, tuple) else (value, {})
        loss.backward()
        self.losses[update.name] = loss.detach()
        return {name: value.detach() for name, value in aux.items()}

    def _move(self, update: Update) -> None:
        for symbol in update.networks:
            for group in self.optimizers[symbol].param_groups:
                settings = self.settings[symbol]
                group["lr"] = settings.lr * float(self.state.get("rate", 1.0))
            self.optimizers[symbol].step()
            if update.project:
                for parameter in self.networks[symbol].parameters():
                    parameter.data = update.project(parameter.data)

    def _called(self, **replaced: Any) -> Any:
        """The networks as a loss calls them."""
        parameters = {symbol: dict(network.named_parameters()) for symbol, network in self.networks.items()}
        called = dict(self.networks)
        for symbol, theta in replaced.items():
            called[symbol] = lambda *inputs, s=symbol, t=theta: functional_call(self.networks[s], t, inputs)
        return SimpleNamespace(
            **called,
            parameters=parameters,
            adam={symbol: self._inner_adam(symbol) for symbol in self.objective.unrolls},
            replace=self._called,
        )

    def _inner_adam(self, symbol: str) -> InnerAdam:
        adam, states = self.settings[symbol], self.optimizers[symbol].state
        named = dict(self.networks[symbol].named_parameters())
        zero = {name: torch.zeros_like(parameter) for name, parameter in named.items()}
        m = {name: states[parameter].get("exp_avg", zero[name]) for name, parameter in named.items()}
        v = {name: states[parameter].get("exp_avg_sq", zero[name]) for name, parameter in named.items()}
        t = max((float(states[parameter].get("step", 0)) for parameter in named.values()), default=0.0)
        return InnerAdam(adam.lr, adam.beta1, adam.beta2, adam.eps, torch.tensor(t, dtype=torch.float64), m, v)
