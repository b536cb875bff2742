"""Run records and traces have exactly the keys, columns and types they must have."""

from __future__ import annotations

from pathlib import Path

from modecollapse import reading as safely
from modecollapse.audit import reading
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.finding import Finding, Result
from modecollapse.audit.record_model import problems
from modecollapse.errors import StudyError

TITLE = "Schema"


def check(bundle: Bundle) -> Result:
    """Validate every run.json and trace."""
    result = Result(of="records and traces")
    for path in sorted(bundle.folder.glob("runs/**/run.json")):
        _record(result, path.relative_to(bundle.folder).as_posix(), path)
    _parsed(result, len(reading.traces(bundle)[0]), reading.traces(bundle)[1])
    return result


def _parsed(result: Result, good: int, wrong: list[Finding]) -> None:
    result.looked_at += good + len(wrong)
    result.add(wrong)


def _record(result: Result, file: str, path: Path) -> None:
    """One run.json."""
    result.looked_at += 1
    try:
        content = safely.json_file(path)
    except StudyError as error:
        result.add([Finding(file, "", f"is no JSON: {str(error).removeprefix(f'{path}: ')}")])
        return
    result.add(Finding(file, key, problem) for key, problem in problems(content))
