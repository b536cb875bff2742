"""Whatever is done to `claims.yaml`: it is a registry, or one printable line says what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from default_config import DEFAULT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nested_changes import changed

from modecollapse.claims import Registry, load, registry
from modecollapse.claims.reachable import reachable_verdicts
from modecollapse.errors import MOST_CHARACTERS, StudyError
from modecollapse.measures import supports
from modecollapse.study.load import load_study
from modecollapse.study.strict_yaml import read_yaml
from modecollapse.study.summary import summary_of

CLAIMS = DEFAULT.with_name("claims.yaml")
STUDY = load_study([DEFAULT])
SUMMARY = summary_of(STUDY)
KEPT = ("B3", "B7", "B9", "B24", "B27", "L1", "L12", "L14", "H1", "V7")  # one of each rule at least


def few(content: dict[str, Any]) -> dict[str, Any]:
    """A few claims and values, so that a change meets the rest as well."""
    claims = [claim for claim in content["claims"] if claim["id"] in KEPT]
    return content | {"claims": claims, "values": content["values"][:4] + content["values"][26:28]}


CONTENT = few(read_yaml(CLAIMS))


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=changed(CONTENT))
def test_changed_claims_are_a_registry_or_one_line(content: dict[str, Any]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "read_yaml", lambda path: content)  # what YAML does is tested with the study's
        try:
            found = load(CLAIMS, STUDY)
        except StudyError as error:
            line = str(error)
            assert line.isprintable(), line
            assert 0 < len(line) <= MOST_CHARACTERS
            return
    assert bool(reachable_verdicts(SUMMARY, found, supports(SUMMARY))) == bool(found.claims)


@settings(max_examples=20, deadline=None)
@given(cut=st.integers(0, 9000), text=st.text(alphabet="&*<-?!{}[],:#|'\"\t\n 01x", max_size=9))
def test_odd_text_is_one_line(tmp_path_factory: Any, cut: int, text: str) -> None:
    file = Path(tmp_path_factory.getbasetemp() / "claims.yaml")
    file.write_text(CLAIMS.read_text(encoding="utf-8")[:cut] + text, encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        load(file, STUDY)
    assert str(caught.value).isprintable()
    assert str(caught.value).startswith(f"{file}: ")


def test_the_few_claims_are_accepted() -> None:
    assert len(Registry.model_validate(CONTENT).claims) == len(KEPT)
