"""PacGAN: what is in a pack, the losses by hand, and the optimal discriminator of packs."""

from __future__ import annotations

from math import exp, log
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from blocks import RECIPE, make_block, make_dataset
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from modecollapse import networks
from modecollapse.study import catalogue
from modecollapse.study.recipe import Training
from modecollapse.training.draws import Draws, initial_networks
from modecollapse.training.engine import Engine
from modecollapse.variants import Objective, create

BATCH, PACKINGS = 5, catalogue.declared("variants", "pacgan", "OPTIONS")["packing"]
SHAPES = [(2,), (3, 8, 8)]
COUNTS = st.integers(2, 3).flatmap(lambda k: st.tuples(*[st.lists(st.integers(1, 4), min_size=k, max_size=k)] * 2))


def pacgan(packing: int) -> Objective:
    return create("pacgan", {"packing": packing})


class Recorder:
    """Networks that note what they are given. G doubles its latents; D adds up a pack."""

    def __init__(self) -> None:
        self.packs: list[torch.Tensor] = []
        self.latents: list[torch.Tensor] = []

    def D(self, packs: torch.Tensor) -> torch.Tensor:
        self.packs.append(packs)
        return packs.flatten(1).sum(1)

    def G(self, z: torch.Tensor) -> torch.Tensor:
        self.latents.append(z)
        return 2 * z


def numbered(packing: int, shape: tuple[int, ...]) -> SimpleNamespace:
    """Data 0, 1, 2, ... and latents -1, -2, ..., each item filled with its number."""
    count = packing * BATCH
    full = torch.arange(count, dtype=torch.float64).view(-1, *[1] * len(shape)).expand(count, *shape)
    return SimpleNamespace(x=full, z=-full - 1)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("packing", PACKINGS)
def test_a_pack_has_one_sample_of_each_batch_of_one_source(packing, shape):
    n, b = Recorder(), numbered(packing, shape)
    pacgan(packing).discriminator_loss(n, b)
    pacgan(packing).generator_loss(n, b)
    real, generated, of_generator = n.packs
    assert real.shape == generated.shape == (BATCH, packing, *shape)
    for i in range(BATCH):
        for slot in range(packing):
            number = slot * BATCH + i
            assert (real[i, slot] == number).all()
            assert (generated[i, slot] == -2 * (number + 1)).all()  # and no data
    assert torch.equal(of_generator, generated)


@pytest.mark.parametrize("packing", PACKINGS)
def test_every_sample_is_in_one_pack(packing):
    n, b = Recorder(), numbered(packing, (1,))
    pacgan(packing).discriminator_loss(n, b)
    for packs, items in zip(n.packs, (b.x, 2 * b.z), strict=True):
        assert sorted(packs.flatten().tolist()) == sorted(items.flatten().tolist())


@pytest.mark.parametrize("packing", PACKINGS)
def test_generator_is_called_once_a_slot_on_a_batch_of_the_recipes_size(packing):
    b = numbered(packing, (3,))
    for loss in (pacgan(packing).discriminator_loss, pacgan(packing).generator_loss):
        n = Recorder()
        loss(n, b)
        assert [tuple(z.shape) for z in n.latents] == [(BATCH, 3)] * packing
        assert torch.equal(torch.cat(n.latents), b.z)


def recipe(**roles: Any) -> Training:
    return Training.model_validate(RECIPE | {"networks": RECIPE["networks"] | roles})


def test_batch_norm_in_the_generator_sees_one_batch_at_a_time():
    torch.manual_seed(0)
    generator = RECIPE["networks"]["generator"] | {"normalisation": "batch"}
    G = networks.build("generator", recipe(generator=generator), (2,)).double()
    z = torch.randn(3 * BATCH, 3, dtype=torch.float64) * torch.arange(1, 4).repeat_interleave(BATCH)[:, None]
    packs = pacgan(3).generated_packs(SimpleNamespace(G=G), SimpleNamespace(z=z))
    for slot in range(3):
        torch.testing.assert_close(packs[:, slot], G(z[slot * BATCH : (slot + 1) * BATCH]))
    assert not torch.allclose(packs, torch.stack(G(z).chunk(3), dim=1))


