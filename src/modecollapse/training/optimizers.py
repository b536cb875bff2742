"""The optimizer of a network: torch's arithmetic on state that the engine owns, saves and hands to losses."""

from __future__ import annotations

import torch
from torch.optim.adam import adam as adam_step
from torch.optim.rmsprop import rmsprop as rmsprop_step

from modecollapse.study.optimizer_specs import Adam, RmsProp
from modecollapse.training.inner_adam import InnerAdam

Tensors = dict[str, torch.Tensor]
ADAM = {"fused": True, "amsgrad": False, "weight_decay": 0.0, "maximize": False}
RMSPROP = {"weight_decay": 0.0, "momentum": 0.0, "centered": False}


class NetworkOptimizer:
    """Adam or RMSProp on a network's parameters, stacked over seeds or of one seed.

    Both methods are elementwise, so each seed of a stack has its own. `state` holds for each parameter the tensors of
    torch's class, under its names. torch's functions are called directly, because making an object of its classes
    imports torch's compiler, which takes seconds.
    """

    def __init__(self, parameters: Tensors, settings: Adam | RmsProp) -> None:
        self.parameters, self.settings = parameters, settings
        moments = ("exp_avg", "exp_avg_sq") if isinstance(settings, Adam) else ("square_avg",)
        self.state: dict[str, Tensors] = {}
        for name, p in parameters.items():
            step = torch.zeros((), device=p.device)
            self.state[name] = {"step": step} | {key: torch.zeros_like(p, requires_grad=False) for key in moments}

    @torch.no_grad()
    def step(self, rate: torch.Tensor | None = None) -> None:
        """One step along `p.grad` of every parameter; with `rate`, (S,), a seed's step is that many times as long."""
        parameters, steps = list(self.parameters.values()), self._of_each("step")
        gradients = [p.grad for p in parameters]
        before, s = [] if rate is None else [p.clone() for p in parameters], self.settings
        if isinstance(s, Adam):
            moments = self._of_each("exp_avg"), self._of_each("exp_avg_sq"), []
            chosen = {"lr": s.lr, "beta1": s.beta1, "beta2": s.beta2, "eps": s.eps}
            adam_step(parameters, gradients, *moments, steps, **chosen, **ADAM)
        else:
            moments = self._of_each("square_avg"), [], []
            rmsprop_step(parameters, gradients, *moments, steps, lr=s.lr, alpha=s.alpha, eps=s.eps, **RMSPROP)
        if rate is not None:
            for p, old in zip(parameters, before, strict=True):
                p.copy_(old.lerp(p, rate.view(-1, *[1] * (p.dim() - 1)) if len(rate) > 1 else rate.squeeze(0)))

    def moments(self) -> tuple[Tensors, Tensors]:
        """Adam's first and second moments by parameter name."""
        m, v = ({name: state[key] for name, state in self.state.items()} for key in ("exp_avg", "exp_avg_sq"))
        return m, v

    def inner_adam(self, m: Tensors, v: Tensors) -> InnerAdam:
        """This Adam as a differentiable function that continues from here; `m` and `v` are the moments of one seed."""
        t, adam = next(iter(self.state.values()))["step"], self.settings
        return InnerAdam(adam.lr, adam.beta1, adam.beta2, adam.eps, t.double(), m, v)

    def _of_each(self, key: str) -> list[torch.Tensor]:
        return [state[key] for state in self.state.values()]
