"""The losses of critic and generator that WGAN and WGAN-GP share; D is the critic f."""

from __future__ import annotations

from typing import Any

import torch


def critic_loss(n: Any, b: Any) -> torch.Tensor:
    """E_z[f(G(z))] - E_x[f(x)] (Arjovsky et al. 2017, equation 2); minus it is at most K W_1 if f is K-Lipschitz."""
    return n.D(n.G(b.z)).mean() - n.D(b.x).mean()


def generator_loss(n: Any, b: Any) -> torch.Tensor:
    """-E_z[f(G(z))] (Arjovsky et al. 2017, Theorem 3)."""
    return -n.D(n.G(b.z)).mean()
