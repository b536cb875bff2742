"""What the rules ask a cluster for: memory, and time limits made from the estimates."""

from __future__ import annotations

from math import ceil

from modecollapse.study.config import Study

MEMORY_MB = 4000  # of a job at its first attempt
A_DAY = 24 * 60  # minutes; what most sites allow a job


def time_limit(seconds: float, attempt: int = 1) -> int:
    """The minutes that a job of this estimate may take; more with every attempt, but not beyond a day for that.

    Twice the estimate: it may be wrong by more, but what the limit stops goes on from its checkpoint.
    """
    limit = max(30, ceil(2 * seconds / 60))
    return max(limit, min(attempt * limit, A_DAY))


def measuring_minutes(study: Study) -> int:
    """The minutes that measuring the runs of an experiment on a data set may take: up to 20 seconds a run."""
    runs = [len(study.chosen(name, "variants")) * len(study.seeds_of(name)) for name in study.experiments]
    return 20 + max(runs) // 3
