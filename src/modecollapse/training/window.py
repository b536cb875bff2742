"""Means over the training steps between two evaluations, summed on the device where the values are."""

from __future__ import annotations

import torch

Named = dict[str, torch.Tensor]


def named(**kinds: Named) -> Named:
    """`named(loss={"D": x})` is `{"loss_D": x}`: values by kind and name, as the trace names its columns."""
    return {f"{kind}_{name}": value for kind, values in kinds.items() for name, value in values.items()}


class Window:
    """Sums of (S,) values by name since the window was opened, in double precision on the values' device.

    Adding takes two operations for all names together, and nothing waits for their result. A NaN or an infinity stays
    in the sum of its seed and name.
    """

    def __init__(self, seeds: int, device: torch.device | str) -> None:
        self._names: list[str] = []
        self._open(torch.zeros(0, seeds, dtype=torch.float64, device=device))

    def add(self, values: Named) -> None:
        """Count a step; all steps have the same names."""
        self._names = sorted(values)
        stacked = torch.stack([values[name] for name in self._names])
        if self._steps:
            self._sums += stacked
        else:
            self._sums = stacked.double()
        self._steps += 1

    def close(self) -> Named:
        """The means over the steps of the window, (S,) each, none without a step; opens the next window."""
        means = dict(zip(self._names, self._sums / self._steps, strict=True)) if self._steps else {}
        self._open(self._sums[:0])
        return means

    def state(self) -> Named:
        """The sums, (names, S), and the number of steps."""
        return {"window.sums": self._sums.clone(), "window.steps": torch.tensor(self._steps)}

    def restore(self, state: Named) -> None:
        """Continue from `state()`; at least one step must be added before the window closes."""
        self._sums = state["window.sums"].to(self._sums.device, copy=True)
        self._steps = int(state["window.steps"])

    def _open(self, sums: torch.Tensor) -> None:
        self._sums, self._steps = sums, 0
