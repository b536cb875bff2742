"""Generators that are no networks: a formula of the latents whose law is known, and points that move one by one.

With them a claim about D, a critic or a reconstructor is tested on a G that is known, in place of one that was trained.
"""

from __future__ import annotations

from math import pi

import torch
from torch import nn

from modecollapse.study import network_specs

TAIL = 1e-6  # of a uniform number at either end, so that its normal quantile stays finite


def build(spec: network_specs.Formula) -> nn.Module:
    """The generator of a specification."""
    return Ring(spec) if isinstance(spec, network_specs.Ring) else Points(spec)


class Ring(nn.Module):
    """G: (batch, K) normal latents to (batch, 2) points of the first `kept` modes of a ring, all equally likely.

    The direction of (z_1, z_2) is cut into `kept` sectors, one a mode. The place within a sector and the length of
    (z_1, z_2) are independent uniform numbers; their normal quantiles are the two coordinates around the mode's mean,
    along the circle and away from its centre. So a mode is a Gaussian exactly, and G can be inverted on its modes.
    """

    def __init__(self, spec: network_specs.Ring) -> None:
        super().__init__()
        self.spec = spec

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        s = self.spec
        turns = torch.atan2(z[:, 1], z[:, 0]) / (2 * pi) % 1.0  # uniform on [0, 1), as is 1 - exp(-|z|^2 / 2)
        mode = (s.kept * turns).floor().clamp(max=s.kept - 1)
        along = _quantile(s.kept * turns - mode)
        outwards = _quantile(-torch.expm1(-z[:, :2].square().sum(1) / 2))
        angle = 2 * pi / s.modes * mode
        radial = torch.stack([angle.cos(), angle.sin()], dim=1)
        tangent = torch.stack([-angle.sin(), angle.cos()], dim=1)
        return (s.radius + s.sd * outwards.unsqueeze(1)) * radial + s.sd * along.unsqueeze(1) * tangent


class Points(nn.Module):
    """G: no input to all (n, 2) points; (batch, K) normal latents to one of the points each, all equally likely.

    The parameter `shift`, (n, 2), is how far each point has moved from where it began.
    """

    def __init__(self, spec: network_specs.Points) -> None:
        super().__init__()
        (left, bottom), (right, top), side = spec.low, spec.high, spec.per_side
        start = torch.cartesian_prod(torch.linspace(left, right, side), torch.linspace(bottom, top, side))
        self.register_buffer("start", start, persistent=False)
        self.shift = nn.Parameter(torch.zeros_like(start))

    def forward(self, z: torch.Tensor | None = None) -> torch.Tensor:
        points = self.start + self.shift
        if z is None:
            return points
        chosen = (len(points) * torch.special.ndtr(z[:, 0])).long()
        return points[chosen.clamp(max=len(points) - 1)]


def _quantile(uniform: torch.Tensor) -> torch.Tensor:
    """The standard normal quantiles of numbers from 0 to 1."""
    return torch.special.ndtri(uniform.clamp(TAIL, 1 - TAIL))
