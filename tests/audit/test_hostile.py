"""A results folder that somebody else made or damaged: one line or a finding, and nothing outside of it is touched."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from audit.damage import DAMAGE, RECORD, STRANGE
from pypdf import PdfReader

from modecollapse import cli, cli_audit, files, manifest
from modecollapse.audit import audit_output, levels
from modecollapse.audit.bundle import Bundle
from modecollapse.errors import StudyError

PRINTED = "matched/ring/veegan/modes"
Command = Callable[[Path, Path], object]  # of a study, with a place to write to
READERS: dict[str, Command] = {
    "explain": lambda study, out: cli_audit.explain_command(PRINTED, study),
    "list": lambda study, out: cli_audit.explain_command("", study),
    "report": lambda study, out: cli.report_command(study, "", out / "report.pdf"),
    "crate": lambda study, out: cli_audit.crate_command(study, out / "crate"),
    "zip": lambda study, out: cli_audit.crate_command(study, out / "crate.zip"),
}


def audited(study: Path) -> int:
    with pytest.raises(typer.Exit) as end:
        cli_audit.audit_command([study], "quick", 1, True)
    return end.value.exit_code


def is_one_line(error: StudyError) -> bool:
    return str(error).isprintable() and len(str(error)) < 400


SPECIAL: dict[str, Callable[[Path], object]] = {
    "a link to an equal file outside": lambda path: path.symlink_to(shutil.move(path, path.parents[2] / "moved")),
    "a link inside": lambda path: path.symlink_to(shutil.move(path, path.with_name("moved"))),
    "a dangling link": lambda path: (path.unlink(), path.symlink_to("nowhere")),
    "a loop": lambda path: (path.unlink(), path.symlink_to(path.name)),
    "a device": lambda path: (path.unlink(), path.symlink_to("/dev/zero")),
    "a linked folder": lambda path: path.parent.symlink_to(shutil.move(path.parent, path.parents[2] / "moved")),
    "a file of holes": lambda path: os.truncate(path, 1 << 40),
    "a pipe": lambda path: (path.unlink(), os.mkfifo(path)),
}


@pytest.mark.parametrize("kind", SPECIAL)
def test_links_and_special_files_are_a_finding_and_never_followed(
    study: Path, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    SPECIAL[kind](study / "tables" / "summary.csv")
    before = sorted(tmp_path.rglob("*"))
    assert audited(study) == 1
    told = "tables" if kind == "a linked folder" else "tables/summary.csv"
    what = {"a pipe": "a named pipe", "a file of holes": "a file of 1,099,511,627,776 bytes"}
    what = what.get(kind, "a symbolic link")
    assert f"Integrity: {told}: is {what}; allowed: folders, and regular files" in capsys.readouterr().out
    for command in READERS.values():
        with pytest.raises(StudyError, match=f"/{told}: is {what}; allowed: folders, and regular files"):
            command(study, tmp_path)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["study.json", "claims.yaml", "MANIFEST.sha256"])
def test_what_says_what_the_folder_is_may_be_no_link_or_pipe(study: Path, name: str, tmp_path: Path) -> None:
    (study / name).rename(tmp_path / name)
    allowed = "; allowed: the results of a finished study"
    for make, line in (
        (lambda at: at.symlink_to(tmp_path / name), f"{name}: is a symbolic link{allowed}"),
        (os.mkfifo, f"{name}: is a named pipe{allowed}"),
        (lambda at: None, f"{name}: missing"),
    ):
        make(study / name)
        with pytest.raises(StudyError, match=line):
            Bundle(study)
        (study / name).unlink(missing_ok=True)


@pytest.mark.parametrize("text", ["{", "[" * 100_000, "[]", "3"])
def test_a_record_that_is_no_object_is_left_out_and_withholds_nothing(study: Path, text: str) -> None:
    for path in (RECORD, "withheld.json"):
        (study / path).write_text(text)
    (study / "runs" / "odd" / "run.json").mkdir(parents=True)
    bundle = Bundle(study)
    assert bundle.records.keys() == bundle.blocks.keys() - {RECORD.removeprefix("runs/").removesuffix("/run.json")}
    assert bundle.withheld == {}
    (link := study.with_name("link")).symlink_to(study)  # the folder itself may be a link
    assert not Bundle(link).special


def test_no_text_of_the_folder_steers_a_terminal_or_a_page(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    record = json.loads((study / RECORD).read_text())
    record |= {"host": STRANGE, "cpu": f"{STRANGE}<b>", STRANGE: 1}
    record["versions"]["torch"] = STRANGE
    (study / RECORD).write_text(json.dumps(record))
    (study / "tables" / "\x1b[2J.csv").write_text("x")
    (study.parent / "\x1b[31ma[").mkdir()
    monkeypatch.chdir(study.parent)  # a long path would break the title's line
    hostile = study.rename(Path("\x1b[31ma[", "b]"))
    assert audited(hostile) == 1
    printed, page = capsys.readouterr().out, (hostile / "audit.html").read_text()
    for shown in (printed, page):
        assert shown.replace("\n", "").isprintable()
        assert "tables/\\x1b[2J.csv: not in the manifest" in shown.replace("\n", "")
        assert "x1b[31ma[/b]" in shown.replace("\n", "")
    assert "<script" not in page
    assert json.loads((hostile / "audit.json").read_text())["holds"] is False


def test_an_error_steers_no_terminal(tmp_path: Path, refused: Callable[..., str]) -> None:
    line = refused("audit", tmp_path / "\x1b[2J\n\u202e")
    assert line.endswith("\\x1b[2J\\n\\u202e/study.json: missing; allowed: the results of a finished study")


def test_strings_of_records_are_text_for_typst(study: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("not for the page")
    record = json.loads((study / RECORD).read_text())
    record["cpu"] = f'#read("{tmp_path}/secret") $x$ *bold*'
    (study / RECORD).write_text(json.dumps(record))
    READERS["report"](study, tmp_path)
    words = " ".join(page.extract_text() for page in PdfReader(tmp_path / "report.pdf").pages)
    assert "not for the page" not in words
    assert '#read("' in words.replace("“", '"')
    assert "*bold*" in words


@pytest.mark.parametrize("place", ["../../../../../../../../../../../..{}", "{}"])
def test_no_picture_from_elsewhere_gets_into_the_report(study: Path, tmp_path: Path, place: str) -> None:
    own = (study / "report.pdf").rename(tmp_path / "secret.png")
    figure = study / "figures" / "intervals_matched_ring.svg"
    link = f'<image href="{place.format(own)}" width="9" height="9"/>'
    figure.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">{link}</svg>')
    with pytest.raises(StudyError, match="failed to load linked image") as told:
        READERS["report"](study, tmp_path)
    assert is_one_line(told.value)


DAMAGED: dict[str, tuple[str, bytes, str, str]] = {
    "a deep record": (RECORD, b"[" * 200_000, "report", "run.json: is nested too deeply"),
    "a key twice": (RECORD, b'{"seeds": [0], "seeds": [1]}', "report", "run.json: the key 'seeds' appears twice"),
    "a NaN": (RECORD, b'{"wall_seconds": NaN}', "list", "run.json: NaN is no number of JSON"),
    "another record": (RECORD, b'{"seeds": 1}', "report", "its files do not fit together (KeyError"),
    "another table": ("tables/table1.csv", b"a,b\n1,2\n", "list", "its files do not fit together ("),
    "no tidy table": ("tables/measures.parquet", b"PAR1", "explain", "allowed: a Parquet table"),
    "a deep study": ("study.json", b'{"a":' * 200_000, "crate", "study.json: is nested too deeply"),
}


@pytest.mark.parametrize("damaged", DAMAGED)
def test_damage_ends_in_one_line(study: Path, tmp_path: Path, damaged: str) -> None:
    path, content, command, line = DAMAGED[damaged]
    (study / path).write_bytes(content)
    with pytest.raises(StudyError) as told:
        READERS[command](study, tmp_path)
    assert is_one_line(told.value)
    assert line in str(told.value)


@pytest.mark.parametrize("name", DAMAGE)
def test_any_damage_ends_in_a_result_or_one_line(study: Path, tmp_path: Path, name: str) -> None:
    """Nothing outside of the study is written, and every file's digest is in order where there is a file."""
    file, change = DAMAGE[name]
    outside = sorted(tmp_path.iterdir())
    change(study / file)
    if file != "MANIFEST.sha256":
        listed = manifest.read(study / manifest.NAME)
        present = {path: study / path for path in listed if (study / path).is_file()}
        digests = {path: files.sha256(at) for path, at in present.items()}
        files.write_text(study / manifest.NAME, manifest.text(digests))
    began, told = time.monotonic(), []
    for command in (READERS["explain"], READERS["crate"], checked):
        (tmp_path / "out").mkdir()
        try:
            command(study, tmp_path / "out")
        except StudyError as error:
            told.append(error)
        shutil.rmtree(tmp_path / "out")
    assert time.monotonic() - began < 60
    assert all(map(is_one_line, told))
    assert sorted(tmp_path.iterdir()) == outside


def checked(study: Path, _: Path) -> None:
    """An audit at level quick."""
    bundle = Bundle(study)
    outcomes = list(levels.run(bundle, ("integrity",) if bundle.special else levels.LEVELS["quick"]))
    assert audit_output.as_html(audit_output.render("x", outcomes)).replace("\n", "").isprintable()
