"""A run folder that is being trained in: what an earlier process left there, and the story of the run's interruptions.

Whatever keeps a run from going straight from its first step to its last is an incident: one short sentence, on the log
at once, in each later checkpoint, and at last in run.json. So no fault that was got over is silent.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from modecollapse import files
from modecollapse.training import checkpoint, record
from modecollapse.training.checkpoint import Facts, Tensors

logger = logging.getLogger(__name__)


class RunFolder:
    """The folder of one run, whose lock the caller holds."""

    def __init__(self, path: Path, title: str, identity: dict[str, Any], cpu: str, began: dict[str, Any]) -> None:
        """`identity` is that of `record.identity`; `cpu` names the processor, which may change from start to start.

        `began` is what was known when the run began; one that goes on keeps what it began with.
        """
        self.path, self.title, self.began = path, title, began
        self.incidents: list[str] = []
        self._identity, self._cpu = identity, cpu
        self._generation = 0

    def tell(self, incident: str) -> None:
        """Add to the story."""
        self.incidents.append(incident)
        logger.warning("%s: %s", self.title, incident)

    def is_finished(self) -> bool:
        """Whether a run of the same identity ended here and its files are intact; removes what killed writers left."""
        for name in files.remove_litter(self.path):
            self.tell(f"{name} removed: its writer was killed")
        if not (self.path / record.NAME).exists():
            return False
        try:
            record.check_finished(self.path, self._identity)
        except (ValueError, OSError) as problem:
            self.tell(f"{record.NAME} not used: {problem}")
            return False
        checkpoint.remove(self.path)  # their owner was killed when all else was done
        return True

    def last_checkpoint(self, check: Callable[[Tensors, Facts], None]) -> tuple[Tensors, Facts] | None:
        """The newest checkpoint that can be used, or None; either way the story tells.

        `check` raises ValueError for a file that is intact and yet holds not what the run needs.
        """
        saved, problems = checkpoint.load(self.path, self._identity, check)
        for problem in problems:
            self.tell(problem)
        if saved:
            facts = saved[1]
            self.incidents, self.began = facts["incidents"] + self.incidents, facts["began"]
            self._generation = facts["generation"] + 1
            moved = "" if facts["cpu"] == self._cpu else f", on {self._cpu} after {facts['cpu']}"
            self.tell(f"resumed at step {facts['step']}{moved}")
        elif self.incidents:
            self.tell("no intact checkpoint: began again from step 0")
        return saved

    def save(self, tensors: Tensors, facts: Facts) -> None:
        """Write a checkpoint, over the one before the last."""
        story = {"incidents": self.incidents, "cpu": self._cpu, "began": self.began}
        checkpoint.save(self.path, self._generation, tensors, {**self._identity, **story, **facts})
        self._generation += 1
