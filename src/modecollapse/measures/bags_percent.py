"""Per cent bags among samples of Fashion-MNIST: bags, as the classifier reads them."""

from __future__ import annotations

import numpy as np

from modecollapse.measures import STATUS_OK

LABEL = "% bags"
DECIMALS = 1
NOTE = "share of bags among all samples; nearer to the data's 10 is better"
FAMILIES = ("fashion-mnist",)

KINDS = (8,)  # of the ten labels


def value(counts: np.ndarray, n: int) -> tuple[float, str]:
    """100 times the share of these kinds in the n samples, non-finite ones included; (10,) counts."""
    return 100.0 * float(counts[list(KINDS)].sum()) / n, STATUS_OK


def support(modes: int) -> tuple[float, float]:
    """0 to 100."""
    return 0.0, 100.0
