"""Wasserstein GAN (Arjovsky et al. 2017): the critic f is kept Lipschitz by clipping its weights."""

from __future__ import annotations

import torch

from modecollapse.variants import Objective, Update
from modecollapse.variants.wasserstein import critic_loss, generator_loss

LABEL = "WGAN"
NETWORKS = {"D": "discriminator", "G": "generator"}
OPTIONS = {
    # critic steps before each generator step, and c, the bound of every critic parameter after a step
    "n_critic": {"default": 5, "least": 1, "most": 1000},
    "clip": {"default": 0.01, "above": 0},
}
REQUIRES = {"schedule": ["alternating"]}
REPEATS = {"D": ["n_critic", 1]}


class Variant(Objective):
    """Their Algorithm 1: the critic is D = f_w, and w is clipped to [-c, c] after (not before) each of its steps.

    The recipe chooses the optimizer, which is RMSProp in the paper.
    """

    networks = NETWORKS

    def updates(self) -> list[Update]:
        critic = Update(("D",), critic_loss, times=self.options.n_critic, project=self.clipped)
        return [critic, Update(("G",), generator_loss)]

    def clipped(self, w: torch.Tensor) -> torch.Tensor:
        """w <- clip(w, -c, c), of any shape."""
        c = self.options.clip
        return w.clamp(-c, c)
