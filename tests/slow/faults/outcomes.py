"""What a run must look like after a fault: the bits of an undisturbed one, and a record that hides nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from blocks import make_block
from faults import injected
from faults.injected import OUTPUTS, Fault, Training

from modecollapse.study.evaluations import evaluation_steps
from modecollapse.study.specs import Block

KILLED = -9
STEPS = 24  # evaluated at 0, 6, 12, 18, 22, 23 and 24; with a checkpoint every 5
VEEGAN = make_block("veegan", seeds=(2, 5), steps=STEPS, options={"pretraining_steps": 5})
BEGAN = make_block("began", seeds=(2, 5), steps=STEPS)  # has a state of its own


@dataclass
class Resumable:
    """A block in a folder, trained by one process after another."""

    block: Block
    data: Path
    folder: Path
    undisturbed: Callable[[Block], Path] | None = None

    def start(self, *faults: Fault, options: Sequence[str] = ()) -> Training:
        return injected.start(self.block, self.data, self.folder, *faults, options=options)

    def interrupted(self, *faults: Fault, status: int = KILLED) -> str:
        """What a process wrote on stderr that ends with this status, killed unless another one is given."""
        training = self.start(*faults)
        assert training.wait() == status, training.text
        return training.text

    def finish(self, *faults: Fault) -> list[str]:
        """Train to the end without a kill, check everything, and return the incidents of run.json."""
        self.interrupted(*faults, status=0)
        self.check()
        return self.incidents

    def check(self) -> None:
        """The folder holds four files with the bits of an undisturbed run, and no step is traced twice."""
        assert self.is_same()
        assert sorted(path.name for path in self.folder.iterdir()) == sorted((*OUTPUTS, "run.json"))
        trace = pd.read_parquet(self.folder / "trace.parquet")
        recipe = self.block.cell.training
        evaluated = sorted(evaluation_steps(recipe.steps, recipe.evaluations))
        for seed in self.block.seeds:
            assert trace.loc[trace["seed"] == seed, "step"].tolist() == evaluated

    def is_same(self) -> bool:
        """Whether samples, trace and weights are those of an undisturbed run, bit by bit."""
        folder = self.undisturbed(self.block)
        return all((folder / name).read_bytes() == (self.folder / name).read_bytes() for name in OUTPUTS)

    @property
    def record(self) -> dict:
        return json.loads((self.folder / "run.json").read_text(encoding="utf-8"))

    @property
    def incidents(self) -> list[str]:
        return self.record["incidents"]
