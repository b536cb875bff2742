"""The cross-entropy game of the original GAN (Goodfellow et al. 2014), which several variants play.

D returns a logit l: log D = -softplus(-l) and log(1 - D) = -softplus(l).
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn.functional import softplus


def discriminator_loss(n: Any, b: Any) -> torch.Tensor:
    """-V(D, G) (equation 1) for a batch of data and one of latents."""
    return classification_loss(n, b.x, n.G(b.z))


def classification_loss(n: Any, x: torch.Tensor, x_g: torch.Tensor) -> torch.Tensor:
    """-E[log D(x)] - E[log(1 - D(x_g))]. Its minimum over D is log 4 where x and x_g have the same distribution."""
    return softplus(-n.D(x)).mean() + softplus(n.D(x_g)).mean()


def non_saturating_loss(n: Any, x_g: torch.Tensor) -> torch.Tensor:
    """-E[log D(x_g)] (section 3), whose gradient stays alive where D rejects the sample."""
    return softplus(-n.D(x_g)).mean()
