"""How many seeds a job trains together where the study leaves it open (`block_size: auto`).

A job should last long enough that starting it costs nothing (10 minutes) and be short enough that losing its node does
not matter (an hour). On a GPU small networks wait for Python, so that thirty seeds take as long as one: they go
together. What one seed fills is not put together.
"""

from __future__ import annotations

from math import ceil

from modecollapse.study import cost
from modecollapse.study.specs import Block, Cell

LONGEST_SECONDS = 3600.0
LITTLE_MORE = 1.25  # than one seed alone: longer jobs than LONGEST are then no reason to train the seeds one by one


def block_size(cell: Cell, seeds: list[int], device: str) -> int:
    """The seeds of a cell's blocks: the fewest blocks of at most an estimated hour, of nearly equal size."""
    alone = cost.block_seconds(Block(cell=cell, seeds=seeds[:1]), device)
    longest = max(LONGEST_SECONDS, LITTLE_MORE * alone)
    for blocks in range(1, len(seeds) + 1):
        size = ceil(len(seeds) / blocks)
        if cost.block_seconds(Block(cell=cell, seeds=seeds[:size]), device) <= longest:
            return size
    return 1
