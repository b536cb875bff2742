"""Unrolled GAN against section 2.2 of the paper: the surrogate's value and gradient, with torch's Adam as the judge."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from blocks import RECIPE, make_block, make_dataset
from default_config import DEFAULT
from torch import nn
from torch.nn.functional import softplus

from modecollapse.errors import StudyError
from modecollapse.study import catalogue
from modecollapse.study.load import load_study
from modecollapse.training import inner_adam
from modecollapse.training.draws import Draws, initial_networks
from modecollapse.training.engine import Batch, Engine
from modecollapse.variants import Objective, create

TANH = {"hidden": [4], "activation": "tanh"}
# A step size with which D changes in a few steps, and an eps at which Adam is not just the sign of the gradient.
ADAM = {"lr": 0.05, "beta1": 0.5, "beta2": 0.9, "eps": 1e-3}
Nets = dict[str, nn.Module]
WARM = 5


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    torch.set_num_threads(1)


def unrolled(**options: Any) -> Objective:
    return create("unrolled", catalogue.options_model("variants", "unrolled").model_validate(options).model_dump())


class Game:
    """An engine in double precision that has made a few steps, and the next batch."""

    def __init__(self, objective: Objective, seeds: tuple[int, ...] = (3,), warm: int = WARM, **recipe: Any) -> None:
        usual = {"networks": {"generator": TANH, "discriminator": TANH}, "optimizer": {"kind": "adam", **ADAM}}
        usual |= {"latent": 2, "batch": 8}
        block = make_block("unrolled", seeds, **(usual | recipe))
        self.objective, self.seeds, self.recipe = objective, seeds, block.cell.training
        self.copies = {
            symbol: [network.double() for network in of_symbol]
            for symbol, of_symbol in initial_networks(block, objective.networks, "cpu").items()
        }
        self.engine = Engine(deepcopy(self.copies), self.recipe, objective)
        draws = Draws(block, make_dataset(), objective.noise, "cpu")
        self.draw = lambda: {name: value.double() for name, value in draws.batch().items()}
        for _ in range(warm):
            self.engine.train(self.draw)
        self.batch = self.draw()

    def networks(self, index: int) -> Nets:
        """Copies of one seed's networks as they stand."""
        found = {symbol: deepcopy(of_symbol[index]) for symbol, of_symbol in self.copies.items()}
        weights = self.engine.weights()
        for symbol, network in found.items():
            network.load_state_dict(
                {name: weights[f"{symbol}.{name}"][index] for name, _ in network.named_parameters()}
            )
        return found

    def adam(self, index: int, D: nn.Module, warm: bool = True) -> torch.optim.Adam:
        """torch's Adam on D as a user of torch has it, at the moments and count of one seed's D, or fresh."""
        adam = self.recipe.optimizer_of("discriminator")
        optimizer = torch.optim.Adam(D.parameters(), adam.lr, (adam.beta1, adam.beta2), adam.eps)
        for name, p in D.named_parameters():
            state = self.engine.optimizers["D"].state.get(self.engine.parameters["D"][name], {})
            if state and warm:
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
    D, b = game.networks(index)["D"], game.one(index)
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


@pytest.mark.parametrize("seeds", [(3,), (3, 8)], ids=["one seed", "two seeds"])
@pytest.mark.parametrize("loss", ["minimax", "non-saturating"])
@pytest.mark.parametrize("steps", [1, 3])
def test_gradient_is_that_of_the_whole_inner_loop_by_finite_differences(steps, loss, seeds):
    game = Game(unrolled(unrolling_steps=steps, generator_loss=loss), seeds)
    expected = []
    for i in range(len(seeds)):
        expected.append(finite_differences(lambda G, i=i: surrogate(game, i, G, steps, loss), game.networks(i)["G"]))
    for ours, theirs in zip(game.gradient(), expected, strict=True):
        assert relative_error(ours, theirs) <= 1e-5
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("steps", [1, 3])
def test_gradient_is_right_before_the_first_step_of_the_discriminator_too(steps):
    game = Game(unrolled(unrolling_steps=steps), warm=0)
    expected = finite_differences(lambda G: surrogate(game, 0, G, steps), game.networks(0)["G"])
    assert relative_error(game.gradient()[0], expected) <= 1e-5


@pytest.mark.parametrize("steps", [1, 3])
def test_gradient_from_forgotten_moments_is_another(steps):
    """A negative control: the inner steps start from D's own Adam, not from a fresh one."""
    game = Game(unrolled(unrolling_steps=steps))
    forgetful = finite_differences(lambda G: surrogate(game, 0, G, steps, warm=False), game.networks(0)["G"])
    assert relative_error(game.gradient()[0], forgetful) > 1e-2


def test_gradient_for_another_number_of_steps_is_another():
    """A negative control: the finite differences tell K from K + 1."""
    game = Game(unrolled(unrolling_steps=2))
    other = finite_differences(lambda G: surrogate(game, 0, G, 3), game.networks(0)["G"])
    assert relative_error(game.gradient()[0], other) > 1e-2


