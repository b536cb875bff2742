"""How much of the inference via optimisation is done: the key `inversion` of a study."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from modecollapse.study.catalogue import Strict


class Inversion(Strict):
    """How generators are inverted for IvOM (see measures/ivom.py).

    The numbers of images and restarts are those in the code of VEEGAN's second author, whose 5 iterations only show how
    it works. Metz et al. (2017): `images: 1280`, `restarts: 3`, and of the two measures ivom_train.
    """

    images: Annotated[int, Field(ge=1, le=10_000)] = 64  # of the test part, and as many of the training part
    restarts: Annotated[int, Field(ge=1, le=100)] = 3  # of which the best one counts
    iterations: Annotated[int, Field(ge=1, le=100_000)] = 200  # of L-BFGS, at most, for every image and restart
