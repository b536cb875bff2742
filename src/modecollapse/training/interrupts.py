"""Signals that ask training to stop: noted at once, obeyed at the next step boundary."""

from __future__ import annotations

import logging
import signal
import threading
from types import FrameType
from typing import Any, NoReturn

logger = logging.getLogger(__name__)

# what a user, Slurm before a time limit or a preemption, and a limit of processor time send
ASKING = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGXCPU)


class Interrupted(Exception):
    """Training stopped because a signal asked for it."""

    def __init__(self, asked: signal.Signals) -> None:
        super().__init__(f"stopped by {asked.name}")
        self.status = 128 + asked  # the exit status that a shell gives a process which a signal ended


class Interrupts:
    """Notes the first signal that asks to stop. Use as a context manager, which gives the old handlers back.

    A later signal changes nothing, so what is being written is written. Signals that the surroundings ignore (as
    `nohup` does) stay ignored. Python handles signals in its main thread alone: in another one nothing is noted.
    """

    def __init__(self) -> None:
        self.asked: signal.Signals | None = None
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            listening = [asking for asking in ASKING if signal.getsignal(asking) not in (signal.SIG_IGN, None)]
            self._before = {asking: signal.signal(asking, self._note) for asking in listening}
        return self

    def __exit__(self, *_: object) -> None:
        for asking, handler in self._before.items():
            signal.signal(asking, handler)

    def stop(self, where: str) -> NoReturn:
        """End training: one line on the log, and Interrupted."""
        assert self.asked
        logger.warning("stopped by %s %s", self.asked.name, where)
        raise Interrupted(self.asked)

    def _note(self, number: int, _: FrameType | None) -> None:
        self.asked = self.asked or signal.Signals(number)  # no log line: a handler may interrupt one