@pytest.mark.parametrize("loss", ["minimax", "non-saturating"])
@pytest.mark.parametrize("steps", [0, 1, 4])
def test_loss_is_the_value_under_the_discriminator_that_torchs_adam_reaches(steps, loss):
    game = Game(unrolled(unrolling_steps=steps, generator_loss=loss), (3, 8))
    expected = [surrogate(game, i, game.networks(i)["G"], steps, loss) for i in range(2)]
    [_, update] = game.objective.updates()
    losses, _ = game.engine.step([update], lambda: game.batch)
    assert losses["G"].tolist() == pytest.approx(expected, rel=1e-10)


def test_inner_steps_raise_the_value_that_the_discriminator_maximises():
    game = Game(unrolled())
    values = [surrogate(game, 0, game.networks(0)["G"], steps) for steps in (0, 1, 5, 20)]
    assert values == sorted(values)
    assert values[-1] > values[0] + 0.1


# --- the options ---


@pytest.mark.parametrize("loss", ["minimax", "non-saturating"])
@pytest.mark.parametrize("steps", [1, 3])
def test_first_order_gradient_holds_the_unrolled_discriminator_constant(steps, loss):
    options = {"unrolling_steps": steps, "generator_loss": loss}
    first, full = (Game(unrolled(**options, gradient=kind)) for kind in ("first-order", "full"))
    # both made their first steps with other gradients, so the second continues from the first
    full.engine.restore(first.engine.state())
    full.batch = first.batch
    networks, b = first.networks(0), first.one(0)
    G, D = networks["G"], networks["D"]
    x_g = G(b.z)
    D = ahead(D, first.adam(0, D), b.x, x_g, steps)
    value = -softplus(D(x_g)).mean() if loss == "minimax" else softplus(-D(x_g)).mean()  # x alone does not reach G
    expected = torch.cat([g.flatten() for g in torch.autograd.grad(value, list(G.parameters()))])
    [ours], [through] = first.gradient(), full.gradient()
    torch.testing.assert_close(ours, expected, rtol=1e-9, atol=1e-12)
    assert relative_error(ours, through) > 1e-2


@pytest.mark.parametrize("schedule", ["alternating", "simultaneous"])
@pytest.mark.parametrize("gradient", ["full", "first-order"])
@pytest.mark.parametrize(
    ("loss", "variant"), [("minimax", "gan-minimax"), ("non-saturating", "gan-nonsaturating")], ids=["minimax", "ns"]
)
def test_without_inner_steps_it_is_the_plain_gan(loss, variant, gradient, schedule):
    plain, ours, looking = (
        Game(objective, (3, 8), warm=10, schedule=schedule)
        for objective in (
            create(variant, {}),
            unrolled(unrolling_steps=0, generator_loss=loss, gradient=gradient),
            unrolled(unrolling_steps=1, generator_loss=loss, gradient=gradient),
        )
    )
    expected = plain.engine.weights()
    torch.testing.assert_close(ours.engine.weights(), expected, rtol=1e-10, atol=1e-12)
    weight = "G.body.0.weight"
    assert not torch.allclose(looking.engine.weights()[weight], expected[weight], rtol=1e-2)  # the negative control


# --- the discriminator itself ---


def test_generators_step_leaves_the_discriminator_and_its_optimizer_alone():
    game = Game(unrolled(unrolling_steps=3), (3, 8))
    before = game.engine.state()
    game.gradient()
    after = game.engine.state()
    own = [name for name in before if name.startswith(("D.", "optimizer.D."))]
    assert len(own) == 4 * 4  # weights, two moments and the count of four parameters
    assert all(torch.equal(before[name], after[name]) for name in own)
    assert not torch.equal(before["G.body.0.weight"], after["G.body.0.weight"])


