"""Which steps of a training are evaluated, which of them are its end, and of which samples are kept."""

from __future__ import annotations

from typing import Any

LATE = 5  # evaluations in the last tenth of the steps, if it has as many steps
SNAPSHOTS = 9  # evaluations whose first samples are kept


def evaluation_steps(steps: int, evaluations: int) -> list[int]:
    """The evaluated steps in order: 0, and `evaluations` more at equal distances up to the last step.

    Where fewer than LATE of these are in the last tenth, LATE others at equal distances are there instead, or every
    step of the last tenth where it has no more than that.
    """
    even = [round(i * steps / evaluations) for i in range(evaluations + 1)]
    late = [step for step in even if in_last_tenth(step, steps)]
    if len(late) < LATE:
        tenth = -(-steps // 10)
        late = [steps - i * tenth // LATE for i in range(LATE)]
    return sorted({*(step for step in even if not in_last_tenth(step, steps)), *late})


def in_last_tenth(step: Any, steps: int) -> Any:
    """Whether a step, or each of an array of steps, is in the last tenth of a training of `steps` steps."""
    return 10 * step > 9 * steps


def snapshot_steps(steps: int, evaluations: int) -> list[int]:
    """The evaluated steps whose first samples are kept: those nearest to the eighths of the training, each once."""
    evaluated, parts = evaluation_steps(steps, evaluations), SNAPSHOTS - 1
    return sorted({min(evaluated, key=lambda step: abs(parts * step - i * steps)) for i in range(SNAPSHOTS)})
