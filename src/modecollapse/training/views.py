"""One seed's networks, batch and state, as a loss reads them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.func import functional_call

from modecollapse.training.inner_adam import InnerAdam

Batch = dict[str, torch.Tensor]
Calls = dict[str, Callable[..., Any]]
Gradients = dict[str, Batch]  # tensors by network and name, as parameters are


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


def with_parameters(module: nn.Module, parameters: Batch) -> Callable[..., Any]:
    """The module as a function of its inputs, with other parameters than its own."""
    return lambda *inputs: functional_call(module, parameters, inputs)
