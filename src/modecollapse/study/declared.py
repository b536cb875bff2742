"""What is declared before a run: the plan of the study, and the published numbers, claims, margins and endpoints."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from modecollapse import files, reading
from modecollapse.study.config import Study
from modecollapse.study.strict_yaml import read_yaml

FOLDER = "declared"  # in the results folder: a file for each plan, named by its SHA-256
FILE = re.compile(rf"{FOLDER}/[0-9a-f]{{64}}\.json")  # such a file, as seen from the results folder
PLAN = "plan"  # the key of a record's hashes that names the plan
VARIABLE = "MODECOLLAPSE_PLAN"  # has the SHA-256 of the plan; no parameter, so that a changed plan trains nothing


def declared_hashes(claims: Path) -> dict[str, str]:
    """The SHA-256 of each part (settings, values, claims, ...) of the file of claims, and of the plan where one is set.

    Comments and order do not count. A run records them when it begins, which shows what was changed after results were
    seen. Raises StudyError as `read_yaml` does.
    """
    parts = {part: files.content_hash(content) for part, content in read_yaml(claims).items()}
    plan = os.environ.get(VARIABLE)
    return parts | {PLAN: plan} if plan else parts


def claims_digest(claims: Path) -> str:
    """The SHA-256 of the file of claims with Unix line endings, which is how a study keeps its copy."""
    return files.digest(reading.text(claims).encode())


def plan_text(study: Study, configured: Sequence[str], overrides: Mapping[str, Any]) -> str:
    """The plan as it is declared: the resolved study, and the files and overrides of the configuration it came from.

    Files below the working directory are named as seen from there, which is how a commit names them.
    """
    here = Path.cwd()
    whole = [Path(os.path.abspath(path)) for path in configured]
    names = [str(path.relative_to(here) if path.is_relative_to(here) else path) for path in whole]
    content = {"study": study.model_dump(), "files": names, "overrides": dict(overrides)}
    return files.json_text(content)


def plans(results: Path) -> list[str]:
    """The plans of a results folder, as paths in it; other files beside them do not count."""
    paths = (path.relative_to(results).as_posix() for path in (results / FOLDER).glob("*"))
    return sorted(filter(FILE.fullmatch, paths))


def declare(results: Path, plan: str) -> str:
    """Write a plan into the results folder, beside earlier ones; returns its SHA-256."""
    digest = files.digest(plan.encode())
    path = results / FOLDER / f"{digest}.json"
    return digest if path.is_file() else files.write_text(path, plan)
