"""The engine: one training step of a whole block of seeds.

Every parameter of the block is stacked along a first axis, the seeds. `vmap` runs the one-seed loss of a variant over
that axis; the sum of the seeds' losses is differentiated once, which gives each seed its own gradient because no loss
reads another seed's parameters. Adam is elementwise, so torch's own arithmetic steps the stacked parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn
from torch.func import functional_call, stack_module_state, vmap

from modecollapse.study.recipe import Training
from modecollapse.training.inner_adam import InnerAdam
from modecollapse.training.optimizers import NetworkOptimizer
from modecollapse.training.window import Window, named
from modecollapse.variants import Loss, Objective, Update

Batch = dict[str, torch.Tensor]
Calls = dict[str, Callable[..., Any]]
SAMPLING_CHUNK = 2500


class BatchView:
    """The batch and the state of one seed as a loss reads them: `b.x`, `b.z`, `b.k`."""

    def __init__(self, values: Batch) -> None:
        self.__dict__.update(values)


class NetworksView:
    """The networks of one seed as a loss calls them: `n.G(z)`; `n.adam` continues the optimizers of `unrolls`."""

    def __init__(
        self, calls: Calls, modules: dict[str, nn.Module], parameters: dict[str, Batch], adam: dict[str, InnerAdam]
    ) -> None:
        self.__dict__.update(calls)
        self._calls, self._modules = calls, modules
        self.parameters, self.adam = parameters, adam

    def replace(self, **others: Batch) -> NetworksView:
        """The same networks, some with other parameters: `n.replace(D=theta)`."""
        calls = self._calls | {s: _with_parameters(self._modules[s], theta) for s, theta in others.items()}
        return NetworksView(calls, self._modules, self.parameters | others, self.adam)


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
        self.optimizers = {
            symbol: NetworkOptimizer(parameters, recipe.optimizer_of(objective.networks[symbol]))
            for symbol, parameters in self.parameters.items()
            if parameters
        }
        first = next(p for parameters in self.parameters.values() for p in parameters.values())
        self.variables = {name: first.new_full((self.seeds,), value) for name, value in objective.state().items()}
        self.window = Window(self.seeds, first.device)

    def train(self, draw: Callable[[], Batch]) -> Batch:
        """One training step, counted in the window; returns each update's losses, (S,), by the update's name.

        `alternating`: each update draws its own batch and sees the parameters the one before it left.
        `simultaneous`: all updates share one batch and the parameters of the step's beginning.
        """
        losses, aux = self.step(self._objective.updates(), draw)
        self.variables = self._objective.next_state(self.variables, aux)
        self.window.add(named(loss=losses, aux=aux, state=self.traced_state()))
        return losses

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
                before = losses.get(update.name, loss)
                losses[update.name] = torch.where(before.isfinite(), loss, before)  # what diverged stays diverged
                if alternating:
                    self._move(update)
        for update in () if alternating else updates:
            self._move(update)
        return losses, aux

    def traced_state(self) -> Batch:
        """The state that the objective shows, (S,) each."""
        return {name: value for name, value in self.variables.items() if not name.startswith("_")}

    def gradient_norms(self) -> dict[str, torch.Tensor]:
        """The l2 norm of each network's last gradient, (S,), by symbol."""
        return {
            symbol: sum(self._by_seed(p.grad).flatten(1).square().sum(1) for p in parameters.values()).sqrt()
            for symbol, parameters in self.parameters.items()
            if all(p.grad is not None for p in parameters.values()) and parameters
        }

    @torch.no_grad()
    def generate(self, z: torch.Tensor) -> torch.Tensor:
        """(S, n, *shape): what the generators make of the same latents z, (n, K)."""
        network, parameters = self._modules["G"], self.parameters["G"]

        def images(chunk: torch.Tensor) -> torch.Tensor:
            if not parameters:
                return network(chunk).expand(self.seeds, *[-1] * (1 + len(network(chunk).shape[1:])))
            if self._single:
                return network(chunk).unsqueeze(0)
            return vmap(lambda theta: functional_call(network, theta, (chunk,)))(parameters)

        return torch.cat([images(chunk) for chunk in z.split(SAMPLING_CHUNK)], dim=1)

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
        optimizers = {name: value.clone() for name, value in self._optimizer_state().items()}
        variables = {f"state.{name}": value.clone() for name, value in self.variables.items()}
        return self.weights() | optimizers | variables | self.window.state()

    @torch.no_grad()
    def restore(self, state: Batch) -> None:
        """Continue from `state()`. KeyError where a tensor is missing, RuntimeError where a shape differs."""
        for symbol, parameters in self.parameters.items():
            for name, p in parameters.items():
                self._by_seed(p).copy_(state[f"{symbol}.{name}"])
        variables = {f"state.{name}": value for name, value in self.variables.items()}
        for name, value in (self._optimizer_state() | variables).items():
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
        for symbol, parameters in self.parameters.items():
            for p in parameters.values():
                p.requires_grad_(symbol in update.networks)
        moved = [p for symbol in update.networks for p in self.parameters[symbol].values()]
        losses, aux = self._losses(update.loss, batch | self.variables)
        for p, gradient in zip(moved, torch.autograd.grad(losses.sum(), moved), strict=True):
            p.grad = gradient.contiguous()  # fused Adam reads flat memory; vmap hands out transposed views
        return losses.detach(), {name: value.detach() for name, value in aux.items()}

    @torch.no_grad()
    def _move(self, update: Update) -> None:
        for symbol in update.networks:
            self.optimizers[symbol].step(self.variables.get("rate"))
            for p in self.parameters[symbol].values() if update.project else ():
                p.copy_(update.project(p))

    def _losses(self, loss: Loss, batch: Batch) -> tuple[torch.Tensor, Batch]:
        """The losses, (S,), and what else the loss returned."""
        moments = {symbol: self.optimizers[symbol].moments() for symbol in self._objective.unrolls}
        if self._single:
            one = {name: value[0] for name, value in batch.items()}
            value, aux = self._of_one_seed(loss, self._modules, self.parameters, moments, one)
            return value.unsqueeze(0), {name: number.unsqueeze(0) for name, number in aux.items()}

        def of_one_seed(parameters: dict[str, Batch], moments: dict[str, Any], b: Batch) -> tuple[torch.Tensor, Batch]:
            calls = {symbol: _with_parameters(self._modules[symbol], theta) for symbol, theta in parameters.items()}
            return self._of_one_seed(loss, calls, parameters, moments, b)

        return vmap(of_one_seed)(self.parameters, moments, batch)

    def _of_one_seed(
        self, loss: Loss, calls: Calls, parameters: dict[str, Batch], moments: dict[str, Any], batch: Batch
    ) -> tuple[torch.Tensor, Batch]:
        """The loss and its auxiliary values for one seed's networks, moments of optimizers, and batch."""
        adam = {symbol: self.optimizers[symbol].inner_adam(m, v) for symbol, (m, v) in moments.items()}
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


def _with_parameters(module: nn.Module, parameters: Batch) -> Callable[..., Any]:
    return lambda *inputs: functional_call(module, parameters, inputs)
