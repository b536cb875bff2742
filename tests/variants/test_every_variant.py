"""What variants share: losses and slopes by the papers' formulas, the optimal D, updates, options, auxiliary values."""

from __future__ import annotations

from collections.abc import Callable
from math import log
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from blocks import BlockTraining, make_block, objective

from modecollapse.study import catalogue
from modecollapse.variants import Objective
from modecollapse.variants.cross_entropy import from_half

VARIANTS = catalogue.names("variants")
Formula = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def double(values: Any) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


# Losses and slopes. `r` are D's outputs for the data's side and `f` those for G's; s is the sigmoid.


def s(logit: torch.Tensor) -> torch.Tensor:
    return 1 / (1 + (-logit).exp())


def gan_d(r: torch.Tensor, f: torch.Tensor) -> torch.Tensor:
    return -s(r).log().mean() - (1 - s(f)).log().mean()


def veegan_d(r: torch.Tensor, f: torch.Tensor) -> torch.Tensor:
    """The label of a generated pair is 1 (poster)."""
    return -s(f).log().mean() - (1 - s(r)).log().mean()


def non_saturating(r: torch.Tensor, f: torch.Tensor) -> torch.Tensor:
    return -s(f).log().mean()


def lsgan(a: float, b: float, c: float) -> tuple[str, dict[str, float], Formula, Formula]:
    return (
        *("lsgan", {"a": a, "b": b, "c": c}),
        lambda r, f: ((r - b) ** 2).mean() / 2 + ((f - a) ** 2).mean() / 2,
        lambda r, f: ((f - c) ** 2).mean() / 2,
    )


POINT_MASS = {"f_noise": False}
BOTH = POINT_MASS | {"f_update": "reconstruction+adversarial"}
ALIVE = {"generator_loss": "non-saturating"}
CLOSED_FORMS: dict[str, tuple[str, dict[str, Any], Formula, Formula]] = {
    "minimax": ("gan-minimax", {}, gan_d, lambda r, f: (1 - s(f)).log().mean()),
    "non-saturating": ("gan-nonsaturating", {}, gan_d, non_saturating),
    "packs of two": ("pacgan", {"packing": 2}, lambda r, f: gan_d(r[:2], f[:2]), lambda r, f: non_saturating(r, f[:2])),
    "ALI": ("ali", {}, gan_d, lambda r, f: -(1 - s(r)).log().mean() - s(f).log().mean()),
    "VEEGAN": ("veegan", POINT_MASS, veegan_d, lambda r, f: f.mean()),
    "VEEGAN, both": ("veegan", BOTH, veegan_d, lambda r, f: f.mean() - r.mean()),
    "VEEGAN, alive": ("veegan", POINT_MASS | ALIVE, veegan_d, lambda r, f: -(1 - s(f)).log().mean()),
    "VEEGAN, both alive": (
        *("veegan", BOTH | ALIVE, veegan_d),
        lambda r, f: -(1 - s(f)).log().mean() - s(r).log().mean(),
    ),
    "LSGAN, equation 8": lsgan(-1.0, 1.0, 0.0),
    "LSGAN, equation 9": lsgan(0.0, 1.0, 1.0),
    "WGAN": ("wgan", {}, lambda r, f: f.mean() - r.mean(), lambda r, f: -f.mean()),
}
WITH_LOGITS = [name for name, (variant, *_) in CLOSED_FORMS.items() if variant not in ("lsgan", "wgan")]
OF_ONE_SAMPLE = [name for name in WITH_LOGITS if name != "packs of two"]  # which D reads at a time


def on_outputs(real: torch.Tensor, fake: torch.Tensor) -> tuple[SimpleNamespace, SimpleNamespace]:
    """Networks and a batch such that D returns these outputs for the data's and for G's side; of a pack its first's."""
    n = SimpleNamespace(D=lambda *parts: parts[-1].flatten(1)[:, 0], G=lambda z: z, E=lambda x, eps: x, F=lambda x: x)
    return n, SimpleNamespace(x=real.unsqueeze(1), z=fake.unsqueeze(1), eps=None)


def made(case: str) -> Objective:
    variant, options, *_ = CLOSED_FORMS[case]
    return objective(variant, **options)


def losses(of: Objective, real: torch.Tensor, fake: torch.Tensor) -> list[torch.Tensor]:
    """The loss of each update."""
    values = [update.loss(*on_outputs(real, fake)) for update in of.updates()]
    return [value[0] if isinstance(value, tuple) else value for value in values]


