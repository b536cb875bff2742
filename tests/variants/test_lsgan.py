"""LSGAN's losses by hand, its optimal discriminator, and the identity that holds for every coding."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from modecollapse import variants

CODES = {"equation 8": (-1.0, 1.0, 0.0), "equation 9": (0.0, 1.0, 1.0), "rescaled 9": (-1.0, 1.0, 1.0)}
COUNT = st.lists(st.integers(1, 9), min_size=4, max_size=4)
CODE = st.floats(-3, 3).map(lambda value: round(value, 2))


def lsgan(a: float, b: float, c: float) -> variants.Objective:
    return variants.create("lsgan", {"a": a, "b": b, "c": c})


def losses(codes: tuple[float, float, float], real: torch.Tensor, generated: torch.Tensor) -> tuple[float, float]:
    """D's and G's loss where D returns these outputs on real and on generated data."""
    objective, networks = lsgan(*codes), SimpleNamespace(D=lambda x: x, G=lambda z: z)
    batch = SimpleNamespace(x=real, z=generated)
    return objective.discriminator_loss(networks, batch).item(), objective.generator_loss(networks, batch).item()


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ((-1.0, 1.0, 0.0), (0.5 * (0 + 4) / 2 + 0.5 * (9 + 1) / 2, 0.5 * (4 + 0) / 2)),
        ((0.0, 1.0, 1.0), (0.5 * (0 + 4) / 2 + 0.5 * (4 + 0) / 2, 0.5 * (1 + 1) / 2)),
    ],
)
def test_losses_by_hand(codes, expected):
    real, generated = torch.tensor([1.0, -1.0]), torch.tensor([2.0, 0.0])
    assert losses(codes, real, generated) == pytest.approx(expected)


@pytest.mark.parametrize("codes", CODES.values(), ids=CODES)
def test_only_the_target_code_is_a_flat_point_of_the_generator(codes):
    d = torch.tensor([codes[2], codes[2] + 5.0], requires_grad=True)
    networks = SimpleNamespace(D=lambda x: x, G=lambda z: z)
    lsgan(*codes).generator_loss(networks, SimpleNamespace(z=d)).backward()
    assert d.grad.tolist() == pytest.approx([0.0, 2.5])


@pytest.mark.parametrize("codes", CODES.values(), ids=CODES)
def test_the_optimal_discriminator_is_the_weighted_code(codes):
    a, b, _ = codes
    p, q = torch.tensor([5, 3, 2]), torch.tensor([1, 3, 6])  # samples of each of three points
    points = torch.arange(3)
    batch = SimpleNamespace(x=points.repeat_interleave(p), z=points.repeat_interleave(q))
    table = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    networks = SimpleNamespace(D=lambda x: table[x], G=lambda z: z)
    optimizer = torch.optim.LBFGS([table], max_iter=100, tolerance_grad=1e-12)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = lsgan(*codes).discriminator_loss(networks, batch)
        loss.backward()
        return loss

    optimizer.step(closure)
    optimum = (b * p + a * q) / (p + q)  # equation 5, both with ten samples
    assert table.detach().numpy() == pytest.approx(optimum.numpy(), abs=1e-6)


@settings(deadline=None, max_examples=60)
@given(p=COUNT, q=COUNT, a=CODE, b=CODE, c=CODE)
def test_every_coding_minimises_the_same_divergence(p, q, a, b, c):
    p, q = np.array(p) * sum(q), np.array(q) * sum(p)  # the same number of samples of both
    p_d, p_g = p / p.sum(), q / q.sum()
    optimum = torch.from_numpy((b * p_d + a * p_g) / (p_d + p_g))
    real, generated = (optimum[torch.arange(4).repeat_interleave(torch.from_numpy(n))] for n in (p, q))
    # C(G) of equation 4 adds G's loss on real data to G's loss on generated data
    twice_c = 2 * sum(losses((a, b, c), real, part)[1] for part in (real, generated))
    overlap = (p_d * p_g / (p_d + p_g)).sum()
    assert twice_c == pytest.approx((b - c) ** 2 + (a - c) ** 2 - (b - a) ** 2 * overlap, abs=1e-9)


def test_equation_8_is_the_pearson_divergence():
    p_d, p_g = np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.3, 0.6])
    optimum = (p_d - p_g) / (p_d + p_g)
    twice_c = float(((p_d + p_g) * optimum**2).sum())
    pearson = float(((2 * p_g - (p_d + p_g)) ** 2 / (p_d + p_g)).sum())  # equation 7
    n = (np.array([p_d, p_g]) * 10).round().astype(int)
    real, generated = (torch.from_numpy(np.repeat(optimum, part)) for part in n)
    coded = 2 * sum(losses((-1.0, 1.0, 0.0), real, part)[1] for part in (real, generated))
    assert coded == pytest.approx(pearson) == pytest.approx(twice_c)
