"""Where a printed number comes from: known rows, runs and hashes, in as few lines as a terminal shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from modecollapse import files
from modecollapse.audit import explain as explaining
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.explain import explain, ids
from modecollapse.errors import StudyError

MODES = "matched/ring/veegan/modes"


@pytest.fixture(scope="module")
def bundle(honest_study: Path) -> Bundle:
    return Bundle(honest_study)


def test_a_mean_rests_on_its_row_its_seeds_and_its_runs(bundle: Bundle) -> None:
    lines = explain(bundle, MODES)
    [row] = [line for line in lines if line.startswith("  tables/summary.csv: ")]
    assert "variant = veegan, measure = modes, step = 60, n = 6, " in row
    values = [line.split(": ")[1].split(" of ") for line in lines if line.startswith("    veegan, modes, seed ")]
    mean = sum(float(value) for value, _ in values) / 6
    assert f"mean = {mean}"[:12] in row
    assert lines[1].startswith(f"  printed  {mean:.2f}")
    assert lines[2].startswith("  formula  modes: ")
    folders = [f"matched/ring/veegan/seeds-{seeds}" for seeds in ("0-2", "3-5")]
    assert [line.split(":")[0] for line in lines if line.startswith("  runs/")] == [f"  runs/{f}" for f in folders]
    for name in ("samples.npy", "trace.parquet", "weights.safetensors"):
        assert f"    {files.sha256(bundle.folder / 'runs' / folders[0] / name)}  {name}" in lines


def test_numbers_of_every_kind_are_explained(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    printed = ids(bundle)  # it typesets the report
    monkeypatch.setattr(explaining, "ids", lambda bundle: printed)
    for name in {name.split("/")[0]: name for name in printed}.values():
        assert explain(bundle, name)[0] == name


def test_an_id_that_is_not_printed_names_the_nearest(bundle: Bundle) -> None:
    with pytest.raises(StudyError, match=f"'matched/ring/veegan/mode' is not printed in this report; .*{MODES}"):
        explain(bundle, "matched/ring/veegan/mode")
