"""The mean |D - 1/2| that the losses of discriminators with a probability note, and the trace's means of it."""

from __future__ import annotations

from math import log
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from blocks import make_block, make_dataset
from hypothesis import given
from hypothesis import strategies as st

from modecollapse.study import catalogue
from modecollapse.training.draws import Draws, initial_networks
from modecollapse.training.engine import Engine
from modecollapse.variants import create
from modecollapse.variants.cross_entropy import from_half

WITH_LOGITS = {"gan-minimax", "gan-nonsaturating", "ali", "unrolled", "veegan", "pacgan"}
WITH_PROBABILITY = WITH_LOGITS | {"lsgan"}
LOGITS = st.lists(st.floats(-30, 30), min_size=1, max_size=9)
CODE = st.floats(-3, 3).map(lambda value: round(value, 2))


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    torch.set_num_threads(1)


def double(values: list[float]) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def of_lsgan(codes: tuple[float, float], real: list[float], fake: list[float]) -> dict[str, torch.Tensor]:
    """What LSGAN's loss notes where D returns these outputs."""
    objective = create("lsgan", {"a": codes[0], "b": codes[1], "c": 0.0})
    networks = SimpleNamespace(D=lambda x: x, G=lambda z: z)
    return objective.discriminator_loss(networks, SimpleNamespace(x=double(real), z=double(fake)))[1]


def engine_of(variant: str, **recipe: Any) -> tuple[Engine, Draws]:
    block = make_block(variant, (0, 3), **recipe)
    objective = create(variant, block.cell.variant.options)
    copies = initial_networks(block, objective.networks, "cpu", objective.packing)
    engine = Engine(copies, block.cell.training, objective)
    return engine, Draws(block, make_dataset(), objective.noise, "cpu", objective.packing)


def test_it_is_0_for_a_discriminator_that_cannot_tell_and_1_2_for_one_that_always_can():
    assert from_half(double([0, 0]), double([0]))["D_from_half"].item() == 0
    assert from_half(double([900, 900]), double([-900]))["D_from_half"].item() == 0.5
    assert from_half(double([-900]), double([900]))["D_from_half"].item() == 0.5  # always wrong is as sure


def test_by_hand():
    # sigmoid of log 3 is 3/4, of -log 9 it is 1/10
    assert from_half(double([log(3), 0.0]), double([-log(9), log(3)]))["D_from_half"].item() == pytest.approx(0.9 / 4)


@given(LOGITS, LOGITS)
def test_it_is_between_0_and_1_2_and_takes_no_side(real, fake):
    found = from_half(double(real), double(fake))["D_from_half"].item()
    assert 0 <= found <= 0.5
    mirrored = from_half(-double(fake), -double(real))["D_from_half"].item()
    assert found == pytest.approx(mirrored, abs=1e-12)


@given(st.lists(st.floats(0.01, 0.99), min_size=2, max_size=9), CODE, CODE)
def test_lsgans_is_that_of_the_probability_which_its_codes_stand_for(shares, a, b):
    """Its optimal D is a + (b - a) p_d / (p_d + p_g), whatever the codes."""
    if a == b:
        return
    coded = [a + (b - a) * share for share in shares]
    logits = double(shares).logit()
    expected = from_half(logits[:1], logits[1:])["D_from_half"].item()
    found = of_lsgan((a, b), coded[:1], coded[1:])["D_from_half"].item()
    assert found == pytest.approx(expected, abs=1e-9)


def test_lsgans_may_exceed_1_2_for_its_discriminator_is_linear():
    assert of_lsgan((-1.0, 1.0), [3.0], [-1.0])["D_from_half"].item() == pytest.approx((1.5 + 0.5) / 2)


def test_lsgan_with_one_code_for_both_has_none():
    assert of_lsgan((1.0, 1.0), [3.0], [-1.0]) == {}


@pytest.mark.parametrize("variant", catalogue.names("variants"))
def test_every_variant_whose_discriminator_is_a_probability_has_a_mean_of_it(variant):
    engine, draws = engine_of(variant)
    for _ in range(3):
        engine.train(draws.batch)
    means = engine.window.close()
    assert ("seen_D_from_half" in means) == (variant in WITH_PROBABILITY)
    if variant in WITH_PROBABILITY:
        assert means["seen_D_from_half"].shape == (2,)
        assert (means["seen_D_from_half"] > 0).all()
        assert variant == "lsgan" or (means["seen_D_from_half"] < 0.5).all()


@pytest.mark.parametrize("variant", sorted(WITH_PROBABILITY))
def test_it_is_of_the_logits_that_the_loss_has_and_leads_nobody(variant):
    """D that is sure by the same amount everywhere, so that every pair, pack or sample has the same distance."""
    objective = create(variant, make_block(variant).cell.variant.options)
    parameter = double([0.0]).requires_grad_()
    outputs = (double([sign * log(3)] * 4) + parameter for sign in (1, -1))
    networks = SimpleNamespace(D=lambda *inputs: next(outputs), G=lambda z: z, E=lambda x, eps: x, F=lambda x: x[:, :1])
    b = SimpleNamespace(x=torch.zeros(4, 2), z=torch.zeros(4, 3), eps=torch.zeros(4, 3))
    _, noted = objective.updates()[0].loss(networks, b)
    distance = abs(log(3) - 0.5) / 2 + abs(-log(3) - 0.5) / 2 if variant == "lsgan" else 0.25
    assert noted["D_from_half"].item() == pytest.approx(distance)
    assert not noted["D_from_half"].requires_grad


@pytest.mark.parametrize("steps", [0, 5])
@pytest.mark.parametrize("schedule", ["alternating", "simultaneous"])
def test_unrolled_steps_of_the_discriminator_note_nothing(steps, schedule):
    """The note is of D itself: the bits of the plain GAN's first step, and nothing else is noted."""
    ours, draws = engine_of("unrolled", options={"unrolling_steps": steps}, schedule=schedule)
    plain, _ = engine_of("gan-minimax", schedule=schedule)
    plain.restore(ours.state())
    batch = draws.batch()
    ours.train(lambda: batch)
    plain.train(lambda: batch)
    means, expected = ours.window.close(), plain.window.close()
    assert set(means) == set(expected) == {"loss_D", "loss_G", "seen_D_from_half"}
    assert torch.equal(means["seen_D_from_half"], expected["seen_D_from_half"])
