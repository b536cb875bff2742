"""Run records and traces have exactly the keys, columns and types they must have."""

from __future__ import annotations

from modecollapse import reading
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.finding import Finding, Result
from modecollapse.audit.record_model import problems
from modecollapse.errors import StudyError

TITLE = "Schema"


def check(bundle: Bundle) -> Result:
    """Validate every run.json and trace."""
    traces, wrong = bundle.traces_or_findings
    result = Result(len(traces) + len(wrong), "records and traces", list(wrong))
    for path in sorted(bundle.folder.glob("runs/**/run.json")):
        file = path.relative_to(bundle.folder).as_posix()
        result.looked_at += 1
        try:
            result.add(Finding(file, key, problem) for key, problem in problems(reading.json_file(path)))
        except StudyError as error:
            result.add([Finding(file, "", f"is no JSON: {str(error).removeprefix(f'{path}: ')}")])
    return result
