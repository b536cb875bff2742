"""Every table, figure and the PDF, made again by the study's own stages, is the one under audit."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from modecollapse.audit import machine, reading
from modecollapse.audit.bundle import PDF, Bundle
from modecollapse.audit.compare import difference
from modecollapse.audit.finding import Result
from modecollapse.audit.reexecute import INPUTS, execute
from modecollapse.report.layout import planned_files

TITLE = "Results, executed again"
OF_THE_STUDY = ("study.json", "claims.yaml", "environment.json")  # what is executed, not what comes of it


def check(bundle: Bundle) -> Result:
    """Execute the stages in a scratch folder and compare every file."""
    result = Result(of="files")
    reasons, _ = machine.differences(bundle)
    with tempfile.TemporaryDirectory(prefix="modecollapse-audit-") as scratch:
        try:
            again, result.left_open = execute(bundle, Path(scratch), _tell)
        except Exception as error:  # what a stage refuses, or stumbles over, is not as a study makes it
            result.expect(False, "", "", f"the stages cannot be executed again: {reading.one_line(error)}")
            return result
        undrawn = {line.partition(":")[0] for line in result.left_open}
        for path in [*planned_files(bundle.study), PDF]:
            if path in OF_THE_STUDY or path.split("/")[0] in INPUTS or path in undrawn or path in bundle.withheld:
                continue
            _compare(result, bundle.folder / path, again / path, path, reasons)
    return result


def _compare(result: Result, stored: Path, again: Path, path: str, reasons: list[str]) -> None:
    try:
        found = difference(stored, again, same_machine=not reasons)
    except NotImplementedError:
        result.left_open.append(f"{path}: other bytes, which other versions or processors explain: {reasons[0]}")
        return
    except Exception as error:  # a damaged file can raise anything
        found = f"cannot be compared: {reading.one_line(error)}"
    result.expect(found is None, path, "", found or "")


def _tell(what: str) -> None:
    if not sys.stdout.isatty():
        print(f"  {what} …", flush=True)
