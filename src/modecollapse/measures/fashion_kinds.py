"""Per cent shoes, clothes and bags among samples of Fashion-MNIST, as the classifier reads them.

Shoes are sandals, sneakers and ankle boots; clothes are T-shirts, trousers, pullovers, dresses, coats and shirts.
"""

from __future__ import annotations

from functools import partial

import numpy as np

DECIMALS = 1
RANGE = (0, 100)
FAMILIES = ("fashion-mnist",)
MEASURES = {
    "shoes_percent": {
        "LABEL": "% shoes",
        "NOTE": "share of shoes among all samples; nearer to the data's 30 is better",
    },
    "clothes_percent": {
        "LABEL": "% clothes",
        "NOTE": "share of clothes among all samples; nearer to the data's 60 is better",
    },
    "bags_percent": {
        "LABEL": "% bags",
        "NOTE": "share of bags among all samples; nearer to the data's 10 is better",
    },
}


def _percent(counts: np.ndarray, n: int, labels: list[int]) -> float:
    """100 times the share of these of the ten labels in n samples, non-finite ones included; `counts` are (10,)."""
    return 100.0 * float(counts[labels].sum()) / n


shoes_percent = partial(_percent, labels=[5, 7, 9])
clothes_percent = partial(_percent, labels=[0, 1, 2, 3, 4, 6])
bags_percent = partial(_percent, labels=[8])
