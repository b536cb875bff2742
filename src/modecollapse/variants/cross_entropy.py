"""The cross-entropy game of the original GAN (Goodfellow et al. 2014), which several variants share.

D returns a logit l: D = sigmoid(l), log D = -softplus(-l) and log(1 - D) = -softplus(l).
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn.functional import softplus

from modecollapse.variants import State


def discriminator_loss(n: Any, b: Any) -> tuple[torch.Tensor, State]:
    """-V(D, G) (equation 1) for a batch of data and one of latents."""
    real, fake = n.D(b.x), n.D(n.G(b.z))
    return classification_loss(real, fake), from_half(real, fake)


def classification_loss(real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
    """-E[log D(x)] - E[log(1 - D(x_g))] of D's logits of x and x_g, (batch,) each.

    Its minimum over D is log 4, where x and x_g have the same distribution.
    """
    return softplus(-real).mean() + softplus(fake).mean()


def non_saturating_loss(n: Any, x_g: torch.Tensor) -> torch.Tensor:
    """-E[log D(x_g)] (section 3), whose gradient does not vanish where D rejects the sample."""
    return softplus(-n.D(x_g)).mean()


def from_half(real: torch.Tensor, fake: torch.Tensor) -> State:
    """The mean |D - 1/2| over two batches' logits, for the trace: 0 for the D of Proposition 1, at most 1/2.

    It is detached, so that no gradient flows through it.
    """
    return {"D_from_half": (torch.cat([real, fake]).detach().sigmoid() - 0.5).abs().mean()}
