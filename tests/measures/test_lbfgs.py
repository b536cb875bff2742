"""Many minimisations at once: exact minima, SciPy's answers, and problems that do not notice each other."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.optimize import minimize, rosen
from torch import Tensor

from modecollapse.measures.lbfgs import minimise

Pair = tuple[Tensor, Tensor]


def with_gradient(values: object, points: Tensor) -> Pair:
    with torch.enable_grad():
        points = points.clone().requires_grad_()
        result = values(points)
        (gradient,) = torch.autograd.grad(result.sum(), points)
    return result.detach(), gradient


def rosenbrock(points: Tensor, rows: Tensor) -> Pair:
    return with_gradient(lambda x: (100 * (x[:, 1:] - x[:, :-1] ** 2) ** 2 + (1 - x[:, :-1]) ** 2).sum(dim=1), points)


def starts(problems: int, size: int, seed: int = 0) -> Tensor:
    return torch.from_numpy(np.random.default_rng(seed).standard_normal((problems, size)))


def test_quadratics_of_very_different_conditions_end_at_their_minima() -> None:
    scales = 10.0 ** torch.arange(5, dtype=torch.float64)[:, None] * torch.linspace(0.01, 1, 6, dtype=torch.float64)
    centres = starts(5, 6, 1)

    def quadratic(points: Tensor, rows: Tensor) -> Pair:
        offset = points - centres[rows]
        return (scales[rows] * offset**2).sum(dim=1) / 2, scales[rows] * offset

    found, values = minimise(quadratic, starts(5, 6), relative_tolerance=0, gradient_tolerance=1e-9)
    assert torch.allclose(found, centres, atol=1e-6)
    assert values.max() < 1e-12


def test_rosenbrock_s_valley_as_far_as_scipy() -> None:
    first = starts(20, 2)
    found, values = minimise(rosenbrock, first, gradient_tolerance=1e-8, relative_tolerance=0)
    assert torch.allclose(found, torch.ones_like(found), atol=1e-6)
    for start, point in zip(first.numpy(), found.numpy(), strict=True):
        assert rosen(point) <= minimize(rosen, start, method="L-BFGS-B").fun + 1e-12


def test_a_problem_does_not_notice_the_others_or_one_without_a_value() -> None:
    first = starts(6, 4)
    first[5] = torch.nan
    together, values = minimise(rosenbrock, first, iterations=15)
    for index in range(6):
        alone, value = minimise(rosenbrock, first[index : index + 1], iterations=15)
        assert torch.allclose(alone[0], together[index], rtol=1e-6, equal_nan=True)
        assert value[0] == pytest.approx(float(values[index]), rel=1e-6, nan_ok=True)
    assert torch.isnan(values).tolist() == [False] * 5 + [True]
    assert torch.isnan(together[5]).all()


def test_finished_problems_are_not_evaluated_any_more() -> None:
    sizes = []

    def bowl(points: Tensor, rows: Tensor) -> Pair:
        sizes.append(len(rows))
        steep = torch.where(rows == 0, 1.0, 0.0)[:, None]  # the others are flat
        return (steep * points**2).sum(dim=1) / 2, steep * points

    found, _ = minimise(bowl, starts(9, 3))
    assert sizes[0] == 9
    assert set(sizes[1:]) == {1}
    assert torch.equal(found[1:], starts(9, 3)[1:])


def test_a_kink_and_a_wall_of_nan() -> None:
    def kinked(points: Tensor, rows: Tensor) -> Pair:
        return with_gradient(lambda x: x.abs().sum(dim=1) + (x**2).sum(dim=1), points)

    def walled(points: Tensor, rows: Tensor) -> Pair:
        return with_gradient(lambda x: (x - torch.log(x)).sum(dim=1), points)  # NaN below 0, least at 1

    assert minimise(kinked, starts(10, 2))[1].max() < 0.05
    found, _ = minimise(walled, starts(10, 3).abs() + 0.01, relative_tolerance=0)
    assert torch.allclose(found, torch.ones_like(found), atol=1e-4)


def test_steps_grow_on_a_long_straight_slope() -> None:
    """The gradient is 1 for a thousand units: a search that took the first lower point would go one unit a step."""

    def slope(points: Tensor, rows: Tensor) -> Pair:
        return with_gradient(lambda x: torch.where(x.abs() > 1, x.abs() - 0.5, x**2 / 2).sum(dim=1), points)

    found, _ = minimise(slope, torch.full((3, 1), 1e3, dtype=torch.float64), iterations=10)
    assert found.abs().max() < 0.1
