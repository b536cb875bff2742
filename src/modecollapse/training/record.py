"""run.json: what was run, with which code, on what machine, how long, and the checksums of what it wrote."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from modecollapse import files
from modecollapse.errors import StudyError
from modecollapse.study.catalogue import PACKAGE
from modecollapse.study.specs import Block
from modecollapse.training import arithmetic

NAME = "run.json"


def write(
    folder: Path,
    block: Block,
    provenance: dict[str, Any],
    outcome: list[dict[str, Any]],
    incidents: list[str],
    seconds: dict[str, float],
    device: str,
    execution: dict[str, Any],
) -> None:
    """Write run.json beside the files it describes.

    `provenance` names what the run was made from, as it was at its beginning; `outcome` has each seed's status and the
    step of a divergence; `incidents` lists in order what interrupted the run and how it continued.
    """
    recipe = block.cell.training
    content = {
        "experiment": block.cell.experiment,
        "dataset": block.cell.dataset.name,
        "variant": block.cell.variant.name,
        "seeds": block.seeds,
        "status": outcome,
        "incidents": incidents,
        "block": block.model_dump(),
        "config_hash": block.cell.config_hash,
        **provenance,
        **arithmetic.describe(device),
        "execution": execution,
        "ended": now(),
        "steps": recipe.steps,
        "batch": recipe.batch,
        "wall_seconds": seconds["wall"],
        "process_seconds": seconds["process"],
        "seed_steps_per_second": recipe.steps * len(block.seeds) / seconds["wall"],
        "files": {name: files.sha256(folder / name) for name in files.RUN_OUTPUTS},
    }
    files.write_json(folder / NAME, content)


def identity(
    block: Block, provenance: dict[str, Any], machine: dict[str, Any], execution: dict[str, Any]
) -> dict[str, Any]:
    """Everything that decides the bits of a run: a run can resume another one of the same identity.

    `machine` is the result of `arithmetic.describe`, `execution` that of `execution.prepare`. How many batches are
    drawn together, on which a GPU's numbers depend, follows from the configuration, the seeds and the code.
    """
    return {
        "config_hash": block.cell.config_hash,
        "seeds": str(block.seeds),
        **{key: provenance[key] for key in ("code", "data")},
        "torch": machine["versions"]["torch"],
        **{key: machine[key] for key in ("device", "threads")},
        "execution": execution,
    }


def check_finished(folder: Path, wanted: dict[str, Any], may_lack: Collection[str] = ()) -> None:
    """ValueError or OSError unless run.json records a run of identity `wanted` and its files have their checksums.

    Files whose names are in `may_lack` need not be there.
    """
    try:
        found = json.loads((folder / NAME).read_text(encoding="utf-8"))
        described = {**found, "seeds": str(found["seeds"]), "torch": found["versions"]["torch"]}
        digests = {name: found["files"][name] for name in files.RUN_OUTPUTS}
    except (KeyError, TypeError) as error:
        raise ValueError(f"it is not the record of a run: {error}") from None
    for key, value in wanted.items():
        if described.get(key) != value:
            raise ValueError(f"it belongs to another {key}")
    for name, digest in digests.items():
        absent = name in may_lack and not (folder / name).exists()
        if not absent and files.sha256(folder / name) != digest:
            raise ValueError(f"the SHA-256 of {name} is not the one recorded when it was written")


def read_block(folder: Path) -> Block:
    """The block that a run folder holds; StudyError where its run.json is not one of a finished run."""
    try:
        return Block.model_validate(json.loads((folder / NAME).read_text(encoding="utf-8"))["block"])
    except (ValueError, KeyError, TypeError) as error:
        problem = " ".join(str(error).split())
        raise StudyError(f"{folder / NAME}: {problem}; allowed: the record of a finished run") from None


def provenance(code: str, data: Path) -> dict[str, Any]:
    """What a run is made from. Call it before the first step: the sources may be edited while the run lasts."""
    return {"code": code, "data": files.sha256(data), **_commit()}


def now() -> str:
    """This moment, as ISO 8601 in UTC to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


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
