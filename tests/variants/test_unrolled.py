"""Unrolled GAN against section 2.2 of the paper: the surrogate's value and gradient, with torch's Adam as the judge."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from blocks import BlockTraining, make_block
from torch import nn
from torch.nn.functional import softplus

TANH = {"hidden": [4], "activation": "tanh"}
# A step size with which D changes in a few steps, and an eps at which Adam is not just the sign of the gradient.
ADAM = {"lr": 0.05, "beta1": 0.5, "beta2": 0.9, "eps": 1e-3}
WARM = 5
RMSPROP = {"kind": "rmsprop", "lr": 1e-3}


class Game(BlockTraining):
    """An engine that has made a few steps, and the next batch."""

    def __init__(
        self, seeds: tuple[int, ...] = (3,), warm: int = WARM, variant: str = "unrolled", recipe: Any = None, **chosen
    ) -> None:
        usual = {"networks": {"generator": TANH, "discriminator": TANH}, "optimizer": {"kind": "adam", **ADAM}}
        block = make_block(variant, seeds, options=chosen, **(usual | {"latent": 2, "batch": 8} | (recipe or {})))
        named = block.cell.variant.model_copy(update={"name": "unrolled"})  # so that all draw from the same streams
        super().__init__(block.model_copy(update={"cell": block.cell.model_copy(update={"variant": named})}))
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

    def gradient(self) -> list[torch.Tensor]:
        """The generators' gradients in the engine, one flat vector a seed; G takes its step."""
        [_, update] = self.objective.updates()
        self.engine.step([update], lambda: self.batch)
        gradients = [p.grad for p in self.engine.parameters["G"].values()]
        return [torch.cat([self._of(i, g).flatten() for g in gradients]) for i in range(len(self.seeds))]

    def one(self, index: int) -> SimpleNamespace:
        return SimpleNamespace(**{name: value[index] for name, value in self.batch.items()})

    def _of(self, index: int, tensor: torch.Tensor) -> torch.Tensor:
        return tensor[index] if len(self.seeds) > 1 else tensor


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    torch.set_num_threads(1)


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
    """The central differences of a value in every parameter."""
    slopes = []
    for p in network.parameters():
        flat = p.data.view(-1)
        for i in range(len(flat)):
            at = flat[i].item()
            values = []
            for side in (at + h, at - h):
                flat[i] = side
                values.append(value(network))
            flat[i] = at
            slopes.append((values[0] - values[1]) / (2 * h))
    return torch.tensor(slopes, dtype=torch.float64)


def relative_error(one: torch.Tensor, other: torch.Tensor) -> float:
    return ((one - other).norm() / other.norm()).item()


# --- the gradient through the inner steps ---

STARTS: dict[str, dict[str, Any]] = {
    "one seed": {"seeds": (3,)},
    "two seeds": {"seeds": (3, 8)},
    "before D's first step": {"seeds": (3,), "warm": 0},
    "RMSProp moves G": {"recipe": {"optimizers": {"generator": RMSPROP}}},
}


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("loss", ["minimax", "non-saturating"])
@pytest.mark.parametrize("steps", [1, 3])
def test_gradient_is_that_of_the_whole_inner_loop_by_finite_differences(steps, loss, start):
    game = Game(**STARTS[start], unrolling_steps=steps, generator_loss=loss)
    expected = [
        finite_differences(lambda G, i=i: surrogate(game, i, G, steps, loss), game.networks(i).G)
        for i in range(len(game.seeds))
    ]
    for ours, theirs in zip(game.gradient(), expected, strict=True):
        assert relative_error(ours, theirs) <= 1e-5
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-8)


def test_gradient_from_forgotten_moments_or_another_number_of_steps_is_another():
    """Negative controls: the inner steps start from D's own Adam, and the finite differences tell K from K + 1."""
    game = Game(unrolling_steps=2)
    forgetful = finite_differences(lambda G: surrogate(game, 0, G, 2, warm=False), game.networks(0).G)
    longer = finite_differences(lambda G: surrogate(game, 0, G, 3), game.networks(0).G)
    [ours] = game.gradient()
    assert relative_error(ours, forgetful) > 1e-2
    assert relative_error(ours, longer) > 1e-2


@pytest.mark.parametrize("loss", ["minimax", "non-saturating"])
@pytest.mark.parametrize("steps", [0, 1, 4])
def test_loss_is_the_value_under_the_discriminator_that_torchs_adam_reaches(steps, loss):
    game = Game((3, 8), unrolling_steps=steps, generator_loss=loss)
    expected = [surrogate(game, i, game.networks(i).G, steps, loss) for i in range(2)]
    [_, update] = game.objective.updates()
    losses, _ = game.engine.step([update], lambda: game.batch)
    assert losses["G"].tolist() == pytest.approx(expected, rel=1e-10)


# --- the options ---


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
    [ours], [through] = first.gradient(), full.gradient()
    torch.testing.assert_close(ours, expected, rtol=1e-9, atol=1e-12)
    assert relative_error(ours, through) > 1e-2


@pytest.mark.parametrize("schedule", ["alternating", "simultaneous"])
@pytest.mark.parametrize("gradient", ["full", "first-order"])
@pytest.mark.parametrize(("loss", "variant"), [("minimax", "gan-minimax"), ("non-saturating", "gan-nonsaturating")])
def test_without_inner_steps_it_is_the_plain_gan(loss, variant, gradient, schedule):
    options = {"generator_loss": loss, "gradient": gradient}
    cases = [(variant, {}), *(("unrolled", {"unrolling_steps": steps, **options}) for steps in (0, 1))]
    plain, ours, looking = (Game((3, 8), 10, name, {"schedule": schedule}, **given) for name, given in cases)
    expected = plain.engine.weights()
    torch.testing.assert_close(ours.engine.weights(), expected, rtol=1e-10, atol=1e-12)
    weight = "G.body.0.weight"
    assert not torch.allclose(looking.engine.weights()[weight], expected[weight], rtol=1e-2)  # the negative control


@pytest.mark.parametrize("schedule", ["alternating", "simultaneous"])
def test_generator_looks_ahead_of_the_moved_discriminator_if_alternating(schedule):
    game = Game(recipe={"schedule": schedule}, unrolling_steps=2)
    networks = game.networks(0)
    stands = finite_differences(lambda G: surrogate(game, 0, G, 2), networks.G)
    moved = deepcopy(game)  # to hold D where its step of this batch takes it
    [update, _] = moved.objective.updates()
    moved.engine.step([update], lambda: game.batch)
    expected = stands
    if schedule == "alternating":
        expected = finite_differences(lambda G: surrogate(moved, 0, G, 2), networks.G)
        assert relative_error(stands, expected) > 1e-2
    game.engine.train(lambda: game.batch)
    ours = torch.cat([p.grad.flatten() for p in game.engine.parameters["G"].values()])
    assert relative_error(ours, expected) <= 1e-5
