"""Snapshots: the first samples of some evaluations, so that the course of a training can be drawn.

They are among the samples that are evaluated, so keeping them draws no further random number.
"""

from __future__ import annotations

import numpy as np

from modecollapse.study.specs import Block

SAMPLES = 256  # of a seed at a step
STORED_AS = "float16"  # 9 kB a run for nine steps in the plane


class Snapshots:
    """The array (S, T, SAMPLES, *shape) of a block's T kept steps; steps that are still to come hold NaN."""

    def __init__(self, block: Block) -> None:
        self.steps = block.cell.snapshot_steps
        shape = (len(block.seeds), len(self.steps), SAMPLES, *block.cell.dataset.shape)
        self.kept = np.full(shape, np.nan, STORED_AS)

    def add(self, step: int, samples: np.ndarray) -> None:
        """Keep the first of the (S, n, *shape) samples of an evaluation, if its step is one of those kept."""
        if step in self.steps:
            self.kept[:, self.steps.index(step)] = first_samples(samples)


def first_samples(samples: np.ndarray) -> np.ndarray:
    """Of (S, n, *shape) samples what a snapshot keeps: the first SAMPLES in half precision, (S, SAMPLES, *shape)."""
    with np.errstate(over="ignore"):  # beyond half precision is infinite
        return samples[:, :SAMPLES].astype(STORED_AS)
