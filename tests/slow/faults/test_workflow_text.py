"""Case 23: labels and paths that shells, tables and Typst would read as commands come out as text."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from dag_copy import RESULTS, RING, configure, copy_repository, finish, planned
from fault_table import fault_log
from faults.test_workflow_refusals import CANARY
from PIL import Image
from pypdf import PdfReader

pytestmark = pytest.mark.dag
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
    fault_log("23", "labels with shell, CSV and Typst syntax", "text in the table and the PDF, no canary")


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
    fault_log("23", "a folder of images with quotes, $() and spaces in its path", "works, no canary")
