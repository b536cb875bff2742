"""Releasing a study: what is withheld, what is refused, and that an earlier release survives a failure."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from modecollapse import manifest
from modecollapse.audit import publish as publishing
from modecollapse.audit.levels import audit
from modecollapse.audit.publish import check_target, publish, put_in_place
from modecollapse.audit.withholding import choose_withheld
from modecollapse.errors import StudyError
from modecollapse.study.declared import declare

SAMPLES, DATA, TABLE = "runs/a/samples.npy", "data/ring.npz", "tables/measures.parquet"


def test_the_largest_are_withheld_until_the_rest_fits_and_no_table_or_record_is() -> None:
    sizes = {SAMPLES: 30, DATA: 50, TABLE: 100, "report.pdf": 5}
    assert choose_withheld(sizes, 185) == {}
    assert list(choose_withheld(sizes, 184)) == [DATA]
    assert list(choose_withheld(sizes, 105)) == [DATA, SAMPLES]
    assert list(choose_withheld({"runs/b/samples.npy": 5, "runs/a/samples.npy": 5}, 5)) == ["runs/a/samples.npy"]
    with pytest.raises(StudyError, match=r"--megabytes: 0\.0001 is not enough; allowed: 0\.0 or more"):
        choose_withheld({SAMPLES: 30, TABLE: 100, "runs/a/run.json": 5}, 100)


def test_a_released_copy_passes_and_lacks_what_is_large(study: Path, tmp_path: Path) -> None:
    released = tmp_path / "reported"
    listed = [*manifest.read(study / "MANIFEST.sha256"), "MANIFEST.sha256", "report.pdf", "index.html"]
    withheld = publish(study, released, megabytes=sum((study / path).stat().st_size for path in listed) / 1e6 - 0.01)
    assert withheld
    assert set(json.loads((released / "withheld.json").read_text())) == set(withheld)
    assert not any((released / path).exists() for path in withheld)
    assert list(study.rglob("weights.safetensors"))
    assert not list(released.rglob("weights.safetensors"))
    assert (released / "report.pdf").read_bytes() == (study / "report.pdf").read_bytes()
    assert audit(released, "recompute", 0, write=False) == 0
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def release(folder: Path, table: str = "8") -> Path:
    """A folder as `publish` leaves it."""
    for name, content in {"tables/summary.csv": table, "withheld.json": "{}", "report.pdf": "%PDF-"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    (folder / "MANIFEST.sha256").write_text(f"{'0' * 64}  tables/summary.csv\n")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_study_that_fails_is_refused_and_the_release_before_it_stays(study: Path, tmp_path: Path) -> None:
    released = release(tmp_path / "reported")
    (study / "tables" / "summary.csv").write_text("mean\n8\n")
    before = contents(released)
    with pytest.raises(StudyError, match="fails the audit"):
        publish(study, released, megabytes=60, replace=True)
    assert contents(released) == before


def test_a_release_is_replaced_whole_when_that_is_asked_for(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "audit", lambda *_, **__: 0)
    released = release(tmp_path / "reported")
    plan = f"declared/{declare(study, '{}')}.json"
    (study / "declared" / "note.txt").touch()
    with pytest.raises(StudyError, match="is an earlier release; allowed: --replace, or another folder"):
        publish(study, released, megabytes=60)
    publish(study, released, megabytes=60, replace=True)
    assert (released / "study.json").exists()
    assert (released / plan).read_text() == "{}"  # the audit of the copy wants the plans that the records name
    assert not (released / "declared" / "note.txt").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"small", "reported"}
    check_target(study, released, replace=True)  # what publish made, it knows again


# What may be there, how it is made, and what the refusal names.
TARGETS = {
    "somebody's work": (lambda at: (at / "thesis").mkdir(parents=True) or (at / "thesis/a.tex").touch(), "thesis"),
    "a repository": (lambda at: (at / ".git").mkdir(parents=True) or (at / ".git/HEAD").touch(), ".git"),
    "a file": (lambda at: at.write_text("x"), "is a link or no folder"),
    "a link to a release": (lambda at: at.symlink_to(release(at.with_name("far"))), "is a link or no folder"),
    "a link to nothing": (lambda at: at.symlink_to(at.with_name("none")), "is a link or no folder"),
    "a release with a note": (lambda at: (release(at) / "note.txt").touch(), "holds note.txt"),
    "a release with logs": (lambda at: (release(at) / "logs").mkdir() or (at / "logs/a.log").touch(), "holds logs"),
    "a release with an empty folder": (lambda at: (release(at) / "mine").mkdir(), "holds an empty folder"),
    "a release with a link in it": (lambda at: (release(at) / "audit.json").symlink_to("/etc/passwd"), "audit.json"),
    "a study": (lambda at: (release(at) / "withheld.json").unlink(), "holds "),
}


@pytest.mark.parametrize("case", TARGETS)
@pytest.mark.parametrize("replace", [False, True])
def test_what_is_no_earlier_release_stays_and_is_refused_before_the_audit(
    case: str, replace: bool, honest_study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "audit", None)  # whoever calls it fails
    make, said = TARGETS[case]
    make(tmp_path / "to")
    before = contents(tmp_path)
    allowed = "--to: .*allowed: a new folder, an empty one, or an earlier release"
    with pytest.raises(StudyError, match=allowed) as refused:
        publish(honest_study, tmp_path / "to", megabytes=60, replace=replace)
    assert said in str(refused.value)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("to", ["study", "study/release", "study/tables", ".", "..", "link", "link/release", "x/.."])
def test_the_study_and_folders_in_it_or_around_it_are_refused(to: str, tmp_path: Path) -> None:
    study = release(tmp_path / "results" / "study")
    (tmp_path / "results" / "link").symlink_to("study")
    (tmp_path / "results" / "x").mkdir()
    for path in (study, tmp_path / "results" / "link"):
        with pytest.raises(StudyError, match="is the study, or in it, or around it"):
            check_target(path, tmp_path / "results" / to, replace=True)


def test_the_working_directory_is_refused_and_an_empty_folder_is_not(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "empty").mkdir()
    check_target(tmp_path / "study", tmp_path / "empty", replace=False)
    check_target(tmp_path / "study", tmp_path / "new" / "deep", replace=False)
    monkeypatch.chdir(tmp_path / "empty")
    with pytest.raises(StudyError, match="is or holds the working directory"):
        check_target(tmp_path / "study", Path(), replace=False)


@pytest.mark.parametrize("failing", [1, 2])
@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_an_earlier_release_survives_a_rename_that_fails(
    failing: int, error: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, released = release(tmp_path / "copy", "new"), release(tmp_path / "reported", "old")
    rename, calls = Path.rename, []

    def fails(path: Path, target: Path) -> Path:
        calls.append(path)
        if len(calls) == failing:
            raise error
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(error):
        put_in_place(copy, released)
    assert (released / "tables" / "summary.csv").read_text() == "old"
    assert (copy / "tables" / "summary.csv").read_text() == "new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "reported"]


@pytest.mark.parametrize(("killed_at", "kept"), [("rename", "reported.before"), ("rmtree", "reported")])
def test_a_release_is_whole_whenever_a_kill_comes(killed_at: str, kept: str, tmp_path: Path) -> None:
    copy, released = release(tmp_path / "copy", "new"), release(tmp_path / "reported", "old")
    child = os.fork()
    if child == 0:
        rename = Path.rename

        def kill(*_: object, **__: object) -> None:
            os.kill(os.getpid(), signal.SIGKILL)

        if killed_at == "rename":
            Path.rename = lambda path, target: kill() if path == copy else rename(path, target)
        else:
            shutil.rmtree = kill
        put_in_place(copy, released)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    assert (tmp_path / "reported.before" / "tables" / "summary.csv").read_text() == "old"
    assert contents(tmp_path / kept).keys() == contents(tmp_path / "reported.before").keys()
    with pytest.raises(StudyError, match="is the release that an interrupted publish was replacing"):
        check_target(tmp_path / "study", released, replace=True)
