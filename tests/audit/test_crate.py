"""The crate says of every file what it is and which run made it, is read by its library, and is always the same."""

from __future__ import annotations

import json
import warnings
import zipfile
from pathlib import Path

import pytest
from audit.changes import Change, written
from rocrate.rocrate import ROCrate
from small_study import DIVERGES

from modecollapse import files, manifest
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.crate import NAME, PROFILES, RUN, write_crate
from modecollapse.errors import StudyError

BLOCK = f"matched/ring/{DIVERGES}/seeds-3-5"
SAMPLES, RECORD = f"runs/{BLOCK}/samples.npy", f"runs/{BLOCK}/run.json"


@pytest.fixture(scope="module")
def crate(honest_study: Path, tmp_path_factory: pytest.TempPathFactory) -> ROCrate:
    """The crate of an honest study, as its library reads it; not to be edited."""
    folder = write_crate(Bundle(honest_study), tmp_path_factory.mktemp("crate") / "small")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return ROCrate(folder)


def test_it_conforms_to_the_profiles(crate: ROCrate) -> None:
    assert {profile.id for profile in crate.root_dataset["conformsTo"]} == set(PROFILES)
    assert "https://w3id.org/ro/crate/1.1" in str(crate.metadata.properties()["conformsTo"])
    assert crate.mainEntity.type == ["File", "SoftwareSourceCode", "ComputationalWorkflow"]
    assert crate.mainEntity["programmingLanguage"]["name"] == "Snakemake"
    requirements = crate.mainEntity["softwareRequirements"]
    assert {"torch", "python", "modecollapse train"} <= {tool["name"] for tool in requirements}
    assert crate.root_dataset["license"]["name"] == "MIT License"
    assert "small" in crate.name


def test_every_file_is_listed_with_its_digest_and_is_there(crate: ROCrate, honest_study: Path) -> None:
    folder = Path(crate.source)
    listed = manifest.read(honest_study / "MANIFEST.sha256")
    for path in (*listed, "report.pdf", "MANIFEST.sha256"):
        entity = crate.get(path)
        assert entity in crate.root_dataset["hasPart"]
        assert entity["sha256"] == files.sha256(honest_study / path) == files.sha256(folder / path)
        assert entity["contentSize"] == str((honest_study / path).stat().st_size)
    assert {files.sha256(folder / e.id) for e in crate.data_entities} == {e["sha256"] for e in crate.data_entities}
    assert (folder / "workflow" / "Snakefile").is_file()
    graph = json.loads((folder / NAME).read_text())["@graph"]
    ids = {entity["@id"] for entity in graph}
    assert len(ids) == len(graph)
    assert all(reference in ids or reference.startswith("http") for reference in references(graph))


def references(value: object) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(references, value))
    if not isinstance(value, dict):
        return set()
    return {value["@id"]} if value.keys() == {"@id"} else set().union(*map(references, value.values()))


def test_every_block_is_an_action_and_the_workflow_spans_them(crate: ROCrate, honest_study: Path) -> None:
    bundle, mentioned = Bundle(honest_study), crate.root_dataset["mentions"]
    assert [action.type for action in mentioned] == ["CreateAction"] * (1 + len(bundle.blocks))
    action = crate.get(f"#train/{BLOCK}")
    assert [entity.id for entity in action["result"]] == [f"runs/{BLOCK}/{name}" for name in RUN]
    data, *values = action["object"]
    told = {value["name"]: value["value"] for value in values}
    assert (data.id, told["seeds"]) == ("data/ring.npz", "3, 4, 5")
    assert json.loads(told["configuration"]) == bundle.blocks[BLOCK].cell.model_dump()
    assert action["instrument"]["name"] == "modecollapse train"
    record = bundle.records[BLOCK]
    assert (action["startTime"], action["endTime"]) == (record["started"], record["ended"])
    assert action.properties()["actionStatus"] == {"@id": "http://schema.org/CompletedActionStatus"}
    step = record["status"][0]["step"]
    assert f"Diverged: seed 3 at step {step}, " in action["description"]
    run = crate.get("#study")
    assert run["instrument"] == crate.mainEntity
    assert {entity.id for entity in run["object"]} == {"study.json", "claims.yaml"}
    assert crate.get("report.pdf") in run["result"]
    assert run["startTime"] == min(other["started"] for other in bundle.records.values())
    assert run["endTime"] == crate.root_dataset["datePublished"] == max(r["ended"] for r in bundle.records.values())


