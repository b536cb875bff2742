"""What starting costs: `import torch` alone beside the commands that every study calls (`pytest tests/benchmarks`)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from blocks import make_block, write_data
from contenders import cost, in_turns, medians


def test_start_up(tmp_path: Path, record: Callable[..., None], rounds: int) -> None:
    """Processor seconds of each process, in turns; `train` trains a block of one seed for one step."""
    data, block = write_data(tmp_path / "ring.npz"), tmp_path / "block.json"
    block.write_text(make_block(steps=1, evaluations=1).model_dump_json())
    python, ours = [sys.executable], [sys.executable, "-m", "modecollapse"]
    runs = iter(range(rounds + 1))  # each trains into a folder of its own

    def seconds(command: list[str]) -> float:
        return cost(command, tmp_path / "printed.txt").seconds

    def train() -> float:
        return seconds([*ours, "train", str(block), "--data", str(data), "--out", str(tmp_path / f"run-{next(runs)}")])

    contenders = {"import torch": partial(seconds, [*python, "-c", "import torch"]), "train, one step": train}
    contenders |= {name: partial(seconds, [*ours, name]) for name in ("--help", "plan")}
    for name, spent in medians(in_turns(contenders, rounds)).items():
        record("start-up", name, seconds=spent)
