"""Inference via optimisation (IvOM; Metz et al. 2017, VEEGAN): how near a generator can come to a given image.

For each image the latent vector with the least squared error is sought from several draws of the prior, and the best is
kept; latents may leave the prior's range. A generator without the image's mode cannot come near it. Errors are means of
squares over the pixels, and are published for pixels on [0, 1]: callers put images and generator on that scale.

The images are of unseen data and of training data, the same for all runs on a data set. VEEGAN's text has test images,
the code behind it draws from both parts together, Metz et al. from the training part: so the two are kept apart.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from torch import Tensor

from modecollapse.datasets import Dataset
from modecollapse.datasets.random_numbers import RandomNumbers
from modecollapse.measures.lbfgs import minimise
from modecollapse.study.specs import DatasetSpec
from modecollapse.study.streams import stream_seed

READS = "inversions"
DECIMALS = 5
RANGE = (0, None)
BETTER = "less"
MEASURES = {  # the images may leave the range of the data's, so there is no highest error
    "ivom_test": {
        "LABEL": "IvOM, test images",
        "NOTE": "mean squared error, pixels on [0, 1], of the generator's nearest images to images of the test part; "
        "less is better",
        "MAIN": True,
    },
    "ivom_train": {
        "LABEL": "IvOM, training images",
        "NOTE": "mean squared error, pixels on [0, 1], of the generator's nearest images to training images; "
        "less is better",
    },
}

Generator = Callable[[Tensor], Tensor]  # (b, k) latents to (b, *shape) images, each on its own: no live batch norm
Pixels = TypeVar("Pixels", np.ndarray, Tensor)
POOLS = ("test", "train")  # and `ivom_<pool>` is the measure
BATCH = 256  # latents whose images and gradients are in memory at once


class Inverted(NamedTuple):
    """The best of R starts for n images: mean squared errors (n,), latents (n, k), and the errors of all starts (R, n).

    An error is infinite where the generator's image is not finite.
    """

    mse: np.ndarray
    latents: np.ndarray
    each: np.ndarray


def targets(spec: DatasetSpec, dataset: Dataset, n: int) -> dict[str, np.ndarray]:
    """By pool, (n, *shape) float32: held-out images, and training images, drawn with replacement."""
    unseen = dataset.oracle(n, np.random.default_rng(target_seed(spec, "test")))
    return {"test": on_unit_scale(unseen, dataset), "train": training_images(spec, dataset, n, "train")}


def training_images(spec: DatasetSpec, dataset: Dataset, n: int, stream: str) -> np.ndarray:
    """(n, *shape) float32: training images, drawn with replacement from a stream of that name."""
    drawn = dataset.sample(n, RandomNumbers((target_seed(spec, stream),), n))
    return on_unit_scale(drawn.numpy(), dataset)


def target_seed(spec: DatasetSpec, stream: str) -> int:
    """The seed of random numbers for one use, the same for all runs on a data set."""
    return stream_seed(spec.root_seed, spec.name, "inversion", stream)


def on_unit_scale(images: Pixels, dataset: Dataset) -> Pixels:
    """Images in the data's range, on [0, 1]."""
    low, high = dataset.range
    return (images - low) / (high - low)


def draw_starts(prior: str, restarts: int, images: int, latent: int, rng: np.random.Generator) -> Tensor:
    """(R, n, k) float32 draws of a prior, `normal` or `uniform` on [-1, 1]; fewer restarts are the first of more."""
    shape = restarts, images, latent
    drawn = rng.uniform(-1, 1, shape) if prior == "uniform" else rng.standard_normal(shape)
    return torch.from_numpy(drawn.astype(np.float32))


def invert(generator: Generator, images: Tensor, starts: Tensor, iterations: int) -> Inverted:
    """Every image and start on its own, BATCH of them at a time; (n, *shape) images, (R, n, k) starts.

    Its optima are those that SciPy's L-BFGS-B finds for all images as one vector, as the code of VEEGAN's second author
    does it, to about a hundredth in the mean where a generator has many local ones.
    """
    found = []
    number = torch.arange(len(images), device=starts.device).repeat(len(starts))
    for part, targets in zip(starts.flatten(0, 1).split(BATCH), number.split(BATCH), strict=True):

        def errors(latents: Tensor, rows: Tensor, targets: Tensor = targets) -> tuple[Tensor, Tensor]:
            return squared_errors(generator, latents, images[targets[rows]])

        found.append(minimise(errors, part, iterations)[0])
    return best_starts(generator, images, torch.cat(found).view_as(starts))


@torch.enable_grad()
def squared_errors(generator: Generator, latents: Tensor, images: Tensor) -> tuple[Tensor, Tensor]:
    """(b,) squared errors summed over pixels, and their (b, k) gradients."""
    latents = latents.detach().requires_grad_()
    errors = (generator(latents) - images).square().flatten(1).sum(dim=1)
    if not errors.requires_grad:  # a generator that ignores its input
        return errors, torch.zeros_like(latents)
    (gradient,) = torch.autograd.grad(errors.sum(), latents, allow_unused=True, materialize_grads=True)
    return errors.detach(), gradient


@torch.no_grad()
def best_starts(generator: Generator, images: Tensor, latents: Tensor) -> Inverted:
    """The errors of (R, n, k) latents, and the best start of each image."""
    parts = [
        (generator(z) - x).double().square().flatten(1).mean(dim=1)
        for start in latents
        for z, x in zip(start.split(BATCH), images.split(BATCH), strict=True)
    ]
    each = torch.cat(parts).view(latents.shape[:2])
    each = each.masked_fill(~each.isfinite(), torch.inf)
    mse, chosen = each.min(dim=0)
    return Inverted(mse.cpu().numpy(), latents[chosen, torch.arange(len(chosen))].cpu().numpy(), each.cpu().numpy())
