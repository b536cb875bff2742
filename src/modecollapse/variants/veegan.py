"""VEEGAN (Srivastava et al. 2017): a reconstructor F maps data to latents, and D classifies pairs (z, x)."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch.nn.functional import softplus

from modecollapse.variants import Objective, State, Update
from modecollapse.variants.cross_entropy import from_half

LABEL = "VEEGAN"
NETWORKS = {"D": "joint-discriminator", "G": "generator", "F": "reconstructor"}
OPTIONS = {
    # d(z, F(x)): the squared l2 norm; its mean over the K latents (as some re-implementations); or
    # -log N(z; F(x), I) without its constant, half the sum (the released notebook)
    "reconstruction": ["sum", "mean", "gaussian"],
    # whether p_theta(z|x) in D's pair is N(F(x), I), as in the released notebook, or a point mass
    "f_noise": [True, False],
    # F's loss: d alone (Algorithm 1), or d and its part of the adversarial game (the Julia port)
    "f_update": ["reconstruction", "reconstruction+adversarial"],
    # G's adversarial loss: D's logit (Algorithm 1), or -log(1 - sigmoid(D)), as in another re-implementation
    "generator_loss": ["linear-logit", "non-saturating"],
    # steps in which F alone learns to invert the untrained G
    "pretraining_steps": {"default": 0, "least": 0, "most": 1_000_000},
}


class Variant(Objective):
    """The poster's O-hat and O_LR. The label of a generated pair is 1, that of a real pair 0.

    D(z, x) estimates log q(x|z) p_0(z) / (p_theta(z|x) p(x)); G and F minimise O-hat together.
    """

    networks = NETWORKS
    noise: ClassVar = {"eps": "normal"}

    def updates(self) -> list[Update]:
        return [Update(("D",), self.discriminator_loss), Update(("G", "F"), self.generator_loss)]

    def pretraining(self) -> tuple[int, list[Update]]:
        return self.options.pretraining_steps, [Update(("F",), self.reconstruction_loss)]

    def discriminator_loss(self, n: Any, b: Any) -> tuple[torch.Tensor, State]:
        """O_LR = -E_gamma[log sigmoid(D(z, x))] - E_theta[log(1 - sigmoid(D(z, x)))] (poster)."""
        generated, real = n.D(b.z, n.G(b.z)), n.D(self.inferred_latent(n, b), b.x)
        return softplus(-generated).mean() + softplus(real).mean(), from_half(real, generated)

    def generator_loss(self, n: Any, b: Any) -> tuple[torch.Tensor, State]:
        """O-hat = mean D(z, x_g) + mean d(z, F(x_g)) (poster), by default linear in the logit.

        F has a gradient through d alone, as in Algorithm 1; `reconstruction+adversarial` adds the real pair's term
        -mean D(F(x), x), which has a gradient in F alone. For the trace: z_error, the share of z that F(G(z)) does not
        give back, d(z, F(x_g)) over d(z, 0); 0 where F inverts G, about 1 where F knows nothing of z.
        """
        x_g = n.G(b.z)
        z_f = n.F(x_g)
        lost = self.distance(b.z, z_f).mean()
        loss = self.adversary(n.D(b.z, x_g)).mean() + lost
        if self.options.f_update == "reconstruction+adversarial":
            loss = loss + self.adversary(-n.D(self.inferred_latent(n, b), b.x)).mean()
        return loss, {"z_error": lost / self.distance(b.z, torch.zeros_like(z_f)).mean()}

    def reconstruction_loss(self, n: Any, b: Any) -> torch.Tensor:
        """mean d(z, F(G(z))), for pre-training F."""
        return self.distance(b.z, n.F(n.G(b.z))).mean()

    def adversary(self, logit: torch.Tensor) -> torch.Tensor:
        """G's loss for logits of pairs that it wants to be labelled 0: the logit, or -log(1 - sigmoid)."""
        return softplus(logit) if self.options.generator_loss == "non-saturating" else logit

    def inferred_latent(self, n: Any, b: Any) -> torch.Tensor:
        """A draw of p_theta(z|x) for each real item: (batch, K)."""
        z = n.F(b.x)
        return z + b.eps[:, : z.shape[1]] if self.options.f_noise else z

    def distance(self, z: torch.Tensor, z_f: torch.Tensor) -> torch.Tensor:
        """d(z, F(x)) for (batch, K) latents, without the extra noise, which F does not infer: (batch,)."""
        squared = (z[:, : z_f.shape[1]] - z_f).square()
        if self.options.reconstruction == "mean":
            return squared.mean(dim=-1)
        return squared.sum(dim=-1) * (0.5 if self.options.reconstruction == "gaussian" else 1.0)
