"""Boundary equilibrium GAN (Berthelot et al. 2017): D is an autoencoder, held in balance with G by k_t."""

from __future__ import annotations

from typing import Any, ClassVar

import torch

from modecollapse.variants import Objective, State, Update

LABEL = "BEGAN"
NETWORKS = {"D": "autoencoder", "G": "generator"}
OPTIONS = {
    "gamma": {"default": 0.5, "least": 0, "most": 1},
    "lambda_k": {"default": 0.001, "least": 0},
    "k_0": {"default": 0.0, "least": 0, "most": 1},
    # k_t stays in [0, 1] (the paper), or is free (two public re-implementations)
    "clamp": [True, False],
    # fixed: without the balance, k_t = k_0 throughout
    "k": ["adaptive", "fixed"],
    # whether D's loss has separate latents z_D (the paper), or G's (the best-known re-implementation)
    "z": ["separate", "shared"],
    # steps in which D alone learns to reconstruct the data
    "pretraining_steps": {"default": 0, "least": 0, "most": 1_000_000},
    # halve the learning rates where M_global's mean over so many steps is not below all earlier means; 0: never
    "patience": {"default": 0, "least": 0},
    # stalled: as above (the paper); always: after every so many steps, whatever M_global is
    "halve": ["stalled", "always"],
}


class Variant(Objective):
    """The objective of their section 3.4, with the state k_t, and M_global of section 3.4.1.

    In an alternating step G's loss uses the D that this step has moved; in a simultaneous one the D before the step.
    """

    networks = NETWORKS
    noise: ClassVar = {"z_D": "prior"}

    def updates(self) -> list[Update]:
        return [Update(("D",), self.discriminator_loss), Update(("G",), self.generator_loss, new_batch=False)]

    def pretraining(self) -> tuple[int, list[Update]]:
        return self.options.pretraining_steps, [Update(("D",), self.reconstruction_loss)]

    def discriminator_loss(self, n: Any, b: Any) -> tuple[torch.Tensor, State]:
        """L_D = L(x) - k_t L(G(z_D)) (section 3.4); noted are L(x), the mean of |x|, and whether k_t is at a bound.

        Noted is also W1, the Wasserstein distance between the losses of single real and generated items (section 3.2).
        """
        real = self.errors(n, b.x)
        fake = self.errors(n, n.G(b.z_D if self.options.z == "separate" else b.z))
        loss_x = real.mean()
        noted = {"L_x": loss_x, "abs_x": b.x.abs().mean(), "W1": self.loss_distance(real, fake)}
        return loss_x - b.k * fake.mean(), noted | self.at_bounds(b.k)

    def generator_loss(self, n: Any, b: Any) -> tuple[torch.Tensor, State]:
        """L_G = L(G(z_G)) (section 3.4); noted are the loss and the mean of |G(z_G)|."""
        fake = n.G(b.z)
        loss_g = self.errors(n, fake).mean()
        return loss_g, {"L_G": loss_g, "abs_G": fake.abs().mean()}

    def reconstruction_loss(self, n: Any, b: Any) -> torch.Tensor:
        """L(x), for pre-training D."""
        return self.errors(n, b.x).mean()

    @staticmethod
    def errors(n: Any, v: torch.Tensor) -> torch.Tensor:
        """|v - D(v)|^eta with eta = 1 (section 3.1), (batch, *shape); L(v) is the mean over pixels and batch."""
        return (v - n.D(v)[0]).abs()

    @staticmethod
    def loss_distance(real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
        """W_1 of the losses of single items, each the mean of its errors: the mean distance of the sorted losses."""
        first, second = (errors.detach().flatten(1).mean(1).sort().values for errors in (real, fake))
        return (first - second).abs().mean()

    @staticmethod
    def at_bounds(k: torch.Tensor) -> State:
        """1 or 0, for the trace: whether k_t is at 0 (or below, without the clamp), and whether at 1 (or above)."""
        return {"k_at_0": (k <= 0).to(k.dtype), "k_at_1": (k >= 1).to(k.dtype)}

    def state(self) -> dict[str, float]:
        """k_t and M_global; with `patience` also the learning rates' factor and the numbers that decide its halving."""
        state = {"k": self.options.k_0, "M_global": float("nan")}
        if self.options.patience:
            state |= {"rate": 1.0, "_M_sum": 0.0, "_M_steps": 0.0, "_M_best": float("inf")}
        return state

    def next_state(self, state: State, aux: State) -> State:
        """k_{t+1} = k_t + lambda_k (gamma L(x) - L(G(z_G))); M_global = L(x) + |gamma L(x) - L(G(z_G))|."""
        balance = self.options.gamma * aux["L_x"] - aux["L_G"]
        k = state["k"]
        if self.options.k == "adaptive":
            k = k + self.options.lambda_k * balance
            k = k.clamp(0, 1) if self.options.clamp else k
        following = state | {"k": k, "M_global": aux["L_x"] + balance.abs()}
        return self.with_rate(following) if self.options.patience else following

    def with_rate(self, state: State) -> State:
        """Close a window of M_global every `patience` steps; halve the rate where `halve` says so."""
        total, steps = state["_M_sum"] + state["M_global"], state["_M_steps"] + 1
        full, mean = steps >= self.options.patience, total / self.options.patience
        stalled = full & ((mean >= state["_M_best"]) | (self.options.halve == "always"))
        return state | {
            "rate": torch.where(stalled, state["rate"] / 2, state["rate"]),
            "_M_best": torch.where(full, mean.minimum(state["_M_best"]), state["_M_best"]),
            "_M_sum": torch.where(full, 0.0, total),
            "_M_steps": torch.where(full, 0.0, steps),
        }
