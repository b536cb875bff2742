"""The engine: one training step of a whole block of seeds.

Every parameter of the block is stacked along a first axis, the seeds. `vmap` runs the one-seed loss of a variant over
that axis; the sum of the seeds' losses is differentiated once, which gives each seed its own gradient because no loss
reads another seed's parameters. Adam is elementwise, so torch's own optimizer steps the stacked parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import torch
from torch import nn
from torch.func import functional_call, stack_module_state, vmap

from modecollapse.study.config import Adam
from modecollapse.variants import Loss, Update

Batch = dict[str, torch.Tensor]
SAMPLING_CHUNK = 2500


class Engine:
    """The networks of S seeds and their optimizers.

    A block of one seed calls its modules directly: it is the plain loop, without the price of `vmap`.
    """

    def __init__(self, copies: dict[str, list[nn.Module]], adam: Adam) -> None:
        """`copies`: for each symbol (G, D, ...) the S networks, one a seed, already on their device."""
        self.seeds = len(next(iter(copies.values())))
        self._single = self.seeds == 1
        self._modules = {symbol: networks[0] for symbol, networks in copies.items()}
        self.parameters = {symbol: self._stack(networks) for symbol, networks in copies.items()}
        settings = {"lr": adam.lr, "betas": (adam.beta1, adam.beta2), "eps": adam.eps, "fused": True}
        self.optimizers = {
            symbol: torch.optim.Adam(parameters.values(), **settings) for symbol, parameters in self.parameters.items()
        }

    def step(self, updates: Sequence[Update], draw: Callable[[], Batch], schedule: str) -> dict[str, torch.Tensor]:
        """One training step; returns each update's losses, (S,), by the update's name.

        `alternating`: each update draws its own batch and sees the parameters the one before it left.
        `simultaneous`: all updates share one batch and the parameters of the step's beginning.
        """
        _check_updates(updates, schedule)
        losses = {}
        if schedule == "alternating":
            for update in updates:
                losses[update.name] = self._differentiate(update, draw())
                self._move(update)
        else:
            batch = draw()
            for update in updates:
                losses[update.name] = self._differentiate(update, batch)
            for update in updates:
                self._move(update)
        return losses

    def gradient_norms(self) -> dict[str, torch.Tensor]:
        """The l2 norm of each network's last gradient, (S,), by symbol."""
        return {
            symbol: sum(self._by_seed(p.grad).flatten(1).square().sum(1) for p in parameters.values()).sqrt()
            for symbol, parameters in self.parameters.items()
        }

    @torch.no_grad()
    def generate(self, z: torch.Tensor) -> torch.Tensor:
        """(S, n, *shape): what the generators make of the same latents z, (n, K)."""
        return torch.cat([self._generate(chunk) for chunk in z.split(SAMPLING_CHUNK)], dim=1)

    def finite_parameters(self) -> torch.Tensor:
        """(S,) bool: the seeds without a NaN or an infinity in any parameter."""
        tensors = [p.detach() for parameters in self.parameters.values() for p in parameters.values()]
        return torch.stack([self._by_seed(p).flatten(1).isfinite().all(1) for p in tensors]).all(0)

    def weights(self) -> Batch:
        """Every parameter as (S, ...), named `G.body.0.weight`."""
        return {
            f"{symbol}.{name}": self._by_seed(p.detach()).clone()
            for symbol, parameters in self.parameters.items()
            for name, p in parameters.items()
        }

    def state(self) -> Batch:
        """All that the next step depends on: the weights and Adam's moments and step counts."""
        state = self.weights()
        for symbol, name, p in self._named():
            for key, value in self.optimizers[symbol].state[p].items():
                state[f"adam.{symbol}.{name}.{key}"] = value.clone()
        return state

    @torch.no_grad()
    def restore(self, state: Batch) -> None:
        """Continue from `state()`. KeyError where a tensor is missing, RuntimeError where a shape differs."""
        for symbol, name, p in self._named():
            self._by_seed(p).copy_(state[f"{symbol}.{name}"])
            prefix = f"adam.{symbol}.{name}."
            self.optimizers[symbol].state[p] = {
                key.removeprefix(prefix): value.to(p.device, copy=True)
                for key, value in state.items()
                if key.startswith(prefix)
            }

    def _stack(self, networks: list[nn.Module]) -> Batch:
        if self._single:
            return dict(networks[0].named_parameters())
        parameters, _ = stack_module_state(networks)
        return {name: p.detach().requires_grad_() for name, p in parameters.items()}

    def _differentiate(self, update: Update, batch: Batch) -> torch.Tensor:
        """Set the gradients of the update's networks and return the losses, (S,)."""
        for symbol, parameters in self.parameters.items():
            for p in parameters.values():
                p.requires_grad_(symbol in update.networks)
        moved = [p for symbol in update.networks for p in self.parameters[symbol].values()]
        losses = self._losses(update.loss, batch)
        for p, gradient in zip(moved, torch.autograd.grad(losses.sum(), moved), strict=True):
            p.grad = gradient.contiguous()  # fused Adam reads flat memory; vmap hands out transposed views
        return losses.detach()

    def _move(self, update: Update) -> None:
        for symbol in update.networks:
            self.optimizers[symbol].step()

    def _losses(self, loss: Loss, batch: Batch) -> torch.Tensor:
        if self._single:
            one = SimpleNamespace(**{name: value[0] for name, value in batch.items()})
            return loss(SimpleNamespace(**self._modules), one).unsqueeze(0)
        return vmap(lambda parameters, b: loss(self._networks(parameters), SimpleNamespace(**b)))(
            self.parameters, batch
        )

    def _networks(self, parameters: dict[str, Batch]) -> Any:
        """The networks as a loss calls them, with one seed's parameters."""

        def network(symbol: str) -> Callable[..., torch.Tensor]:
            return lambda *inputs: functional_call(self._modules[symbol], parameters[symbol], inputs)

        return SimpleNamespace(**{symbol: network(symbol) for symbol in parameters})

    def _generate(self, z: torch.Tensor) -> torch.Tensor:
        if self._single:
            return self._modules["G"](z).unsqueeze(0)
        return vmap(lambda parameters: functional_call(self._modules["G"], parameters, (z,)))(self.parameters["G"])

    def _by_seed(self, tensor: torch.Tensor) -> torch.Tensor:
        """The tensor with the seeds as its first axis, also where the block has one seed."""
        return tensor.unsqueeze(0) if self._single else tensor

    def _named(self) -> list[tuple[str, str, torch.Tensor]]:
        return [(symbol, name, p) for symbol, parameters in self.parameters.items() for name, p in parameters.items()]


def _check_updates(updates: Sequence[Update], schedule: str) -> None:
    """Losses are named by what they move, and a network has one gradient at a time."""
    names = [update.name for update in updates]
    moved = [symbol for update in updates for symbol in update.networks]
    if len(set(names)) < len(names) or (schedule == "simultaneous" and len(set(moved)) < len(moved)):
        raise ValueError(f"updates {names} cannot be told apart in a {schedule} step")
