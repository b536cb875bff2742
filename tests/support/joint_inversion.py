"""IvOM as the code of VEEGAN's second author does it: SciPy's L-BFGS-B on the latents of all images as one vector.

There are 64 images and 3 restarts there, and 5 iterations, a value for demonstration. All images share a history, a
step length and an end, so results depend on which images are inverted together.
"""

from __future__ import annotations

import numpy as np
import torch
from scipy.optimize import minimize
from torch import Tensor

from modecollapse.measures.ivom import Generator, Inverted, best_starts, squared_errors


def invert_jointly(generator: Generator, images: Tensor, starts: Tensor, iterations: int = 500) -> Inverted:
    """As `invert`, another way."""

    def total(flat: np.ndarray) -> tuple[float, np.ndarray]:
        latents = torch.from_numpy(flat.reshape(starts.shape[1:])).to(starts)
        errors, gradient = squared_errors(generator, latents, images)
        return float(errors.sum()), gradient.flatten().double().cpu().numpy()

    limits = {"maxiter": iterations, "maxfun": 20 * iterations}
    firsts = (start.flatten().double().cpu().numpy() for start in starts)
    found = [minimize(total, first, jac=True, method="L-BFGS-B", options=limits).x for first in firsts]
    return best_starts(generator, images, torch.from_numpy(np.stack(found)).view_as(starts).to(starts))
