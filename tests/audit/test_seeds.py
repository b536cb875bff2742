"""Seeds: others than declared, or streams that do not follow from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from audited_study import RECORD, edit_json, findings

from modecollapse.audit.bundle import Bundle
from modecollapse.audit.checks import seeds
from modecollapse.audit.checks.seeds import check
from modecollapse.study import streams


def test_a_good_study_has_no_findings(audited: Path) -> None:
    result = check(Bundle(audited))
    assert not result.findings
    assert result.looked_at == 4 + 4 * 4 + 4 * 5 + 2 + 36  # blocks, streams of GAN and VEEGAN, cells, all distinct
    assert not result.notes


def test_the_rule_is_the_one_that_is_used() -> None:
    for key in ((), ("ring", "veegan", 3, "noise"), ("ring", "gan", 2**32 - 1, "init", "D")):
        assert seeds.stream_seed(20171204, *key) == streams.stream_seed(20171204, *key)


@pytest.mark.parametrize("name", ["data", "noise"])
def test_a_stream_that_does_not_follow_from_the_rule(folder: Path, name: str) -> None:
    edit_json(folder / RECORD, lambda run: run["streams"][1].update({name: 5}))
    assert findings(check, folder) == [(RECORD, f"streams of seed 1, {name}")]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda init: init.update(D=7), "D"),
        (lambda init: init.update(X=7), "X"),
        (lambda init: init.pop("F"), "F"),
    ],
)
def test_initial_weights_from_another_stream(folder: Path, change: Any, name: str) -> None:
    edit_json(folder / RECORD, lambda run: change(run["streams"][0]["init"]))
    assert findings(check, folder) == [(RECORD, f"streams of seed 0, init.{name}")]


def test_a_stream_that_two_runs_share(folder: Path) -> None:
    def copy(run: dict[str, Any]) -> None:
        run["streams"][1]["data"] = run["streams"][0]["data"]

    edit_json(folder / RECORD, copy)
    found = findings(check, folder)
    assert found[0] == (RECORD, "streams of seed 1, data")
    assert found[1][0] == "runs"
    assert found[1][1].startswith("stream ")


def test_a_run_of_another_seed_than_planned(folder: Path) -> None:
    def rename(run: dict[str, Any]) -> None:
        run["seeds"] = [0, 7]
        run["status"][1]["seed"] = run["streams"][1]["seed"] = 7

    edit_json(folder / RECORD, rename)
    found = findings(check, folder)
    assert (RECORD, "seeds") in found
    assert ("runs/matched/ring/veegan", "") in found
    assert (RECORD, "streams of seed 7, data") in found


def test_a_list_of_seeds_is_noted(folder: Path) -> None:
    edit_json(folder / "study.json", lambda study: study.update(seeds=[0, 1, 2, 3]))
    result = check(Bundle(folder))
    assert not result.findings
    assert result.notes == ["the seeds are listed by hand: [0, 1, 2, 3]; a count would be 0 to n - 1"]


def test_another_root_seed(folder: Path) -> None:
    edit_json(folder / "study.json", lambda study: study.update(root_seed=1))
    assert len(findings(check, folder)) == 36


def test_no_record_at_all_is_told(folder: Path) -> None:
    for path in folder.glob("runs/**/run.json"):
        path.write_text("{}", encoding="utf-8")
    result = check(Bundle(folder))
    assert not result.findings
    assert result.notes == ["4 of 4 run records are missing or not as they must be (Schema)"]
