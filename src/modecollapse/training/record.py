"""run.json: what was run, with which code, on what machine, how long, and the checksums of what it wrote."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from modecollapse import files
from modecollapse.errors import StudyError
from modecollapse.study.catalogue import PACKAGE
from modecollapse.study.plan import Block, training_code
from modecollapse.training import arithmetic


def write(
    folder: Path,
    block: Block,
    provenance: dict[str, Any],
    outcome: list[dict[str, Any]],
    seconds: dict[str, float],
    device: str,
) -> None:
    """Write run.json beside the files it describes.

    `provenance` was taken when the run began; `outcome` has each seed's status and, if diverged, the step.
    """
    recipe = block.cell.training
    outputs = ("samples.npy", "trace.parquet", "weights.safetensors")
    content = {
        "experiment": block.cell.experiment,
        "dataset": block.cell.dataset.name,
        "variant": block.cell.variant.name,
        "seeds": block.seeds,
        "status": outcome,
        "block": block.model_dump(),
        "config_hash": block.cell.config_hash,
        **provenance,
        **arithmetic.describe(device),
        "steps": recipe.steps,
        "batch": recipe.batch,
        "wall_seconds": seconds["wall"],
        "process_seconds": seconds["process"],
        "seed_steps_per_second": recipe.steps * len(block.seeds) / seconds["wall"],
        "files": {name: files.sha256(folder / name) for name in outputs},
    }
    files.write_json(folder / "run.json", content)


def read_block(folder: Path) -> Block:
    """The block that a run folder holds; StudyError where its run.json is not one of a finished run."""
    try:
        return Block.model_validate(json.loads((folder / "run.json").read_text(encoding="utf-8"))["block"])
    except (ValueError, KeyError, TypeError) as error:
        problem = " ".join(str(error).split())
        raise StudyError(f"{folder / 'run.json'}: {problem}; allowed: the record of a finished run") from None


def provenance(block: Block, data: Path) -> dict[str, Any]:
    """What a run is made from, to be taken before its first step: the sources may be edited while it runs."""
    return {"code": training_code(block.cell), "data": files.sha256(data), **_commit()}


def _commit() -> dict[str, Any]:
    """The git commit of the code and whether the working tree differs from it; None outside a repository."""

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(PACKAGE), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout.strip()

    try:
        changed = git("status", "--porcelain", "--", str(PACKAGE))
        return {"commit": git("rev-parse", "HEAD"), "dirty": bool(changed)}
    except (OSError, subprocess.SubprocessError):
        return {"commit": None, "dirty": None}
