"""One seed's networks, batch and state, as a loss reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.func import functional_call

from modecollapse.training.inner_adam import InnerAdam

Batch = dict[str, torch.Tensor]
Calls = dict[str, Callable[..., Any]]
Gradients = dict[str, Batch]  # tensors by network and name, as parameters are
Places = dict[str, dict[str, tuple[dict[str, Any], str]]]


class BatchView:
    """The batch and the state of one seed as a loss reads them: `b.x`, `b.z`, `b.k`."""

    def __init__(self, values: Batch) -> None:
        self.__dict__.update(values)


class NetworksView:
    """The networks of one seed as a loss calls them: `n.G(z)`; `n.adam` continues the optimizers of `unrolls`."""

    def __init__(
        self, calls: Calls, modules: dict[str, nn.Module], parameters: Gradients, adam: dict[str, InnerAdam]
    ) -> None:
        self.__dict__.update(calls)
        self._calls, self._modules = calls, modules
        self.parameters, self.adam = parameters, adam

    def replace(self, **others: Batch) -> NetworksView:
        """The same networks, some with other parameters: `n.replace(D=theta)`."""
        calls = self._calls | {s: with_parameters(self._modules[s], theta) for s, theta in others.items()}
        return NetworksView(calls, self._modules, self.parameters | others, self.adam)


def places(modules: Mapping[str, nn.Module]) -> Places:
    """Where the modules keep their parameters, by symbol and name."""
    return {
        symbol: {
            name: (module.get_submodule(name.rpartition(".")[0])._parameters, name.rpartition(".")[2])
            for name, _ in module.named_parameters()
        }
        for symbol, module in modules.items()
    }


@contextmanager
def held(places: Places, parameters: Gradients) -> Iterator[None]:
    """Let modules hold other parameters for a while: `functional_call` for many calls at the price of one."""
    before = [(owner, leaf, owner[leaf]) for of in places.values() for owner, leaf in of.values()]
    try:
        for symbol, of in parameters.items():
            for name, parameter in of.items():
                owner, leaf = places[symbol][name]
                owner[leaf] = parameter
        yield
    finally:
        for owner, leaf, parameter in before:
            owner[leaf] = parameter


def with_parameters(module: nn.Module, parameters: Batch) -> Callable[..., Any]:
    """The module as a function of its inputs, with other parameters than its own."""
    return lambda *inputs: functional_call(module, parameters, inputs)
