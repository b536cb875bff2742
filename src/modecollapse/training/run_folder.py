"""A run folder during training: the files that an earlier process left there, and the incidents of the run.

Everything that interrupts a run is an incident: one short sentence, which is logged at once and stands in each later
checkpoint and in run.json, so that no fault is silent, even where the run recovered from it.
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
        """`identity` is that of `record.identity`; `cpu` names the processor, which another start may change.

        `began` is recorded when the run begins; a resumed run keeps its first one.
        """
        self.path, self.title, self.began = path, title, began
        self.incidents: list[str] = []
        self._identity, self._cpu = identity, cpu
        self._generation = 0

    def add_incident(self, incident: str) -> None:
        """Record an incident and log it."""
        self.incidents.append(incident)
        logger.warning("%s: %s", self.title, incident)

    def is_finished(self) -> bool:
        """Whether a run of the same identity ended here and its files are intact; deletes half-written files."""
        for name in files.remove_litter(self.path):
            self.add_incident(f"{name} removed: its writer was killed")
        if not (self.path / record.NAME).exists():
            return False
        try:
            record.check_finished(self.path, self._identity)
        except (ValueError, OSError) as problem:
            self.add_incident(f"{record.NAME} not used: {problem}")
            return False
        checkpoint.remove(self.path)  # a process that was killed at the very end leaves them
        return True

    def take(self, kept: Path) -> bool:
        """Whether the folder `kept` has an intact finished run of the same identity, which is then copied here.

        It may lack its weights, since few stages read them.
        """
        if not (kept / record.NAME).exists():
            return False
        try:
            if others := [path.name for path in kept.iterdir() if path.is_symlink() or not path.is_file()]:
                raise ValueError(f"{others[0]} is no regular file")
            record.check_finished(kept, self._identity, may_lack=[files.WEIGHTS])
        except (ValueError, OSError) as problem:
            logger.info("%s: not reused: %s", kept, problem)
            return False
        for name in (*files.RUN_OUTPUTS, record.NAME):
            if (kept / name).exists():
                files.write_bytes(self.path / name, (kept / name).read_bytes())
        return True

    def last_checkpoint(self, check: Callable[[Tensors, Facts], None]) -> tuple[Tensors, Facts] | None:
        """The newest usable checkpoint, or None; adds the incidents that this shows.

        `check` raises ValueError for a file that is intact but does not hold what the run needs.
        """
        saved, problems = checkpoint.load(self.path, self._identity, check)
        for problem in problems:
            self.add_incident(problem)
        if saved:
            facts = saved[1]
            self.incidents, self.began = facts["incidents"] + self.incidents, facts["began"]
            self._generation = facts["generation"] + 1
            moved = "" if facts["cpu"] == self._cpu else f", on {self._cpu} after {facts['cpu']}"
            self.add_incident(f"resumed at step {facts['step']}{moved}")
        elif self.incidents:
            self.add_incident("no intact checkpoint: began again from step 0")
        return saved

    def save(self, tensors: Tensors, facts: Facts) -> None:
        """Write a checkpoint over the one before the last."""
        history = {"incidents": self.incidents, "cpu": self._cpu, "began": self.began}
        checkpoint.save(self.path, self._generation, tensors, {**self._identity, **history, **facts})
        self._generation += 1
