"""Cases 22, 23 and 25: a wrong, hostile or too small configuration is one line before any job starts; text is text.

Which mistakes are found, key by key, is tested in tests/study/test_load.py and tests/claims/test_registry.py; here
some go through the real programs. What shells, tables and Typst would read as commands comes out as text.
"""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml
from dag_copy import (
    CONFIGURATION,
    REPOSITORY,
    RESULTS,
    RING,
    configure,
    copy_repository,
    error_line,
    finish,
    planned,
    snakemake,
)
from PIL import Image
from pypdf import PdfReader

pytestmark = pytest.mark.dag
RECIPE = "experiments: {matched: {recipes: {points: {steps: 400, CHANGED}}}}"
SHARE, TIE = "    modes: {share: 0.1}", "tie: 0.15"
# What is given as broken.yaml -> words of the line that refuses it
# fmt: off
FILES: dict[str, tuple[str, list[str]]] = {
    "unknown key": ("sedes: 3", ["'sedes'", "allowed: ", "study, root_seed, seeds"]),
    "key twice": ("seeds: 3\nseeds: 4", ["line 2", "'seeds'", "each key once"]),
    "rate as text": (RECIPE.replace("CHANGED", "optimizer: {lr: 1e-4}"), ["optimizer.lr", "'1e-4'", "write 0.0001"]),
    "evaluations": (RECIPE.replace("CHANGED", "evaluations: 999"), ["evaluations", "999", "most the 400 steps"]),
    "seed of 2^64": (f"seeds: [{2**64}]", ["seeds", str(2**64), "to 2^32-1"]),
    "device": ("device: tpu", ["device", "'tpu'", "'cpu' or 'cuda'"]),
    "inversion": ("inversion: {images: 0}", ["inversion.images", "0", "greater than or equal to 1"]),
}
# in config/claims.yaml: what is replaced, by what -> words of the line
CLAIMS: dict[str, tuple[str, str, list[str]]] = {
    "margin NaN": (SHARE, SHARE.replace("0.1", ".nan"), ["margins.modes.share", "nan", "allowed: "]),
    "margin of nothing": (SHARE, SHARE.replace("0.1", "0.0"), ["margins.modes.share", "0.0", "greater than 0"]),
    "tie 0": (TIE, "tie: 0", ["settings.tie", "0", "greater than 0"]),
    "setting twice": (TIE, f"{TIE}\n  {TIE}", ["line ", "'tie'", "each key once"]),
    "claim key": ("settings:\n", "settings:\n  alhpa: 0.1\n", ["'alhpa'", "alpha, draws"]),
}  # fmt: on
CANARY = "canary"
SHELL = [f"a;touch {CANARY}", f"$(touch {CANARY})", f"`touch {CANARY}`", f"a\ntouch {CANARY}"]
SHELL += [f"a' ; touch {CANARY} ; '", f'a" ; touch {CANARY} ; "', f"a | touch {CANARY}", f"{{input}} && touch {CANARY}"]
SHELL += ["../../canary", "-canary", "a b", "\u00e9\u202e", "x" * 300]
KEYS = ("study={}", "variants=[{}]", "datasets=[{}]", "measures=[{}]", "seeds={}", "inversion={}", "device={}")
FOLDER = "results/ring-only"
TARGETS = [
    f"{FOLDER}/data/ring;touch {CANARY}.npz",
    f"{FOLDER}/data/$(touch {CANARY}).npz",
    f"{FOLDER}/runs/matched/ring/`touch {CANARY}`/seeds-0-1/run.json",
    f"{FOLDER}/runs/matched/ring/veegan/seeds-0-1;touch {CANARY}/run.json",
    f"results/../{CANARY}/data/ring.npz",
    f"{FOLDER}/data/../../../{CANARY}.npz",
    f"{FOLDER}/data/a\ntouch {CANARY}.npz",
    f"{FOLDER}/data/{'x' * 300}.npz",
]


def quick(cases: list, *which: object) -> list:
    """The cases, those that are not among `which` marked as long."""
    return [pytest.param(*c, marks=() if c in which else pytest.mark.long) for c in cases]


