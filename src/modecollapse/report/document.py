"""The report: tables, figures and run records -> one PDF through Typst, the same bytes for the same input."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from importlib import resources, util
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

READ = {
    "summarise": (layout.TIDY[0], *layout.TABLES),
    "compare": layout.COMPARISONS,
    "judge": layout.VERDICTS,
}  # tables by command
# The font that the text of figures is set in is measured and shipped by matplotlib, which is not imported for that.
FONTS = [str(Path(util.find_spec("matplotlib").origin).parent / "mpl-data" / "fonts" / "ttf")]
CITATION = Path(__file__).parents[3] / "CITATION.cff"  # of a checkout; an installed package has none


@dataclass(frozen=True)
class Inputs:
    """What a report is made of.

    tables: the folder that `result_tables.write` and the commands `compare` and `judge` filled; figures: the one that
    `figures.draw` did; runs: the run folders; registry: what `judge` judged by; manifest: the one that the report
    names, if there is one.
    """

    summary: StudySummary
    tables: Path
    figures: Path
    runs: list[Path]
    registry: Registry
    manifest: Path | None = None


def build(inputs: Inputs, out: Path) -> Path:
    """Typeset the PDF `out` and return its path.

    Raises StudyError when a table, figure or run record is missing, RuntimeError when the template does not compile
    without a warning.
    """
    with tempfile.TemporaryDirectory() as folder:
        write_bytes(out, _compiled(inputs, Path(folder)))
    return Path(out)


def printed_numbers(inputs: Inputs) -> list[tuple[str, str]]:
    """(id, text) of every printed number in the order of the report; errors are those of `build`."""
    with tempfile.TemporaryDirectory() as folder:
        _compiled(inputs, Path(folder))
        main = str(Path(folder) / "report.typ")
        # The same process has just typeset these files: it does not do so again.
        found = typst.query(main, "<number>", root=folder, ignore_system_fonts=True, font_paths=FONTS, field="value")
    return [(number["id"], number["value"]) for number in json.loads(found)]


def _compiled(inputs: Inputs, folder: Path) -> bytes:
    """The PDF; `folder` takes what Typst reads: the template, the figures and the content."""
    page = _page(inputs)
    for name in layout.figure_names(inputs.summary):
        shutil.copyfile(inputs.figures / name, folder / name)
    shipped = resources.files("modecollapse.report")
    parts = sorted(part.name for part in shipped.joinpath("template").iterdir())
    (folder / "template").mkdir()
    for name in ("report.typ", "references.yml", *(f"template/{part}" for part in parts)):
        (folder / name).write_bytes(shipped.joinpath(name).read_bytes())
    (folder / "content.json").write_text(json.dumps(page, allow_nan=False), encoding="utf-8")
    # Only the fonts of the two wheels: what the machine has installed must not change the pages.
    pdf, warnings = typst.compile_with_warnings(
        str(folder / "report.typ"), root=str(folder), ignore_system_fonts=True, font_paths=FONTS, format="pdf"
    )
    if warnings:
        raise RuntimeError(f"report.typ: {warnings[0]}")
    return pdf


def _page(inputs: Inputs) -> dict[str, Any]:
    """All that the template prints. Raises StudyError for what is missing."""
    tables = {inputs.tables / name: command for command, names in READ.items() for name in names}
    if layout.RECONCILIATION in layout.experiments(inputs.summary):
        tables[inputs.tables / f"{layout.RECONCILIATION}.csv"] = "judge"
    drawn = {inputs.figures / name: "figures" for name in layout.figure_names(inputs.summary)}
    for path, command in (tables | drawn).items():
        if not path.is_file():
            raise StudyError(f"{path}: missing; run `modecollapse {command}`")
    records = [reading.json_file(run / "run.json") for run in sorted(inputs.runs)]
    page = content(inputs.summary, inputs.tables, records, inputs.registry) | _whose(records)
    page["checksums"] = [{"file": path.name, "sha256": sha256(path)} for path in tables]
    sealed, path = {"manifest": None}, inputs.manifest
    if path and path.is_file():
        sealed["manifest"] = {"files": len(read_manifest(path)), "sha256": sha256(path)}
    return page | sealed


def _whose(records: list[dict]) -> dict[str, Any]:
    """The authors as CITATION.cff names them, the day on which the last run ended, and the commits that trained."""
    named = read_yaml(CITATION)["authors"] if CITATION.is_file() else []
    authors = [one.get("name") or f"{one['given-names']} {one['family-names']}" for one in named]
    ended = max((record["ended"] for record in records if record.get("ended")), default="")
    commits = distinct(str(record["commit"])[:7] for record in records if record.get("commit"))
    return {"authors": authors, "date": day(ended) if ended else "", "commit": commits}