@pytest.mark.parametrize("case", CLOSED_FORMS)
def test_losses_and_their_slopes_are_those_of_the_papers_formulas(case: str) -> None:
    outputs = double([-9.0, -1.0, 0.5, 4.0]).requires_grad_(), double([9.0, 0.0, -2.0, 1.5]).requires_grad_()
    for ours, formula in zip(losses(made(case), *outputs), CLOSED_FORMS[case][2:], strict=True):
        expected = formula(*outputs)
        torch.testing.assert_close(ours, expected, rtol=1e-9, atol=0)
        how = {"allow_unused": True, "materialize_grads": True}
        slopes = [torch.autograd.grad(loss, outputs, **how) for loss in (ours, expected)]
        torch.testing.assert_close(*slopes, rtol=1e-9, atol=1e-12)
    for logit in (-1e4, 1e4) if case in WITH_LOGITS else ():
        assert all(loss.isfinite() for loss in losses(made(case), double([logit] * 2), double([logit] * 2)))


# The optimal discriminator


def on_points(real: list[int], fake: list[int], table: torch.Tensor) -> tuple[SimpleNamespace, SimpleNamespace]:
    """Networks and a batch with these counts of each point on the two sides; D has one output a point."""
    points = torch.arange(len(real), dtype=torch.float64)
    x, z = (points.repeat_interleave(torch.tensor(counts)) for counts in (real, fake))
    n, b = on_outputs(x, z)
    n.D = lambda *parts: table[parts[-1].flatten(1)[:, 0].long()]
    return n, b


