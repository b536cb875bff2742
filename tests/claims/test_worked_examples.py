"""The claim and the rule that docs/verdicts.md adds work as they stand there."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from made_up_claims import registry, rows, summary, support, text

from modecollapse.claims import Registry
from modecollapse.claims.judge import judge
from modecollapse.claims.reachable import reachable_verdicts
from modecollapse.study.strict_yaml import read_yaml

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs" / "verdicts.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    return re.search(rf"```{language}\n(.*?)```", DOCS, re.DOTALL)[1]


def test_a_claim_is_one_entry() -> None:
    content, [entry] = read_yaml(ROOT / "config" / "claims.yaml"), yaml.safe_load(block("yaml"))
    content["sources"]["unrolled-paper"] = {"file": "f", "title": "Unrolled GAN", "authors": "Luke Metz et al."}
    content["claims"].append(entry)
    assert Registry.model_validate(content).claims[-1].id == "metz-1"


def test_a_rule_is_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("median")
    monkeypatch.setitem(sys.modules, "median", module)
    exec(compile(block("python"), "median.py", "exec"), module.__dict__)
    entry = yaml.safe_load(re.search(r"`(\{rule: median.*?\})`", DOCS)[1])
    told = registry([{"rule": "values", "place": "Table 1"}])
    claim = told.claims[0].model_copy(update={"tests": [module.Median.model_validate(entry)]})
    told = told.model_copy(update={"claims": [claim]})
    claim.tests[0].check_names(told, claim.source)
    for good, verdict in ((25, "REPRODUCED"), (5, "NOT_REPRODUCED(below)")):
        found = judge(summary(), rows({"veegan": [8] * good + [7] * (30 - good)}), told, "f", support).loc[0]
        assert (text(found), found["decided_by"], json.loads(found["numbers"])) == (verdict, "runs", {"least": 7.5})
        assert verdict in reachable_verdicts(summary(), told, support)[0]["reachable"]
