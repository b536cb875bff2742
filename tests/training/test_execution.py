"""How steps are executed: compiled ones agree with eager ones, and what cannot be compiled is said and recorded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from blocks import make_block, write_data
from compiled import largest_difference

from modecollapse.errors import StudyError
from modecollapse.training import arithmetic
from modecollapse.training.loop import train_block


def test_the_gradients_of_a_compiled_step_are_those_of_an_eager_one():
    assert largest_difference("gan-nonsaturating", (0, 3)) < 1e-6


def test_where_nothing_can_be_compiled_steps_are_eager_and_the_record_says_so(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(arithmetic, "start_compiler", lambda: None)
    data, block = write_data(tmp_path / "ring.npz"), make_block(steps=5, evaluations=1)
    for name, execution in (("eager", "eager"), ("compiled", "compiled")):
        train_block(block, data, tmp_path / name, execution=execution)
    records = [json.loads((tmp_path / name / "run.json").read_text()) for name in ("eager", "compiled")]
    assert records[0]["files"] == records[1]["files"]
    assert records[0]["execution"] == records[1]["execution"] == {"mode": "eager", "compiler": None}
    assert (records[0]["incidents"], len(records[1]["incidents"])) == ([], 1)
    assert "no C++ compiler that works: steps are eager" in records[1]["incidents"][0]
    assert caplog.text.count("steps are eager") == 1


def test_a_machine_without_a_compiler_is_known(tmp_path: Path) -> None:
    code = "from modecollapse.training import arithmetic as a; a.configure(); print(a.start_compiler())"
    environment = {"CXX": "/nothing/here", "TORCHINDUCTOR_CACHE_DIR": str(tmp_path)}
    environment["PYTHONPATH"] = str(Path(arithmetic.__file__).parents[2])
    printed = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert printed.stdout.strip() == "None", printed.stderr


@pytest.mark.parametrize("execution", ["captured", "fast"])
def test_an_execution_that_there_is_not_is_refused_before_anything_is_written(execution, tmp_path):
    data = write_data(tmp_path / "ring.npz")
    with pytest.raises(StudyError, match=f"--execution {execution} on cpu; allowed: eager, compiled"):
        train_block(make_block(), data, tmp_path / "run", execution=execution)
    assert not list((tmp_path / "run").glob("*.json"))
