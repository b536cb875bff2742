"""Generators whose batch norm no longer looks at the batch, so that each image depends on its own latents alone."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import torch
from torch import nn

BatchNorm = nn.BatchNorm1d | nn.BatchNorm2d


@torch.no_grad()
def frozen(generator: nn.Module, z: torch.Tensor) -> nn.Module:
    """A copy of a generator in which every batch norm uses the mean and variance it has on the latents z, (n, K).

    On z itself it makes what the generator makes; without batch norm it is the generator. The copy's parameters take no
    gradients. Training keeps no running statistics, so z should be many draws of the prior.
    """
    copy = deepcopy(generator).requires_grad_(False).eval()
    norms = [module for module in copy.modules() if isinstance(module, BatchNorm)]
    hooks = [norm.register_forward_pre_hook(_keep_statistics) for norm in norms]
    copy(z)
    for hook in hooks:
        hook.remove()
    return copy


def _keep_statistics(norm: nn.Module, inputs: tuple[Any, ...]) -> None:
    """Of (n, C) or (n, C, H, W) inputs, over all but C; the variance is the biased one, as in training."""
    (h,) = inputs
    variance, mean = torch.var_mean(h, dim=[0, *range(2, h.dim())], correction=0)
    norm.track_running_stats, norm.running_mean, norm.running_var = True, mean, variance
