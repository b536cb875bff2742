"""The plans that runs declared when they began: whether they are those of the study, and what was changed later."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from modecollapse import files, reading
from modecollapse.audit.bundle import STUDY, Bundle
from modecollapse.audit.code_at import file_at_commit
from modecollapse.audit.finding import Result
from modecollapse.audit.record_model import RunRecord
from modecollapse.errors import StudyError
from modecollapse.study.declared import FOLDER, PLAN
from modecollapse.study.load import load_study

MOST = 10  # differences that are told


def check(result: Result, bundle: Bundle, runs: Mapping[str, RunRecord]) -> None:
    """Compare each declared plan with its hash and with the study, and tell whether it stands in a commit."""
    named: dict[str, list[RunRecord]] = {}
    for path, run in runs.items():
        digest = (run.declared or {}).get(PLAN, "")
        named.setdefault(digest, []).append(run)
        if not digest:
            result.left_open.append(f"runs/{path}: its record names no plan, so none is shown to have come first")
    for digest, own in named.items():
        file = f"{FOLDER}/{digest}.json"
        if not digest:
            continue
        if not bundle.has(file):
            result.expect(False, file, "", f"is missing, though {len(own)} run records name it")
            continue
        content = reading.regular_bytes(bundle.folder / file)
        if result.expect(files.digest(content) == digest, file, "", "has not the SHA-256 that it is named by"):
            _compare(result, bundle, file, own)


def _compare(result: Result, bundle: Bundle, file: str, runs: list[RunRecord]) -> None:
    plan = reading.json_file(bundle.folder / file)
    later = list(_changes(plan["study"], bundle.study.model_dump(mode="json"), ""))
    result.notes += [f"{STUDY}: {line}, after {len(runs)} runs had begun" for line in later[:MOST]]
    commits = sorted({run.commit for run in runs if run.commit})
    for commit in commits:
        try:
            stands = _at_commit(plan, commit)
        except (StudyError, LookupError, KeyError, TypeError) as error:
            stands = False
            result.notes.append(f"{file}: {reading.printable(' '.join(str(error).split()))[:200]}")
        if stands:
            result.notes.append(f"{file}: is the configuration of commit {commit[:12]}, which {len(runs)} runs name")
        else:
            told = f"it does not stand in commit {commit[:12]}, so nothing shows that it came before the runs"
            result.left_open.append(f"{file}: {told}")
    if not commits:
        result.left_open.append(f"{file}: its runs name no commit, so nothing shows that it came before them")


def _at_commit(plan: dict[str, Any], commit: str) -> bool:
    """Whether the plan's configuration files, as a commit has them, resolve to the plan."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, name in enumerate(plan["files"]):
            paths.append(Path(folder) / f"{number}.yaml")
            paths[-1].write_bytes(file_at_commit(commit, name))
        return load_study(paths, plan["overrides"]).model_dump(mode="json") == plan["study"]


def _changes(before: Any, after: Any, place: str) -> Iterator[str]:
    """Where two plain contents differ, in words."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys([*before, *after]):
            yield from _changes(before.get(key), after.get(key), f"{place}.{key}".removeprefix("."))
    elif before != after:
        yield f"{place} was {str(before)[:60]} and is {str(after)[:60]}"
