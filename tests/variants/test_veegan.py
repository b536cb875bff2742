"""VEEGAN against the poster and Algorithm 1: labels, linearity, and which network each loss reaches."""

from __future__ import annotations

from math import log
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from blocks import RECIPE, make_block, make_dataset

from modecollapse.study import catalogue
from modecollapse.training.draws import Draws, initial_networks
from modecollapse.training.engine import Engine
from modecollapse.variants import Objective, create

K = RECIPE["latent"]
ADVERSARIAL = "reconstruction+adversarial"


def veegan(**options: Any) -> Objective:
    return create("veegan", catalogue.options_model("variants", "veegan").model_validate(options).model_dump())


def networks(**recipe: Any) -> SimpleNamespace:
    """Small networks for items of two numbers, in double precision."""
    copies = initial_networks(make_block("veegan", **recipe), veegan().networks, "cpu")
    return SimpleNamespace(**{symbol: of_symbol[0].double() for symbol, of_symbol in copies.items()})


@pytest.fixture
def n() -> SimpleNamespace:
    """Networks of K = 3 latents."""
    return networks()


@pytest.fixture
def b() -> SimpleNamespace:
    """A batch of five."""
    draw = torch.Generator().manual_seed(4)
    shapes = {"x": (5, 2), "z": (5, K), "eps": (5, K)}
    return SimpleNamespace(**{name: torch.randn(s, generator=draw, dtype=torch.float64) for name, s in shapes.items()})


def gradient(loss: torch.Tensor, network: torch.nn.Module) -> list[torch.Tensor]:
    """The gradient in a network's parameters, zero where the loss does not reach them."""
    parameters = list(network.parameters())
    return torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True, materialize_grads=True)


def reached(loss: torch.Tensor, n: SimpleNamespace) -> set[str]:
    """The networks in which a loss has a gradient that is not zero."""
    return {symbol for symbol, network in vars(n).items() if any(g.any() for g in gradient(loss, network))}


def squared(n: SimpleNamespace, b: SimpleNamespace) -> torch.Tensor:
    """|z - F(G(z))|^2 for every pair of the batch."""
    return ((b.z - n.F(n.G(b.z))) ** 2).sum(1)


def test_discriminator_loss_pays_log_4_where_it_cannot_tell(n, b):
    n.D = lambda z, x: torch.zeros(len(z))
    assert veegan().discriminator_loss(n, b)[0].item() == pytest.approx(log(4))


def test_generated_pair_is_labelled_1_and_the_real_pair_0():
    # F answers 0 and G draws 1, so a table of two logits is all that D needs
    batch = SimpleNamespace(x=torch.zeros(4, 1), z=torch.ones(4, 1))
    logits = torch.zeros(2, requires_grad=True)
    n = SimpleNamespace(D=lambda z, x: logits[z[:, 0].long()], G=lambda z: z, F=lambda x: x)
    veegan(f_noise=False).discriminator_loss(n, batch)[0].backward()
    real, generated = -logits.grad  # the way D moves
    assert real < 0 < generated


def test_optimal_discriminator_is_the_log_ratio_of_the_two_joint_densities():
    # pairs (z, z) with z in {0, 1}: generated with probability (1/4, 3/4), real with (3/4, 1/4)
    batch = SimpleNamespace(z=torch.tensor([[0.0], [1], [1], [1]]), x=torch.tensor([[0.0], [0], [0], [1]]))
    logits = torch.zeros(2, requires_grad=True)
    n = SimpleNamespace(D=lambda z, x: logits[z[:, 0].long()], G=lambda z: z, F=lambda x: x)
    optimizer = torch.optim.SGD([logits], lr=2.0)
    for _ in range(200):
        optimizer.zero_grad()
        veegan(f_noise=False).discriminator_loss(n, batch)[0].backward()
        optimizer.step()
    torch.testing.assert_close(logits.detach(), torch.tensor([-log(3), log(3)]), atol=1e-4, rtol=0)


