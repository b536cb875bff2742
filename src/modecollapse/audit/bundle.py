"""A study's results folder as the audit reads it: each part is read once, and damage is kept as findings."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from modecollapse import environment, manifest, reading
from modecollapse.audit import record_model
from modecollapse.audit.finding import Finding, Result
from modecollapse.audit.record_model import RunRecord
from modecollapse.errors import StudyError, one_line
from modecollapse.study import plan
from modecollapse.study.config import Study
from modecollapse.study.load import read_spec
from modecollapse.study.specs import Block, Cell
from modecollapse.study.summary import StudySummary, summary_of

STUDY, CLAIMS, MANIFEST, PDF, PAGE = "study.json", "claims.yaml", manifest.NAME, "report.pdf", "index.html"
ENVIRONMENT, MEASURES = environment.NAME, "tables/measures.parquet"
WITHHELD = "withheld.json"  # of a released study: the files that are too large to publish, with their bytes
COUNTS = "mode_counts"
WHOLE = ("seed", "step", "n", "n_nonfinite")
SCALARS = ("sample_mean", "loss_", "grad_norm_", "state_", "mean_loss_", "mean_aux_", "mean_state_")
Trace = dict[str, np.ndarray]  # by column: (R,) for R rows; mode counts (R, K)


def finished(results: Path = Path("results")) -> list[Path]:
    """The finished studies in a folder, sorted; StudyError where there is none."""
    found = {path.parent for path in results.glob(f"*/{MANIFEST}") if (path.parent / STUDY).is_file()}
    if not found:
        raise StudyError(f"{results}: holds no finished study; allowed: the results of one, named after the command")
    return sorted(path for path in found if not path.name.startswith("."))


class Bundle:
    """The results folder of a finished study, `results/<study>` or a released copy of one.

    Paths in findings are relative to it, with slashes.
    """

    def __init__(self, folder: Path) -> None:
        """StudyError where the folder is not one of a finished study: the audit then could not run.

        Where `special` names any file, nothing else of the folder may be read than the three files looked at here.
        """
        self.folder = Path(folder)
        for name in (STUDY, CLAIMS, MANIFEST):
            if name in self.special or not self.has(name):
                problem = f"is {self.special[name]}" if name in self.special else "missing"
                raise StudyError(f"{self.folder / name}: {problem}; allowed: the results of a finished study")
        self.study: Study = read_spec(Study, str(self.folder / STUDY))

    def has(self, file: str) -> bool:
        """Whether a file is there."""
        return (self.folder / file).is_file()

    @cached_property
    def special(self) -> dict[str, str]:
        """The links and special files in the folder, and what each is."""
        return dict(reading.special_files(self.folder))

    @property
    def claims(self) -> Path:
        """The file of published numbers and claims that the study was judged by."""
        return self.folder / CLAIMS

    @cached_property
    def summary(self) -> StudySummary:
        """What tables, figures and report know of the study."""
        return summary_of(self.study)

    @cached_property
    def cells(self) -> list[Cell]:
        """The planned cells."""
        return plan.cells(self.study)

    @cached_property
    def blocks(self) -> dict[str, Block]:
        """The planned blocks by their folder below runs/, such as matched/ring/veegan/seeds-0-4."""
        return {block.path: block for cell in self.cells for block in plan.blocks(self.study, cell)}

    @cached_property
    def records(self) -> dict[str, dict[str, Any]]:
        """Every run.json that is a JSON object, planned or not, by its folder below runs/."""
        found = {}
        for path in sorted(self.folder.glob("runs/**/run.json")):
            try:
                record = reading.json_file(path)
            except StudyError:
                continue
            if isinstance(record, dict):
                found[path.parent.relative_to(self.folder / "runs").as_posix()] = record
        return found

    @cached_property
    def runs(self) -> dict[str, RunRecord]:
        """The planned runs whose record is valid, by folder below runs/."""
        given = {path: self.records[path] for path in self.blocks if path in self.records}
        return {path: RunRecord.model_validate(raw) for path, raw in given.items() if not record_model.problems(raw)}

    def noted_runs(self, result: Result) -> dict[str, RunRecord]:
        """`runs`, with a note in `result` about those that cannot be looked at."""
        if left := len(self.blocks) - len(self.runs):
            result.notes.append(f"{left} of {len(self.blocks)} run records are missing or not as they must be (Schema)")
        return self.runs

    @cached_property
    def traces_or_findings(self) -> tuple[dict[str, Trace], list[Finding]]:
        """The traces of the planned runs by folder below runs/, and a finding for each that is not a valid trace."""
        found, wrong = {}, []
        for folder in self.blocks:
            file = f"runs/{folder}/trace.parquet"
            if self.has(file):
                try:
                    found[folder] = read_trace(self.folder / file)
                except Exception as error:  # a damaged file can raise anything
                    wrong.append(Finding(file, "", f"cannot be read: {one_line(error)}"))
        return found, wrong

    @property
    def traces(self) -> dict[str, Trace]:
        """The valid traces of the planned runs, by folder below runs/."""
        return self.traces_or_findings[0]

    @cached_property
    def listed(self) -> dict[str, str]:
        """The SHA-256 of each path in the manifest; malformed lines are left to the check of integrity."""
        lines = (self.folder / MANIFEST).read_text(encoding="utf-8", errors="replace").splitlines()
        return {path: digest for digest, blanks, path in (line.partition("  ") for line in lines) if blanks}

    @cached_property
    def measures(self) -> pd.DataFrame:
        """The tidy table."""
        return reading.parquet(self.folder / MEASURES)

    def table(self, name: str) -> pd.DataFrame:
        """A table of tables/, such as "summary.csv", every value as it is written, nothing read as missing."""
        return reading.csv(self.folder / "tables" / name)

    def typed(self, name: str) -> pd.DataFrame:
        """A table of tables/ whose numbers are numbers, where an empty one is NaN; what is printed stays text."""
        from modecollapse.comparisons.comparison_tables import TYPES
        from modecollapse.report.result_tables import SUMMARY_TYPES

        return reading.csv(self.folder / "tables" / name, {"summary.csv": SUMMARY_TYPES, **TYPES}.get(name))

    @cached_property
    def withheld(self) -> dict[str, int]:
        """The files of the manifest that a released study lacks, with their bytes; empty where nothing is withheld.

        A file withheld.json that cannot be read withholds nothing, so the files it names count as missing.
        """
        try:
            content = reading.json_file(self.folder / WITHHELD)
        except StudyError:
            return {}
        sizes = content.items() if isinstance(content, dict) else ()
        return {path: size for path, size in sizes if type(size) is int}


def read_trace(path: Path) -> Trace:
    """The columns of a trace. ValueError where it has other columns or types, or where a number is missing."""
    table = reading.arrow(path)
    names = table.column_names
    if len(set(names)) < len(names) or not {*WHOLE, COUNTS} <= set(names):
        raise ValueError(f"its columns are {', '.join(names)}; expected {', '.join(WHOLE)}, {COUNTS} and others, once")
    return {name: _column(name, table.column(name).combine_chunks()) for name in names}


def _column(name: str, values: pa.Array) -> np.ndarray:
    counts, whole = name == COUNTS or name.startswith(f"{COUNTS}_"), name in WHOLE
    if not (counts or whole or name.startswith(SCALARS)):
        raise ValueError(f"column {name} is not one of a trace")
    if values.type != (pa.list_(pa.int32()) if counts else pa.int64() if whole else pa.float64()):
        raise ValueError(f"column {name} is of type {values.type}")
    if not (counts or whole):
        return values.to_numpy(zero_copy_only=False)
    if values.null_count:
        raise ValueError(f"column {name} has {values.null_count} empty rows")
    if whole:
        return values.to_numpy()
    lengths = pc.unique(pc.list_value_length(values)).to_pylist()
    inner = values.flatten()
    if len(lengths) != 1 or not lengths[0] or inner.null_count:
        raise ValueError(f"column {name} has rows of {lengths} numbers, {inner.null_count} of them empty")
    return inner.to_numpy().reshape(len(values), lengths[0])
