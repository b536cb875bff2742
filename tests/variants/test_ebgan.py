"""EBGAN: energies, hinge and pulling-away term by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from blocks import objective
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from modecollapse.variants import Objective

CODES = arrays(np.float64, (5, 3), elements=st.floats(-9, 9).filter(lambda value: abs(value) > 1e-3))


def ebgan(**options: Any) -> Objective:
    return objective("ebgan", **options)


def to_zero(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """An autoencoder that reconstructs zero: the error is the item. Its code is the item, flat."""
    return torch.zeros_like(x), x.flatten(1)


def losses(of: Objective, D: Any, real: Any, fake: Any) -> tuple[float, float]:
    """The losses of D and of G, which returns its latents."""
    n = SimpleNamespace(D=D, G=lambda z: z)
    real, fake = (torch.as_tensor(part, dtype=torch.float64) for part in (real, fake))
    b = SimpleNamespace(x=real, z=fake)
    return tuple(update.loss(n, b).item() for update in of.updates())


@pytest.mark.parametrize(("energy", "of_real", "of_fake"), [("mse", 12.5, 2.0), ("l2", 5.0, 2.0)])
def test_losses_by_hand_have_the_hinge_of_each_sample(energy, of_real, of_fake):
    # errors: (3, 4) on the data; (0, 0) and (0, 2) on the generator's, of which the second is beyond the margin
    expected = (of_real + (0.75 + 0) / 2, (0 + of_fake) / 2)
    assert losses(ebgan(energy=energy, margin=0.75), to_zero, [[3, 4]], [[0, 0], [0, 2]]) == pytest.approx(expected)


@pytest.mark.parametrize("energy", ["mse", "l2"])
def test_gradients_are_finite_where_an_item_is_reconstructed_perfectly(energy):
    x = torch.zeros(3, 2, requires_grad=True)
    n = SimpleNamespace(D=lambda v: (v.detach() + 0 * v, v), G=lambda z: z)
    for update in ebgan(energy=energy, pulling_away=0.1).updates():
        assert torch.autograd.grad(update.loss(n, SimpleNamespace(x=x, z=x)), x)[0].isfinite().all()


@settings(max_examples=40)
@given(codes=CODES, scales=arrays(np.float64, (5, 1), elements=st.floats(0.01, 99)))
def test_pulling_away_term_is_the_mean_squared_cosine_of_different_codes_and_knows_no_scale(codes, scales):
    cosine = [[a @ b / (np.sqrt(a @ a) * np.sqrt(b @ b)) for b in codes] for a in codes]
    expected = sum(cosine[i][j] ** 2 for i in range(5) for j in range(5) if j != i) / (5 * 4)
    for scaled in (codes, codes * scales):
        assert ebgan().repulsion(torch.from_numpy(scaled)).item() == pytest.approx(expected, abs=1e-9)
    assert 0 <= expected <= 1 + 1e-9


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_gradient_of_the_pulling_away_term_is_finite_where_a_code_is_zero(dtype):
    codes = torch.tensor([[0.0, 0.0], [1.0, 2.0], [0.0, 0.0], [3.0, -1.0]], dtype=dtype, requires_grad=True)
    value = ebgan().repulsion(codes)
    value.backward()
    assert value.item() == pytest.approx(2 * (1 / 50) / 12)  # the two zeros are orthogonal to everything
    assert codes.grad.isfinite().all()
    assert codes.grad[1].any()


def test_weight_multiplies_the_pulling_away_term_of_the_generated_codes_in_the_generators_loss_alone():
    real, fake = [[5.0, 0.0], [0.0, 5.0]], [[1.0, 0.0], [1.0, 1.0]]  # orthogonal codes, and codes at 45 degrees
    (d, g), (d_pt, g_pt) = (losses(ebgan(pulling_away=weight), to_zero, real, fake) for weight in (0.0, 0.1))
    assert d_pt == d
    assert g == pytest.approx((0.5 + 1.0) / 2)  # the energies alone
    assert g_pt == pytest.approx(g + 0.1 * 0.5)