def test_losses_by_hand():
    # packs of two: real logits 1 + 2 and -1 + 0, generated logits 2 (0 - 1) and 2 (1 + 1)
    b = SimpleNamespace(x=torch.tensor([[1.0], [-1], [2], [0]]), z=torch.tensor([[0.0], [1], [-1], [1]]))

    def probability(logit: float) -> float:
        return 1 / (1 + exp(-logit))

    real, generated = [probability(3), probability(-1)], [probability(-2), probability(4)]
    d_loss = -(log(real[0]) + log(real[1])) / 2 - (log(1 - generated[0]) + log(1 - generated[1])) / 2
    g_loss = -(log(generated[0]) + log(generated[1])) / 2  # non-saturating
    objective = pacgan(2)
    assert objective.discriminator_loss(Recorder(), b)[0].item() == pytest.approx(d_loss, rel=1e-6)
    assert objective.generator_loss(Recorder(), b).item() == pytest.approx(g_loss, rel=1e-6)


def test_packs_of_one_are_the_non_saturating_gan():
    torch.manual_seed(1)
    roles = {"D": "discriminator", "G": "generator"}
    n = SimpleNamespace(**{symbol: networks.build(role, recipe(), (2,)).double() for symbol, role in roles.items()})
    b = SimpleNamespace(x=torch.randn(6, 2).double(), z=torch.randn(6, 3).double())
    plain = create("gan-nonsaturating", {})
    for packed, unpacked in zip(pacgan(1).updates(), plain.updates(), strict=True):
        assert packed.networks == unpacked.networks
        torch.testing.assert_close(packed.loss(n, b), unpacked.loss(n, b))


def with_networks(packing: int) -> tuple[SimpleNamespace, SimpleNamespace]:
    torch.manual_seed(2)
    roles = {"D": "packed-discriminator", "G": "generator"}
    built = {symbol: networks.build(role, recipe(), (2,), packing).double() for symbol, role in roles.items()}
    draw = 4 * torch.randn(packing * BATCH, 5).double()
    return SimpleNamespace(**built), SimpleNamespace(x=draw[:, :2], z=draw[:, 2:])


def reordered(b: SimpleNamespace, source: str, order: torch.Tensor) -> SimpleNamespace:
    return SimpleNamespace(**vars(b) | {source: getattr(b, source)[order]})


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("source", ["x", "z"])
def test_an_order_matters_only_through_what_is_packed_together(packing, source):
    n, b = with_networks(packing)
    loss, whole = pacgan(packing).discriminator_loss(n, b)[0], torch.arange(packing * BATCH).view(packing, BATCH)
    order = torch.tensor([3, 0, 4, 2, 1])
    of_packs = reordered(b, source, whole[:, order].flatten())
    torch.testing.assert_close(pacgan(packing).discriminator_loss(n, of_packs)[0], loss, rtol=1e-12, atol=0)
    of_one_slot = torch.cat([whole[0, order], whole[1:].flatten()])
    repacked = pacgan(packing).discriminator_loss(n, reordered(b, source, of_one_slot))[0]
    assert (repacked - loss).abs() > 1e-6


@pytest.mark.parametrize("source", ["x", "z"])
def test_a_discriminator_that_reads_one_slot_does_not_see_the_others(source):
    n, b = with_networks(3)
    weights = torch.tensor([0.3, -0.8], dtype=torch.float64)
    n.D = lambda packs: packs[:, 0] @ weights
    loss = pacgan(3).discriminator_loss(n, b)[0]
    for slot, same in ((0, False), (1, True), (2, True)):
        changed = getattr(b, source).clone()
        changed[slot * BATCH : (slot + 1) * BATCH] += 1
        other = pacgan(3).discriminator_loss(n, SimpleNamespace(**vars(b) | {source: changed}))[0]
        assert torch.equal(other, loss) == same


