"""Means over the training steps between two evaluations, summed on the device where the values are."""

from __future__ import annotations

import torch

Named = dict[str, torch.Tensor]


def named(**kinds: Named) -> Named:
    """`named(loss={"D": x})` is `{"loss_D": x}`: values by kind and name, as the trace names its columns."""
    return {f"{kind}_{name}": value for kind, values in kinds.items() for name, value in values.items()}


class Window:
    """Sums of (S,) values by name since the window was opened, in double precision on the values' device.

    Sums and number of steps stay at their places in memory, and nothing waits for them until the window closes. A NaN
    or an infinity stays in the sum of its seed and name.
    """

    def __init__(self, seeds: int, device: torch.device | str) -> None:
        self._names: list[str] = []
        self._sums = torch.zeros(0, seeds, dtype=torch.float64, device=device)
        self._steps = torch.zeros((), dtype=torch.int64, device=device)

    def add(self, values: Named) -> None:
        """Count a step; all steps have the same names."""
        self._names = sorted(values)
        if len(self._sums) < len(self._names):
            self._sums = self._sums.new_zeros(len(self._names), self._sums.shape[1])
        if values:
            self._sums += torch.stack([values[name] for name in self._names])
        self._steps += 1

    def close(self) -> Named:
        """The means over the steps of the window, (S,) each, none without a step; opens the next window."""
        means = dict(zip(self._names, self._sums / self._steps, strict=True)) if self._steps else {}
        self._sums.zero_()
        self._steps.zero_()
        return means

    def state(self) -> Named:
        """The sums, (names, S), and the number of steps; no sums without a step."""
        return {"window.sums": self._sums[: None if self._steps else 0].clone(), "window.steps": self._steps.clone()}

    def restore(self, state: Named) -> None:
        """Continue from `state()`; at least one step must be added before the window closes."""
        if len(state["window.sums"]) in (0, len(self._sums)):
            self._sums.zero_()
            self._sums[: len(state["window.sums"])].copy_(state["window.sums"])
        else:
            self._sums = state["window.sums"].to(self._sums.device, copy=True)
        self._steps.copy_(state["window.steps"])
