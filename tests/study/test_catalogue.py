"""A file in a folder is offered by its name, with what it declares, without being run."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from modecollapse.errors import StudyError
from modecollapse.study import catalogue
from modecollapse.study.config import check_entry

NEW = '''"""A new variant. Running this file would fail."""
from nowhere import nothing
LABEL = "Brand new"
OPTIONS: dict = {"order": [1, 2], "on": [False, True], "rate": {"default": 0.5, "above": 0, "most": 1}}
COMPUTED = nothing()
lower = 3
'''


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the package that the catalogue reads instead."""
    copy = tmp_path / "modecollapse"
    shutil.copytree(catalogue.PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(catalogue, "PACKAGE", copy)
    cached = (catalogue.names, catalogue.declarations, catalogue.options_model)
    for function in cached:
        function.cache_clear()
    yield copy
    for function in cached:
        function.cache_clear()


@pytest.mark.parametrize(
    ("folder", "offered", "helpers"),
    [
        ("variants", {"gan-minimax", "gan-nonsaturating", "veegan"}, {"cross-entropy"}),
        ("datasets", {"grid", "ring", "stacked-digits"}, {"mixture", "digit-classifier"}),
        ("measures", {"high_quality_percent", "modes", "reverse_kl"}, {"sampled", "table"}),
    ],
)
def test_the_catalogue_offers_what_the_folders_hold(folder: str, offered: set[str], helpers: set[str]) -> None:
    names = catalogue.names(folder)
    files = sorted((catalogue.PACKAGE / folder).glob("*.py"))
    declaring = r"^(LABEL|MEASURES)(: \w+)? = "
    labelled = [file for file in files if re.search(declaring, file.read_text("utf-8"), re.MULTILINE)]
    assert offered <= set(names)
    assert not helpers & set(names)
    assert {catalogue.source(folder, name) for name in names} == set(labelled)


def test_a_new_file_is_offered_with_its_options(package: Path) -> None:
    (package / "variants" / "brand_new.py").write_text(NEW)
    assert "brand-new" in catalogue.names("variants")
    assert catalogue.declarations("variants", "brand-new")["LABEL"] == "Brand new"
    defaults = catalogue.options_model("variants", "brand-new")().model_dump()
    assert defaults == {"order": 1, "on": False, "rate": 0.5}
    check_entry("variants", "x", "brand-new", {"rate": 1.0})
    wrong = {"order": (3, "1"), "on": (1, "yes"), "rate": (0, 1.01, "1"), "rte": (1,)}
    for option, value in ((option, value) for option, values in wrong.items() for value in values):
        with pytest.raises(ValidationError):
            catalogue.options_model("variants", "brand-new").model_validate({option: value})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "LABEL = 'Mine'\nOPTIONS = {'rate': {'default': 1.0, 'min': 0}}\n",
            "rate has default, min; allowed: default, above",
        ),
        ("LABEL = \n", "line 1: invalid syntax; allowed: Python"),
        ("LABEL = 'Mine'\n", "variants/mine.py: declares no NETWORKS"),
    ],
)
def test_a_mistake_in_a_new_file_is_one_line(package: Path, text: str, told: str) -> None:
    (package / "variants" / "mine.py").write_text(text)
    reads = catalogue.declared if "NETWORKS" in told else lambda *place: catalogue.options_model(*place[:2])
    with pytest.raises(StudyError, match=re.escape(told)):
        reads("variants", "mine", "NETWORKS")
