"""Distances between points, and between two sets of them, that a loss may differentiate."""

from __future__ import annotations

import torch


def energy_distance(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """2 E|X - Y| - E|X - X'| - E|Y - Y'| of (n, d) and (m, d) points, without bias (Szekely and Rizzo 2013).

    It is 0 on average where both have one distribution, so below 0 about half of the time.
    """
    pairs_x, pairs_y = (len(points) * (len(points) - 1) for points in (x, y))
    within = distances(x, x).sum() / pairs_x + distances(y, y).sum() / pairs_y
    return 2 * distances(x, y).mean() - within


def distances(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """(n, m) distances, with gradient 0 where two points are equal."""
    squared = (x.unsqueeze(1) - y).square().sum(-1)
    apart = squared > 0
    return torch.where(apart, squared.where(apart, 1.0).sqrt(), 0.0)