def products(p: list[int], q: list[int]) -> tuple[SimpleNamespace, np.ndarray, np.ndarray]:
    """A batch whose packs of two are exactly p x p and q x q, and the probabilities of those packs."""
    p, q = np.array(p) * sum(q), np.array(q) * sum(p)
    p, q = p // np.gcd.reduce([*p, *q]), q // np.gcd.reduce([*p, *q])
    points = [torch.from_numpy(np.repeat(np.arange(len(c)), c)) for c in (p, q)]
    x, z = (torch.cat([part.repeat_interleave(len(part)), part.repeat(len(part))]) for part in points)
    pack_p, pack_q = (np.outer(c, c) / c.sum() ** 2 for c in (p, q))
    return SimpleNamespace(x=x, z=z), pack_p, pack_q


@settings(deadline=None, max_examples=30)
@given(COUNTS)
def test_under_the_optimal_discriminator_the_game_is_the_divergence_of_the_product_distributions(counts):
    """-log 4 + 2 JSD(p^m, q^m) for m = 2, of which JSD(p, q) is only a lower bound."""
    b, pack_p, pack_q = products(*counts)
    logits = torch.from_numpy(np.log(pack_p / pack_q))
    n = SimpleNamespace(D=lambda packs: logits[packs[:, 0], packs[:, 1]], G=lambda z: z)
    value = -pacgan(2).discriminator_loss(n, b)[0].item()
    of_packs = jensenshannon(pack_p.flatten(), pack_q.flatten()) ** 2
    assert value == pytest.approx(-log(4) + 2 * of_packs, abs=1e-9)
    p, q = (np.array(c) / sum(c) for c in counts)
    of_points = 0.0 if np.allclose(p, q) else jensenshannon(p, q) ** 2
    assert of_packs >= of_points - 1e-12


def test_trained_discriminator_of_packs_reaches_the_ratio_of_products():
    b, pack_p, pack_q = products([3, 1], [1, 1])
    table = torch.zeros(2, 2, dtype=torch.float64, requires_grad=True)
    n = SimpleNamespace(D=lambda packs: table[packs[:, 0], packs[:, 1]], G=lambda z: z)
    optimizer = torch.optim.LBFGS([table], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = pacgan(2).discriminator_loss(n, b)[0]
        loss.backward()
        return loss

    optimizer.step(closure)
    expected = torch.tensor([[9 / 13, 3 / 7], [3 / 7, 1 / 5]], dtype=torch.float64)  # p p : q q is 9, 3, 3, 1 to 4
    torch.testing.assert_close(table.detach().sigmoid(), expected, atol=1e-4, rtol=0)
    torch.testing.assert_close(torch.from_numpy(pack_p / (pack_p + pack_q)), expected)


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_block_draws_m_batches_and_its_discriminator_reads_m_items(packing):
    block, objective = make_block("pacgan", (0, 1), options={"packing": packing}, batch=6), pacgan(packing)
    assert objective.packing == packing
    draws = Draws(block, make_dataset(), objective.noise, "cpu", objective.packing)
    batch = draws.batch()
    assert {name: tuple(value.shape) for name, value in batch.items()} == {
        "x": (2, 6 * packing, 2),
        "z": (2, 6 * packing, 3),
    }
    copies = initial_networks(block, objective.networks, "cpu", objective.packing)
    assert copies["D"][0].body[0].weight.shape == (12, 2 * packing)
    assert copies["G"][0].body[0].weight.shape == (12, 3)
    losses = Engine(copies, block.cell.training, objective).train(draws.batch)
    assert {name: value.shape for name, value in losses.items()} == {"D": (2,), "G": (2,)}


def test_discriminator_moves_before_the_generator():
    assert [update.networks for update in pacgan(2).updates()] == [("D",), ("G",)]
