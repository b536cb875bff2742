"""Every table, figure and the PDF, made again by the study's own stages, is the one under audit."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from modecollapse import files
from modecollapse.audit import machine, reading, reexecute
from modecollapse.audit.bundle import PDF, Bundle
from modecollapse.audit.compare import difference
from modecollapse.audit.finding import Result
from modecollapse.audit.machine import Machines
from modecollapse.report.layout import planned_files

TITLE = "Results, executed again"
OF_THE_STUDY = ("study.json", "claims.yaml", "environment.json")  # what is executed, not what comes of it


def check(bundle: Bundle) -> Result:
    """Execute the stages in a scratch folder and compare every file."""
    result = Result(of="files")
    machines = machine.differences(bundle)
    with tempfile.TemporaryDirectory(prefix="modecollapse-audit-") as scratch:
        again = Path(scratch).resolve() / "results"
        try:
            for part in (reexecute.tables, reexecute.report):
                result.left_open += part(bundle, again, _tell)
        except Exception as error:  # what a stage refuses, or stumbles over, is not as a study makes it
            told = reading.one_line(ValueError(str(error).replace(f"{again}/", "").replace(f"{again.parent}/", "")))
            result.expect(False, "", "", f"the stages cannot be executed again: {told}")
        failed = bool(result.findings)
        for path in [*planned_files(bundle.study), PDF]:
            given = path in OF_THE_STUDY or path.split("/")[0] in reexecute.INPUTS or (again / path).is_symlink()
            if not given and not (failed and not (again / path).exists()):
                _compare(result, bundle, again / path, path, machines)
    return result


def _compare(result: Result, bundle: Bundle, again: Path, path: str, machines: Machines) -> None:
    """One file; of a withheld one the manifest has the SHA-256."""
    reasons = machines.all
    try:
        if path not in bundle.withheld:
            found = difference(bundle.folder / path, again, not reasons, not machines.versions)
        elif files.sha256(again) == reading.listed(bundle).get(path):
            found = None
        elif reasons or any(line.startswith(f"{path}:") for line in result.left_open):
            raise NotImplementedError
        else:
            found = "is withheld; executed again, it has another SHA-256 than in the manifest"
    except NotImplementedError:
        why = reasons[0] if reasons else "it was not executed as a whole"
        result.left_open.append(f"{path}: other bytes, which may be honest: {why}")
        return
    except Exception as error:  # a damaged file can raise anything
        found = f"cannot be compared: {reading.one_line(error)}"
    result.expect(found is None, path, "", found or "")


def _tell(what: str) -> None:
    if not sys.stdout.isatty():
        print(f"  {what} …", flush=True)
