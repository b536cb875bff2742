"""Optimizers on stacked parameters: torch's own, and what the losses of some variants need of them."""

from __future__ import annotations

import torch

from modecollapse.study.recipe import Adam, RmsProp
from modecollapse.training.inner_adam import InnerAdam

Tensors = dict[str, torch.Tensor]


def create(parameters: Tensors, settings: Adam | RmsProp) -> torch.optim.Optimizer:
    """torch's optimizer of these parameters. Both methods are elementwise, so each seed of a stack has its own."""
    tensors = list(parameters.values())
    if isinstance(settings, Adam):
        return torch.optim.Adam(tensors, settings.lr, (settings.beta1, settings.beta2), settings.eps, fused=True)
    return torch.optim.RMSprop(tensors, settings.lr, settings.alpha, settings.eps)


@torch.no_grad()
def step_at_rate(optimizer: torch.optim.Optimizer, rate: torch.Tensor) -> None:
    """A step whose length is multiplied by `rate`, (S,), seed by seed; the parameters are stacked, or of one seed."""
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    before = [p.clone() for p in parameters]
    optimizer.step()
    for p, old in zip(parameters, before, strict=True):
        scale = rate.view(-1, *[1] * (p.dim() - 1)) if len(rate) > 1 else rate.squeeze(0)
        p.copy_(old.lerp(p, scale))


def moments(optimizer: torch.optim.Adam, parameters: Tensors) -> tuple[Tensors, Tensors]:
    """Adam's first and second moments by parameter name, zero before its first step."""
    found = []
    for key in ("exp_avg", "exp_avg_sq"):
        states = {name: optimizer.state.get(p, {}).get(key) for name, p in parameters.items()}
        found.append({name: torch.zeros_like(parameters[name]) if m is None else m for name, m in states.items()})
    return found[0], found[1]


def continuation(optimizer: torch.optim.Adam, settings: Adam, m: Tensors, v: Tensors) -> InnerAdam:
    """The optimizer as a function that goes on from where it stands; `m` and `v` are the moments of one seed."""
    first = optimizer.param_groups[0]["params"][0]
    t = optimizer.state.get(first, {}).get("step", torch.zeros(()))
    lr, beta1, beta2, eps = settings.lr, settings.beta1, settings.beta2, settings.eps
    return InnerAdam(lr, beta1, beta2, eps, t.to(first.device, torch.float64), m, v)