@pytest.mark.parametrize("schedule", ["alternating", "simultaneous"])
def test_discriminator_moves_by_one_step_of_its_own_however_far_the_generator_looks(schedule):
    game = Game(unrolled(unrolling_steps=7), (3, 8), schedule=schedule)
    expected = []
    for i in range(2):
        networks, b = game.networks(i), game.one(i)
        expected.append(ahead(networks["D"], game.adam(i, networks["D"]), b.x, networks["G"](b.z), 1))
    game.engine.train(lambda: game.batch)
    for i, D in enumerate(expected):
        for name, p in D.named_parameters():
            torch.testing.assert_close(game.engine.parameters["D"][name][i], p, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("schedule", ["alternating", "simultaneous"])
def test_generator_looks_ahead_of_the_moved_discriminator_if_alternating(schedule):
    game = Game(unrolled(unrolling_steps=2), schedule=schedule)
    networks = game.networks(0)
    stands = finite_differences(lambda G: surrogate(game, 0, G, 2), networks["G"])
    moved = deepcopy(game)  # to hold D where its step of this batch takes it
    [update, _] = moved.objective.updates()
    moved.engine.step([update], lambda: game.batch)
    expected = stands
    if schedule == "alternating":
        expected = finite_differences(lambda G: surrogate(moved, 0, G, 2), networks["G"])
        assert relative_error(stands, expected) > 1e-2
    game.engine.train(lambda: game.batch)
    ours = torch.cat([p.grad.flatten() for p in game.engine.parameters["G"].values()])
    assert relative_error(ours, expected) <= 1e-5


# --- dead units ---


def game_with_a_dead_unit(dtype: torch.dtype) -> Game:
    """Three steps of games in which a ReLU unit of D is never active, so that its v stays zero."""
    networks = {"generator": TANH, "discriminator": {"hidden": [4], "activation": "relu"}}
    usual = {"kind": "adam", "lr": 1e-3, "beta1": 0.5}
    game = Game(unrolled(unrolling_steps=3), (3, 8), 0, networks=networks, optimizer=usual)
    with torch.no_grad():
        for D in game.copies["D"]:
            D.body[0].bias[0] = -1e3
    copies = {symbol: [network.to(dtype) for network in of_symbol] for symbol, of_symbol in game.copies.items()}
    game.engine = Engine(copies, game.recipe, game.objective)
    game.batch = {name: value.to(dtype) for name, value in game.batch.items()}
    for _ in range(3):
        game.engine.train(lambda: game.batch)
    return game


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["single", "double"])
def test_a_dead_unit_of_the_discriminator_gives_no_nan(dtype):
    game = game_with_a_dead_unit(dtype)
    v = game.engine.state()["optimizer.D.body.0.weight.exp_avg_sq"]
    assert not v[:, 0].any()
    assert v[:, 1:].any()
    for gradient in game.gradient():
        assert gradient.isfinite().all()
        assert gradient.any()
    assert game.engine.finite_parameters().all()


def test_a_plain_square_root_would_give_nan_there(monkeypatch):
    """The negative control of the test above."""
    monkeypatch.setattr(inner_adam, "_root", torch.sqrt)
    assert not game_with_a_dead_unit(torch.float64).engine.finite_parameters().any()


# --- what it requires ---


def study_with(optimizers: dict[str, Any], optimizer: dict[str, Any], variant: str = "unrolled") -> Any:
    """A study of one cell, whatever else the default one holds."""
    recipe = {key: RECIPE[key] for key in ("latent", "batch", "steps", "evaluations", "schedule", "networks")}
    recipe |= {"datasets": ["ring"], "source": "a test", "optimizer": optimizer, "optimizers": optimizers}
    experiments = {"matched": None, "test": {"recipes": {"ring": recipe}}}
    return load_study([DEFAULT], {"variants": [variant], "datasets": ["ring"], "experiments": experiments})


RMSPROP, ANY_ADAM = {"kind": "rmsprop", "lr": 1e-3}, {"kind": "adam", "lr": 1e-3, "beta1": 0.5}


@pytest.mark.parametrize(
    ("optimizer", "optimizers"),
    [(RMSPROP, {}), (ANY_ADAM, {"discriminator": RMSPROP}), (RMSPROP, {"generator": ANY_ADAM})],
)
def test_a_discriminator_without_adam_is_refused_before_anything_runs(optimizer, optimizers):
    with pytest.raises(StudyError, match="unrolled: discriminator optimizer is 'rmsprop'; allowed: adam"):
        study_with(optimizers, optimizer)


@pytest.mark.parametrize(
    ("optimizer", "optimizers"),
    [(ANY_ADAM, {}), (RMSPROP, {"discriminator": ANY_ADAM}), (ANY_ADAM, {"generator": RMSPROP})],
)
def test_other_networks_may_have_another_optimizer(optimizer, optimizers):
    assert study_with(optimizers, optimizer).variants == ["unrolled"]


def test_a_variant_that_does_not_unroll_takes_rmsprop():
    assert study_with({}, RMSPROP, "gan-minimax").variants == ["gan-minimax"]


def test_a_generator_with_rmsprop_looks_ahead_through_the_discriminators_adam():
    game = Game(unrolled(unrolling_steps=2), optimizers={"generator": RMSPROP})
    expected = finite_differences(lambda G: surrogate(game, 0, G, 2), game.networks(0)["G"])
    assert relative_error(game.gradient()[0], expected) <= 1e-5


def test_every_batch_of_latents_and_data_is_one_for_all_inner_steps():
    """As in the authors' code: a step draws once for D and once for G, however many inner steps there are."""
    game, drawn = Game(unrolled(unrolling_steps=6)), []

    def draw() -> Batch:
        drawn.append(game.draw())
        return drawn[-1]

    game.engine.train(draw)
    assert len(drawn) == 2
