"""Fingerprints follow content and file names, and nothing else."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from default_config import DEFAULT

from modecollapse.study import catalogue, plan
from modecollapse.study.fingerprint import code_fingerprint, content_hash
from modecollapse.study.load import load_study
from modecollapse.study.specs import DatasetSpec


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of a few files that fingerprints are taken of."""
    for file in ("a/x.py", "a/deep/y.py", "b.py"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(f"# {file}\n")
    monkeypatch.setattr(catalogue, "PACKAGE", tmp_path)
    return tmp_path


def test_a_fingerprint_ignores_times_caches_and_the_order_of_the_parts(package: Path) -> None:
    before = code_fingerprint("a", "b.py")
    os.utime(package / "b.py", (0, 0))
    (package / "a" / "__pycache__").mkdir()
    (package / "a" / "__pycache__" / "x.pyc").write_bytes(b"x")
    assert code_fingerprint("b.py", "a") == before


def test_line_endings_are_no_content(package: Path) -> None:
    before = code_fingerprint("a", "b.py")
    for file in package.rglob("*.py"):
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert b"\r\n" in (package / "b.py").read_bytes()
    assert code_fingerprint("a", "b.py") == before


def test_no_clone_converts_a_file_of_the_repository() -> None:
    listed = subprocess.run(["git", "ls-files", "--eol", "-z"], capture_output=True, text=True, check=False).stdout
    if not listed:
        pytest.skip("there is no repository here")
    lines = (line.split("\t") for line in listed.split("\0") if line)
    attributes = {file: facts.partition("attr/")[2].split() for facts, file in lines}
    assert attributes["docs/density.png"] == attributes["results/reported/claims.yaml"] == ["-text"]
    assert [file for file, found in attributes.items() if found not in (["-text"], ["text=auto", "eol=lf"])] == []


@pytest.mark.parametrize("part", ["a/x.py", "a/deep/y.py", "b.py"])
def test_a_fingerprint_changes_with_content_and_with_name(package: Path, part: str) -> None:
    before = code_fingerprint("a", "b.py")
    file = package / part
    file.write_text(file.read_text() + "# more\n")
    edited = code_fingerprint("a", "b.py")
    assert edited != before
    if part.startswith("a"):
        file.rename(file.with_name("z.py"))
        assert code_fingerprint("a", "b.py") != edited


def test_a_fingerprint_leaves_other_parts_alone(package: Path) -> None:
    before = code_fingerprint("a")
    (package / "b.py").write_text("changed")
    assert code_fingerprint("a") == before


def test_a_part_that_does_not_exist_is_an_error(package: Path) -> None:
    with pytest.raises(FileNotFoundError):
        code_fingerprint("c")


VARIANTS = ["veegan", "gan-minimax", "unrolled", "wgan"]


@pytest.mark.parametrize(
    ("edited", "retrained"),
    [
        ("variants/veegan.py", {"veegan"}),
        ("variants/__init__.py", set(VARIANTS)),
        ("datasets/ring.py", set(VARIANTS)),
        ("datasets/mixture.py", set(VARIANTS)),
        ("variants/cross_entropy.py", {"veegan", "gan-minimax", "unrolled"}),
        ("variants/wasserstein.py", {"wgan"}),
        ("training/inner_adam.py", set(VARIANTS)),
        ("study/recipe.py", set(VARIANTS)),
        ("study/config.py", set()),
        ("datasets/grid.py", set()),
        ("datasets/digit_classifier.py", set()),
        ("measures/modes.py", set()),
        ("cli.py", set()),
        ("training/engine.py", set(VARIANTS)),
    ],
)
def test_an_edit_retrains_only_what_it_may_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edited: str, retrained: set[str]
) -> None:
    cells = plan.cells(load_study([DEFAULT], {"datasets": ["ring"], "variants": VARIANTS}))
    before = {cell.variant.name: plan.training_code(cell) for cell in cells}
    for file in catalogue.PACKAGE.rglob("*.py"):
        copy = tmp_path / file.relative_to(catalogue.PACKAGE)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
    monkeypatch.setattr(catalogue, "PACKAGE", tmp_path)
    assert {cell.variant.name: plan.training_code(cell) for cell in cells} == before
    (tmp_path / edited).write_text((tmp_path / edited).read_text() + "# edited\n")
    after = {cell.variant.name: plan.training_code(cell) for cell in cells}
    assert {name for name in before if after[name] != before[name]} == retrained


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A folder of images, by their names; what is in them is never read."""
    for file in ("labels.csv", "red/1.png", "red/deep/2.png"):
        (tmp_path / "images" / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "images" / file).write_text("as it was")
        os.utime(tmp_path / "images" / file, ns=(0, 10**18))
    return tmp_path / "images"


def folder_code(path: Path | str) -> str:
    """As a Snakefile that starts has it."""
    plan.folder_state.cache_clear()
    options = catalogue.options_model("datasets", "folder")(path=str(path)).model_dump()
    return plan.data_code(DatasetSpec(name="x", family="folder", options=options, root_seed=0))


@pytest.mark.parametrize("file", ["labels.csv", "red/1.png", "red/deep/2.png"])
@pytest.mark.parametrize("edit", ["size", "time", "gone", "renamed"])
def test_an_edit_in_a_folder_of_images_makes_the_data_again(file: str, edit: str, images: Path) -> None:
    before, edited = folder_code(images), images / file
    assert folder_code(images) == before
    if edit == "size":
        edited.write_text("longer than it was")
        os.utime(edited, ns=(0, 10**18))
    elif edit == "time":
        os.utime(edited, ns=(0, 10**18 + 1))
    elif edit == "gone":
        edited.unlink()
    else:
        edited.rename(edited.with_suffix(".jpg"))
    assert folder_code(images) != before


def test_a_folder_is_not_read_and_a_file_more_is_noticed(images: Path) -> None:
    before = folder_code(images)
    (images / "red" / "1.png").chmod(0)
    os.utime(images / "red", (0, 0))
    assert folder_code(images) == before
    (images / "red" / "link.png").symlink_to("nowhere")
    assert folder_code(images) != before


def test_a_folder_s_place_does_not_matter_and_none_is_no_error(images: Path) -> None:
    before = folder_code(images)
    moved = images.rename(images.with_name("moved"))
    assert folder_code(moved) == before
    assert folder_code(images) == folder_code(images / "nowhere") != before
    assert folder_code("") != before


def test_a_content_hash_ignores_the_order_of_keys_only() -> None:
    assert content_hash({"a": 1, "b": [1, 2]}) == content_hash({"b": [1, 2], "a": 1})
    different = [{"a": [1, 2]}, {"a": [2, 1]}, {"a": "1"}, {"a": 1}, {"a": None}, {"b": 1}]
    assert len({content_hash(content) for content in different}) == len(different)
