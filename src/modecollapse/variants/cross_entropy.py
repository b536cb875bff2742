"""The cross-entropy game of the original GAN, which several variants play."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn.functional import softplus


def discriminator_loss(n: Any, b: Any) -> torch.Tensor:
    """-V(D, G) = -E_x[log D(x)] - E_z[log(1 - D(G(z)))] (Goodfellow et al. 2014, equation 1), for D's logit.

    With the logit l, log D = -softplus(-l) and log(1 - D) = -softplus(l). Its minimum over D is log 4 where the
    generator is perfect.
    """
    return softplus(-n.D(b.x)).mean() + softplus(n.D(n.G(b.z))).mean()
