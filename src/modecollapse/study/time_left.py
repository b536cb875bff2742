"""How long a workflow still takes: the plan's estimates, corrected by how long the finished jobs took."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

STARTING = 3.0  # seconds of any job: until Python and its libraries are loaded
# Seconds more of a job that is no training, and of that for each run of the study. Measured on one core of 2024.
OTHERS = {"data": (3.0, 0.0), "calibrate": (20.0, 0.0), "measure": (1.0, 0.15), "summarise": (1.0, 0.05)}
OTHERS |= {"compare": (0.0, 0.1), "judge": (0.0, 0.1), "figures": (2.0, 0.15), "seal": (0.0, 0.03)}
OTHERS |= {"typeset": (0.0, 0.03), "invert_controls": (20.0, 0.0)}
IN_A_ROW = ("summarise", "compare", "judge", "figures", "seal", "typeset")  # rules whose jobs wait for each other
RULES = ("train", "invert", *OTHERS)
BELIEVED = 60.0  # seconds of finished jobs that count as much as the estimates


@dataclass
class TimeLeft:
    """The jobs of a workflow by number: the estimated seconds of each, and whether it runs beside others."""

    seconds: dict[int, float]
    alone: set[int]
    at_once: int  # how many of the others run beside each other
    clock: Callable[[], float] = time.monotonic
    _begun: dict[int, float] = field(default_factory=dict)
    _planned: float = BELIEVED
    _took: float = BELIEVED

    def started(self, job: int) -> None:
        """A job begins, or begins again."""
        self._begun[job] = self.clock()

    def finished(self, job: int) -> None:
        """A job has ended well."""
        if job in self._begun and job in self.seconds:
            self._planned += self.seconds.pop(job)
            self._took += self.clock() - self._begun.pop(job)

    def left(self) -> float:
        """Seconds until the last job ends."""
        pace, now = self._took / self._planned, self.clock()
        left = {job: pace * seconds - (now - self._begun.get(job, now)) for job, seconds in self.seconds.items()}
        beside = [max(0.0, seconds) for job, seconds in left.items() if job not in self.alone]
        in_a_row = sum(max(0.0, seconds) for job, seconds in left.items() if job in self.alone)
        return max(sum(beside) / self.at_once, max(beside, default=0.0)) + in_a_row


def rule_seconds(rule: str, runs: int) -> float:
    """The estimated seconds of a job that neither trains nor inverts, in a study of so many runs."""
    fixed, of_a_run = OTHERS.get(rule, (0.0, 0.0))
    return STARTING + fixed + of_a_run * runs


def in_words(seconds: float) -> str:
    """Such as "about 12 minutes"."""
    if seconds < 90:
        return "about a minute" if seconds > 30 else "less than a minute"
    return f"about {seconds / 60:.0f} minutes" if seconds < 2 * 3600 else f"about {seconds / 3600:.1f} hours"