@pytest.mark.parametrize("f_update", ["reconstruction", ADVERSARIAL])
def test_generator_loss_is_linear_in_the_logit(n, b, f_update):
    objective, D = veegan(f_update=f_update), n.D
    values = []
    for scale in (0.0, 1.0, 1000.0):
        n.D = lambda z, x, scale=scale: scale * D(z, x)
        values.append(objective.generator_loss(n, b).item())
    assert values[0] == pytest.approx(squared(n, b).mean().item())
    assert values[1] != values[0]
    assert values[2] - values[0] == pytest.approx(1000 * (values[1] - values[0]), rel=1e-9)


def test_generator_moves_to_pairs_that_look_real(n, b):
    """A generated pair has a high logit, so G goes down: the loss is plus the mean logit."""
    adversarial = veegan().generator_loss(n, b) - squared(n, b).mean()
    torch.testing.assert_close(adversarial, n.D(b.z, n.G(b.z)).mean())


def test_reconstructor_is_reached_through_the_distance_alone(n, b):
    loss = veegan().generator_loss(n, b)
    torch.testing.assert_close(gradient(loss, n.F), gradient(squared(n, b).mean(), n.F))
    assert any(g.any() for g in gradient(loss, n.F))


def test_adversarial_option_adds_minus_the_real_pairs_mean_logit_which_only_the_reconstructor_receives(n, b):
    plain = veegan().generator_loss(n, b)
    adversarial = veegan(f_update=ADVERSARIAL).generator_loss(n, b)
    added = -n.D(n.F(b.x) + b.eps, b.x).mean()
    torch.testing.assert_close(adversarial, plain + added)
    torch.testing.assert_close(gradient(adversarial, n.G), gradient(plain, n.G), rtol=0, atol=0)
    expected = [p + a for p, a in zip(gradient(plain, n.F), gradient(added, n.F), strict=True)]
    torch.testing.assert_close(gradient(adversarial, n.F), expected)
    assert any(g.any() for g in gradient(added, n.F))


@pytest.mark.parametrize(("reconstruction", "factor"), [("sum", 1.0), ("gaussian", 0.5), ("mean", 1 / K)])
def test_distance_is_the_squared_norm_times_the_options_factor(n, b, reconstruction, factor):
    torch.testing.assert_close(
        veegan(reconstruction=reconstruction).reconstruction_loss(n, b), factor * squared(n, b).mean()
    )


@pytest.mark.parametrize("f_noise", [True, False])
def test_discriminator_sees_the_reconstructors_draw_or_its_mean(n, b, f_noise):
    seen = {}

    def D(z, x):
        seen["generated" if "generated" not in seen else "real"] = (z, x)
        return torch.zeros(len(z))

    n.D = D
    veegan(f_noise=f_noise).discriminator_loss(n, b)
    assert torch.equal(seen["generated"][0], b.z)
    torch.testing.assert_close(seen["generated"][1], n.G(b.z))
    torch.testing.assert_close(seen["real"][0], n.F(b.x) + b.eps if f_noise else n.F(b.x))
    assert torch.equal(seen["real"][1], b.x)


def test_distance_does_not_see_the_noise(n, b):
    with_noise = veegan(f_noise=True).generator_loss(n, b)
    torch.testing.assert_close(with_noise, veegan(f_noise=False).generator_loss(n, b), rtol=0, atol=0)


def test_discriminator_moves_first_then_generator_and_reconstructor_together():
    assert [update.networks for update in veegan().updates()] == [("D",), ("G", "F")]


@pytest.mark.parametrize("steps", [0, 12])
def test_pretraining_moves_only_the_reconstructor_down_the_distance(n, b, steps):
    number, [update] = veegan(pretraining_steps=steps).pretraining()
    assert number == steps
    assert update.networks == ("F",)
    torch.testing.assert_close(update.loss(n, b), squared(n, b).mean())


# --- the generator's loss as an option ---


