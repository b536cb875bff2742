"""What results are judged by, and the plan, were declared before they were seen: every run recorded their hashes."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from typing import Any

from modecollapse.audit import planned, reading
from modecollapse.audit.bundle import CLAIMS, Bundle
from modecollapse.audit.code_at import file_at_commit
from modecollapse.audit.finding import Result
from modecollapse.audit.record_model import RunRecord
from modecollapse.errors import StudyError
from modecollapse.study import catalogue
from modecollapse.study.declared import PLAN

TITLE = "Declared before"
OWN = catalogue.PACKAGE.parent.parent / "config" / "claims.yaml"
WHAT = {"settings": "settings (margins, endpoints, alpha)", "values": "published values"}


def check(bundle: Bundle) -> Result:
    """Compare claims.yaml with the hashes in every record and with the digest in the verdicts."""
    result = Result(of="hashes of declarations")
    try:
        parts, text = hashes(bundle.registry), bundle.claims.read_bytes()
    except StudyError as error:
        result.expect(False, CLAIMS, "", f"cannot be read: {reading.one_line(error)}")
        return result
    runs = reading.noted_runs(bundle, result)
    for path, run in runs.items():
        problem = "does not say what was declared when the run began"
        result.expect(bool(run.declared), f"runs/{path}/run.json", "declared", problem)
    told = {path: run for path, run in runs.items() if run.declared}
    planned.check(result, bundle, told)
    for part in sorted({*parts, *(part for run in told.values() for part in run.declared if part != PLAN)}):
        _compare(result, part, parts.get(part), told)
    _came_first(result, text, sorted({run.commit for run in runs.values() if run.commit}))
    return result


def _came_first(result: Result, text: bytes, commits: list[str]) -> None:
    """Where claims.yaml stands: in this checkout, in a commit that runs name, or nowhere that shows it came first."""
    if OWN.is_file() and OWN.read_bytes().replace(b"\r\n", b"\n") == text:
        return
    for commit in commits:
        with suppress(LookupError):
            if file_at_commit(commit, f"{OWN.parent.name}/{OWN.name}").replace(b"\r\n", b"\n") == text:
                result.notes.append(f"{CLAIMS} is that of commit {commit[:12]}, and not that of this checkout")
                return
    told = "stands neither in this checkout nor in a commit that runs name, so nothing shows that it came before them"
    result.left_open.append(f"{CLAIMS}: {told}")


def hashes(registry: dict[str, Any]) -> dict[str, str]:
    """SHA-256 of the canonical JSON of each part of the claims; StudyError for what JSON has not, such as a date."""
    try:
        return {str(part): _hash(held) for part, held in registry.items()}
    except (TypeError, ValueError) as error:
        raise StudyError(str(error)) from None


def _hash(content: Any) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _compare(result: Result, part: str, now: str | None, told: dict[str, RunRecord]) -> None:
    """One part in all records; where all differ, the file of claims was changed."""
    others = {path: run for path, run in told.items() if run.declared.get(part) != now}
    result.looked_at += len(told)
    name = WHAT.get(part, part)
    if others and len(others) == len(told):
        first, last = (end(run.started for run in told.values()) for end in (min, max))
        when = f"all {len(told)} runs, which began from {first} to {last}, recorded another hash"
        result.looked_at -= 1
        result.expect(False, CLAIMS, part, f"{name} changed after the runs began: {when}")
        return
    for path, run in others.items():
        found = str(run.declared.get(part, "nothing"))[:12]
        problem = f"{name} changed after the run began on {run.started}: recorded {found}, now {str(now)[:12]}"
        result.looked_at -= 1
        result.expect(False, f"runs/{path}/run.json", f"declared.{part}", problem)
