"""Generators that are a formula: their law, and what a recipe may say of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from blocks import RECIPE
from role_networks import normal
from scipy.stats import chisquare, kstest, norm

from modecollapse import networks
from modecollapse.networks.formulas import Points, Ring
from modecollapse.study.config import CellRecipe
from modecollapse.study.problems import first_problem
from modecollapse.study.recipe import Training

RING = {"kind": "ring", "modes": 8, "kept": 5, "radius": 2.0, "sd": 0.1}
POINTS = {"kind": "points", "per_side": 3, "low": [2.0, -1.0], "high": [10.0, 1.0]}


def generator(spec: dict[str, Any]) -> Ring | Points:
    recipe = Training.model_validate(RECIPE | {"networks": RECIPE["networks"] | {"generator": spec}})
    return networks.build("generator", recipe, (2,)).double()


def test_the_ring_formula_draws_equally_often_from_gaussians_around_the_kept_modes_alone() -> None:
    x = generator(RING)(normal(20_000, 3)).numpy()
    angle = np.arctan2(x[:, 1], x[:, 0]) % (2 * np.pi)
    mode = np.round(angle / (np.pi / 4)).astype(int) % 8
    counts = np.bincount(mode, minlength=8)
    assert not counts[5:].any()
    assert chisquare(counts[:5]).pvalue > 0.01
    centres = 2.0 * np.stack([np.cos(mode * np.pi / 4), np.sin(mode * np.pi / 4)], axis=1)
    for coordinate in ((x - centres) / 0.1).T:
        assert kstest(coordinate, norm.cdf).pvalue > 0.01
    assert abs(np.corrcoef((x - centres).T)[0, 1]) < 0.03


def test_the_ring_formula_can_be_inverted_and_reads_two_latents_alone() -> None:
    z = normal(500, 4)
    x = generator(RING)(z).numpy()
    mode = np.round(np.arctan2(x[:, 1], x[:, 0]) % (2 * np.pi) / (np.pi / 4)) % 8
    angle = mode * np.pi / 4
    outwards = (x * np.stack([np.cos(angle), np.sin(angle)], axis=1)).sum(1) - 2.0
    along = (x * np.stack([-np.sin(angle), np.cos(angle)], axis=1)).sum(1)
    turns = (mode + norm.cdf(along / 0.1)) / 5
    length = np.sqrt(-2 * np.log(norm.sf(outwards / 0.1)))
    found = length[:, None] * np.stack([np.cos(2 * np.pi * turns), np.sin(2 * np.pi * turns)], axis=1)
    np.testing.assert_allclose(found, z[:, :2], atol=1e-6)


def test_points_begin_on_a_lattice_and_a_latent_chooses_one_of_them() -> None:
    points = generator(POINTS)
    assert points().tolist() == [[x, y] for x in (2.0, 6.0, 10.0) for y in (-1.0, 0.0, 1.0)]
    with torch.no_grad():
        points.shift[4] = torch.tensor([0.5, -0.25])
    z = torch.tensor([[-40.0], [0.0], [40.0]], dtype=torch.float64).expand(3, 2)
    assert points(z).tolist() == [[2.0, -1.0], [6.5, -0.25], [10.0, 1.0]]
    chosen = torch.unique(points(normal(9_000, 2)), dim=0, return_counts=True)[1]
    assert len(chosen) == 9
    assert chisquare(chosen.numpy()).pvalue > 0.01


@pytest.mark.parametrize(
    ("spec", "changes", "problem"),
    [
        (RING | {"kept": 9}, {}, "kept is 9; allowed: at most the 8 modes"),
        (RING, {"latent": 1}, "latent 1 and prior normal; allowed: at least 2 normal latents"),
        (RING, {"prior": "uniform"}, "latent 3 and prior uniform; allowed: at least 2 normal latents"),
        ({"kind": "disc"}, {}, "kind 'disc' is unknown"),
        (POINTS | {"low": [0.0]}, {}, "low"),
    ],
)
def test_what_a_formula_cannot_be_is_said_in_one_line(spec: dict, changes: dict, problem: str) -> None:
    content = RECIPE | changes | {"source": "test", "networks": RECIPE["networks"] | {"generator": spec}}
    where, sentence = first_problem(CellRecipe, content)
    assert problem in f"{where} {sentence}"
    assert "\n" not in sentence


def test_a_formula_is_for_the_plane_alone() -> None:
    specs = RECIPE["networks"] | {"generator": RING}
    recipe = Training.model_validate(RECIPE | {"networks": specs})
    recipe.networks.check_shape((2,))
    with pytest.raises(ValueError, match=r"items have shape \(3, 8, 8\); allowed: points of the plane for a formula"):
        recipe.networks.check_shape((3, 8, 8))
