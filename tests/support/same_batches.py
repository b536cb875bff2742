"""Whether a data set draws the same batches one by one and together."""

from __future__ import annotations

import torch

from modecollapse.datasets import Dataset
from modecollapse.datasets.random_numbers import RandomNumbers


def assert_same_batches(dataset: Dataset, batch: int) -> None:
    """Three batches of one draw are those of three draws, bit by bit."""
    together, one = RandomNumbers((4,), batch), RandomNumbers((4,), batch)
    apart = [dataset.sample(batch, one) for _ in range(3)]
    assert torch.equal(dataset.sample(3 * batch, together), torch.cat(apart))
    assert not torch.equal(apart[0], apart[1])
