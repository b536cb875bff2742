"""A stand-in for a CUDA graph on a CPU: torch's operations are recorded once and replayed on the same memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

# Operations that hand a number from the device to Python, or the other way, and so cannot be replayed on a GPU.
SYNCHRONISING = ("_local_scalar_dense", "nonzero", "masked_select", "equal", "is_nonzero", "lift_fresh", "unique")

# Operations that only name a place in memory.
PLACES = ("empty", "empty_like", "empty_strided", "detach", "_unsafe_view")


class Recorder(TorchDispatchMode):
    """Notes every operation that does something, below autograd and vmap."""

    def __init__(self) -> None:
        super().__init__()
        self.operations: list[tuple[Any, tuple[Any, ...], dict[str, Any], Any]] = []
        self.synchronising: list[str] = []

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = function(*args, **(kwargs or {}))
        name = function.overloadpacket.__name__
        if name in SYNCHRONISING or name.startswith("unique"):
            self.synchronising.append(name)
        if not function.is_view and name not in PLACES:
            self.operations.append((function, args, kwargs or {}, made))
        return made

    @torch.no_grad()
    def replay(self) -> None:
        """Every operation once more, on the recorded tensors; nothing else of Python runs."""
        for function, args, kwargs, made in self.operations:
            again = function(*args, **kwargs)
            if not function._schema.is_mutable:
                for place, value in zip(tree_leaves(made), tree_leaves(again), strict=True):
                    place.detach().copy_(value)


def recorded(step: Callable[[], None]) -> Callable[[], None]:
    """Run a step and return what replays it: the `capture` of a CapturedStep."""
    with Recorder() as recorder:
        step()
    return recorder.replay
