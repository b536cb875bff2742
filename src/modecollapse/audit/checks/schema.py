"""Run records and traces have exactly the keys, columns and types they must have."""

from __future__ import annotations

import json
from typing import Any

from modecollapse.audit import reading
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.finding import Finding, Result
from modecollapse.audit.record_model import problems

TITLE = "Schema"


def check(bundle: Bundle) -> Result:
    """Validate every run.json and trace."""
    result = Result(of="records and traces")
    for path in sorted(bundle.folder.glob("runs/**/run.json")):
        _record(result, path.relative_to(bundle.folder).as_posix(), path.read_bytes() if path.is_file() else b"")
    _parsed(result, len(reading.traces(bundle)[0]), reading.traces(bundle)[1])
    return result


def _parsed(result: Result, good: int, wrong: list[Finding]) -> None:
    result.looked_at += good + len(wrong)
    result.add(wrong)


def _record(result: Result, file: str, text: bytes) -> None:
    """One run.json."""
    result.looked_at += 1
    try:
        content = json.loads(text.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        result.add([Finding(file, "", f"is no JSON: {reading.one_line(error)}")])
        return
    result.add(Finding(file, key, problem) for key, problem in problems(content))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """JSON readers differ in which of two equal keys they keep."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(f"a key stands twice in the object of {', '.join(found)}")
    return found
