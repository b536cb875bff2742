"""WGAN-GP's penalty against closed forms: critics whose slope is known, and finite differences."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from blocks import RECIPE, make_block, make_dataset
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.func import functional_call, stack_module_state, vmap

from modecollapse import networks
from modecollapse.errors import StudyError
from modecollapse.study import catalogue, plan
from modecollapse.study.config import Study
from modecollapse.study.recipe import Training
from modecollapse.training.draws import Draws, initial_networks
from modecollapse.training.engine import Engine
from modecollapse.variants import Objective, create

BATCH, SHAPES = 6, [(2,), (3, 8, 8)]
SMOOTH = {"hidden": [7, 5], "activation": "tanh"}
NORM = st.floats(0, 20)


def wgan_gp(penalty: float = 10.0, n_critic: int = 5) -> Objective:
    return create("wgan-gp", {"n_critic": n_critic, "penalty": penalty})


def batch_of(shape: tuple[int, ...], seed: int = 0, size: int = BATCH) -> SimpleNamespace:
    """Data, latents that are items already, and one epsilon an item."""
    draw = torch.Generator().manual_seed(seed)
    x, z = (torch.randn(size, *shape, generator=draw, dtype=torch.float64) for _ in range(2))
    return SimpleNamespace(x=x, z=z, epsilon=torch.rand(size, generator=draw, dtype=torch.float64))


def with_critic(D: Any) -> SimpleNamespace:
    return SimpleNamespace(D=D, G=lambda z: z)


def half_square(x: torch.Tensor) -> torch.Tensor:
    """A critic whose gradient at x is x."""
    return x.flatten(1).square().sum(1) / 2


def critic_of(shape: tuple[int, ...], **spec: Any) -> torch.nn.Module:
    torch.manual_seed(5)
    discriminator = {"discriminator": SMOOTH | spec}
    recipe = Training.model_validate(RECIPE | {"networks": RECIPE["networks"] | discriminator})
    return networks.build("discriminator", recipe, shape).double()


@settings(deadline=None, max_examples=30)
@given(s=NORM, shape=st.sampled_from(SHAPES), seed=st.integers(0, 99))
def test_penalty_of_a_linear_critic_of_slope_s_is_the_square_of_s_minus_1(s, shape, seed):
    slope = batch_of(shape, seed).x[0]
    slope = s * slope / slope.norm()
    penalty = wgan_gp().gradient_penalty(with_critic(lambda x: (x * slope).flatten(1).sum(1)), batch_of(shape, seed))
    assert penalty.item() == pytest.approx((s - 1) ** 2, abs=1e-9)


def test_penalty_is_zero_at_slope_1_and_grows_on_both_sides():
    for s, expected in ((1.0, 0.0), (0.5, 0.25), (1.5, 0.25), (0.0, 1.0)):  # two-sided, unlike [s - 1]^+
        n = with_critic(lambda x, s=s: s * (0.6 * x[:, 0] + 0.8 * x[:, 1]))
        assert wgan_gp().gradient_penalty(n, batch_of((2,))).item() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_slope_is_taken_between_each_pair_at_its_own_epsilon_and_normed_over_the_whole_item(shape):
    b = batch_of(shape)
    points = torch.stack([e * x + (1 - e) * z for e, x, z in zip(b.epsilon, b.x, b.z, strict=True)]).flatten(1)
    ours = wgan_gp().gradient_penalty(with_critic(half_square), b)
    torch.testing.assert_close(ours, (points.square().sum(1).sqrt() - 1).square().mean())

    # readings of Algorithm 1 that are wrong, each another number
    epsilon = torch.rand(b.x.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    mixed = (epsilon * b.x + (1 - epsilon) * b.z).flatten(1)
    swapped = torch.stack([(1 - e) * x + e * z for e, x, z in zip(b.epsilon, b.x, b.z, strict=True)]).flatten(1)
    shared = (b.epsilon[0] * b.x + (1 - b.epsilon[0]) * b.z).flatten(1)
    for wrong in (mixed, swapped, shared):
        assert not torch.isclose(ours, (wrong.norm(dim=1) - 1).square().mean(), rtol=1e-3)
    for norm in (points.norm() / BATCH**0.5, points.norm(dim=1).mean(), points.norm(dim=0), points.abs().sum(1)):
        assert not torch.isclose(ours, (norm - 1).square().mean(), rtol=1e-3)


@pytest.mark.parametrize(("epsilon", "end"), [(1.0, "x"), (0.0, "z")])
def test_epsilon_1_is_the_data_and_0_the_generator(epsilon, end):
    b = batch_of((3, 8, 8))
    b.epsilon = torch.full((BATCH,), epsilon, dtype=torch.float64)
    expected = (getattr(b, end).flatten(1).norm(dim=1) - 1).square().mean()
    torch.testing.assert_close(wgan_gp().gradient_penalty(with_critic(half_square), b), expected)


@pytest.mark.parametrize("penalty", [0.0, 0.1, 10.0])
def test_critic_loss_is_equation_3(penalty):
    # D, half the square, is 8 on the data (4, 0) and 1/2 on the sample (0, 1); its slope at x_hat is (3, 1/4)
    b = SimpleNamespace(x=torch.tensor([[4.0, 0.0]]), z=torch.tensor([[0.0, 1.0]]), epsilon=torch.tensor([0.75]))
    loss = wgan_gp(penalty).discriminator_loss(with_critic(half_square), b)
    assert loss.item() == pytest.approx(1 / 2 - 8 + penalty * (9.0625**0.5 - 1) ** 2)


def test_generator_loss_has_no_penalty():
    n, b = with_critic(half_square), batch_of((2,))
    loss = wgan_gp().updates()[1].loss(n, b)
    torch.testing.assert_close(loss, -half_square(b.z).mean())


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("activation", ["tanh", "elu"])
def test_gradient_of_the_penalty_in_the_critic_is_that_of_finite_differences(shape, activation):
    critic, b, h = critic_of(shape, activation=activation), batch_of(shape), 1e-5
    parameters = dict(critic.named_parameters())

    def penalty(theta: dict[str, torch.Tensor]) -> torch.Tensor:
        return wgan_gp().gradient_penalty(with_critic(lambda x: functional_call(critic, theta, (x,))), b)

    gradients = torch.autograd.grad(
        penalty(parameters), list(parameters.values()), allow_unused=True, materialize_grads=True
    )
    draw = torch.Generator().manual_seed(2)
    for (name, p), gradient in zip(parameters.items(), gradients, strict=True):
        for _ in range(3):
            way = torch.randn(p.shape, generator=draw, dtype=torch.float64)
            ahead, behind = (penalty(parameters | {name: (p + step * way).detach()}).item() for step in (h, -h))
            assert (gradient * way).sum().item() == pytest.approx((ahead - behind) / (2 * h), rel=1e-6, abs=1e-8)
    assert [bool(gradient.any()) for gradient in gradients] == [True] * (len(gradients) - 1) + [False]


def test_gradient_of_the_penalty_is_finite_where_the_critic_is_flat():
    critic = critic_of((2,), activation="relu")
    with torch.no_grad():
        for p in critic.parameters():
            p.fill_(-1.0)  # every unit of the second layer is dead
    penalty = wgan_gp().gradient_penalty(with_critic(critic), batch_of((2,)))
    assert penalty.item() == 1.0
    gradients = torch.autograd.grad(penalty, list(critic.parameters()), allow_unused=True, materialize_grads=True)
    assert all(gradient.isfinite().all() for gradient in gradients)


def test_stacked_critics_of_images_have_the_losses_of_each_alone():
    shape, critics, objective = (3, 8, 8), [], wgan_gp()
    for seed in range(3):
        torch.manual_seed(seed)
        critics.append(critic_of(shape))
        with torch.no_grad():
            critics[-1].body[0].weight.mul_(1 + seed)
    b = [batch_of(shape, seed) for seed in range(3)]
    stacked = {name: torch.stack([getattr(one, name) for one in b]) for name in ("x", "z", "epsilon")}

    def loss(theta: dict[str, torch.Tensor], one: dict[str, torch.Tensor]) -> torch.Tensor:
        n = with_critic(lambda x: functional_call(critics[0], theta, (x,)))
        return objective.discriminator_loss(n, SimpleNamespace(**one))

    together = vmap(loss)(stack_module_state(critics)[0], stacked)
    alone = torch.stack([objective.discriminator_loss(with_critic(c), one) for c, one in zip(critics, b, strict=True)])
    torch.testing.assert_close(together, alone)
    assert len(set(alone.tolist())) == 3


def test_a_batch_has_one_epsilon_an_item_uniform_on_0_to_1():
    block = make_block("wgan-gp", (0, 1), batch=4000)
    epsilon = Draws(block, make_dataset(), wgan_gp().noise, "cpu").batch()["epsilon"]
    assert epsilon.shape == (2, 4000)
    assert 0 <= epsilon.min() < 0.01
    assert 0.99 < epsilon.max() < 1
    sd_of_mean, sd_of_square = (1 / 12 / 4000) ** 0.5, (4 / 45 / 4000) ** 0.5
    assert (epsilon.mean(1) - 1 / 2).abs().max() < 4 * sd_of_mean
    assert (epsilon.square().mean(1) - 1 / 3).abs().max() < 4 * sd_of_square
    assert not torch.equal(epsilon[0], epsilon[1])


@pytest.mark.parametrize("n_critic", [1, 5])
def test_critic_moves_n_critic_times_each_on_a_batch_of_its_own_and_is_not_clipped(n_critic):
    options = {"n_critic": n_critic, "penalty": 10.0}
    block, objective, drawn = make_block("wgan-gp", (0, 1), options=options), create("wgan-gp", options), []
    draws = Draws(block, make_dataset(), objective.noise, "cpu")
    engine = Engine(initial_networks(block, objective.networks, "cpu"), block.cell.training, objective)
    losses = engine.train(lambda: drawn.append(draws.batch()) or drawn[-1])
    assert list(losses) == ["D", "G"]
    assert len(drawn) == n_critic + 1
    assert [update.times for update in objective.updates()] == [n_critic, 1]
    assert all(update.project is None for update in objective.updates())


def cells(preset: str | None = None, **recipe: Any) -> list[plan.Cell]:
    """The cells of a study of WGAN-GP alone."""
    covering = RECIPE | {"datasets": ["ring"], "source": "this test"} | recipe
    mine = {"variants": {"mine": {"objective": "wgan-gp", "preset": preset}}}
    study = {"study": "test", "root_seed": 1, "seeds": 1, "block_size": 1, "calibration_replicates": 2}
    chosen = {"datasets": ["ring"], "variants": ["mine"], "measures": ["modes"], "definitions": mine}
    return plan.cells(Study.model_validate(study | chosen | {"experiments": {"test": {"recipes": {"ring": covering}}}}))


def test_options_default_to_the_papers_and_a_preset_has_those_of_the_toy_code():
    assert catalogue.options_model("variants", "wgan-gp")().model_dump() == {"n_critic": 5, "penalty": 10.0}
    assert cells()[0].variant.options == {"n_critic": 5, "penalty": 10.0}
    assert cells("toy")[0].variant.options == {"n_critic": 5, "penalty": 0.1}


def test_a_simultaneous_schedule_is_refused():
    with pytest.raises(StudyError, match="wgan-gp: schedule is 'simultaneous'; allowed: alternating"):
        cells(schedule="simultaneous")


def test_batch_norm_is_refused_in_the_critic_alone():
    def normalised(role: str) -> dict[str, Any]:
        return RECIPE["networks"] | {role: RECIPE["networks"][role] | {"normalisation": "batch"}}

    assert len(cells(networks=normalised("generator"))) == 1
    with pytest.raises(StudyError, match="wgan-gp: discriminator normalisation is 'batch'; allowed: none"):
        cells(networks=normalised("discriminator"))


def test_batch_norm_in_the_critic_would_mix_the_samples_of_a_batch():
    """Why it is refused: without it, the penalties of two halves of a batch have that of the whole as their mean."""
    b = batch_of((2,))
    halves = [SimpleNamespace(**{k: v[part] for k, v in vars(b).items()}) for part in (slice(0, 3), slice(3, 6))]
    for normalisation, separable in (("none", True), ("batch", False)):
        n = with_critic(critic_of((2,), normalisation=normalisation))
        of_halves = torch.stack([wgan_gp().gradient_penalty(n, half) for half in halves]).mean()
        assert torch.isclose(of_halves, wgan_gp().gradient_penalty(n, b)).item() == separable
