"""A captured step: the operations of one training step, recorded once and replayed without Python in between.

A GPU works through small networks faster than Python hands it their operations. So the step of an engine is recorded as
a CUDA graph, which reads its batches from fixed places. Draws, evaluations and checkpoints stay outside.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from modecollapse.training.draws import BatchSampler
from modecollapse.training.engine import Batch, Engine

Step = Callable[[], None]
WARM_UP = 3  # steps, in which torch and its libraries reserve what they need


class CapturedStep:
    """One training step of an engine, with the batches of a sampler."""

    def __init__(self, engine: Engine, sampler: BatchSampler, capture: Callable[[Step], Step] | None = None) -> None:
        """`capture` runs or records a step and returns what repeats it on the same memory; by default a CUDA graph.

        The engine, the sampler and their streams are afterwards where they were.
        """
        self._sampler, self.losses, self._inputs = sampler, {}, []
        before, streams = engine.state(), sampler.state()
        engine.train(self._keeping(sampler.batch))
        self._batches = len(self._inputs)

        def step() -> None:
            self.losses = engine.train(iter(self._inputs).__next__)

        self._replay = (capture or cuda_graph)(step)
        engine.restore(before)
        sampler.restore(streams)

    def train(self) -> Batch:
        """One training step; returns each update's losses, (S,), by the update's name."""
        for place in self._inputs:
            for name, value in self._sampler.batch().items():
                place[name].copy_(value)
        self._replay()
        return self.losses

    def _keeping(self, draw: Callable[[], Batch]) -> Callable[[], Batch]:
        """`draw`, which copies each batch into a place of its own."""

        def kept() -> Batch:
            self._inputs.append({name: value.clone() for name, value in draw().items()})
            return self._inputs[-1]

        return kept


def cuda_graph(step: Step) -> Step:
    """Warm up a step on a side stream, as torch's notes on CUDA graphs ask, and record it."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(WARM_UP):
            step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay
