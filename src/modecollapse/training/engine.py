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

from modecollapse.study.recipe import Training
from modecollapse.training import optimizers
from modecollapse.training.window import Window, named
from modecollapse.variants import Loss, Objective, Update

Batch = dict[str, torch.Tensor]
SAMPLING_CHUNK = 2500


class Engine:
    """The networks of S seeds, their optimizers, and the state of their objective.

    A block of one seed calls its modules directly: it is the plain loop, without the price of `vmap`.
    """

    def __init__(self, copies: dict[str, list[nn.Module]], recipe: Training, objective: Objective) -> None:
        """`copies`: for each symbol (G, D, ...) the S networks, one a seed, already on their device."""
        self.seeds = len(next(iter(copies.values())))
        self._single = self.seeds == 1
        self._schedule, self._objective = recipe.schedule, objective
        self._modules = {symbol: networks[0] for symbol, networks in copies.items()}
        self.parameters = {symbol: self._stack(networks) for symbol, networks in copies.items()}
        self._settings = {symbol: recipe.optimizer_of(objective.networks[symbol]) for symbol in copies}
        self.optimizers = {
            symbol: optimizers.create(parameters, self._settings[symbol])
            for symbol, parameters in self.parameters.items()
        }
        first = next(iter(self.parameters["G"].values()))
        self.variables = {name: first.new_full((self.seeds,), value) for name, value in objective.state().items()}
        self.window = Window(self.seeds, first.device)

    def train(self, draw: Callable[[], Batch]) -> Batch:
        """One training step, counted in the window; returns each update's losses, (S,), by the update's name.

        `alternating`: each update draws its own batch and sees the parameters the one before it left.
        `simultaneous`: all updates share one batch and the parameters of the step's beginning.
        """
        losses, seen = self.step(self._objective.updates(), draw)
        self.variables = self._objective.next_state(self.variables, seen)
        self.window.add(named(loss=losses, seen=seen, state=self.traced_state()))
        return losses

    def step(self, updates: Sequence[Update], draw: Callable[[], Batch]) -> tuple[Batch, Batch]:
        """The step of some updates alone: their (last) losses, and what else they saw, (S,) each."""
        check_updates(updates, self._schedule)
        losses: Batch = {}
        seen: Batch = {}
        batch = draw() if self._schedule == "simultaneous" else {}
        for update in updates:
            for _ in range(update.times):
                if self._schedule == "alternating" and (update.fresh or not batch):
                    batch = draw()
                loss = self._differentiate(update, batch, seen)
                before = losses.get(update.name, loss)
                losses[update.name] = torch.where(before.isfinite(), loss, before)  # what diverged stays diverged
                if self._schedule == "alternating":
                    self._move(update)
        if self._schedule == "simultaneous":
            for update in updates:
                self._move(update)
        return losses, seen

    def traced_state(self) -> Batch:
        """The state that the objective shows, (S,) each."""
        return {name: value for name, value in self.variables.items() if not name.startswith("_")}

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
        """All that the rest of a run depends on: weights, the optimizers' moments and counts, state, window."""
        state = self.weights()
        for symbol, name, p in self._named():
            for key, value in self.optimizers[symbol].state[p].items():
                state[f"optimizer.{symbol}.{name}.{key}"] = value.clone()
        variables = {f"state.{name}": value.clone() for name, value in self.variables.items()}
        return state | variables | self.window.state()

    @torch.no_grad()
    def restore(self, state: Batch) -> None:
        """Continue from `state()`. KeyError where a tensor is missing, RuntimeError where a shape differs."""
        for symbol, name, p in self._named():
            self._by_seed(p).copy_(state[f"{symbol}.{name}"])
            prefix = f"optimizer.{symbol}.{name}."
            self.optimizers[symbol].state[p] = {
                key.removeprefix(prefix): value.to(p.device, copy=True)
                for key, value in state.items()
                if key.startswith(prefix)
            }
        for name, value in self.variables.items():
            value.copy_(state[f"state.{name}"])
        self.window.restore(state)

    def _stack(self, networks: list[nn.Module]) -> Batch:
        if self._single:
            return dict(networks[0].named_parameters())
        parameters, _ = stack_module_state(networks)
        return {name: p.detach().requires_grad_() for name, p in parameters.items()}

    def _differentiate(self, update: Update, batch: Batch, seen: Batch) -> torch.Tensor:
        """Set the gradients of the update's networks and return the losses, (S,); note what the loss saw."""
        for symbol, parameters in self.parameters.items():
            for p in parameters.values():
                p.requires_grad_(symbol in update.networks)
        moved = [p for symbol in update.networks for p in self.parameters[symbol].values()]
        losses, noted = self._losses(update.loss, batch | self.variables)
        for p, gradient in zip(moved, torch.autograd.grad(losses.sum(), moved), strict=True):
            p.grad = gradient.contiguous()  # fused Adam reads flat memory; vmap hands out transposed views
        seen.update({name: value.detach() for name, value in noted.items()})
        return losses.detach()

    @torch.no_grad()
    def _move(self, update: Update) -> None:
        for symbol in update.networks:
            if "rate" in self.variables:
                optimizers.step_at_rate(self.optimizers[symbol], self.variables["rate"])
            else:
                self.optimizers[symbol].step()
            for p in self.parameters[symbol].values() if update.project else ():
                p.copy_(update.project(p))

    def _losses(self, loss: Loss, batch: Batch) -> tuple[torch.Tensor, Batch]:
        """The losses, (S,), and what else the loss returned."""
        unrolled = self._objective.unrolls
        moments = {symbol: optimizers.moments(self.optimizers[symbol], self.parameters[symbol]) for symbol in unrolled}
        if self._single:
            one = SimpleNamespace(**{name: value[0] for name, value in batch.items()})
            value, noted = _with_notes(loss(self._networks(self.parameters, moments, self._modules), one))
            return value.unsqueeze(0), {name: note.unsqueeze(0) for name, note in noted.items()}

        def of_one_seed(parameters: dict[str, Batch], moments: dict[str, Any], b: Batch) -> tuple[torch.Tensor, Batch]:
            return _with_notes(loss(self._networks(parameters, moments), SimpleNamespace(**b)))

        return vmap(of_one_seed)(self.parameters, moments, batch)

    def _networks(
        self, parameters: dict[str, Batch], moments: dict[str, Any], called: dict[str, Any] | None = None
    ) -> Any:
        """The networks as a loss calls them, with one seed's parameters.

        `n.replace(D=theta)` has other parameters in a network's place; `n.adam` continues optimizers.
        """

        def network(symbol: str) -> Callable[..., Any]:
            return lambda *inputs: functional_call(self._modules[symbol], parameters[symbol], inputs)

        return SimpleNamespace(
            **(called or {symbol: network(symbol) for symbol in parameters}),
            parameters=parameters,
            adam={
                symbol: optimizers.continuation(self.optimizers[symbol], self._settings[symbol], *of_symbol)
                for symbol, of_symbol in moments.items()
            },
            replace=lambda **others: self._networks(parameters | others, moments),
        )

    def _generate(self, z: torch.Tensor) -> torch.Tensor:
        if self._single:
            return self._modules["G"](z).unsqueeze(0)
        return vmap(lambda parameters: functional_call(self._modules["G"], parameters, (z,)))(self.parameters["G"])

    def _by_seed(self, tensor: torch.Tensor) -> torch.Tensor:
        """The tensor with the seeds as its first axis, also where the block has one seed."""
        return tensor.unsqueeze(0) if self._single else tensor

    def _named(self) -> list[tuple[str, str, torch.Tensor]]:
        return [(symbol, name, p) for symbol, parameters in self.parameters.items() for name, p in parameters.items()]


def check_updates(updates: Sequence[Update], schedule: str) -> None:
    """Losses are named by what they move, and a network has one gradient at a time."""
    names = [update.name for update in updates]
    moved = [symbol for update in updates for symbol in update.networks for _ in range(update.times)]
    if len(set(names)) < len(names) or (schedule == "simultaneous" and len(set(moved)) < len(moved)):
        raise ValueError(f"updates {names} cannot be told apart in a {schedule} step")


def _with_notes(value: Any) -> tuple[torch.Tensor, Batch]:
    return value if isinstance(value, tuple) else (value, {})
