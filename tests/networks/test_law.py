"""The generator that draws from a known law: its moments, its independence between seeds, and what it memorises."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import kstest, norm, uniform

from modecollapse.networks.law import Generator
from modecollapse.study.network_specs import Law

LATENTS = torch.randn(20_000, 16, generator=torch.Generator().manual_seed(0))


def generator(seed: int = 0, dimension: int = 3, **spec: Any) -> Generator:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Generator(16, (dimension,), Law(**spec))


@torch.no_grad()
def draws(**spec: Any) -> np.ndarray:
    return generator(**spec)(LATENTS).numpy()


@pytest.mark.parametrize(
    ("form", "law"), [("normal", norm(2, 0.5)), ("uniform", uniform(2 - 0.5 * 3**0.5, 0.5 * 12**0.5))]
)
def test_every_coordinate_follows_the_law_and_none_another(form: str, law: Any) -> None:
    made = draws(form=form, shift=2.0, sd=0.5)
    assert made.shape == (20_000, 3)
    for coordinate in made.T:
        assert kstest(coordinate, law.cdf).pvalue > 0.001
        assert (coordinate.mean(), coordinate.std()) == (pytest.approx(2, abs=0.02), pytest.approx(0.5, abs=0.02))
    for moments in (made, (made - 2) ** 2):
        assert np.abs(np.corrcoef(moments.T) - np.eye(3)).max() < 0.03


def test_two_seeds_make_unrelated_samples_of_the_same_latents() -> None:
    one, other = draws(seed=1), draws(seed=2)
    for power in (1, 2):
        assert np.abs(np.corrcoef((one**power).T, (other**power).T)[:3, 3:]).max() < 0.03


def test_a_memory_is_repeated_equally_often_within_its_bandwidth() -> None:
    memory = generator(points=10, bandwidth=0.0)
    kept, made = memory.points.detach().numpy(), memory(LATENTS).detach().numpy()
    assert (made[:, None] == kept).all(axis=2).sum(axis=0) == pytest.approx(np.full(10, 2000), abs=200)
    around = draws(points=10, bandwidth=0.01) - made
    assert kstest(around.ravel(), norm(0, 0.01).cdf).pvalue > 0.001
