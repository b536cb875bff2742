"""Fingerprints follow content and file names, and nothing else."""

from __future__ import annotations

import ast
import inspect
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from default_config import DEFAULT

from modecollapse import stages
from modecollapse.files import content_hash
from modecollapse.study import catalogue, fingerprint, plan
from modecollapse.study.fingerprint import data_code, folder_state, reached, stage_code, training_code
from modecollapse.study.load import load_study
from modecollapse.study.specs import DatasetSpec

STAGES = [name for name, value in vars(stages).items() if inspect.isfunction(value) and not name.startswith("_")]
NAMED = {
    **dict.fromkeys(("data", "invert", "invert_controls"), [("datasets", "mnist")]),
    **dict.fromkeys(("measure", "calibrate"), [("datasets", "ring"), ("measures", "modes"), ("measures", "mmd")]),
    "train": [("variants", "veegan"), ("datasets", "ring")],
}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the package that fingerprints are taken of, free to be edited."""
    ignored = shutil.ignore_patterns("__pycache__")
    copy = Path(shutil.copytree(catalogue.PACKAGE, tmp_path / "modecollapse", ignore=ignored))
    monkeypatch.setattr(catalogue, "PACKAGE", copy)
    return copy


def codes() -> dict[str, str]:
    return {stage: stage_code(stage, NAMED.get(stage, ())) for stage in STAGES}


def reached_names(stage: str) -> set[str]:
    return {file.relative_to(catalogue.PACKAGE).as_posix() for file in reached(stage, NAMED.get(stage, ()))}


def edit(file: Path, text: str) -> None:
    """Change a file, and have it read again as a later process would."""
    file.write_text(text, encoding="utf-8")
    fingerprint.SOURCES.pop(file, None)


@pytest.mark.parametrize("stage", STAGES)
def test_every_module_that_a_stage_loads_is_reached(stage: str) -> None:
    """What Python itself imports for the imports of a stage and its names, against what the text shows."""
    lines = [ast.unparse(node) for node in ast.walk(stage_tree(stage)) if isinstance(node, ast.ImportFrom | ast.Import)]
    lines += [f"import modecollapse.{f}.{catalogue.source(f, n).stem}" for f, n in NAMED.get(stage, ())]
    script = "\n".join(
        ["import sys", *lines, "print([m.__file__ for n, m in sys.modules.items() if n[:13] == 'modecollapse.'])"]
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = {Path(file).relative_to(catalogue.PACKAGE).as_posix() for file in ast.literal_eval(told.stdout)}
    assert loaded
    assert loaded - set(fingerprint.WORDS) <= reached_names(stage)


def stage_tree(stage: str) -> ast.AST:
    return ast.parse(textwrap.dedent(inspect.getsource(getattr(stages, stage))))


def test_an_edit_of_any_module_changes_exactly_the_stages_that_reach_it(package: Path) -> None:
    before, reaching = codes(), {stage: reached_names(stage) for stage in STAGES}
    files = sorted(
        file for file in package.rglob("*") if file.suffix in (".py", ".typ", ".yml") and file.name != "stages.py"
    )
    assert len(files) > 150
    for file in files:
        name, text = file.relative_to(package).as_posix(), file.read_text(encoding="utf-8")
        edit(file, text + "\n# edited\n")
        changed = {stage for stage, code in codes().items() if code != before[stage]}
        assert changed == {stage for stage in STAGES if name in reaching[stage]}, name
        edit(file, text)
    assert codes() == before


def test_training_reaches_of_study_only_what_decides_its_numbers() -> None:
    """So that a message, a cost table or the way a configuration is read trains nothing again."""
    of_study = {name for name in reached_names("train") if name.startswith("study/")}
    recipe = ("evaluations", "fields", "network_specs", "optimizer_specs", "recipe")
    assert of_study == {f"study/{stem}.py" for stem in ("__init__", "catalogue", "specs", "streams", *recipe)}


def test_a_stage_depends_on_its_own_text_and_not_on_that_of_others(package: Path) -> None:
    before, file = codes(), package / "stages.py"
    line = "registry = summary_of(study), load(claims)"
    edit(file, file.read_text(encoding="utf-8").replace(line, line.replace("load(claims)", "load(Path(claims))")))
    assert {stage for stage, code in codes().items() if code != before[stage]} == {"judge"}


def test_a_template_beside_a_module_counts_and_line_endings_do_not(package: Path) -> None:
    before = codes()
    assert "report/template/style.typ" in reached_names("typeset")
    for file in package.rglob("*.py"):
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    fingerprint.SOURCES.clear()
    assert codes() == before


def test_no_clone_converts_a_file_of_the_repository() -> None:
    listed = subprocess.run(["git", "ls-files", "--eol", "-z"], capture_output=True, text=True, check=False).stdout
    if not listed:
        pytest.skip("there is no repository here")
    lines = (line.split("\t") for line in listed.split("\0") if line)
    attributes = {file: facts.partition("attr/")[2].split() for facts, file in lines}
    assert attributes["results/reported/claims.yaml"] == ["-text"]
    assert {tuple(found) for file, found in attributes.items() if file.startswith("results/")} == {("-text",)}
    assert [file for file, found in attributes.items() if found not in (["-text"], ["text=auto", "eol=lf"])] == []


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
        ("study/recipe.py", set(VARIANTS)),
        ("study/config.py", set()),
        ("datasets/grid.py", set()),
        ("datasets/stacked_digits.py", set()),
        ("measures/modes.py", set()),
        ("cli.py", set()),
        ("training/engine.py", set(VARIANTS)),
    ],
)
def test_an_edit_retrains_only_what_it_may_change(package: Path, edited: str, retrained: set[str]) -> None:
    cells = plan.cells(load_study([DEFAULT], {"datasets": ["ring"], "variants": VARIANTS}))
    before = {cell.variant.name: training_code(cell) for cell in cells}
    edit(package / edited, (package / edited).read_text() + "# edited\n")
    after = {cell.variant.name: training_code(cell) for cell in cells}
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
    folder_state.cache_clear()
    options = catalogue.options_model("datasets", "folder")(path=str(path)).model_dump()
    return data_code("data", DatasetSpec(name="x", family="folder", options=options, root_seed=0))


EDITS = {
    "size": lambda file: (file.write_text("longer than it was"), os.utime(file, ns=(0, 10**18))),
    "time": lambda file: os.utime(file, ns=(0, 10**18 + 1)),
    "gone": Path.unlink,
    "renamed": lambda file: file.rename(file.with_suffix(".jpg")),
}


@pytest.mark.parametrize("file", ["labels.csv", "red/deep/2.png"])
@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_in_a_folder_of_images_makes_the_data_again(file: str, edit: str, images: Path) -> None:
    before = folder_code(images)
    assert folder_code(images) == before
    EDITS[edit](images / file)
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


def test_measures_depend_on_the_file_that_declares_them_and_on_no_other() -> None:
    files = {name: {file.name for file in reached("measure", [("measures", name)])} for name in ("recall", "density")}
    assert files["recall"] == files["density"]
    assert "neighbours.py" in files["recall"]
    assert "different_bins.py" not in files["recall"]
    with pytest.raises(FileNotFoundError):
        reached("train", [("variants", "nowhere")])
