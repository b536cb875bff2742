"""A new file's declarations are checked before anything is planned; each mistake is one line that names the file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from default_config import DEFAULT

from modecollapse.errors import StudyError
from modecollapse.skeletons import TEMPLATES
from modecollapse.study import catalogue, declarations
from modecollapse.study.load import load_study


@pytest.mark.parametrize("folder", declarations.FACTS)
def test_the_study_s_own_files_declare_what_they_must(folder: str) -> None:
    for name in catalogue.names(folder):
        declarations.check(folder, name)
    declarations.check(folder, "no-such-name")  # which others refuse


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package whose only files are those that a test writes."""
    for folder in declarations.FACTS:
        (tmp_path / folder).mkdir()
    monkeypatch.setattr(catalogue, "PACKAGE", tmp_path)
    for cached in (catalogue.names, catalogue.declarations, catalogue._measures, catalogue.options_model):
        cached.cache_clear()
    yield tmp_path
    for cached in (catalogue.names, catalogue.declarations, catalogue._measures, catalogue.options_model):
        cached.cache_clear()


@pytest.mark.parametrize(
    ("kind", "pattern", "line", "problem"),
    [
        ("dataset", "^LABEL = .*", "", "datasets/mine.py: declares no LABEL; allowed: a literal"),
        ("dataset", "^MODES = .*", "MODES = 2 + 2", "datasets/mine.py: declares no MODES; allowed: a literal"),
        ("dataset", "^SAMPLES = .*", "SAMPLES = 0", "datasets/mine.py: SAMPLES"),
        ("dataset", "^SHAPE = .*", 'SHAPE = ("width",)', "'width' is no option; allowed: sd, side"),
        (
            "dataset",
            "^STORED_AS = .*",
            'STORED_AS = "float"',
            "STORED_AS: 'float' is not allowed (did you mean 'float32'",
        ),
        ("dataset", '"above"', '"abov"', "option side has default, abov; allowed: default, above, least, most"),
        ("variant", "^NETWORKS = .*", "", "variants/mine.py: declares no NETWORKS"),
        ("variant", "^NETWORKS = .*", 'NETWORKS = {"D": 3}', "variants/mine.py: NETWORKS.D: 3 is not allowed"),
        ("measure", '"NOTE".*', "", "measures/mine.py: declares no NOTE"),
        ("measure", '"BETTER": "less"', '"BETTER": "least"', "measures/mine.py: BETTER: 'least' is not allowed"),
    ],
)
def test_what_is_wrong_is_named(kind: str, pattern: str, line: str, problem: str, package: Path) -> None:
    text = (TEMPLATES / f"{kind}.py.txt").read_text().replace("@FILE@", "mine").replace("@LABEL@", "Mine")
    (package / f"{kind}s" / "mine.py").write_text(re.sub(pattern, line, text, flags=re.MULTILINE))
    with pytest.raises(StudyError, match=re.escape(problem)) as caught:
        declarations.check(f"{kind}s", "mine")
    assert len(str(caught.value).splitlines()) == 1


def test_a_study_is_not_planned_with_such_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(declarations, "check", lambda folder, name: asked.append((folder, name)))
    defined = {"variants": {"third": {"objective": "lsgan"}}}
    load_study([DEFAULT], {"definitions": defined, "experiments": {"matched": {"measures": ["coverage"]}}})
    assert {("variants", "lsgan"), ("measures", "coverage"), ("datasets", "ring"), ("variants", "veegan")} <= {*asked}
