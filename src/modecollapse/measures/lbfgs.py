"""L-BFGS for many small problems at once, each with its own history, step length and end.

Every call of the function evaluates all unfinished problems in one batch: one that has found its step goes on to its
next direction while others still search theirs. Steps satisfy the weak Wolfe conditions, found by bisection (Lewis and
Overton 2013), which also copes with the kinks of ReLU networks.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Function = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
DECREASE, CURVATURE = 1e-4, 0.9  # the constants of the Wolfe conditions
TRIALS = 20  # step lengths that are tried on one direction
LEAST_CURVATURE = 1e-10  # cosine of step and change of gradient below which a step is not remembered


@torch.no_grad()
def minimise(
    function: Function,
    starts: Tensor,
    iterations: int = 500,
    history: int = 10,
    gradient_tolerance: float = 1e-5,
    relative_tolerance: float = 1e-8,
) -> tuple[Tensor, Tensor]:
    """The (P, k) points where descent from (P, k) `starts` ends, and the (P,) values there.

    `function` takes (b, k) points and the (b,) numbers of their problems, and gives (b,) values and (b, k) gradients. A
    problem ends when no entry of its gradient exceeds `gradient_tolerance`, when a step lowers its value by less than
    `relative_tolerance` of it, after `iterations` steps, or when no step lowers it any more. One whose value is not
    finite at its start stays there.
    """
    x = starts.detach().clone()
    problems, size = x.shape
    value, gradient = function(x, torch.arange(problems, device=x.device))
    steps, changes = x.new_zeros(problems, history, size), x.new_zeros(problems, history, size)
    inverse = x.new_zeros(problems, history)  # 1 / (step . change); 0 where nothing is remembered
    direction = -gradient
    t = 1 / gradient.norm(dim=1).clamp(min=1.0)
    lo, hi = x.new_zeros(problems), x.new_full((problems,), torch.inf)
    tried, taken = torch.zeros_like(t, dtype=torch.int64), torch.zeros_like(t, dtype=torch.int64)
    forced = torch.zeros_like(t, dtype=torch.bool)  # take the next trial: it was seen to be a descent
    going = torch.isfinite(value) & (gradient.abs().amax(dim=1) > gradient_tolerance)
    while going.any():
        rows = going.nonzero()[:, 0]
        trial = x[rows] + t[rows, None] * direction[rows]
        new_value, new_gradient = function(trial, rows)
        slope = (gradient[rows] * direction[rows]).sum(dim=1)
        lower = new_value <= value[rows] + DECREASE * t[rows] * slope
        flat = (new_gradient * direction[rows]).sum(dim=1) >= CURVATURE * slope
        accept = (lower & flat & torch.isfinite(new_gradient).all(dim=1)) | forced[rows]

        still, is_lower = rows[~accept], lower[~accept]
        lo[still] = torch.where(is_lower, t[still], lo[still])
        hi[still] = torch.where(is_lower, hi[still], t[still])
        t[still] = torch.where(torch.isinf(hi[still]), 2 * lo[still], (lo[still] + hi[still]) / 2)
        tried[still] += 1
        out = still[tried[still] >= TRIALS]
        forced[out], t[out] = True, lo[out]
        going[out] = lo[out] > 0

        moved = rows[accept]
        step, change = trial[accept] - x[moved], new_gradient[accept] - gradient[moved]
        drop = value[moved] - new_value[accept]
        x[moved], value[moved], gradient[moved] = trial[accept], new_value[accept], new_gradient[accept]
        product = (step * change).sum(dim=1)
        useful = product > LEAST_CURVATURE * step.norm(dim=1) * change.norm(dim=1)
        remembered = moved[useful]
        for kept, newest in ((steps, step), (changes, change), (inverse, 1 / product)):
            kept[remembered] = torch.cat([kept[remembered, 1:], newest[useful].unsqueeze(1)], dim=1)
        direction[moved] = _direction(gradient[moved], steps[moved], changes[moved], inverse[moved])
        t[moved] = torch.where(inverse[moved, -1] > 0, 1.0, 1 / gradient[moved].norm(dim=1).clamp(min=1.0))
        lo[moved], hi[moved], tried[moved], forced[moved] = 0.0, torch.inf, 0, False
        taken[moved] += 1
        going[moved] = (
            (gradient[moved].abs().amax(dim=1) > gradient_tolerance)
            & (drop > relative_tolerance * value[moved].abs())
            & (taken[moved] < iterations)
        )
    return x, value


def _direction(gradient: Tensor, steps: Tensor, changes: Tensor, inverse: Tensor) -> Tensor:
    """(b, k) minus the inverse Hessian times the gradient, by the two-loop recursion; (b, m, k) history, newest last.

    With nothing remembered it is minus the gradient.
    """
    q, weights = gradient.clone(), []
    for i in reversed(range(steps.shape[1])):
        weight = inverse[:, i] * (steps[:, i] * q).sum(dim=1)
        q -= weight[:, None] * changes[:, i]
        weights.append(weight)
    curvature = inverse[:, -1] * (changes[:, -1] ** 2).sum(dim=1)
    q /= torch.where(curvature > 0, curvature, 1.0)[:, None]
    for i, weight in enumerate(reversed(weights)):
        other = inverse[:, i] * (changes[:, i] * q).sum(dim=1)
        q += (weight - other)[:, None] * steps[:, i]
    ascent = (q * gradient).sum(dim=1) <= 0  # only by rounding
    return -torch.where(ascent[:, None], gradient, q)
