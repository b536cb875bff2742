"""`modecollapse new`: each skeleton runs, its test fails until what the paper says is written, and nothing is lost."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from modecollapse.errors import StudyError
from modecollapse.skeletons import KINDS, new

ROOT = Path(__file__).parents[1]
WRITTEN = {  # what a user who follows the messages writes
    "variant": {"LOSS_D: float | None = None": "LOSS_D = 0.5 + 0.75", "LOSS_G: float | None = None": "LOSS_G = 0.25"},
    "dataset": {
        "IN_A_MODE: tuple[float, ...] | None = None": "IN_A_MODE = (1.0, -1.05)",
        "IN_NONE: tuple[float, ...] | None = None": "IN_NONE = (0.0, 0.0)",
    },
    "measure": {"EXPECTED: float | None = None": "EXPECTED = 400 / 6"},
    "experiment": {"CLAIM: str | None = None": 'CLAIM = "C14"'},
    "claim": {
        "WITH: dict | None = None": 'WITH = {"modes": {"veegan": 8.0, "gan-nonsaturating": 1.0}}',
        "AGAINST: dict | None = None": 'AGAINST = {"modes": {"veegan": 1.0, "gan-nonsaturating": 8.0}}',
    },
}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What of the repository a skeleton and its test need."""
    for part in ("src", "config", "tests/support"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def run(clone: Path, *arguments: str) -> subprocess.CompletedProcess:
    environment = os.environ | {"PYTHONPATH": str(clone / "src"), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=clone, env=environment, capture_output=True, text=True, timeout=300
    )


def test_every_skeleton_runs_and_its_test_waits_for_what_the_paper_says(clone: Path) -> None:
    written = {kind: run(clone, "modecollapse", "new", kind, f"my-{kind}") for kind in KINDS}
    assert {kind: done.returncode for kind, done in written.items()} == dict.fromkeys(KINDS, 0)
    tests = {kind: clone / KINDS[kind][1].replace("@FILE@", f"my_{kind}") for kind in KINDS}
    claims = clone / "config" / "claims.yaml"
    entry = re.search(r"^  - id: my-claim\n(?:    .*\n)+", written["claim"].stdout, re.MULTILINE)[0]
    claims.write_text(claims.read_text("utf-8").replace("\nclaims:\n", f"\nclaims:\n{entry}"), encoding="utf-8")
    study = re.search(r"^    study: mine\n(?:    .*\n)+", written["variant"].stdout, re.MULTILINE)[0]
    (clone / "my.yaml").write_text(re.sub("^    ", "", study, flags=re.MULTILINE))

    planned = run(clone, "modecollapse", "plan", "--configfile", "my.yaml", "--config", "steps=30", "--claims")
    assert planned.returncode == 0, planned.stderr
    assert "matched/ring/my-variant" in planned.stdout
    done = run(clone, "pytest", "-q", "-p", "no:cacheprovider", *map(str, tests.values()))
    waiting = set(re.findall(r"AssertionError: (write \w+)", done.stdout))
    assert len(waiting) == len(re.findall(r"^FAILED", done.stdout, re.MULTILINE)) == len(KINDS), done.stdout[-3000:]

    for kind, path in tests.items():
        text = path.read_text()
        for old, filled in WRITTEN[kind].items():
            assert old in text
            text = text.replace(old, filled)
        path.write_text(text)
    done = run(clone, "pytest", "-q", "-p", "no:cacheprovider", *map(str, tests.values()))
    assert done.returncode == 0, done.stdout[-3000:]


def test_nothing_is_written_where_something_is_wrong(clone: Path, tmp_path: Path) -> None:
    before = sorted(path for path in clone.rglob("*"))
    for kind, name, message in [
        ("varient", "mine", "new 'varient': allowed: variant, dataset, measure, experiment, claim"),
        ("variant", "My GAN", "new variant 'My GAN': allowed: lower-case letters"),
        ("variant", "../x", "allowed: lower-case"),
        ("variant", "veegan", "veegan.py is there already; allowed: another name"),
        ("dataset", "mixture", "is there already"),
        ("measure", "reverse-kl", "the name is taken"),  # one of modes.py
        ("experiment", "collapse", "is there already"),
    ]:
        with pytest.raises(StudyError, match=re.escape(message)):
            new(kind, name, clone)
    with pytest.raises(StudyError, match="is no clone of the study"):
        new("variant", "mine", tmp_path / "src")
    assert sorted(path for path in clone.rglob("*")) == before
