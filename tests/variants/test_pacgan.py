"""PacGAN: what is in a pack, how G is called, and the divergence of packs."""

from __future__ import annotations

from math import log
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from blocks import BlockTraining, make_block, objective
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from modecollapse.study import catalogue

BATCH, PACKINGS = 5, catalogue.declared("variants", "pacgan", "OPTIONS")["packing"]
SHAPES = [(2,), (3, 8, 8)]
COUNTS = st.integers(2, 3).flatmap(lambda k: st.tuples(*[st.lists(st.integers(1, 4), min_size=k, max_size=k)] * 2))


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
    value = -objective("pacgan").discriminator_loss(n, b)[0].item()
    of_packs = jensenshannon(pack_p.flatten(), pack_q.flatten()) ** 2
    assert value == pytest.approx(-log(4) + 2 * of_packs, abs=1e-9)
    p, q = (np.array(c) / sum(c) for c in counts)
    of_points = 0.0 if np.allclose(p, q) else jensenshannon(p, q) ** 2
    assert of_packs >= of_points - 1e-12


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("packing", PACKINGS)
def test_a_pack_has_one_sample_of_each_batch_of_one_source_and_g_makes_each_batch_by_itself(packing, shape):
    b = numbered(packing, shape)
    for update in objective("pacgan", packing=packing).updates():
        n = Recorder()
        update.loss(n, b)
        *real, generated = n.packs
        for packs, first, step in ((generated, -2, -2), *((packs, 0, 1) for packs in real)):
            assert packs.shape == (BATCH, packing, *shape)
            for i in range(BATCH):
                for slot in range(packing):
                    assert (packs[i, slot] == first + step * (slot * BATCH + i)).all()
        assert [tuple(z.shape) for z in n.latents] == [(BATCH, *shape)] * packing
        assert torch.equal(torch.cat(n.latents), b.z)


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_block_draws_m_batches_and_its_discriminator_reads_m_items(packing):
    training = BlockTraining(make_block("pacgan", (0, 1), options={"packing": packing}, batch=6))
    shapes = {name: tuple(value.shape) for name, value in training.draw().items()}
    assert shapes == {"x": (2, 6 * packing, 2), "z": (2, 6 * packing, 3)}
    assert training.copies["D"][0].body[0].weight.shape == (12, 2 * packing)
    assert training.copies["G"][0].body[0].weight.shape == (12, 3)
