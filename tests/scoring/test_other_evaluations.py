"""Generators that other code trained are scored the same by another evaluation as by this one.

The other evaluation is written here from its publication alone: the two counts of VEEGAN's section on synthetic data.
The generators are an ordinary loop of PyTorch, as tutorials have it, and a mixture that scikit-learn fits.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from sklearn.mixture import GaussianMixture

from modecollapse import score

N = 2500
CENTRES = np.array([[np.cos(2 * np.pi * k / 8), np.sin(2 * np.pi * k / 8)] for k in range(8)])
SD = 0.01


def published_evaluation(points: np.ndarray) -> tuple[int, float, float]:
    """Modes with a sample within three standard deviations; per cent of such samples; KL to uniform over the modes."""
    captured: dict[int, int] = {}
    good = 0
    for x, y in points:
        distances = [((x - a) ** 2 + (y - b) ** 2) ** 0.5 for a, b in CENTRES]
        nearest = min(range(8), key=distances.__getitem__)
        if distances[nearest] <= 3 * SD:
            good += 1
            captured[nearest] = captured.get(nearest, 0) + 1
    divergence = sum(count / good * np.log(8 * count / good) for count in captured.values()) if good else np.log(8)
    return len(captured), 100 * good / len(points), divergence


def trained(seed: int) -> np.ndarray:
    """Samples of a GAN on the ring, which a plain loop has trained for a moment."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    layers = lambda inputs, outputs: torch.nn.Sequential(  # noqa: E731
        torch.nn.Linear(inputs, 64),
        torch.nn.ReLU(),
        torch.nn.Linear(64, 64),
        torch.nn.ReLU(),
        torch.nn.Linear(64, outputs),
    )
    generator, discriminator = layers(2, 2), layers(2, 1)
    losses = torch.nn.BCEWithLogitsLoss()
    of_g, of_d = (torch.optim.Adam(net.parameters(), 1e-3, (0.5, 0.999)) for net in (generator, discriminator))
    for _ in range(400):
        real = CENTRES[rng.integers(8, size=128)] + SD * rng.standard_normal((128, 2))
        real, fake = torch.tensor(real, dtype=torch.float32), generator(torch.randn(128, 2))
        ones, zeros = torch.ones(128, 1), torch.zeros(128, 1)
        of_d.zero_grad()
        (losses(discriminator(real), ones) + losses(discriminator(fake.detach()), zeros)).backward()
        of_d.step()
        of_g.zero_grad()
        losses(discriminator(fake), ones).backward()
        of_g.step()
    with torch.no_grad():
        return generator(torch.randn(N, 2)).numpy()


def fitted(seed: int) -> np.ndarray:
    """Samples of a mixture of as many Gaussians as there are modes, of which some fits miss a few."""
    rng = np.random.default_rng(seed)
    real = CENTRES[rng.integers(8, size=2000)] + SD * rng.standard_normal((2000, 2))
    return GaussianMixture(6 + seed, random_state=seed, init_params="random").fit(real).sample(N)[0]


@pytest.mark.parametrize("generator", [trained, fitted])
def test_both_evaluations_agree_on_every_seed(generator: Callable[[int], np.ndarray]) -> None:
    runs = [generator(seed) for seed in range(3)]
    scored = score(runs, "ring", measures=["modes", "high_quality_percent", "reverse_kl"])
    by_seed = scored.runs.pivot(index="seed", columns="measure", values="value")
    for seed, points in enumerate(runs):
        modes, per_cent, divergence = published_evaluation(points)
        assert by_seed.loc[seed, ["modes", "high_quality_percent"]].tolist() == [modes, pytest.approx(per_cent)]
        assert by_seed["reverse_kl"][seed] == pytest.approx(divergence)
    assert (
        by_seed["high_quality_percent"].between(0, 100, inclusive="neither").any()
    )  # so that there is something to agree on
