"""A study's results as the audit reads them: a folder that says of itself what it is."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from modecollapse import reading
from modecollapse.errors import StudyError
from modecollapse.study import plan
from modecollapse.study.config import Study
from modecollapse.study.load import read_spec
from modecollapse.study.specs import Block, Cell
from modecollapse.study.strict_yaml import read_yaml
from modecollapse.study.summary import StudySummary, summary_of

STUDY, CLAIMS, MANIFEST, PDF = "study.json", "claims.yaml", "MANIFEST.sha256", "report.pdf"
ENVIRONMENT, MEASURES = "environment.json", "tables/measures.parquet"
WITHHELD = "withheld.json"  # of a released study: the files that are too large to publish, with their bytes


def finished(results: Path = Path("results")) -> list[Path]:
    """The finished studies in a folder, sorted; StudyError where there is none."""
    found = {path.parent for path in results.glob(f"*/{MANIFEST}") if (path.parent / STUDY).is_file()}
    if not found:
        raise StudyError(f"{results}: holds no finished study; allowed: the results of one, named after the command")
    return sorted(path for path in found if not path.name.startswith("."))


class Bundle:
    """The results folder of a finished study, `results/<study>` or a released copy of one.

    Paths in findings are relative to it, with slashes. Whatever is read is read once.
    """

    def __init__(self, folder: Path) -> None:
        """StudyError where the folder is not one of a finished study: the audit then could not run.

        Where `special` names any, nothing may be read of it but the three files that are looked at here.
        """
        self.folder = Path(folder)
        for name in (STUDY, CLAIMS, MANIFEST):
            if name in self.special or not (self.folder / name).is_file():
                found = f"is {self.special[name]}" if name in self.special else "missing"
                raise StudyError(f"{self.folder / name}: {found}; allowed: the results of a finished study")
        self.study: Study = read_spec(Study, str(self.folder / STUDY))

    @cached_property
    def special(self) -> dict[str, str]:
        """The links and special files in the folder, and what each is."""
        return dict(reading.special_files(self.folder))

    @property
    def claims(self) -> Path:
        """The published numbers and claims that the study was judged by."""
        return self.folder / CLAIMS

    @cached_property
    def registry(self) -> dict[str, Any]:
        """The content of `claims`; StudyError where it is no mapping in YAML."""
        return read_yaml(self.claims)

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
        """Every run.json there is, by its folder below runs/, planned or not, but for what is no JSON object."""
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
    def measures(self) -> pd.DataFrame:
        """The tidy table."""
        return reading.parquet(self.folder / "tables" / "measures.parquet")

    def table(self, name: str) -> pd.DataFrame:
        """A table of tables/, such as "summary.csv", every value as it is written, nothing read as missing."""
        return reading.csv(self.folder / "tables" / name)

    @cached_property
    def withheld(self) -> dict[str, int]:
        """Files of the manifest that a released study lacks, with their bytes; empty for a study where it was run.

        What cannot be read withholds nothing, and so its files are missing.
        """
        try:
            content = reading.json_file(self.folder / WITHHELD)
        except StudyError:
            return {}
        sizes = content.items() if isinstance(content, dict) else ()
        return {path: size for path, size in sizes if type(size) is int}

    def has(self, file: str) -> bool:
        """Whether a file is there."""
        return (self.folder / file).is_file()
