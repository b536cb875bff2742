"""The report: tables, figures and run records -> one PDF through Typst, the same bytes for the same input."""

from __future__ import annotations

import json
import shutil
import tempfile
from importlib import resources
from pathlib import Path

import typst

from modecollapse.errors import StudyError
from modecollapse.files import sha256, write_bytes
from modecollapse.report import layout
from modecollapse.report.content import content

WRITTEN = {"summarise": layout.TABLES, "compare": layout.COMPARISONS, "judge": layout.VERDICTS}  # tables by command


def build(study: layout.Study, tables: Path, figures: Path, runs: list[Path], out: Path) -> Path:
    """Write the PDF `out` and return its path.

    tables: the folder that `tables.write` and the commands `compare` and `judge` filled; figures: the one that
    `figures.draw` did; runs: the run folders.
    Raises StudyError when a table, figure or run record is missing, RuntimeError when the template does not
    compile without a warning.
    """
    tables, figures = Path(tables), Path(figures)
    read = {name: command for command, names in WRITTEN.items() for name in names}
    pictures = layout.figure_names(study)
    for path, command in [*((tables / n, c) for n, c in read.items()), *((figures / n, "figures") for n in pictures)]:
        if not path.is_file():
            raise StudyError(f"{path}: missing; run `modecollapse {command}`")
    records = [json.loads((Path(run) / "run.json").read_text(encoding="utf-8")) for run in sorted(map(str, runs))]
    page = content(study, tables, records)
    page["checksums"] = [{"file": path.name, "sha256": sha256(path)} for path in map(tables.joinpath, read)]
    with tempfile.TemporaryDirectory() as folder:
        for name in pictures:
            shutil.copyfile(figures / name, Path(folder) / name)
        write_bytes(out, compile_pdf(page, Path(folder)))
    return Path(out)


def compile_pdf(page: dict, folder: Path) -> bytes:
    """Typeset `page` with the template; figures come from `folder`, which also takes template and data."""
    shipped = resources.files("modecollapse.report")
    parts = sorted(part.name for part in shipped.joinpath("template").iterdir())
    (folder / "template").mkdir()
    for name in ("report.typ", "references.yml", *(f"template/{part}" for part in parts)):
        (folder / name).write_bytes(shipped.joinpath(name).read_bytes())
    (folder / "content.json").write_text(json.dumps(page, allow_nan=False), encoding="utf-8")
    # Only the fonts inside the wheel: what the machine has installed must not change the pages.
    pdf, warnings = typst.compile_with_warnings(
        str(folder / "report.typ"), root=str(folder), ignore_system_fonts=True, format="pdf"
    )
    if warnings:
        raise RuntimeError(f"report.typ: {warnings[0]}")
    return pdf
