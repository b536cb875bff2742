"""The cross-entropy games against values and gradients worked out by hand."""

from __future__ import annotations

from math import log
from types import SimpleNamespace

import pytest
import torch

from modecollapse.variants import create
from modecollapse.variants.cross_entropy import discriminator_loss

GANS = ("gan-minimax", "gan-nonsaturating")
LOGITS = torch.tensor([-9.0, -1.0, 0.0, 0.5, 4.0], dtype=torch.float64)


def on_logits(real: list[float], fake: list[float]) -> tuple[SimpleNamespace, SimpleNamespace]:
    """Networks and a batch such that D's logits are the given ones."""
    networks = SimpleNamespace(D=lambda x: x[:, 0], G=lambda z: z)
    columns = (torch.tensor(values, dtype=torch.float64).unsqueeze(1) for values in (real, fake))
    return networks, SimpleNamespace(**dict(zip("xz", columns, strict=True)))


def generator_loss(variant: str, logits: torch.Tensor) -> torch.Tensor:
    networks = SimpleNamespace(D=lambda x: x, G=lambda z: z)
    return create(variant, {}).generator_loss(networks, SimpleNamespace(z=logits))


def test_discriminator_loss_is_the_two_mean_cross_entropies():
    # sigmoid of 0 and log 3 is 1/2 and 3/4, of -log 3 it is 1/4
    loss = discriminator_loss(*on_logits([0.0, log(3)], [-log(3), log(3), 0.0]))
    real, fake = (log(1 / 2) + log(3 / 4)) / 2, (log(3 / 4) + log(1 / 4) + log(1 / 2)) / 3
    assert loss.item() == pytest.approx(-real - fake, rel=1e-12)


def test_discriminator_that_cannot_tell_pays_log_4():
    assert discriminator_loss(*on_logits([0.0] * 3, [0.0] * 2)).item() == pytest.approx(log(4), rel=1e-12)


def test_value_of_the_minimax_game_at_equality_is_minus_log_4():
    real_part = log(1 / 2)  # E_x[log D(x)]
    assert real_part + generator_loss("gan-minimax", torch.zeros(4)).item() == pytest.approx(-log(4), rel=1e-6)


@pytest.mark.parametrize(
    ("variant", "loss"),
    [
        ("gan-minimax", lambda d: (1 - d).log()),
        ("gan-nonsaturating", lambda d: -d.log()),
    ],
)
def test_generator_loss_is_the_papers_function_of_the_probability(variant, loss):
    torch.testing.assert_close(generator_loss(variant, LOGITS), loss(LOGITS.sigmoid()).mean())


@pytest.mark.parametrize(
    ("variant", "slope"),
    [
        ("gan-minimax", lambda d: -d),  # vanishes where D rejects the sample
        ("gan-nonsaturating", lambda d: d - 1),  # vanishes where D accepts it
    ],
)
def test_generator_gradient_in_the_logit_has_its_closed_form(variant, slope):
    logits = LOGITS.clone().requires_grad_()
    generator_loss(variant, logits).backward()
    torch.testing.assert_close(logits.grad, slope(LOGITS.sigmoid()) / len(LOGITS))


@pytest.mark.parametrize("logit", [-1e4, 1e4])
@pytest.mark.parametrize("variant", GANS)
def test_losses_stay_finite_at_certain_logits(variant, logit):
    assert discriminator_loss(*on_logits([logit], [logit])).isfinite()
    assert generator_loss(variant, torch.tensor([logit])).isfinite()


def test_optimal_discriminator_is_p_over_p_plus_q():
    # p = (5, 3, 2)/10 and q = (1, 3, 6)/10 on three points, met exactly by the batch
    batch = SimpleNamespace(x=torch.tensor([0] * 5 + [1] * 3 + [2] * 2), z=torch.tensor([0] + [1] * 3 + [2] * 6))
    table = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    networks = SimpleNamespace(D=lambda x: table[x], G=lambda z: z)
    optimizer = torch.optim.LBFGS([table], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        value = discriminator_loss(networks, batch)
        value.backward()
        return value

    optimizer.step(loss)
    expected = torch.tensor([5 / 6, 1 / 2, 1 / 4], dtype=torch.float64)
    torch.testing.assert_close(table.detach().sigmoid(), expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("variant", GANS)
def test_discriminator_moves_before_the_generator_and_nothing_is_pretrained(variant):
    objective = create(variant, {})
    assert [update.networks for update in objective.updates()] == [("D",), ("G",)]
    assert objective.pretraining() == (0, [])
