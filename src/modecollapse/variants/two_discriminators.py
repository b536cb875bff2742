"""One G before two discriminators, a scalar one and an autoencoder: how varied is the gradient that each sends back?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch.func import grad
from torch.nn.functional import normalize

from modecollapse.variants import Objective, State, Update, ebgan, gan_nonsaturating

LABEL = "Two discriminators"
NETWORKS = {"D": "discriminator", "A": "autoencoder", "G": "generator"}
OPTIONS = {
    # the one whose gradient G follows
    "leads": ["scalar", "autoencoder"],
    "margin": {"default": 1.0, "above": 0},  # of EBGAN
}


class Pair(NamedTuple):
    """The two networks that a loss of one of the games reads; a SimpleNamespace could not be compiled."""

    D: Callable[..., Any]
    G: Callable[..., Any]


class Variant(Objective):
    """D is that of the non-saturating GAN, and A that of EBGAN; both are trained on the same samples of G.

    For the trace: the effective ranks of the gradients of G's two losses in the samples, one gradient a sample; their
    ratio, that of A over that of D; and `rank_followed`, the one of the loss that G follows. Both are taken at the same
    samples, so that they differ by D and A alone.
    """

    networks = NETWORKS

    def __init__(self, options: dict[str, Any]) -> None:
        super().__init__(options)
        self.gan = gan_nonsaturating.Variant({})
        self.ebgan = ebgan.Variant({"energy": "mse", "margin": self.options.margin, "pulling_away": 0.0})

    def updates(self) -> list[Update]:
        return [
            Update(("D",), self.gan.updates()[0].loss),
            Update(("A",), self.autoencoder_loss),
            Update(("G",), self.generator_loss),
        ]

    def autoencoder_loss(self, n: Any, b: Any) -> torch.Tensor:
        """EBGAN's loss of A in the place of D. A function made anew at each step would be compiled anew."""
        return self.ebgan.discriminator_loss(Pair(D=n.A, G=n.G), b)

    def generator_loss(self, n: Any, b: Any) -> tuple[torch.Tensor, State]:
        """G's loss of the game that leads."""
        x_g = n.G(b.z)
        losses = {
            "scalar": lambda x: self.gan.generator_loss(Pair(D=n.D, G=lambda z: x), b),
            "autoencoder": lambda x: self.ebgan.generator_loss(Pair(D=n.A, G=lambda z: x), b),
        }
        ranks = {name: effective_rank(grad(loss)(x_g.detach()).flatten(1)).detach() for name, loss in losses.items()}
        aux = {f"rank_{name}": rank for name, rank in ranks.items()}
        aux |= {"rank_ratio": ranks["autoencoder"] / ranks["scalar"], "rank_followed": ranks[self.options.leads]}
        return losses[self.options.leads](x_g), aux


def effective_rank(rows: torch.Tensor) -> torch.Tensor:
    """The participation ratio (tr C)^2 / tr C^2 of C = R^T R, where R are (n, d) rows made one length.

    From 1, where all rows are multiples of one (or zero), to min(n, d). It needs no decomposition, which a captured
    step could not replay. NaN where a row is not finite, as in a run that has diverged.
    """
    finite = rows.isfinite().all()
    r = normalize(rows.where(finite, 1.0), dim=1)
    c = r.T @ r
    total = c.diagonal().sum().square()
    return torch.where(total > 0, total / c.square().sum().clamp(min=torch.finfo(c.dtype).tiny), 1.0).where(
        finite, torch.nan
    )
