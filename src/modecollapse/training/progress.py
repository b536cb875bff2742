"""Progress of training: a bar on a terminal, a line every few seconds in a log."""

from __future__ import annotations

import logging
import sys
import time

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

logger = logging.getLogger(__name__)
SECONDS_BETWEEN_LINES = 15.0


class TrainingProgress:
    """Shows the step, the speed and the last mode count of a block. Use as a context manager."""

    def __init__(self, title: str, steps: int, seeds: int) -> None:
        self._title, self._steps, self._seeds = title, steps, seeds
        self._started = self._last_line = time.monotonic()
        self._first_step: int | None = None
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, TextColumn("{task.fields[note]}"), disable=not sys.stderr.isatty())
        self._task = self._bar.add_task(title, total=steps, note="")

    def __enter__(self) -> TrainingProgress:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def update(self, step: int, modes: float) -> None:
        """Report that `step` steps are done; `modes` is the mean mode count of the last evaluation."""
        self._first_step = step - 1 if self._first_step is None else self._first_step
        now = time.monotonic()
        if not self._bar.disable:
            self._bar.update(self._task, completed=step, note=f"modes {modes:.1f}")
        elif now - self._last_line >= SECONDS_BETWEEN_LINES or step == self._steps:
            self._last_line = now
            speed = (step - self._first_step) * self._seeds / max(now - self._started, 1e-9)
            logger.info(
                "%s: step %d of %d, %.0f seed-steps/s, modes %.1f", self._title, step, self._steps, speed, modes
            )
