"""A Wasserstein critic against a G whose distance from the data is known: the data, translated by a turning vector."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, ClassVar

import torch
from torch.func import grad

from modecollapse.variants import Objective, State, Update, wgan, wgan_gp
from modecollapse.variants.wasserstein import critic_loss

LABEL = "Critic alone"
NETWORKS = {"D": "discriminator", "G": "generator"}
OPTIONS = {
    "game": ["wgan-gp", "wgan"],
    "n_critic": {"default": 5, "least": 1, "most": 1000},
    "clip": {"default": 0.01, "above": 0},  # of wgan
    "penalty": {"default": 10.0, "least": 0},  # of wgan-gp
    # W_1 is the length of the vector; each step turns it by so many radians, so that the critic has to follow
    "distance": {"default": 1.0, "above": 0},
    "turn": {"default": 0.0, "least": 0, "most": 4},
}
REQUIRES = {"schedule": ["alternating"], "discriminator normalisation": ["none"], "generator kind": ["ring"]}
REPEATS = {"D": ["n_critic", 2]}


class Variant(Objective):
    """G must draw from the data's distribution, and D is the critic f. Each step is one move of G.

    W_1 of a distribution and its translation by v is |v|: moving all mass by v costs that, and f(x) = x.v / |v| shows
    that nothing costs less. For the trace, of the last of each step's critic updates: `estimate`, the critic's
    E[f(x)] - E[f(G(z))] over W_1, and `w1_share`, the same of f divided by the largest slope that was found, which is
    nearly 1-Lipschitz, so that 1 is the supremum whatever the scale of f.
    """

    networks = NETWORKS
    noise: ClassVar = {"epsilon": "uniform"}

    def __init__(self, options: dict[str, Any]) -> None:
        super().__init__(options)
        game = wgan.Variant if self.options.game == "wgan" else wgan_gp.Variant
        self.critic = game(options).updates()[0]

    def updates(self) -> list[Update]:
        return [replace(self.critic, loss=self.critic_loss)]

    def critic_loss(self, n: Any, b: Any) -> tuple[torch.Tensor, State]:
        """The critic's loss of WGAN or WGAN-GP against the translated data."""
        moved = self.options.distance * torch.stack([b.angle.cos(), b.angle.sin()])
        there = SimpleNamespace(D=n.D, G=lambda z: n.G(z) + moved)
        estimate = -critic_loss(there, b).detach() / self.options.distance
        return self.critic.loss(there, b), {"estimate": estimate, "w1_share": estimate / self.steepest(there, b)}

    @staticmethod
    def steepest(n: Any, b: Any) -> torch.Tensor:
        """The largest |grad f| at the data, at G's samples, and at points between them."""
        x, x_g, epsilon = b.x, n.G(b.z), b.epsilon.unsqueeze(1)
        points = torch.cat([x, x_g, epsilon * x + (1 - epsilon) * x_g]).detach()
        return grad(lambda v: n.D(v).sum())(points).norm(dim=1).max().detach()

    def state(self) -> dict[str, float]:
        return {"angle": 0.0}

    def next_state(self, state: State, aux: State) -> State:
        """The direction of the vector after one more move of G."""
        return state | {"angle": state["angle"] + self.options.turn}