def check_untouched(folder: Path) -> None:
    """Nothing was written in the copy, and no canary in it, beside it or above."""
    assert not (folder / "results").exists()
    above = folder.parent.parent.glob(CANARY)
    assert [*folder.rglob(f"*{CANARY}*"), *folder.parent.glob(f"*{CANARY}*"), *above] == []


def refused(folder: Path, *arguments: str) -> str:
    """What the workflow says, which refuses to start and writes nothing."""
    run = snakemake(folder, *arguments)
    assert run.returncode != 0, run.stdout
    assert "Traceback" not in run.stderr
    check_untouched(folder)
    return run.stderr


@pytest.fixture
def case(request: pytest.FixtureRequest, sources: Path) -> Iterator[tuple[list[str], list[str]]]:
    """The arguments that a broken file is given with, and the words of its refusal; all is put right afterwards."""
    claims = sources / "config" / "claims.yaml"
    if request.param in FILES:
        text, words = FILES[request.param]
        (sources / "broken.yaml").write_text(text)
        yield ["--configfile", "broken.yaml"], ["broken.yaml", *words]
    else:
        old, new, words = CLAIMS[request.param]
        text = claims.read_text()
        assert old in text
        claims.write_text(text.replace(old, new, 1))
        yield ["--configfile", CONFIGURATION], ["config/claims.yaml", *words]
    shutil.copy(REPOSITORY / "config" / "claims.yaml", claims)


CASES = [(case,) for case in (*FILES, *CLAIMS)]


@pytest.mark.parametrize("case", quick(CASES, ("key twice",), ("margin NaN",)), indirect=True)
def test_plan_and_workflow_refuse_a_mistake_and_start_nothing(
    case: tuple, sources: Path, plan: Callable[..., tuple[int, str, str]]
) -> None:
    arguments, words = case
    status, _, said = plan(sources, *arguments, "--claims")
    assert status == 2
    check_untouched(sources)
    for line in (error_line(said), error_line(refused(sources, *arguments))):
        assert [word for word in words if word not in line] == []


# All keys take the same way, so one text is tried with each of them, and two keys with every text.
VALUES = [(key, SHELL[0]) for key in KEYS] + [(key, text) for key in KEYS[:2] for text in SHELL[1:]]


@pytest.mark.parametrize(("key", "text"), quick(VALUES, (KEYS[-3], SHELL[0]), (KEYS[-1], SHELL[0])))
def test_a_hostile_value_on_the_command_line_is_refused(sources: Path, key: str, text: str) -> None:
    line = error_line(refused(sources, "--config", key.format(text)))
    assert line.startswith("error: --config: ")
    assert key.partition("=")[0] in line
    assert "; allowed: " in line


