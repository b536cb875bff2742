"""Where printed numbers come from: every number has an id that leads to known rows, runs and hashes."""

from __future__ import annotations

from pathlib import Path

import pytest

from modecollapse import files
from modecollapse.audit import explain as explaining
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.explain import explain, ids
from modecollapse.errors import StudyError

MODES = "matched/ring/veegan/modes"
# First parts of ids whose numbers are counts over tables, the plan, the measures' files or the run records.
OF_STUDY = {"variants", "datasets", "experiments", "seeds", "cells", "runs", "diverged", "level", "root_seed", "wall"}
OF_STUDY |= {"verdict_level", "prediction", "nearly", "budget_known", "budget_below", "budget_least", "budget_most"}
OF_STUDY |= {"ring", "verdicts", "count", "table", "published", "margin", "attainable", "measure", "option", "recipe"}
OF_STUDY |= {"front", "finding", "decided", "environment", "sha256", "audit", "consistency", "flip"}
# And those of values that are read from a row, rounded or in words.
OF_ROWS = {"matched", "collapse", "verdict", "claim"}


@pytest.fixture(scope="module")
def bundle(honest_study: Path) -> Bundle:
    return Bundle(honest_study)


@pytest.fixture(scope="module")
def printed(bundle: Bundle) -> dict[str, str]:
    return ids(bundle)  # it typesets the report


def test_a_mean_rests_on_its_row_its_seeds_and_its_runs(bundle: Bundle) -> None:
    lines = explain(bundle, MODES)
    [row] = [line for line in lines if line.startswith("  tables/summary.csv: ")]
    assert "variant = veegan, measure = modes, step = 60, n = 6, " in row
    values = [line.split(": ")[1].split(" of ") for line in lines if line.startswith("    veegan, modes, seed ")]
    assert len(values) == 6 * 5  # evaluations in the last tenth of the steps
    mean = sum(float(value) for value, _ in values) / 30
    assert f"mean = {mean}"[:12] in row
    assert lines[1].startswith(f"  printed  {mean:.2f}")
    assert lines[2].startswith("  formula  modes: ")
    folders = [f"matched/ring/veegan/seeds-{seeds}" for seeds in ("0-2", "3-5")]
    assert [line.split(":")[0] for line in lines if line.startswith("  runs/")] == [f"  runs/{f}" for f in folders]
    for name in ("samples.npy", "snapshots.npy", "trace.parquet", "weights.safetensors"):
        assert f"    {files.sha256(bundle.folder / 'runs' / folders[0] / name)}  {name}" in lines


def test_an_id_that_is_not_printed_names_the_nearest(bundle: Bundle) -> None:
    with pytest.raises(StudyError, match=f"'matched/ring/veegan/mode' is not printed in this report; .*{MODES}"):
        explain(bundle, "matched/ring/veegan/mode")


def test_every_id_is_of_a_known_kind_and_explained_and_leads_to_its_row(
    bundle: Bundle, printed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(printed) > 400
    kinds = {value_id.split("/")[0]: value_id for value_id in printed}
    assert kinds.keys() <= OF_STUDY | OF_ROWS
    for row in bundle.table("collapse.csv").to_dict("records"):
        cell = "/".join(["collapse", row["experiment"], row["dataset"], row["variant"]])
        assert [printed[f"{cell}/{column}"] for column in ("n", "collapsed")] == [row["n"], row["collapsed"]]
    of_rows = [value_id for value_id in printed if value_id.split("/")[0] in OF_ROWS]
    assert len(of_rows) > 300
    lost = [value_id for value_id in of_rows if not explaining.table_rows(bundle, value_id)]
    assert [value_id for value_id in lost if "/elsewhere/" not in value_id] == []  # other papers' numbers: claims.yaml
    monkeypatch.setattr(explaining, "ids", lambda bundle: printed)
    assert explain(bundle, kinds["finding"])[2].endswith("read from tables/measures.parquet")
    assert [explain(bundle, name)[0] for name in kinds.values()] == list(kinds.values())
