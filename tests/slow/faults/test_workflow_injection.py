"""Case 23: nothing in a configuration, on the command line or in a wildcard is run by a shell or leaves the folder."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml
from dag_copy import (
    CONFIGURATION,
    RESULTS,
    RING,
    copy_of,
    copy_repository,
    finished_study,
    planned,
    snakemake,
)
from PIL import Image
from pypdf import PdfReader

pytestmark = pytest.mark.dag
CANARY = "canary"
SHELL = [
    f"a;touch {CANARY}",
    f"$(touch {CANARY})",
    f"`touch {CANARY}`",
    f"a\ntouch {CANARY}",
    f"a' ; touch {CANARY} ; '",
    f'a" ; touch {CANARY} ; "',
    f"a | touch {CANARY}",
    f"{{input}} && touch {CANARY}",
    "../../canary",
    "-canary",
    "a b",
    "\u00e9\u202e",
    "x" * 300,
]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_repository(tmp_path_factory.mktemp("repository"), RING)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished_study(tmp_path_factory, RING)


def canaries(folder: Path) -> list[Path]:
    """Files of that name in the copy, beside it and above."""
    return [*folder.rglob(f"*{CANARY}*"), *folder.parent.glob(f"*{CANARY}*"), *folder.parent.parent.glob(CANARY)]


def check_refused(folder: Path, *arguments: str) -> str:
    """Nothing ran and nothing was written; the one line, or Snakemake's own refusal."""
    run = snakemake(folder, *arguments)
    assert run.returncode != 0, run.stdout
    assert "Traceback" not in run.stderr
    assert not (folder / "results").exists()
    assert canaries(folder) == []
    return run.stderr


KEYS = ("study={}", "variants=[{}]", "datasets=[{}]", "measures=[{}]", "seeds={}", "inversion={}", "device={}")
# All keys take the same way, so one text is tried with each of them, and two keys with every text.
QUICK = [(key, SHELL[0]) for key in KEYS[-3::2]]
LONG = [pytest.param(key, SHELL[0], marks=pytest.mark.long) for key in KEYS if (key, SHELL[0]) not in QUICK]
LONG += [pytest.param(key, text, marks=pytest.mark.long) for key in KEYS[:2] for text in SHELL[1:]]


@pytest.mark.parametrize(("key", "text"), [*QUICK, *LONG])
def test_a_value_on_the_command_line_is_refused(
    repository: Path, key: str, text: str, fault_log: Callable[..., None]
) -> None:
    told = check_refused(repository, "--config", key.format(text))
    assert len([line for line in told.splitlines() if line.startswith("error: ")]) == 1
    fault_log("23", f"--config {key.format(text)[:40]!r}", "one line, no canary")


