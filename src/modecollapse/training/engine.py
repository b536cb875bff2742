"""The engine: one training step of a whole block of seeds.

Every parameter of the block is stacked along a first axis, the seeds. `vmap` runs the one-seed loss of a variant over
that axis; the sum of the seeds' losses is differentiated once, which gives each seed its own gradient because no loss
reads another seed's parameters. Adam is elementwise, so torch's own arithmetic steps the stacked parameters.

All that a step changes stays at its place in memory, and a step neither asks for a number nor depends on one in Python:
so `graphed.py` can record a step and replay it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.func import functional_call, grad, stack_module_state, vmap

from modecollapse.study.recipe import Training
from modecollapse.training.optimizers import NetworkOptimizer
from modecollapse.training.views import Batch, BatchView, Gradients, NetworksView, held, places, with_parameters
from modecollapse.training.window import Window, named
from modecollapse.variants import Loss, Objective, Update

SAMPLING_CHUNK = 2500
NEVER = -1


class Engine:
    """The networks of S seeds, their optimizers, and the state of their objective.

    A block of one seed calls its modules directly: it is the plain loop, without the price of `vmap`. `diverged_at`,
    (S,), is the step in which a loss of a seed was not finite for the first time, or NEVER.
    """

    def __init__(
        self, copies: dict[str, list[nn.Module]], recipe: Training, objective: Objective, compiled: bool = False
    ) -> None:
        """`copies`: for each symbol (G, D, ...) the S networks, one a seed, already on their device.

        With `compiled`, torch's compiler makes one function of an update's losses and gradients. That takes seconds to
        minutes, and the last digits of the numbers differ.
        """
        self.seeds = len(next(iter(copies.values())))
        self._single = self.seeds == 1
        self._schedule, self._objective = recipe.schedule, objective
        self._modules = {symbol: networks[0] for symbol, networks in copies.items()}
        self._places = places(self._modules)
        self._compiled: dict[Any, Callable[..., Any]] | None = {} if compiled else None
        self.parameters = {symbol: self._stack(networks) for symbol, networks in copies.items()}
        self.optimizers = {
            symbol: NetworkOptimizer(parameters, recipe.optimizer_of(objective.networks[symbol]))
            for symbol, parameters in self.parameters.items()
        }
        first = next((p.detach() for of in self.parameters.values() for p in of.values()), torch.zeros(()))
        self.variables = {name: first.new_full((self.seeds,), value) for name, value in objective.state().items()}
        self.window = Window(self.seeds, first.device)
        self.steps = torch.zeros((), dtype=torch.int64, device=first.device)
        self.diverged_at = torch.full((self.seeds,), NEVER, device=first.device)

    def train(self, draw: Callable[[], Batch]) -> Batch:
        """One training step, counted in the window; returns each update's losses, (S,), by the update's name.

        `alternating`: each update draws its own batch and sees the parameters the one before it left.
        `simultaneous`: all updates share one batch and the parameters of the step's beginning.
        """
        losses, aux = self.step(self._objective.updates(), draw)
        for name, value in self._objective.next_state(self.variables, aux).items():
            self.variables[name].copy_(value)
        self.window.add(named(loss=losses, aux=aux, state=self.traced_state()))
        self.steps += 1
        if losses:
            self.note_divergence(torch.stack(list(losses.values())).isfinite().all(0))
        return losses

    def note_divergence(self, finite: torch.Tensor) -> None:
        """Note the seeds that are not `finite`, (S,) bool, at the step made last, if they have not diverged before."""
        now = (self.diverged_at == NEVER) & ~finite
        self.diverged_at.copy_(torch.where(now, self.steps, self.diverged_at))

    def step(self, updates: Sequence[Update], draw: Callable[[], Batch]) -> tuple[Batch, Batch]:
        """The step of some updates alone: their (last) losses and the auxiliary values of these losses, (S,) each."""
        check_updates(updates, self._schedule)
        losses: Batch = {}
        aux: Batch = {}
        alternating = self._schedule == "alternating"
        batch = {} if alternating else draw()
        for update in updates:
            for _ in range(update.times):
                if alternating and (update.new_batch or not batch):
                    batch = draw()
                loss, values = self._differentiate(update, batch)
                aux |= values
                if (before := losses.get(update.name)) is not None:  # of a step in which it is made several times
                    loss = torch.where(before.isfinite(), loss, before)  # what diverged stays diverged
                losses[update.name] = loss
                if alternating:
                    self._move(update)
        for update in () if alternating else updates:
            self._move(update)
        return losses, aux

    def traced_state(self) -> Batch:
        """The state that the objective shows, (S,) each."""
        return {name: value for name, value in self.variables.items() if not name.startswith("_")}

    def gradient_norms(self) -> dict[str, torch.Tensor]:
        """The l2 norm of the last gradient, (S,), of each network with parameters that a step moves, by symbol."""
        moved = {symbol for update in self._objective.updates() for symbol in update.networks}
        return {
            symbol: sum(self._by_seed(p.grad).flatten(1).square().sum(1) for p in parameters.values()).sqrt()
            for symbol, parameters in self.parameters.items()
            if parameters and symbol in moved
        }

    @torch.no_grad()
    def generate(self, z: torch.Tensor) -> torch.Tensor:
        """(S, n, *shape): what the generators make of the same latents z, (n, K)."""
        network, parameters = self._modules["G"], self.parameters["G"]

        def images(chunk: torch.Tensor) -> torch.Tensor:
            if self._single or not parameters:  # a formula makes the same for every seed
                made = network(chunk)
                return made.expand(self.seeds, *made.shape)
            return vmap(lambda theta: functional_call(network, theta, (chunk,)))(parameters)

        return torch.cat([images(chunk) for chunk in z.split(SAMPLING_CHUNK)], dim=1)

    def finite_parameters(self) -> torch.Tensor:
        """(S,) bool: the seeds without a NaN or an infinity in any parameter."""
        tensors = [p.detach() for parameters in self.parameters.values() for p in parameters.values()]
        finite = [self._by_seed(p).flatten(1).isfinite().all(1) for p in tensors]
        return torch.stack([torch.ones_like(self.diverged_at, dtype=torch.bool), *finite]).all(0)

    def weights(self) -> Batch:
        """Every parameter as (S, ...), named `G.body.0.weight`."""
        return {
            f"{symbol}.{name}": self._by_seed(p.detach()).clone()
            for symbol, parameters in self.parameters.items()
            for name, p in parameters.items()
        }

    def state(self) -> Batch:
        """All that the rest of a run depends on: weights, optimizers' moments and counts, state, window, divergence."""
        optimizers = {name: value.clone() for name, value in self._optimizer_state().items()}
        variables = {f"state.{name}": value.clone() for name, value in self.variables.items()}
        counts = {"steps": self.steps.clone(), "diverged_at": self.diverged_at.clone()}
        return self.weights() | optimizers | variables | counts | self.window.state()

    @torch.no_grad()
    def restore(self, state: Batch) -> None:
        """Continue from `state()`. KeyError where a tensor is missing, RuntimeError where a shape differs."""
        for symbol, parameters in self.parameters.items():
            for name, p in parameters.items():
                self._by_seed(p).copy_(state[f"{symbol}.{name}"])
        variables = {f"state.{name}": value for name, value in self.variables.items()}
        counts = {"steps": self.steps, "diverged_at": self.diverged_at}
        for name, value in (self._optimizer_state() | variables | counts).items():
            value.copy_(state[name])
        self.window.restore(state)

    def _optimizer_state(self) -> Batch:
        """The tensors of the optimizers themselves, named `optimizer.G.body.0.weight.exp_avg`."""
        return {
            f"optimizer.{symbol}.{name}.{key}": value
            for symbol, optimizer in self.optimizers.items()
            for name, state in optimizer.state.items()
            for key, value in state.items()
        }

    def _stack(self, networks: list[nn.Module]) -> Batch:
        if self._single:
            return dict(networks[0].named_parameters())
        parameters, _ = stack_module_state(networks)
        return {name: p.detach().requires_grad_() for name, p in parameters.items()}

    def _differentiate(self, update: Update, batch: Batch) -> tuple[torch.Tensor, Batch]:
        """Set the gradients of the update's networks; return the losses, (S,), and their auxiliary values."""
        batch = batch | self.variables
        moments = {symbol: self.optimizers[symbol].moments() for symbol in self._objective.unrolls}
        gradients, losses, aux = (self._eagerly if self._compiled is None else self._in_one)(update, moments, batch)
        for symbol, of in gradients.items():
            for name, gradient in of.items():  # fused Adam reads flat memory; vmap hands out transposed views
                self.parameters[symbol][name].grad = gradient.contiguous()
        return losses.detach(), {name: value.detach() for name, value in aux.items()}

    def _eagerly(self, update: Update, moments: dict[str, Any], batch: Batch) -> tuple[Gradients, torch.Tensor, Batch]:
        """The gradients of the update's networks, by symbol and name, its losses and their auxiliary values."""
        for symbol, parameters in self.parameters.items():
            for p in parameters.values():
                p.requires_grad_(symbol in update.networks)
        losses, aux = self._losses(update.loss, self.parameters, moments, batch)
        moved = {symbol: self.parameters[symbol] for symbol in update.networks}
        gradients = iter(torch.autograd.grad(losses.sum(), [p for of in moved.values() for p in of.values()]))
        return {symbol: {name: next(gradients) for name in of} for symbol, of in moved.items()}, losses, aux

    def _in_one(self, update: Update, moments: dict[str, Any], batch: Batch) -> tuple[Gradients, torch.Tensor, Batch]:
        """The same by a compiled function; it is compiled when the update is first made."""

        def gradients(moved: Gradients, fixed: Gradients, moments: dict[str, Any], batch: Batch) -> Any:
            def total(moved: Gradients) -> tuple[torch.Tensor, tuple[torch.Tensor, Batch]]:
                losses, aux = self._losses(update.loss, moved | fixed, moments, batch)
                return losses.sum(), (losses, aux)

            found, (losses, aux) = grad(total, has_aux=True)(moved)
            return found, losses, aux

        key = update.networks, update.loss
        if key not in self._compiled:
            self._compiled[key] = torch.compile(gradients, fullgraph=True, dynamic=False)
        detached = {symbol: {name: p.detach() for name, p in of.items()} for symbol, of in self.parameters.items()}
        moved = {symbol: detached.pop(symbol) for symbol in update.networks}
        return self._compiled[key](moved, detached, moments, batch)

    @torch.no_grad()
    def _move(self, update: Update) -> None:
        for symbol in update.networks:
            self.optimizers[symbol].step(self.variables.get("rate"))
            for p in self.parameters[symbol].values() if update.project else ():
                p.copy_(update.project(p))

    def _losses(
        self, loss: Loss, parameters: Gradients, moments: dict[str, Any], batch: Batch
    ) -> tuple[torch.Tensor, Batch]:
        """The losses, (S,), and what else the loss returned."""
        if not self._single:
            return vmap(partial(self._of_one_seed, loss))(parameters, moments, batch)
        one = {name: value[0] for name, value in batch.items()}
        value, aux = self._of_one_seed(loss, parameters, moments, one)
        return value.unsqueeze(0), {name: number.unsqueeze(0) for name, number in aux.items()}

    def _of_one_seed(
        self, loss: Loss, parameters: Gradients, moments: dict[str, Any], batch: Batch
    ) -> tuple[torch.Tensor, Batch]:
        """The loss and its auxiliary values for one seed's networks, moments of optimizers, and batch."""
        adam = {symbol: self.optimizers[symbol].inner_adam(m, v) for symbol, (m, v) in moments.items()}
        if self._compiled is None:  # torch's compiler cannot follow modules that change hands
            with nullcontext() if self._single else held(self._places, parameters):
                value = loss(NetworksView(self._modules, self._modules, parameters, adam), BatchView(batch))
        else:
            calls = {symbol: with_parameters(self._modules[symbol], theta) for symbol, theta in parameters.items()}
            value = loss(NetworksView(calls, self._modules, parameters, adam), BatchView(batch))
        return value if isinstance(value, tuple) else (value, {})

    def _by_seed(self, tensor: torch.Tensor) -> torch.Tensor:
        """The tensor with the seeds as its first axis, also where the block has one seed."""
        return tensor.unsqueeze(0) if self._single else tensor


def check_updates(updates: Sequence[Update], schedule: str) -> None:
    """ValueError where two updates have one name, or where a simultaneous step moves a network twice."""
    names = [update.name for update in updates]
    moved = [symbol for update in updates for symbol in update.networks for _ in range(update.times)]
    if len(set(names)) < len(names) or (schedule == "simultaneous" and len(set(moved)) < len(moved)):
        raise ValueError(f"updates {names} cannot be told apart in a {schedule} step")