@pytest.mark.parametrize("text", quick([(text,) for text in SHELL[1:]], (SHELL[1],)))
def test_hostile_names_in_a_file_are_refused(sources: Path, text: str) -> None:
    definitions = {"variants": {text: {"objective": "veegan"}}, "datasets": {text: {"family": "ring"}}}
    content = {"study": "x", "definitions": definitions, "experiments": {text: RING}}
    (sources / "names.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    line = error_line(refused(sources, "--configfile", "names.yaml"))
    assert "names.yaml: definitions.variants." in line
    assert "is not allowed; allowed: text of lower-case letters" in line


@pytest.mark.parametrize("target", quick([(target,) for target in TARGETS], (TARGETS[0],)))
def test_a_target_that_is_not_in_the_plan_is_refused(sources: Path, target: str) -> None:
    last = refused(sources, "--configfile", CONFIGURATION, "--", target).partition("Building DAG of jobs...")[2]
    reason = "is periodically repeated" if "xxx" in target else f"No rule to produce {os.path.normpath(target)} "
    assert reason in last


def test_the_plan_says_what_so_few_seeds_cannot_decide(tmp_path: Path, plan: Callable) -> None:
    """Of V7, in a study that works as long as a quarter of the poster's notebook."""
    content = yaml.safe_load(RECIPE.replace("steps: 400, CHANGED", "steps: 25000, evaluations: 40"))
    configure(tmp_path, content | {"datasets": ["ring"], "variants": ["gan-minimax", "ali", "unrolled", "veegan"]})

    def planned(seeds: int) -> str:
        arguments = ("--claims", "--configfile", str(tmp_path / CONFIGURATION), "--config", f"seeds={seeds}")
        status, printed, _ = plan(REPOSITORY, *arguments)
        assert status == 0
        table = printed.split("What each claim can reach")[1].replace("\u2502", "|")
        rows = [[cell.strip() for cell in line.split("|")] for line in table.splitlines()]
        first = next(number for number, row in enumerate(rows) if row[1:2] == ["V7"])
        return " ".join(cell for row in rows[first : first + 3] if row[1:2] in (["V7"], [""]) for cell in row[2:])

    assert "nothing (8) 5 seeds (8)" in " ".join(planned(3).split())
    assert "refute only (7), nothing (1)" in planned(5)
    assert "either way" in planned(30)


# Text that Typst, a shell, a spreadsheet, TeX or SVG would each like to read as something else; here it is text.
LABELS = [
    {"gan-nonsaturating": f"=1+1;'$(touch {CANARY})`", "veegan": '*b* #panic("x") <a> @b'},
    {"gan-nonsaturating": f"-2,`touch {CANARY}`", "veegan": '#read("/etc") ^_'},
    {"gan-nonsaturating": "$x$ $\\frac // /* <svg>", "veegan": '"q" &amp; ../.. a_b^c'},
    {"gan-nonsaturating": "{input} {1}", "veegan": "{{x}} {dataset}"},
]
QUICK_LABELS = [LABELS[0], *(pytest.param(labels, marks=pytest.mark.long) for labels in LABELS[1:])]


@pytest.mark.parametrize("labels", QUICK_LABELS)
def test_labels_are_text_in_the_shell_in_a_table_and_in_the_pdf(labels: dict[str, str], edited: Path) -> None:
    """The finished study with these labels: no training again, and nothing that a label asks for."""
    definitions = {"variants": {variant: {"label": label} for variant, label in labels.items()}}
    stages = set(planned(configure(edited, RING | {"definitions": definitions})))
    assert {"summarise", "typeset"} <= stages
    assert not {"train", "measure"} & stages
    finish(edited)
    with open(edited / RESULTS / "tables" / "table1.csv", newline="", encoding="utf-8") as stream:
        rows = {row["variant"]: row["row"] for row in csv.DictReader(stream)}
    assert {variant: rows[variant] for variant in labels} == labels
    text = "".join(page.extract_text() for page in PdfReader(edited / RESULTS / "report.pdf").pages)
    for label in labels.values():
        assert "".join(label.split()) in "".join(text.split())
    assert list(edited.parent.rglob(CANARY)) == []


@pytest.mark.long
def test_a_folder_of_images_with_any_name_works(tmp_path: Path) -> None:
    """A path is a value too, and this one is allowed: it is quoted, not refused."""
    images = tmp_path / f"my 'images' \"$(touch {CANARY})\" ; `x` \u00e9"
    images.mkdir()
    rng = np.random.default_rng(0)
    lines = ["file,label"]
    for index in range(40):
        grey = 60 + 120 * (index % 2)
        pixels = rng.integers(grey - 50, grey + 50, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(images / f"{index}.png")
        lines.append(f"{index}.png,{'light' if index % 2 else 'dark'}")
    (images / "labels.csv").write_text("\n".join(lines) + "\n")
    options = {"path": str(images), "size": 16, "classes": 2, "accuracy": 0.6}
    definitions = {"datasets": {"mine": {"family": "folder", "options": options}}}
    study = RING | {"datasets": ["mine"], "data_root": str(images), "definitions": definitions}
    folder, made = copy_repository(tmp_path / "copy", study), RESULTS / "data" / "mine.npz"
    finish(folder, str(made))
    assert (folder / made).exists()
    assert [path for path in tmp_path.rglob(CANARY) if path != images] == []
    assert os.listdir(images).count(CANARY) == 0
