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

from modecollapse.study.recipe import evaluation_steps
from modecollapse.study.specs import Block

STEPS = 24  # evaluated at 0, 6, 12, 18, 22, 23 and 24; with a checkpoint every 5
VEEGAN = make_block("veegan", seeds=(2, 5), steps=STEPS, options={"pretraining_steps": 5})
BEGAN = make_block("began", seeds=(2, 5), steps=STEPS)  # has a state of its own


@dataclass
class Resumable:
    """A block in a folder, trained by one process after another."""

    block: Block
    data: Path
    folder: Path
    undisturbed: Callable[[Block], tuple[Path, Training]]
    seconds: float = 0.0

    def train(self, *faults: Fault, options: Sequence[str] = ()) -> tuple[int, str]:
        """The exit status of a process, and what it wrote on stderr."""
        status, training = injected.train(self.block, self.data, self.folder, *faults, options=options)
        self.seconds += training.seconds
        return status, training.text

    def start(self, *faults: Fault, options: Sequence[str] = ()) -> Training:
        return injected.start(self.block, self.data, self.folder, *faults, options=options)

    def finish(self, *faults: Fault) -> list[str]:
        """Train to the end without a kill, check everything, and return the incidents of run.json."""
        status, text = self.train(*faults)
        assert status == 0, text
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
        folder, _ = self.undisturbed(self.block)
        return all((folder / name).read_bytes() == (self.folder / name).read_bytes() for name in OUTPUTS)

    @property
    def record(self) -> dict:
        return json.loads((self.folder / "run.json").read_text(encoding="utf-8"))

    @property
    def incidents(self) -> list[str]:
        return self.record["incidents"]

    @property
    def lost(self) -> float:
        """The seconds that all its processes took beyond those of an undisturbed run."""
        return self.seconds - self.undisturbed(self.block)[1].seconds
