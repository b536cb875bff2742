"""Inference via optimisation (IvOM; Metz et al. 2017, VEEGAN): how near a generator can come to a given image.

For each image the latent vector with the least squared error is sought from several draws of the prior, and the best is
kept; latents may leave the prior's range. A generator without the image's mode cannot come near it. Errors are means of
squares over the pixels, and are published for pixels on [0, 1]: whoever calls puts images and generator on that scale.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from scipy.optimize import minimize
from torch import Tensor

from modecollapse.measures.lbfgs import minimise

Generator = Callable[[Tensor], Tensor]  # (b, k) latents to (b, *shape) images, each on its own: no live batch norm
BATCH = 256  # latents whose images and gradients are in memory at once


class Inverted(NamedTuple):
    """The best of R starts for n images: mean squared errors (n,), latents (n, k), and the errors of all starts (R, n).

    An error is infinite where the generator's image is not finite.
    """

    mse: np.ndarray
    latents: np.ndarray
    each: np.ndarray


def draw_starts(prior: str, restarts: int, images: int, latent: int, rng: np.random.Generator) -> Tensor:
    """(R, n, k) float32 draws of a prior, `normal` or `uniform` on [-1, 1]; fewer restarts are the first of more."""
    shape = restarts, images, latent
    drawn = rng.uniform(-1, 1, shape) if prior == "uniform" else rng.standard_normal(shape)
    return torch.from_numpy(drawn.astype(np.float32))


def invert(
    generator: Generator, images: Tensor, starts: Tensor, iterations: int = 500, batch: int = BATCH, **options: float
) -> Inverted:
    """Every image and start on its own, `batch` of them at a time; (n, *shape) images, (R, n, k) starts.

    `options` are those of `lbfgs.minimise`. Its optima are those of `invert_jointly`, to about a hundredth in the mean
    where a generator has many local ones; what either costs is in tests/benchmarks/test_ivom_speed.py.
    """
    _check(images, starts)
    found = []
    number = torch.arange(len(images), device=starts.device).repeat(len(starts))
    for part, targets in zip(starts.flatten(0, 1).split(batch), number.split(batch), strict=True):

        def errors(latents: Tensor, rows: Tensor, targets: Tensor = targets) -> tuple[Tensor, Tensor]:
            return _errors(generator, latents, images[targets[rows]])

        found.append(minimise(errors, part, iterations, **options)[0])
    return _best(generator, images, torch.cat(found).view_as(starts), batch)


def invert_jointly(
    generator: Generator, images: Tensor, starts: Tensor, iterations: int = 500, batch: int = BATCH
) -> Inverted:
    """As the code of VEEGAN's second author does it: SciPy's L-BFGS-B on the latents of all images as one vector.

    There are 64 images and 3 restarts there, and 5 iterations, a value for demonstration. All images share a history, a
    step length and an end, so results depend on which images are inverted together.
    """
    _check(images, starts)
    shape = starts.shape[1:]

    def total(flat: np.ndarray) -> tuple[float, np.ndarray]:
        latents = torch.from_numpy(flat.reshape(shape)).to(starts)
        errors, gradient = _errors(generator, latents, images)
        return float(errors.sum()), gradient.flatten().double().cpu().numpy()

    found = []
    for start in starts:
        first = start.flatten().double().cpu().numpy()
        limits = {"maxiter": iterations, "maxfun": 20 * iterations}
        found.append(minimize(total, first, jac=True, method="L-BFGS-B", options=limits).x.reshape(shape))
    return _best(generator, images, torch.from_numpy(np.stack(found)).to(starts), batch)


@torch.enable_grad()
def _errors(generator: Generator, latents: Tensor, images: Tensor) -> tuple[Tensor, Tensor]:
    """(b,) squared errors summed over pixels, and their (b, k) gradients."""
    latents = latents.detach().requires_grad_()
    errors = (generator(latents) - images).square().flatten(1).sum(dim=1)
    if not errors.requires_grad:  # a generator that ignores its input
        return errors, torch.zeros_like(latents)
    (gradient,) = torch.autograd.grad(errors.sum(), latents, allow_unused=True, materialize_grads=True)
    return errors.detach(), gradient


@torch.no_grad()
def _best(generator: Generator, images: Tensor, latents: Tensor, batch: int) -> Inverted:
    """The errors of (R, n, k) latents, and the best start of each image."""
    parts = [
        (generator(z) - x).double().square().flatten(1).mean(dim=1)
        for start in latents
        for z, x in zip(start.split(batch), images.split(batch), strict=True)
    ]
    each = torch.cat(parts).view(latents.shape[:2])
    each = each.masked_fill(~each.isfinite(), torch.inf)
    mse, chosen = each.min(dim=0)
    latents = latents[chosen, torch.arange(len(chosen))]
    return Inverted(mse.cpu().numpy(), latents.cpu().numpy(), each.cpu().numpy())


def _check(images: Tensor, starts: Tensor) -> None:
    if starts.ndim != 3 or starts.shape[1] != len(images) or 0 in starts.shape:
        raise ValueError(f"starts: have shape {tuple(starts.shape)}; allowed: (restarts, {len(images)} images, latent)")
    for name, values in (("images", images.flatten(1)), ("starts", starts.transpose(0, 1).flatten(1))):
        unusable = (~torch.isfinite(values).all(dim=1)).nonzero()[:, 0].tolist()
        if unusable:
            raise ValueError(
                f"{name}: row {unusable[0]} is not finite, {len(unusable)} in all; allowed: finite numbers"
            )
