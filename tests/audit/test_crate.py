"""The crate says of every file what it is and which run made it, is read by its library, and is the same again."""

from __future__ import annotations

import json
import shutil
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from rocrate.rocrate import ROCrate

from modecollapse import files, manifest
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.crate import NAME, PROFILES, RUN, write_crate
from modecollapse.errors import StudyError
from modecollapse.report.layout import planned_files
from modecollapse.study.load import load_study
from modecollapse.study.plan import block_paths, cells

CONFIG = Path(__file__).resolve().parents[2] / "config"
KEYS = {"study": "tiny", "seeds": 4, "block_size": 2, "steps": 20, "datasets": ["ring"], "variants": ["gan-minimax"]}
BLOCK = "matched/ring/gan-minimax/seeds-2-3"
SAMPLES = f"runs/{BLOCK}/samples.npy"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of two blocks, whose files hold their own names but for what the crate reads."""
    folder = tmp_path_factory.mktemp("tiny")
    study = load_study([CONFIG / "config.yaml"], KEYS)
    for path in planned_files(study):
        files.write_text(folder / path, path)
    files.write_text(folder / "study.json", study.model_dump_json())
    shutil.copy(CONFIG / "claims.yaml", folder)
    for minute, path in enumerate(block_paths(study)):
        files.write_json(folder / "runs" / path / "run.json", record(minute, path))
    digests = {path: files.sha256(folder / path) for path in planned_files(study)}
    files.write_text(folder / "MANIFEST.sha256", manifest.text(digests))
    files.write_text(folder / "report.pdf", "the report")
    return folder


def record(minute: int, path: str) -> dict:
    seeds = [int(seed) for seed in path.rpartition("/seeds-")[2].split("-")]
    return {
        "started": f"2026-11-22T10:0{minute}:00+00:00",
        "ended": f"2026-11-22T10:0{minute}:30+00:00",
        "status": [{"seed": s, "status": "diverged" if s == 3 else "ok", "step": 7 if s == 3 else None} for s in seeds],
        "versions": {"python": "3.11.9", "torch": "2.13.0"},
        "device": "cpu",
        "cpu": "Example CPU",
        "code": "ab" * 32,
        "commit": None,
    }


@pytest.fixture
def study(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "study"))


def crate_of(folder: Path) -> ROCrate:
    write_crate(Bundle(folder), folder)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return ROCrate(folder)


def test_it_conforms_to_the_profiles(study: Path) -> None:
    crate = crate_of(study)
    assert {profile.id for profile in crate.root_dataset["conformsTo"]} == set(PROFILES)
    assert "https://w3id.org/ro/crate/1.1" in str(crate.metadata.properties()["conformsTo"])
    assert crate.mainEntity.type == ["File", "SoftwareSourceCode", "ComputationalWorkflow"]
    assert crate.mainEntity["programmingLanguage"]["name"] == "Snakemake"
    requirements = crate.mainEntity["softwareRequirements"]
    assert {"torch", "python", "modecollapse train"} <= {tool["name"] for tool in requirements}
    assert crate.root_dataset["license"]["name"] == "MIT License"
    assert "tiny" in crate.name


def test_every_file_is_listed_with_its_digest(study: Path) -> None:
    crate = crate_of(study)
    for path, digest in manifest.read(study / "MANIFEST.sha256").items():
        entity = crate.get(path)
        assert entity in crate.root_dataset["hasPart"]
        assert entity["sha256"] == digest == files.sha256(study / path)
        assert entity["contentSize"] == str((study / path).stat().st_size)
    assert crate.get("report.pdf")["sha256"] == files.sha256(study / "report.pdf")
    assert crate.get("MANIFEST.sha256")["sha256"] == files.sha256(study / "MANIFEST.sha256")


def test_every_block_is_an_action(study: Path) -> None:
    crate = crate_of(study)
    mentioned = crate.root_dataset["mentions"]
    assert {action.type for action in mentioned} == {"CreateAction"}
    assert len(mentioned) == 1 + 2
    action = crate.get(f"#train/{BLOCK}")
    assert [entity.id for entity in action["result"]] == [f"runs/{BLOCK}/{name}" for name in RUN]
    assert all(entity.type == "File" for entity in action["result"])
    data, *values = action["object"]
    assert data.id == "data/ring.npz"
    told = {value["name"]: value["value"] for value in values}
    assert told["seeds"] == "2, 3"
    configuration = json.loads(told["configuration"])
    assert configuration == cells(load_study([CONFIG / "config.yaml"], KEYS))[0].model_dump()
    assert action["instrument"]["name"] == "modecollapse train"
    assert (action["startTime"], action["endTime"]) == ("2026-11-22T10:01:00+00:00", "2026-11-22T10:01:30+00:00")


def test_a_diverged_run_is_completed_and_says_so(study: Path) -> None:
    action = crate_of(study).get(f"#train/{BLOCK}")
    assert action.properties()["actionStatus"] == {"@id": "http://schema.org/CompletedActionStatus"}
    assert action["description"].endswith("Diverged: seed 3 at step 7.")


def test_the_run_of_the_workflow_spans_all_blocks(study: Path) -> None:
    crate = crate_of(study)
    run = crate.get("#study")
    assert run["instrument"] == crate.mainEntity
    assert {entity.id for entity in run["object"]} == {"study.json", "claims.yaml"}
    assert crate.get("report.pdf") in run["result"]
    assert (run["startTime"], run["endTime"]) == ("2026-11-22T10:00:00+00:00", "2026-11-22T10:01:30+00:00")
    assert crate.root_dataset["datePublished"] == run["endTime"]


def test_all_references_lead_somewhere(study: Path) -> None:
    crate_of(study)
    graph = json.loads((study / NAME).read_text())["@graph"]
    ids = {entity["@id"] for entity in graph}
    assert len(ids) == len(graph)
    outside = {reference for reference in references(graph) if reference not in ids}
    assert all(reference.startswith("http") for reference in outside)


def references(value: object) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(references, value))
    if not isinstance(value, dict):
        return set()
    return {value["@id"]} if value.keys() == {"@id"} else set().union(*map(references, value.values()))


def test_the_own_folder_gets_the_description_alone(study: Path) -> None:
    before = {path for path in study.rglob("*")}
    write_crate(Bundle(study), study)
    assert {path for path in study.rglob("*")} - before == {study / NAME}


def test_twice_is_the_same(study: Path, made: Path, tmp_path: Path) -> None:
    first, second = (write_crate(Bundle(folder), tmp_path / f"{i}.zip") for i, folder in enumerate((study, made)))
    assert first.read_bytes() == second.read_bytes()
    crate_of(study)
    content = (study / NAME).read_bytes()
    crate_of(study)
    assert (study / NAME).read_bytes() == content
    with zipfile.ZipFile(first) as archive:
        assert archive.read(NAME) == content


def test_a_copy_holds_all_it_describes(study: Path, tmp_path: Path) -> None:
    folder = write_crate(Bundle(study), tmp_path / "copy")
    with zipfile.ZipFile(write_crate(Bundle(study), tmp_path / "copy.zip")) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "unpacked")
    for place in (folder, tmp_path / "unpacked"):
        described = [entity for entity in ROCrate(place).data_entities]
        assert len(described) > 2 * len(RUN)
        assert {files.sha256(place / entity.id) for entity in described} == {e["sha256"] for e in described}
        assert (place / "workflow" / "Snakefile").is_file()
    assert not list(tmp_path.glob("*.tmp.*"))


def test_withheld_files_are_described(study: Path, tmp_path: Path) -> None:
    digest = files.sha256(study / SAMPLES)
    (study / SAMPLES).unlink()
    files.write_json(study / "withheld.json", {SAMPLES: 60128})
    folder = write_crate(Bundle(study), tmp_path / "copy")
    entity = ROCrate(folder).get(SAMPLES)
    assert entity["sha256"] == digest
    assert entity["description"] == "Not in this release: 60,128 bytes"
    assert "contentSize" not in entity
    assert not (folder / SAMPLES).exists()
    assert entity in ROCrate(folder).get(f"#train/{BLOCK}")["result"]


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda study: (study / SAMPLES).unlink(), "missing, though the manifest lists it"),
        (lambda study: replace(study, f"runs/{BLOCK}/run.json", "{}"), "allowed: a finished run"),
        (lambda study: replace(study, f"runs/{BLOCK}/run.json", "no JSON"), "allowed: a finished run"),
        (lambda study: (study / SAMPLES).write_text("other samples"), "samples.npy: its SHA-256 is not that"),
        (lambda study: replace(study, "notes.txt", "mine"), "notes.txt is no file of the study"),
        (lambda study: (study / "MANIFEST.sha256").write_text(""), "are not listed"),
        (lambda study: (study / "MANIFEST.sha256").write_text("x"), "two blanks"),
    ],
)
def test_a_study_that_is_not_whole_is_refused(study: Path, damage: Callable[[Path], object], told: str) -> None:
    damage(study)
    with pytest.raises(StudyError, match=told):
        write_crate(Bundle(study), study)
    assert not (study / NAME).exists()


def replace(study: Path, path: str, content: str) -> None:
    """A file of a study with another content, its SHA-256 in the manifest."""
    listed = manifest.read(study / "MANIFEST.sha256")
    listed[path] = files.write_text(study / path, content)
    files.write_text(study / "MANIFEST.sha256", manifest.text(listed))


@pytest.mark.parametrize("name", ["full", "file", "file.zip", "folder.zip", "link", "dangling"])
def test_what_is_there_already_is_never_replaced(study: Path, tmp_path: Path, name: str) -> None:
    for folder in ("full", "folder.zip", "empty"):
        (tmp_path / folder).mkdir()
    for file in ("full/mine", "file", "file.zip"):
        (tmp_path / file).write_text("mine")
    (tmp_path / "link").symlink_to("empty")
    (tmp_path / "dangling").symlink_to("nowhere")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(StudyError, match="is there already, and nothing is replaced: move it away"):
        write_crate(Bundle(study), tmp_path / name)
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "file.zip").read_text() == "mine"


@pytest.mark.parametrize("name", ["crate", "crate.zip", "runs/crate.zip"])
def test_a_place_inside_of_the_study_is_refused(study: Path, name: str) -> None:
    with pytest.raises(StudyError, match="is inside of the study; allowed: a path outside of it, or its own folder"):
        write_crate(Bundle(study), study / name)
    assert not (study / name).exists()


def test_an_empty_folder_is_filled(study: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert (write_crate(Bundle(study), tmp_path / "empty") / NAME).is_file()
    assert not list(tmp_path.glob(".crate-*"))