def losses_on(logits: torch.Tensor, **options: Any) -> torch.Tensor:
    """G's loss where D returns these logits of generated pairs and their negatives of real ones, and F is perfect."""
    z = torch.arange(1.0, len(logits) + 1, dtype=torch.float64).unsqueeze(1)
    n = SimpleNamespace(D=lambda z, x: logits if x is z else -logits, G=lambda z: z, F=lambda x: x)
    return veegan(f_noise=False, **options).generator_loss(n, SimpleNamespace(z=z, x=z.clone()))


LOGITS = torch.tensor([-9.0, -1.0, 0.0, 0.5, 9.0], dtype=torch.float64)


@pytest.mark.parametrize(
    ("kind", "loss", "slope"),
    [
        ("linear-logit", lambda d: (d / (1 - d)).log(), lambda d: torch.ones_like(d)),
        ("non-saturating", lambda d: -(1 - d).log(), lambda d: d),  # alive where D knows the pair as generated
    ],
)
def test_generator_loss_is_the_options_function_of_the_probability_of_generated(kind, loss, slope):
    logits = LOGITS.clone().requires_grad_()
    value = losses_on(logits, generator_loss=kind)
    value.backward()
    torch.testing.assert_close(value.detach(), loss(LOGITS.sigmoid()).mean())
    torch.testing.assert_close(logits.grad, slope(LOGITS.sigmoid()) / len(LOGITS))


def test_linear_logit_of_algorithm_1_is_the_default():
    assert torch.equal(losses_on(LOGITS), losses_on(LOGITS, generator_loss="linear-logit"))
    assert not torch.equal(losses_on(LOGITS), losses_on(LOGITS, generator_loss="non-saturating"))


def test_saturating_loss_would_be_dead_where_the_discriminator_is_sure():
    """The negative control: minus D's own term for generated pairs has no slope at a high logit, ours has."""
    saturating = LOGITS.clone().requires_grad_()
    torch.nn.functional.softplus(-saturating).neg().mean().backward()
    ours = LOGITS.clone().requires_grad_()
    losses_on(ours, generator_loss="non-saturating").backward()
    assert saturating.grad[-1] < 1e-3 < 0.19 < ours.grad[-1]


@pytest.mark.parametrize("logit", [-1e4, 1e4])
@pytest.mark.parametrize("kind", ["linear-logit", "non-saturating"])
def test_losses_stay_finite_at_certain_logits(kind, logit):
    assert losses_on(torch.tensor([logit]), generator_loss=kind, f_update=ADVERSARIAL).isfinite()


def test_non_saturating_reconstructor_wants_the_real_pair_to_be_taken_for_a_generated_one(n, b):
    """-log sigmoid(D(F(x), x)), which only F receives; the generator's gradient is the one without it."""
    plain = veegan(generator_loss="non-saturating").generator_loss(n, b)
    both = veegan(generator_loss="non-saturating", f_update=ADVERSARIAL).generator_loss(n, b)
    added = -n.D(n.F(b.x) + b.eps, b.x).sigmoid().log().mean()
    torch.testing.assert_close(both, plain + added)
    torch.testing.assert_close(gradient(both, n.G), gradient(plain, n.G), rtol=0, atol=0)


# --- which networks a loss reaches ---


def test_every_loss_reaches_the_networks_it_should(n, b):
    assert reached(veegan().discriminator_loss(n, b)[0], n) == {"D", "G", "F"}
    assert reached(veegan().reconstruction_loss(n, b), n) == {"G", "F"}
    for kind in ("linear-logit", "non-saturating"):
        assert reached(veegan(generator_loss=kind).generator_loss(n, b), n) == {"D", "G", "F"}
        adversary = veegan(generator_loss=kind).generator_loss(n, b) - squared(n, b).mean()
        assert reached(adversary, n) == {"D", "G"}


