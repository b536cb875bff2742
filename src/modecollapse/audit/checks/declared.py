"""Claims, settings and the plan were declared before results were seen: every run recorded their hashes."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from modecollapse import files, reading
from modecollapse.audit.bundle import CLAIMS, STUDY, Bundle
from modecollapse.audit.finding import Result, differences
from modecollapse.audit.record_model import RunRecord
from modecollapse.audit.source_at_commit import REPOSITORY, file_at_commit
from modecollapse.errors import StudyError, one_line
from modecollapse.study.declared import FOLDER, PLAN
from modecollapse.study.load import load_study
from modecollapse.study.strict_yaml import read_yaml

TITLE = "Declared before"
CLAIMS_HERE = "config/claims.yaml"  # as a path in the repository
LABELS = {"settings": "settings (margins, endpoints, alpha)", "values": "published values"}
MOST_CHANGES = 10  # of a plan that are noted


def check(bundle: Bundle) -> Result:
    """Compare claims.yaml and the plans with the hashes in every record, and look for them in commits."""
    result = Result(of="hashes of declarations")
    try:
        parts, text = hashes(read_yaml(bundle.claims)), bundle.claims.read_bytes()
    except StudyError as error:
        result.expect(False, CLAIMS, "", f"cannot be read: {one_line(error)}")
        return result
    runs = bundle.noted_runs(result)
    for path, run in runs.items():
        problem = "does not say what was declared when the run began"
        result.expect(bool(run.declared), f"runs/{path}/run.json", "declared", problem)
    declaring = {path: run for path, run in runs.items() if run.declared}
    _plans(result, bundle, declaring)
    for part in sorted({*parts, *(part for run in declaring.values() for part in run.declared if part != PLAN)}):
        _part(result, part, parts.get(part), declaring)
    _claims_came_first(result, text, sorted({run.commit for run in runs.values() if run.commit}))
    return result


def hashes(registry: dict[str, Any]) -> dict[str, str]:
    """SHA-256 of the canonical JSON of each part of the claims; StudyError for what JSON lacks, such as a date."""
    try:
        return {str(part): files.content_hash(content) for part, content in registry.items()}
    except (TypeError, ValueError) as error:
        raise StudyError(str(error)) from None


def _part(result: Result, part: str, now: str | None, runs: dict[str, RunRecord]) -> None:
    """One part of the claims in all records; where all of them differ, the file of claims was changed."""
    others = {path: run for path, run in runs.items() if run.declared.get(part) != now}
    result.looked_at += len(runs) - len(others)
    label = LABELS.get(part, part)
    if others and len(others) == len(runs):
        first, last = (end(run.started for run in runs.values()) for end in (min, max))
        when = f"all {len(runs)} runs, which began from {first} to {last}, recorded another hash"
        result.expect(False, CLAIMS, part, f"{label} changed after the runs began: {when}")
        result.looked_at += len(runs) - 1
        return
    for path, run in others.items():
        recorded = str(run.declared.get(part, "nothing"))[:12]
        problem = f"{label} changed after the run began on {run.started}: recorded {recorded}, now {str(now)[:12]}"
        result.expect(False, f"runs/{path}/run.json", f"declared.{part}", problem)


def _claims_came_first(result: Result, text: bytes, commits: list[str]) -> None:
    """Look for claims.yaml in this checkout and in the commits that runs name; it is left open where neither has it."""
    here = REPOSITORY / CLAIMS_HERE
    if here.is_file() and here.read_bytes().replace(b"\r\n", b"\n") == text:
        return
    for commit in commits:
        with suppress(LookupError):
            if file_at_commit(commit, CLAIMS_HERE).replace(b"\r\n", b"\n") == text:
                result.notes.append(f"{CLAIMS} is that of commit {commit[:12]}, and not that of this checkout")
                return
    where = "stands neither in this checkout nor in a commit that runs name"
    result.left_open.append(f"{CLAIMS}: {where}, so nothing shows that it came before them")


def _plans(result: Result, bundle: Bundle, runs: dict[str, RunRecord]) -> None:
    """Compare each declared plan with its hash and with the study, and look for it in the commits that runs name."""
    by_plan: dict[str, list[RunRecord]] = {}
    for path, run in runs.items():
        if PLAN in run.declared:
            by_plan.setdefault(run.declared[PLAN], []).append(run)
        else:
            result.left_open.append(f"runs/{path}: its record names no plan, so none is shown to have come first")
    for digest, own in by_plan.items():
        file = f"{FOLDER}/{digest}.json"
        if not bundle.has(file):
            result.expect(False, file, "", f"is missing, though {len(own)} run records name it")
            continue
        content = reading.regular_bytes(bundle.folder / file)
        if result.expect(files.digest(content) == digest, file, "", "has not the SHA-256 that it is named by"):
            _plan(result, bundle, file, own)


def _plan(result: Result, bundle: Bundle, file: str, runs: list[RunRecord]) -> None:
    plan = reading.json_file(bundle.folder / file)
    later = list(differences(plan["study"], bundle.study.model_dump(mode="json")))[:MOST_CHANGES]
    changes = [f"{key} was {str(was)[:60]} and is {str(now)[:60]}" for key, was, now in later]
    result.notes += [f"{STUDY}: {change}, after {len(runs)} runs had begun" for change in changes]
    commits = sorted({run.commit for run in runs if run.commit})
    for commit in commits:
        try:
            in_commit = _resolves_at(plan, commit)
        except (StudyError, LookupError, TypeError) as error:
            in_commit = False
            result.notes.append(f"{file}: {one_line(error)}")
        if in_commit:
            result.notes.append(f"{file}: is the configuration of commit {commit[:12]}, which {len(runs)} runs name")
        else:
            reason = f"it does not stand in commit {commit[:12]}, so nothing shows that it came before the runs"
            result.left_open.append(f"{file}: {reason}")
    if not commits:
        result.left_open.append(f"{file}: its runs name no commit, so nothing shows that it came before them")


def _resolves_at(plan: dict[str, Any], commit: str) -> bool:
    """Whether the plan's configuration files, as a commit has them, resolve to the plan."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number}.yaml" for number in range(len(plan["files"]))]
        for path, name in zip(paths, plan["files"], strict=True):
            path.write_bytes(file_at_commit(commit, name))
        return load_study(paths, plan["overrides"]).model_dump(mode="json") == plan["study"]
