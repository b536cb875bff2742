"""The report: tables, figures and run records -> one PDF through Typst, the same bytes for the same input."""

from __future__ import annotations

import json
import shutil
import tempfile
from importlib import resources
from pathlib import Path
from typing import Any

import typst

from modecollapse import reading
from modecollapse.claims.registry import Registry
from modecollapse.errors import StudyError
from modecollapse.files import sha256, write_bytes
from modecollapse.manifest import read as read_manifest
from modecollapse.report import layout
from modecollapse.report.content import content
from modecollapse.report.printed import day, distinct
from modecollapse.study.strict_yaml import read_yaml
from modecollapse.study.summary import StudySummary

READ = {"summarise": layout.TABLES, "compare": layout.COMPARISONS, "judge": layout.VERDICTS}  # tables by command
CITATION = Path(__file__).parents[3] / "CITATION.cff"  # of a checkout; an installed package has none


def build(
    summary: StudySummary,
    tables: Path,
    figures: Path,
    runs: list[Path],
    registry: Registry,
    out: Path,
    manifest: Path | None = None,
) -> Path:
    """Typeset the PDF `out` and return its path.

    tables: the folder that `result_tables.write` and the commands `compare` and `judge` filled; figures: the one that
    `figures.draw` did; runs: the run folders; registry: what `judge` judged by; manifest: the one that the report
    names, if there is one. Raises StudyError when a table, figure or run record is missing, RuntimeError when the
    template does not compile without a warning.
    """
    with tempfile.TemporaryDirectory() as folder:
        write_bytes(out, _compiled(summary, tables, figures, runs, registry, manifest, Path(folder)))
    return Path(out)


def printed_numbers(
    summary: StudySummary,
    tables: Path,
    figures: Path,
    runs: list[Path],
    registry: Registry,
    manifest: Path | None = None,
) -> list[tuple[str, str]]:
    """(id, text) of every printed number in the order of the report; arguments and errors are those of `build`."""
    with tempfile.TemporaryDirectory() as folder:
        _compiled(summary, tables, figures, runs, registry, manifest, Path(folder))
        main = str(Path(folder) / "report.typ")
        # The same process has just typeset these files: it does not do so again.
        found = typst.query(main, "<number>", root=folder, ignore_system_fonts=True, field="value")
    return [(number["id"], number["value"]) for number in json.loads(found)]


def _compiled(
    summary: StudySummary,
    tables: Path,
    figures: Path,
    runs: list[Path],
    registry: Registry,
    manifest: Path | None,
    folder: Path,
) -> bytes:
    """The PDF; `folder` takes what Typst reads: the template, the figures and the content."""
    page = _page(summary, Path(tables), Path(figures), runs, registry, manifest)
    for name in layout.figure_names(summary):
        shutil.copyfile(Path(figures) / name, folder / name)
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


def _page(
    summary: StudySummary, tables: Path, figures: Path, runs: list[Path], registry: Registry, manifest: Path | None
) -> dict[str, Any]:
    """All that the template prints. Raises StudyError for what is missing."""
    needed = {tables / name: command for command, names in READ.items() for name in names}
    for path, command in (needed | {figures / name: "figures" for name in layout.figure_names(summary)}).items():
        if not path.is_file():
            raise StudyError(f"{path}: missing; run `modecollapse {command}`")
    records = [reading.json_file(Path(run) / "run.json") for run in sorted(map(str, runs))]
    page = content(summary, tables, records, registry) | _whose(records)
    page["checksums"] = [{"file": path.name, "sha256": sha256(path)} for path in needed]
    sealed = manifest is not None and Path(manifest).is_file()
    return page | {"manifest": {"files": len(read_manifest(manifest)), "sha256": sha256(manifest)} if sealed else None}


def _whose(records: list[dict]) -> dict[str, Any]:
    """The authors as CITATION.cff names them, the day on which the last run ended, and the commits that trained."""
    named = read_yaml(CITATION)["authors"] if CITATION.is_file() else []
    authors = [one.get("name") or f"{one['given-names']} {one['family-names']}" for one in named]
    ended = max((record["ended"] for record in records if record.get("ended")), default="")
    commits = distinct(str(record["commit"])[:7] for record in records if record.get("commit"))
    return {"authors": authors, "date": day(ended) if ended else "", "commit": commits}