@pytest.mark.parametrize("kind", ["linear-logit", "non-saturating"])
@pytest.mark.parametrize("schedule", ["alternating", "simultaneous"])
def test_engine_moves_by_each_loss_its_own_networks_alone(schedule, kind):
    options = {"generator_loss": kind, "f_update": ADVERSARIAL}
    block = make_block("veegan", (0, 1), options=options, schedule=schedule)
    objective = veegan(**options)
    engine = Engine(initial_networks(block, objective.networks, "cpu"), block.cell.training, objective)
    draw, moved = Draws(block, make_dataset(), objective.noise, "cpu").batch, {}
    for update in (*objective.updates(), *veegan(pretraining_steps=1).pretraining()[1]):
        before = engine.weights()
        engine.step([update], draw)
        moved[update.name] = {name[0] for name, w in engine.weights().items() if not torch.equal(w, before[name])}
    assert moved == {"D": {"D"}, "GF": {"G", "F"}, "F": {"F"}}


def test_reconstructors_share_of_the_discriminators_loss_is_labelled_0(n, b):
    """D's two terms by hand, at its own logits: generated pairs have label 1 (poster), real ones 0."""
    generated, real = n.D(b.z, n.G(b.z)).sigmoid(), n.D(n.F(b.x) + b.eps, b.x).sigmoid()
    expected = -generated.log().mean() - (1 - real).log().mean()
    torch.testing.assert_close(veegan().discriminator_loss(n, b)[0], expected)
    swapped = -(1 - generated).log().mean() - real.log().mean()
    assert (veegan().discriminator_loss(n, b)[0] - swapped).abs() > 1e-3  # the negative control


# --- noise that only the generator knows ---

EXTRA = 1


def changed(b: SimpleNamespace, name: str, entry: int) -> SimpleNamespace:
    """The batch with one entry of every latent moved."""
    moved = getattr(b, name).clone()
    moved[:, entry] += 0.7
    return SimpleNamespace(**{**vars(b), name: moved})


def test_extra_noise_is_read_by_the_generator_alone(b):
    n = networks(extra_noise=EXTRA)
    assert n.F(b.x).shape == (5, K - EXTRA)
    made = n.G(b.z)
    assert not torch.allclose(n.G(changed(b, "z", -1).z), made)
    n.G = lambda z: made
    objective = veegan(f_update=ADVERSARIAL)

    def discriminator_loss(n: SimpleNamespace, b: SimpleNamespace) -> torch.Tensor:
        return objective.discriminator_loss(n, b)[0]

    for loss in (discriminator_loss, objective.generator_loss, objective.reconstruction_loss):
        assert torch.equal(loss(n, b), loss(n, changed(b, "z", -1)))
        assert torch.equal(loss(n, b), loss(n, changed(b, "eps", -1)))
        for entry in range(K - EXTRA):
            assert not torch.equal(loss(n, b), loss(n, changed(b, "z", entry)))  # the negative control


@pytest.mark.parametrize(("reconstruction", "factor"), [("sum", 1.0), ("gaussian", 0.5), ("mean", 1 / (K - EXTRA))])
def test_distance_with_extra_noise_is_that_of_the_latents_that_are_reconstructed(b, reconstruction, factor):
    n = networks(extra_noise=EXTRA)
    known = ((b.z[:, : K - EXTRA] - n.F(n.G(b.z))) ** 2).sum(1).mean()
    torch.testing.assert_close(veegan(reconstruction=reconstruction).reconstruction_loss(n, b), factor * known)


def test_discriminator_with_extra_noise_judges_pairs_of_the_other_latents(b):
    n = networks(extra_noise=EXTRA)
    assert n.D.body[0].in_features == K - EXTRA + 2
    real = n.D.body(torch.cat([n.F(b.x) + b.eps[:, : K - EXTRA], b.x], dim=1)).squeeze(1)
    generated = n.D.body(torch.cat([b.z[:, : K - EXTRA], n.G(b.z)], dim=1)).squeeze(1)
    expected = -generated.sigmoid().log().mean() - (1 - real.sigmoid()).log().mean()
    torch.testing.assert_close(veegan().discriminator_loss(n, b)[0], expected)
