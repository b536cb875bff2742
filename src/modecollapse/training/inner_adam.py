"""Adam as a differentiable function, for losses that unroll another network's optimizer."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

Tensors = dict[str, torch.Tensor]


@dataclass(frozen=True)
class InnerAdam:
    """The state of an Adam: settings, the number t of steps made, and the moments m and v of every parameter."""

    lr: float
    beta1: float
    beta2: float
    eps: float
    t: torch.Tensor
    m: Tensors
    v: Tensors

    def step(self, parameters: Tensors, gradients: Tensors) -> tuple[Tensors, InnerAdam]:
        """Algorithm 1 of Kingma and Ba (2015): the parameters after one more step, and Adam after it.

        It is differentiable in `gradients`. Where v is zero, its root has no derivative and is held constant near zero.
        """
        t = self.t + 1
        m = {name: self.beta1 * self.m[name] + (1 - self.beta1) * g for name, g in gradients.items()}
        v = {name: self.beta2 * self.v[name] + (1 - self.beta2) * g.square() for name, g in gradients.items()}
        scale, bias = self.lr / (1 - self.beta1**t), 1 - self.beta2**t
        moved = {
            name: theta - scale * m[name] / (_root(v[name] / bias) + self.eps) for name, theta in parameters.items()
        }
        return moved, replace(self, t=t, m=m, v=v)


def _root(v: torch.Tensor) -> torch.Tensor:
    return v.clamp_min(torch.finfo(v.dtype).tiny).sqrt()
