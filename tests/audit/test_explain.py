"""Where a printed number comes from: known rows, runs and hashes, in as few lines as a terminal shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from modecollapse import files
from modecollapse.audit import explain as explaining
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.explain import explain, ids, lines
from modecollapse.errors import StudyError

MODES = "matched/ring/veegan/modes"


@pytest.fixture(scope="module")
def bundle(honest_study: Path) -> Bundle:
    return Bundle(honest_study)


def test_a_mean_rests_on_its_row_its_seeds_and_its_runs(bundle: Bundle) -> None:
    found = explain(bundle, MODES)
    [rows] = [row for file, row in found.table_rows if file == "tables/summary.csv"]
    assert (rows["variant"], rows["measure"], rows["n"]) == ("veegan", "modes", "6")
    assert found.tidy["seed"].tolist() == [0, 1, 2, 3, 4, 5]
    assert float(rows["mean"]) == pytest.approx(found.tidy["value"].mean())
    assert found.printed.startswith(f"{found.tidy['value'].mean():.2f}")
    assert [folder for folder, _ in found.runs] == ["matched/ring/veegan/seeds-0-2", "matched/ring/veegan/seeds-3-5"]
    text = "\n".join(lines(bundle, found))
    for name in ("samples.npy", "trace.parquet", "weights.safetensors"):
        assert f"{files.sha256(bundle.folder / 'runs' / found.runs[0][0] / name)}  {name}" in text
    assert "  formula  modes: " in text


def test_numbers_of_every_kind_are_explained(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    printed = ids(bundle)  # it typesets the report
    monkeypatch.setattr(explaining, "ids", lambda bundle: printed)
    for name in {name.split("/")[0]: name for name in printed}.values():
        assert list(lines(bundle, explain(bundle, name)))[0] == name


def test_an_id_that_is_not_printed_names_the_nearest(bundle: Bundle) -> None:
    with pytest.raises(StudyError, match=f"'matched/ring/veegan/mode' is not printed in this report; .*{MODES}"):
        explain(bundle, "matched/ring/veegan/mode")
