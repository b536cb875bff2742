"""Signals that ask training to stop: they are recorded at once and obeyed before the next step."""

from __future__ import annotations

import logging
import signal
import threading
from types import FrameType
from typing import Any, NoReturn

logger = logging.getLogger(__name__)

# from a user, from Slurm before a time limit or a preemption, and from a limit of processor time
ASKING = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGXCPU)


class Interrupted(Exception):
    """Training stopped because a signal asked for it."""

    def __init__(self, asked: signal.Signals) -> None:
        super().__init__(f"stopped by {asked.name}")
        self.status = 128 + asked  # the exit status that a shell gives a process which a signal ended


class Interrupts:
    """Records the first signal that asks to stop. Use as a context manager, which restores the old handlers.

    A later signal changes nothing, so that a file is always written to its end. Signals that the surroundings ignore
    (as `nohup` does) stay ignored. Python handles signals in its main thread only: in another one none is recorded.
    """

    def __init__(self) -> None:
        self.asked: signal.Signals | None = None
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            listening = [asking for asking in ASKING if signal.getsignal(asking) not in (signal.SIG_IGN, None)]
            self._before = {asking: signal.signal(asking, self._record) for asking in listening}
        return self

    def __exit__(self, *_: object) -> None:
        for asking, handler in self._before.items():
            signal.signal(asking, handler)

    def stop(self, where: str) -> NoReturn:
        """End training: log one line and raise Interrupted."""
        assert self.asked
        logger.warning("stopped by %s %s", self.asked.name, where)
        raise Interrupted(self.asked)

    def _record(self, number: int, _: FrameType | None) -> None:
        self.asked = self.asked or signal.Signals(number)  # no log line: a handler may interrupt one
