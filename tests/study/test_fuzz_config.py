"""Whatever is done to a configuration: it is a study, or one printable line says what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from default_config import DEFAULT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nested_changes import changed

from modecollapse.errors import MOST_CHARACTERS, StudyError
from modecollapse.study.config import Study
from modecollapse.study.load import load_study
from modecollapse.study.strict_yaml import read_yaml

CONTENT = read_yaml(DEFAULT)


def ends_well(files: list[Path], overrides: dict[str, Any] | None = None) -> None:
    """A study that survives its own JSON, or a StudyError of one printable line."""
    try:
        study = load_study(files, overrides)
    except StudyError as error:
        line = str(error)
        assert line.isprintable(), line
        assert 0 < len(line) <= MOST_CHARACTERS
    else:
        assert Study.model_validate(json.loads(study.model_dump_json())) == study


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=changed(CONTENT), overriding=st.booleans())
def test_a_mutated_study_is_a_study_or_one_line(tmp_path_factory: Any, content: dict, overriding: bool) -> None:
    """By a file, as YAML writes it, or by what Snakemake has made of its --config."""
    if overriding:
        ends_well([DEFAULT], content)
        return
    file = tmp_path_factory.getbasetemp() / "fuzzed.yaml"
    try:
        text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
    except TypeError:  # keys of several types in one mapping
        return
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    ends_well([file])
    ends_well([DEFAULT, file], {"seeds": "2"})


PIECES = ["seeds: ", "variants: [", "&a ", "*a", "<<: ", "- ", "? ", "!!int ", "!!str ", "0", "1:30", "{", "}", "["]
PIECES += ["]", ",", ": ", "\n", "\n  ", "\t", "'", '"', "|\n", "#", "%YAML 1.2\n", "---\n", "\ufeff", "\x00", "=", "~"]


@settings(max_examples=60, deadline=None)
@given(pieces=st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12), keep=st.integers(0, 4000))
def test_odd_text_is_one_line(tmp_path_factory: Any, pieces: list[str], keep: int) -> None:
    """Pieces of YAML after some of the default study, as a file and on the command line."""
    file = tmp_path_factory.getbasetemp() / "fuzzed.yaml"
    text = DEFAULT.read_text(encoding="utf-8")[: keep if keep % 2 else 0] + "".join(pieces)
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    ends_well([DEFAULT, file])
    ends_well([DEFAULT], {"seeds": "".join(pieces)})