def test_twice_is_the_same_and_the_own_folder_gets_the_description_alone(study: Path, tmp_path: Path) -> None:
    first, second = (write_crate(Bundle(study), tmp_path / f"{number}.zip") for number in range(2))
    assert first.read_bytes() == second.read_bytes()
    before = {path for path in study.rglob("*")}
    write_crate(Bundle(study), study)
    assert {path for path in study.rglob("*")} - before == {study / NAME}
    with zipfile.ZipFile(first) as archive:
        assert archive.testzip() is None
        assert archive.read(NAME) == (study / NAME).read_bytes()
        assert archive.read(SAMPLES) == (study / SAMPLES).read_bytes()
    assert not list(tmp_path.glob(".crate-*"))


def test_withheld_files_are_described(study: Path, tmp_path: Path) -> None:
    digest = files.sha256(study / SAMPLES)
    (study / SAMPLES).unlink()
    files.write_json(study / "withheld.json", {SAMPLES: 60128})
    (tmp_path / "empty").mkdir()  # which is filled
    folder = write_crate(Bundle(study), tmp_path / "empty")
    entity = ROCrate(folder).get(SAMPLES)
    assert entity["sha256"] == digest
    assert entity["description"] == "Not in this release: 60,128 bytes"
    assert "contentSize" not in entity
    assert not (folder / SAMPLES).exists()
    assert entity in ROCrate(folder).get(f"#train/{BLOCK}")["result"]


# fmt: off
@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda study: (study / SAMPLES).unlink(), "missing, though the manifest lists it"),
        (lambda study: replace(study, RECORD, "{}"), "allowed: a finished run"),
        (lambda study: replace(study, RECORD, "no JSON"), "allowed: a finished run"),
        (written(SAMPLES, "other samples"), "samples.npy: its SHA-256 is not that"),
        (lambda study: replace(study, "notes.txt", "mine"), "notes.txt is no file of the study"),
        (written("MANIFEST.sha256", ""), "is a file of the study and not listed"),
        (written("MANIFEST.sha256", "x"), "two blanks"),
    ],
)  # fmt: on
def test_a_study_that_is_not_whole_is_refused(study: Path, damage: Change, problem: str) -> None:
    damage(study)
    with pytest.raises(StudyError, match=problem):
        write_crate(Bundle(study), study)
    assert not (study / NAME).exists()


def replace(study: Path, path: str, content: str) -> None:
    """Give a file of a study another content, and the manifest its SHA-256."""
    listed = manifest.read(study / "MANIFEST.sha256")
    listed[path] = files.write_text(study / path, content)
    files.write_text(study / "MANIFEST.sha256", manifest.text(listed))


def test_nothing_that_exists_is_replaced_and_nothing_written_into_the_study(study: Path, tmp_path: Path) -> None:
    for folder in ("full", "folder.zip", "empty"):
        (tmp_path / folder).mkdir()
    for file in ("full/mine", "file", "file.zip"):
        (tmp_path / file).write_text("mine")
    (tmp_path / "link").symlink_to("empty")
    (tmp_path / "dangling").symlink_to("nowhere")
    before = sorted(tmp_path.rglob("*"))
    for name in ("full", "file", "file.zip", "folder.zip", "link", "dangling"):
        with pytest.raises(StudyError, match="is there already, and nothing is replaced: move it away"):
            write_crate(Bundle(study), tmp_path / name)
    for name in ("crate", "crate.zip", "runs/crate.zip"):
        with pytest.raises(StudyError, match="is inside of the study; allowed: a path outside of it, or its own"):
            write_crate(Bundle(study), study / name)
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "file.zip").read_text() == "mine"
