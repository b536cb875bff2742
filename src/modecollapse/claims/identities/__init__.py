"""Published claims that computation alone decides: one function a claim, two computations on random cases."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import numpy as np

from modecollapse.claims.identities import began, cs236, lsgan, lsgan_gradients, veegan
from modecollapse.claims.identities.shared import Finding

# A claim is a function of a generator that returns a Finding. The registry names it with hyphens. Its docstring says
# what is claimed and how it is computed.
IDENTITIES: dict[str, Callable[[np.random.Generator], Finding]] = {
    name.replace("_", "-"): function
    for module in (began, cs236, lsgan, lsgan_gradients, veegan)
    for name, function in inspect.getmembers(module, inspect.isfunction)
    if function.__module__ == module.__name__ and function.__annotations__["return"] == Finding.__name__
}

__all__ = ["IDENTITIES", "Finding"]