def names_file(folder: Path, text: str) -> None:
    """Every place of a file that names something holds `text`."""
    content = {
        "study": "x",
        "definitions": {"variants": {text: {"objective": "veegan"}}, "datasets": {text: {"family": "ring"}}},
        "experiments": {text: {"recipes": RING}},
    }
    (folder / "names.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


@pytest.mark.parametrize("text", [SHELL[1], *(pytest.param(text, marks=pytest.mark.long) for text in SHELL[2:])])
def test_names_in_a_file_are_refused(repository: Path, text: str) -> None:
    names_file(repository, text)
    told = check_refused(repository, "--configfile", "names.yaml")
    [line] = [line for line in told.splitlines() if line.startswith("error: ")]
    assert "names.yaml: definitions.variants." in line
    assert "is not allowed; allowed: text that matches" in line


@pytest.mark.parametrize(
    "target",
    [
        f"results/ring-only/data/ring;touch {CANARY}.npz",
        *(
            pytest.param(target, marks=pytest.mark.long)
            for target in (
                f"results/ring-only/data/$(touch {CANARY}).npz",
                f"results/ring-only/runs/matched/ring/`touch {CANARY}`/seeds-0-1/run.json",
                f"results/ring-only/runs/matched/ring/veegan/seeds-0-1;touch {CANARY}/run.json",
                f"results/../{CANARY}/data/ring.npz",
                f"results/ring-only/data/../../../{CANARY}.npz",
                f"results/ring-only/data/a\ntouch {CANARY}.npz",
                f"results/ring-only/data/{'x' * 300}.npz",
            )
        ),
    ],
)
def test_a_target_that_is_not_in_the_plan_is_refused(repository: Path, target: str) -> None:
    check_refused(repository, "--configfile", CONFIGURATION, "--", target)


# Text that Typst, a shell, a spreadsheet, TeX or SVG would each like to read as something else; here it is text.
LABELS = {
    "gan-nonsaturating": f"""=1+1;'"$(touch {CANARY})`touch {CANARY}` *b* #panic("x") <a> @b""",
    "veegan": '-2, "q"\n#read("/etc/passwd") a_b^c $x$ $\\frac // /* <svg>&amp; ../..',
}


def labelled(folder: Path, labels: dict[str, str] = LABELS) -> Path:
    """The finished study in `folder`, with these labels and the options that it had."""
    definitions = yaml.safe_load((folder / "config" / "config.yaml").read_text())["definitions"]
    for variant, label in labels.items():
        definitions["variants"].setdefault(variant, {})["label"] = label
    (folder / CONFIGURATION).write_text(yaml.safe_dump(RING | {"definitions": definitions}, allow_unicode=True))
    stages = set(planned(folder))
    assert {"summarise", "typeset"} <= stages
    assert not {"train", "measure"} & stages
    return folder


def test_labels_come_out_of_the_shell_and_of_a_table_as_text(
    finished: Path, tmp_path: Path, fault_log: Callable[..., None]
) -> None:
    folder = labelled(copy_of(finished, tmp_path))
    run = snakemake(folder, "summarise", "--configfile", CONFIGURATION)
    assert run.returncode == 0, run.stderr[-3000:]
    with open(folder / RESULTS / "tables" / "table1.csv", newline="", encoding="utf-8") as stream:
        rows = {row["variant"]: row["row"] for row in csv.DictReader(stream)}
    assert {variant: rows[variant] for variant in LABELS} == LABELS
    assert canaries(folder) == []
    fault_log("23", "labels with shell, CSV and Typst syntax", "text in the table, no canary")


@pytest.mark.long
def test_labels_come_out_of_the_pdf_as_text(finished: Path, tmp_path: Path) -> None:
    folder = labelled(copy_of(finished, tmp_path))
    run = snakemake(folder, "--configfile", CONFIGURATION)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    pages = "".join(page.extract_text() for page in PdfReader(folder / RESULTS / "report.pdf").pages)
    text = "".join(pages.split())
    for label in LABELS.values():
        assert "".join(label.split()) in text
    assert "root:x:" not in text
    assert canaries(folder) == []


def test_a_label_with_braces_is_no_wildcard(finished: Path, tmp_path: Path) -> None:
    labelled(copy_of(finished, tmp_path), {"veegan": "{input} {1} {{x}} {dataset}"})


@pytest.mark.long
def test_a_folder_of_images_with_any_name_works(tmp_path: Path, fault_log: Callable[..., None]) -> None:
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
    folder = copy_repository(tmp_path / "copy", RING)
    study = RING | {
        "datasets": ["mine"],
        "data_root": str(images),
        "definitions": {"datasets": {"mine": {"family": "folder", "options": options}}},
    }
    (folder / CONFIGURATION).write_text(yaml.safe_dump(study, allow_unicode=True), encoding="utf-8")
    made = RESULTS / "data" / "mine.npz"
    run = snakemake(folder, str(made), "--configfile", CONFIGURATION)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    assert (folder / made).exists()
    assert [path for path in canaries(folder) if path != images] == []
    assert os.listdir(images).count(CANARY) == 0
    fault_log("23", "a folder of images with quotes, $() and spaces in its path", "works, no canary")
