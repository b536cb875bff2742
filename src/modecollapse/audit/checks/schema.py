"""Run records and tables have exactly the keys, columns and types they must have."""

from __future__ import annotations

from pathlib import Path

from modecollapse import reading as safely
from modecollapse.audit import reading, table_model
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.finding import Finding, Result
from modecollapse.audit.record_model import problems
from modecollapse.errors import StudyError

TITLE = "Schema"


def check(bundle: Bundle) -> Result:
    """Validate every run.json, trace and table."""
    result = Result(of="records and tables")
    for path in sorted(bundle.folder.glob("runs/**/run.json")):
        _record(result, path.relative_to(bundle.folder).as_posix(), path)
    _parsed(result, len(reading.traces(bundle)[0]), reading.traces(bundle)[1])
    for table, wrong in (reading.tidy(bundle), reading.of_cells(bundle)):
        _parsed(result, int(table is not None), wrong)
    for name in (*table_model.TABLES, *table_model.PRINTED):
        table, wrong = table_model.read(bundle, name)
        _parsed(result, int(table is not None), wrong)
    result.add(_infinite(bundle))
    withheld = sum(path.endswith("/trace.parquet") for path in bundle.withheld)
    if withheld:
        result.notes.append(f"{withheld} traces are withheld and were not looked at")
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


def _infinite(bundle: Bundle) -> list[Finding]:
    """Infinite values in the tidy table, but of measures without limit and of runs that diverged."""
    table, _ = reading.tidy(bundle)
    if table is None:
        return []
    own = table[~abs(table["value"]).lt(float("inf"))]
    run = ["experiment", "dataset", "variant", "seed"]
    failed = set(map(tuple, table.loc[table["status"] == "diverged", run].drop_duplicates().to_numpy().tolist()))
    wrong = [
        row
        for row in own.to_dict("records")
        if row["measure"] not in table_model.UNLIMITED and tuple(row[key] for key in run) not in failed
    ]
    return [
        Finding(
            reading.MEASURES,
            "{experiment}/{dataset}/{variant}, seed {seed}, step {step}, {measure}".format(**row),
            f"{row['value']}, though the run did not diverge; expected: a finite number",
        )
        for row in wrong
    ]
