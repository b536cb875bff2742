"""A study's results as the audit reads them: a folder that says of itself what it is."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from modecollapse import reading
from modecollapse.errors import StudyError
from modecollapse.study import plan
from modecollapse.study.config import Study
from modecollapse.study.load import read_spec
from modecollapse.study.overview import overview
from modecollapse.study.specs import Block, Cell

STUDY, CLAIMS, MANIFEST, PDF = "study.json", "claims.yaml", "MANIFEST.sha256", "report.pdf"
CHECKED = "checked.json"  # what the quick checks said before the PDF was made, printed in it
WITHHELD = "withheld.json"  # of a released study: the files that are too large to publish, and why
UNREADABLE = (OSError, ValueError, RecursionError)  # what reading JSON raises that somebody may have damaged


class Bundle:
    """The results folder of a finished study, `results/<study>` or a released copy of one.

    Paths in findings are relative to it, with slashes. Whatever is read is read once.
    """

    def __init__(self, folder: Path) -> None:
        """StudyError where the folder is not one of a finished study: the audit then could not run."""
        self.folder = Path(folder)
        for name in (STUDY, CLAIMS, MANIFEST):
            if not (self.folder / name).is_file():
                raise StudyError(f"{self.folder / name}: missing; allowed: the results of a finished study")
        self.study: Study = read_spec(Study, str(self.folder / STUDY))

    @property
    def claims(self) -> Path:
        """The published numbers and claims that the study was judged by."""
        return self.folder / CLAIMS

    @cached_property
    def facts(self) -> dict[str, Any]:
        """`study.overview.overview` of the study."""
        return overview(self.study)

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
                record = json.loads(path.read_text(encoding="utf-8"))
            except UNREADABLE:
                continue
            if isinstance(record, dict):
                found[path.parent.relative_to(self.folder / "runs").as_posix()] = record
        return found

    @cached_property
    def measures(self) -> pd.DataFrame:
        """The tidy table."""
        return pd.read_parquet(self.folder / "tables" / "measures.parquet")

    def table(self, name: str) -> pd.DataFrame:
        """A table of tables/, such as "summary.csv", every value as it is written, nothing read as missing."""
        return reading.csv(self.folder / "tables" / name)

    @cached_property
    def withheld(self) -> dict[str, str]:
        """Files of the manifest that a released study lacks, and why; empty for a study where it was run.

        What cannot be read withholds nothing, and so its files are missing.
        """
        try:
            content = json.loads((self.folder / WITHHELD).read_text(encoding="utf-8"))
        except UNREADABLE:
            return {}
        return {path: str(why) for path, why in content.items()} if isinstance(content, dict) else {}

    def has(self, file: str) -> bool:
        """Whether a file is there."""
        return (self.folder / file).is_file()