@pytest.mark.parametrize("case", [*OF_ONE_SAMPLE, "LSGAN, equation 8", "LSGAN, equation 9"])
@pytest.mark.parametrize(("p", "q"), [([5, 3, 2], [1, 3, 6]), ([3, 5, 2], [6, 10, 4]), ([1, 1], [15, 5])])
def test_the_best_outputs_of_d_and_its_least_loss_are_known(case: str, p: list[int], q: list[int]) -> None:
    """For logits log p / q and log 4 minus twice the Jensen-Shannon divergence; for codes their weighted mean."""
    table, of = torch.full((len(p),), 0.7, dtype=torch.float64, requires_grad=True), made(case)
    optimizer = torch.optim.LBFGS([table], max_iter=200, tolerance_grad=1e-12, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = of.updates()[0].loss(*on_points(p, q, table))[0]
        loss.backward()
        return loss

    optimizer.step(closure)
    p_d, p_g = (double(counts) / sum(counts) for counts in (p, q))
    middle = (p_d + p_g) / 2
    if case.startswith("LSGAN"):
        a, b, c = of.options.a, of.options.b, of.options.c
        expected, overlap = (b * p_d + a * p_g) / (p_d + p_g), (p_d * p_g / (p_d + p_g)).sum().item()  # equation 5
        # equation 4, which adds G's loss on the data; with the codes of equation 8 it is Pearson's chi^2 (equation 7)
        twice_c_of_g = 2 * sum(of.updates()[1].loss(*on_points(side, side, expected)).item() for side in (p, q))
        assert twice_c_of_g == pytest.approx((b - c) ** 2 + (a - c) ** 2 - (b - a) ** 2 * overlap, rel=1e-9)
    else:
        expected = (p_d / p_g).log() * (-1 if case.startswith("VEEGAN") else 1)
        divergence = ((p_d * (p_d / middle).log()).sum() + (p_g * (p_g / middle).log()).sum()) / 2
        assert closure().item() == pytest.approx(log(4) - 2 * divergence.item(), rel=1e-9)
    torch.testing.assert_close(table.detach(), expected, atol=1e-4, rtol=0)


# Updates, options, requirements

D_THEN_G = [(("D",), 1, True), (("G",), 1, True)]
CRITIC_STEPS = [(("D",), 5, True), (("G",), 1, True)]
UPDATES = dict.fromkeys(("gan-minimax", "gan-nonsaturating", "lsgan", "ebgan", "pacgan", "unrolled"), D_THEN_G)
UPDATES |= dict.fromkeys(("wgan", "wgan-gp"), CRITIC_STEPS)
UPDATES |= {"began": [(("D",), 1, True), (("G",), 1, False)]}  # one batch for both
UPDATES |= {"two-discriminators": [*D_THEN_G[:1], (("A",), 1, True), *D_THEN_G[1:]]}
UPDATES |= {"critic": CRITIC_STEPS[:1], "latent-map": [(("F",), 1, True)], "law": [], "moved-points": D_THEN_G[1:]}
UPDATES |= {"ali": [(("D",), 1, True), (("G", "E"), 1, True)], "veegan": [(("D",), 1, True), (("G", "F"), 1, True)]}


DEFAULTS = {
    "began": {
        **{"gamma": 0.5, "lambda_k": 0.001, "k_0": 0.0, "clamp": True, "k": "adaptive", "z": "separate"},
        **{"pretraining_steps": 0, "patience": 0, "halve": "stalled"},
    },
    "ebgan": {"energy": "mse", "margin": 1.0, "pulling_away": 0.0},
    "critic": {
        **{"game": "wgan-gp", "n_critic": 5, "clip": 0.01, "penalty": 10.0, "distance": 1.0, "turn": 0.0},
    },
    "latent-map": {"aim": "invert"},
    "lsgan": {"a": 0.0, "b": 1.0, "c": 1.0},
    "moved-points": {"game": "non-saturating", "fakes": -3.0, "pretraining_steps": 1000},
    "pacgan": {"packing": 2},
    "two-discriminators": {"leads": "scalar", "margin": 1.0},
    "unrolled": {"unrolling_steps": 5, "gradient": "full", "generator_loss": "minimax"},
    "veegan": {
        **{"reconstruction": "sum", "f_noise": True, "f_update": "reconstruction", "generator_loss": "linear-logit"},
        **{"pretraining_steps": 0},
    },
    "wgan": {"n_critic": 5, "clip": 0.01},
    "wgan-gp": {"n_critic": 5, "penalty": 10.0},
}
PRESETS = {
    "ebgan": {"pulling-away": {"pulling_away": 0.1}},
    "lsgan": {
        "equation-8": {"a": -1.0, "b": 1.0, "c": 0.0},
        "equation-9": {"a": 0.0, "b": 1.0, "c": 1.0},
        "equation-8-narrow": {"a": 0.0, "b": 1.0, "c": 0.5},
        "equation-9-wide": {"a": -1.0, "b": 1.0, "c": 1.0},
    },
    "wgan-gp": {"toy": {"penalty": 0.1}},
}
ALTERNATING = {"schedule": ["alternating"]}
REQUIRES = {
    "unrolled": {"discriminator optimizer": ["adam"]},
    "critic": ALTERNATING | {"discriminator normalisation": ["none"], "generator kind": ["ring"]},
    "law": {"generator kind": ["law"]},
    "moved-points": {"generator kind": ["points"]},
    "wgan": ALTERNATING,
    "wgan-gp": ALTERNATING | {"discriminator normalisation": ["none"]},
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_a_variant_declares_is_the_papers_and_nothing_is_pretrained_unless_asked_for(variant: str) -> None:
    of = objective(variant)
    assert [(update.networks, update.times, update.new_batch) for update in of.updates()] == UPDATES[variant]
    assert [update.project is not None for update in of.updates()][:1] == [variant == "wgan"] * bool(UPDATES[variant])
    assert of.pretraining()[0] == (1000 if variant == "moved-points" else 0)
    assert catalogue.options_model("variants", variant)().model_dump() == DEFAULTS.get(variant, {})
    declared = catalogue.declarations("variants", variant)
    assert declared.get("PRESETS", {}) == PRESETS.get(variant, {})
    assert declared.get("REQUIRES", {}) == REQUIRES.get(variant, {})


def test_critics_take_as_many_steps_as_asked_for_and_wgan_clips_every_weight_after_each() -> None:
    assert [objective(variant, n_critic=3).updates()[0].times for variant in ("wgan", "wgan-gp")] == [3, 3]
    clipped = objective("wgan", clip=0.5).updates()[0].project(double([[-2.0, -0.5], [0.1, 3.0]]))
    assert clipped.tolist() == [[-0.5, -0.5], [0.1, 0.5]]


# The auxiliary value |D - 1/2|

WITH_PROBABILITY = {
    "two-discriminators",
    "gan-minimax",
    "gan-nonsaturating",
    "ali",
    "unrolled",
    "veegan",
    "pacgan",
    "lsgan",
}


def of_lsgan(a: float, b: float, real: Any, fake: Any) -> dict[str, torch.Tensor]:
    return objective("lsgan", a=a, b=b, c=0.0).discriminator_loss(*on_outputs(double(real), double(fake)))[1]


def test_from_half_by_hand() -> None:
    # s of log 3 is 3/4, of -log 9 it is 1/10
    assert from_half(double([log(3), 0.0]), double([-log(9), log(3)]))["D_from_half"].item() == pytest.approx(0.9 / 4)
    assert from_half(double([-900.0]), double([900.0]))["D_from_half"].item() == 0.5  # always wrong is as sure
    assert of_lsgan(-1.0, 1.0, [3.0], [-1.0])["D_from_half"].item() == pytest.approx((1.5 + 0.5) / 2)  # D is linear
    assert of_lsgan(1.0, 1.0, [3.0], [-1.0]) == {}


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_whose_discriminator_is_a_probability_traces_it(variant: str) -> None:
    training = BlockTraining(make_block(variant, (0, 3)))
    training.run(3)
    mean = training.engine.window.close().get("aux_D_from_half")
    assert (mean is not None) == (variant in WITH_PROBABILITY)
    if mean is not None:
        assert mean.shape == (2,)
        assert ((mean > 0) & ((mean < 0.5) | (variant == "lsgan"))).all()
        n, b = training.networks(), training.one_batch()
        assert not training.objective.updates()[0].loss(n, b)[1]["D_from_half"].requires_grad


@pytest.mark.parametrize("variant", VARIANTS)
def test_an_update_keeps_its_loss_so_that_a_compiled_step_is_compiled_once(variant: str) -> None:
    found = objective(variant)
    first, again = ([(update.networks, update.loss) for update in found.updates()] for _ in range(2))
    assert first == again
