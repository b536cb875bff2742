"""Unrolled GAN against section 2.2 of the paper: the surrogate's value and gradient, with torch's Adam as the judge."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from blocks import BlockTraining, make_block
from torch import nn
from torch.nn.functional import softplus
from torch.nn.utils import parameters_to_vector, vector_to_parameters

TANH = {"hidden": [4], "activation": "tanh"}
# A step size with which D changes in a few steps, and an eps at which Adam is not just the sign of the gradient.
ADAM = {"lr": 0.05, "beta1": 0.5, "beta2": 0.9, "eps": 1e-3}
RMSPROP = {"kind": "rmsprop", "lr": 1e-3}


class Game(BlockTraining):
    """An engine that has made a few steps, and the next batch."""

    def __init__(self, seeds: tuple[int, ...] = (3,), warm: int = 5, recipe: Any = None, **options: Any) -> None:
        usual = {"networks": {"generator": TANH, "discriminator": TANH}, "optimizer": {"kind": "adam", **ADAM}}
        usual |= {"latent": 2, "batch": 8}
        super().__init__(make_block("unrolled", seeds, options=options, **(usual | (recipe or {}))))
        self.seeds = seeds
        self.run(warm) if warm else None
        self.batch = self.draw()

    def adam(self, index: int, D: nn.Module, warm: bool = True) -> torch.optim.Adam:
        """torch's Adam on D as a user of torch has it, at the moments and count of one seed's D, or fresh."""
        adam = self.recipe.optimizer_of("discriminator")
        optimizer = torch.optim.Adam(D.parameters(), adam.lr, (adam.beta1, adam.beta2), adam.eps)
        for name, p in D.named_parameters():
            state = self.engine.optimizers["D"].state[name]
            if state["step"] and warm:
                moments = {key: self._of(index, state[key]).clone() for key in ("exp_avg", "exp_avg_sq")}
                optimizer.state[p] = {"step": state["step"].clone(), **moments}
        return optimizer

    def step_of_G(self) -> tuple[list[float], list[torch.Tensor]]:
        """The losses and gradients of the generators in the engine, one flat vector a seed; G takes its step."""
        [_, update] = self.objective.updates()
        losses, _ = self.engine.step([update], lambda: self.batch)
        gradients = [p.grad for p in self.engine.parameters["G"].values()]
        flat = [torch.cat([self._of(i, g).flatten() for g in gradients]) for i in range(len(self.seeds))]
        return losses["G"].flatten().tolist(), flat

    def one(self, index: int) -> SimpleNamespace:
        return SimpleNamespace(**{name: value[index] for name, value in self.batch.items()})

    def _of(self, index: int, tensor: torch.Tensor) -> torch.Tensor:
        return tensor[index] if len(self.seeds) > 1 else tensor


def loss_D(D: nn.Module, x: torch.Tensor, x_g: torch.Tensor) -> torch.Tensor:
    """-V(D, G)."""
    return softplus(-D(x)).mean() + softplus(D(x_g)).mean()


def ahead(D: nn.Module, optimizer: torch.optim.Adam, x: torch.Tensor, x_g: torch.Tensor, steps: int) -> nn.Module:
    """D after `steps` of torch's Adam; nothing is differentiated through them."""
    for _ in range(steps):
        optimizer.zero_grad()
        loss_D(D, x, x_g.detach()).backward()
        optimizer.step()
    return D


def surrogate(game: Game, index: int, G: nn.Module, steps: int, loss: str = "minimax", warm: bool = True) -> float:
    """What G of a seed minimises (equation 8), through torch's Adam from where D's own stands, or from a fresh one."""
    D, b = game.networks(index).D, game.one(index)
    with torch.no_grad():
        x_g = G(b.z)
    D = ahead(D, game.adam(index, D, warm), b.x, x_g, steps)
    with torch.no_grad():
        return (-loss_D(D, b.x, x_g) if loss == "minimax" else softplus(-D(x_g)).mean()).item()


def finite_differences(value: Callable[[nn.Module], float], network: nn.Module, h: float = 1e-5) -> torch.Tensor:
    """The central differences of a value in every parameter of a network, which is left moved."""
    theta = parameters_to_vector(network.parameters()).detach()

    def at(moved: torch.Tensor) -> float:
        vector_to_parameters(moved, network.parameters())
        return value(network)

    slopes = [(at(theta + step) - at(theta - step)) / (2 * h) for step in h * torch.eye(len(theta), dtype=theta.dtype)]
    return torch.tensor(slopes, dtype=theta.dtype)


def relative_error(one: torch.Tensor, other: torch.Tensor) -> float:
    return ((one - other).norm() / other.norm()).item()


STARTS: dict[str, dict[str, Any]] = {
    "one seed": {"seeds": (3,)},
    "two seeds": {"seeds": (3, 8)},
    "before D's first step": {"seeds": (3,), "warm": 0},
    "RMSProp moves G": {"recipe": {"optimizers": {"generator": RMSPROP}}},
}


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("loss", ["minimax", "non-saturating"])
@pytest.mark.parametrize("steps", [0, 1, 3])
def test_loss_and_gradient_are_those_of_the_whole_inner_loop_by_torchs_adam_and_finite_differences(steps, loss, start):
    """With no inner steps these are the plain GAN's."""
    game = Game(**STARTS[start], unrolling_steps=steps, generator_loss=loss)
    expected = []
    for i in range(len(game.seeds)):
        G = game.networks(i).G
        value = surrogate(game, i, G, steps, loss)
        expected.append((value, finite_differences(lambda G, i=i: surrogate(game, i, G, steps, loss), G)))
    for value, ours, (its_value, theirs) in zip(*game.step_of_G(), expected, strict=True):
        assert value == pytest.approx(its_value, rel=1e-10)
        assert relative_error(ours, theirs) <= 1e-5
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-8)


def test_gradient_from_forgotten_moments_or_another_number_of_steps_is_another():
    """Negative controls: the inner steps start from D's own Adam, and the finite differences tell K from K + 1."""
    game = Game(unrolling_steps=2)
    forgetful = finite_differences(lambda G: surrogate(game, 0, G, 2, warm=False), game.networks(0).G)
    longer = finite_differences(lambda G: surrogate(game, 0, G, 3), game.networks(0).G)
    _, [ours] = game.step_of_G()
    assert relative_error(ours, forgetful) > 1e-2
    assert relative_error(ours, longer) > 1e-2


@pytest.mark.parametrize("loss", ["minimax", "non-saturating"])
@pytest.mark.parametrize("steps", [1, 3])
def test_first_order_gradient_holds_the_unrolled_discriminator_constant(steps, loss):
    options = {"unrolling_steps": steps, "generator_loss": loss}
    first, full = (Game(**options, gradient=kind) for kind in ("first-order", "full"))
    # both made their first steps with other gradients, so the second continues from the first
    full.engine.restore(first.engine.state())
    full.batch = first.batch
    networks, b = first.networks(0), first.one(0)
    G, D = networks.G, networks.D
    x_g = G(b.z)
    D = ahead(D, first.adam(0, D), b.x, x_g, steps)
    value = -softplus(D(x_g)).mean() if loss == "minimax" else softplus(-D(x_g)).mean()  # x alone does not reach G
    expected = torch.cat([g.flatten() for g in torch.autograd.grad(value, list(G.parameters()))])
    (_, [ours]), (_, [through]) = first.step_of_G(), full.step_of_G()
    torch.testing.assert_close(ours, expected, rtol=1e-9, atol=1e-12)
    assert relative_error(ours, through) > 1e-2
