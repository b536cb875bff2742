"""A data set's further rule: from the samples through the trace to rows, summary_of and score, and nowhere else."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from default_config import DEFAULT

from modecollapse import datasets, measures
from modecollapse.datasets import Dataset
from modecollapse.errors import StudyError
from modecollapse.measures.score import score
from modecollapse.measures.table import calibrate, measure_block
from modecollapse.study.catalogue import declarations, names, options_model
from modecollapse.study.load import load_study
from modecollapse.study.specs import DatasetSpec
from modecollapse.study.summary import summary_of
from modecollapse.training.trace import Trace, counts_column

USUAL = {"modes", "high_quality_percent", "reverse_kl"}
SHELL = {"modes_shell", "high_quality_percent_shell"}
NAME, N = "gaussians-1200d", 300


def load(name: str) -> tuple[DatasetSpec, Dataset]:
    options = options_model("datasets", name)().model_dump()
    arrays = datasets.create(name, options, 0)
    spec = DatasetSpec(name=name, family=name, options=options, root_seed=0)
    return spec, datasets.load(name, io.BytesIO(datasets.to_bytes(arrays)))


SPEC, DATA = load(NAME)


def shrunken(n: int = N) -> np.ndarray:
    """(n, 1200) float16: the first mode with little noise, accepted by the published rule alone."""
    noise = np.pad(0.2 * np.random.default_rng(0).standard_normal((n, 700)), ((0, 0), (0, 500)))
    return (noise - 1).astype(np.float16)


def oracle(n: int = N) -> np.ndarray:
    return DATA.oracle(n, np.random.default_rng(0)).astype(np.float16)


def make_trace() -> Trace:
    """Seed 3 ends with shrunken samples and seed 8 with the oracle's; at step 0 it is the other way round."""
    trace = Trace()
    for step, points in ((0, (oracle(), shrunken())), (7, (shrunken(), oracle()))):
        counts = [datasets.count_modes(of_seed, DATA) for of_seed in points]
        trace.add(step, [3, 8], counts, N, np.zeros(2), {"loss_D": np.array([0.5, 1.0])} if step else {})
    return trace


def make_run(folder: Path) -> Path:
    outcome = [{"seed": seed, "status": "ok", "step": None} for seed in (3, 8)]
    block = {"cell": {"variant": {"options": {}}}}
    run = {"experiment": "e", "dataset": NAME, "variant": "v", "config_hash": "ab", "seeds": [3, 8], "steps": 7}
    (folder / "run.json").write_text(json.dumps(run | {"status": outcome, "block": block, "device": "cpu"}))
    (folder / "trace.parquet").write_bytes(make_trace().to_bytes())
    np.save(folder / "samples.npy", np.stack([shrunken(), oracle()]))
    return folder


def test_a_data_set_declares_the_rules_it_has() -> None:
    for name in ("ring", "grid", "gaussians-1200d"):  # others need files, or train a classifier
        declared = declarations("datasets", name).get("RULES", ())
        assert datasets.rules(load(name)[1]) == (None, *declared)


def test_every_rule_of_a_measure_is_one_of_a_data_set() -> None:
    offered = {rule for name in names("datasets") for rule in declarations("datasets", name).get("RULES", ())}
    for measure in names("measures"):
        assert measures.rule(measure) in {None, *offered}
        assert measures.rule(measure) == declarations("measures", measure).get("RULE")
    assert {name for name in names("measures") if measures.rule(name) == "shell"} == SHELL


@pytest.mark.parametrize("modes", [1, 7, 10])
def test_the_shell_measures_are_the_usual_ones_of_other_counts(modes: int) -> None:
    counts = np.array([5] * modes + [0] * (10 - modes))
    for measure in ("modes", "high_quality_percent"):
        assert measures.value(f"{measure}_shell", counts, 80) == measures.value(measure, counts, 80)
        assert measures.support(f"{measure}_shell", 10) == measures.support(measure, 10)


def test_a_block_has_rows_of_both_rules_at_every_step(tmp_path: Path) -> None:
    table = measure_block(make_run(tmp_path), DATA, [*USUAL, *SHELL])
    table = table[table["measure"].isin(USUAL | SHELL | {"n_nonfinite", "loss_D"})]
    values = table.set_index(["seed", "step", "measure"])["value"]
    assert set(table["measure"]) == USUAL | SHELL | {"n_nonfinite", "loss_D"}
    assert not table.duplicated(["seed", "step", "measure"]).any()
    for seed, step in ((3, 7), (8, 0)):
        assert values[seed, step][["modes", "modes_shell"]].tolist() == [1, 0]
        assert values[seed, step][["high_quality_percent", "high_quality_percent_shell"]].tolist() == [100, 0]
    for seed, step in ((3, 0), (8, 7)):
        assert values[seed, step][["modes", "modes_shell"]].tolist() == [0, 10]
        assert values[seed, step]["high_quality_percent"] == 0
        assert values[seed, step]["high_quality_percent_shell"] == pytest.approx(99, abs=2)


def test_the_samples_must_repeat_the_counts_of_every_rule(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    samples = np.load(folder / "samples.npy")
    samples[1, :20] = 0.0  # on the shell none of them is, and nothing else of this seed changes
    samples[1, :20, 0] = 60.0
    np.save(folder / "samples.npy", samples)
    with pytest.raises(StudyError, match="samples of seed 8 are not those"):
        measure_block(folder, DATA, ["modes"])


def test_a_trace_keeps_the_counts_of_every_rule_through_a_checkpoint() -> None:
    trace = make_trace()
    again = Trace.from_bytes(trace.to_bytes())
    assert again.to_bytes() == trace.to_bytes()
    more = datasets.count_modes(oracle(), DATA)
    for each in (trace, again):
        each.add(9, [3, 8], [more, more], N, np.zeros(2), {"loss_D": np.array([0.5, 1.0])})
    assert again.to_bytes() == trace.to_bytes()
    table = pd.read_parquet(io.BytesIO(again.to_bytes()))
    assert (counts_column(None), counts_column("shell")) == ("mode_counts", "mode_counts_shell")
    for rule, counts in more.items():
        assert table[counts_column(rule)].iloc[-1].tolist() == counts.tolist()


def test_a_data_set_without_the_rule_has_one_count_and_no_such_rows() -> None:
    spec, ring = load("ring")
    counts = datasets.count_modes(ring.oracle(50, np.random.default_rng(0)), ring)
    trace = Trace()
    trace.add(0, [0], [counts], 50, np.zeros(1), {})
    columns = pd.read_parquet(io.BytesIO(trace.to_bytes())).columns
    assert [name for name in columns if name.startswith("mode_counts")] == ["mode_counts"]
    table = calibrate(spec, ring, [*USUAL, *SHELL], 2, 50)
    assert set(table["measure"]) == USUAL | {"n_nonfinite"}


def test_calibration_has_the_oracle_fail_the_published_rule_and_pass_the_repaired_one() -> None:
    table = calibrate(SPEC, DATA, [*USUAL, *SHELL], 2, 2500)
    means = table.groupby(["variant", "measure"])["value"].mean()
    assert means["oracle"][["modes", "high_quality_percent"]].tolist() == [0, 0]
    assert means["oracle", "modes_shell"] == 10
    assert means["oracle", "high_quality_percent_shell"] == pytest.approx(99, abs=0.6)
    assert set(table.loc[table["measure"] == "reverse_kl", "status"]) == {"undefined"}
    assert means["null-uniform", "high_quality_percent_shell"] == 0


def test_score_prints_the_further_rule_where_there_is_one(tmp_path: Path) -> None:
    np.save(tmp_path / "samples.npy", shrunken())
    result = score(NAME, tmp_path / "samples.npy")
    assert (result["modes"], result["high_quality_percent"]) == (1, 100)
    assert (result["modes_shell"], result["high_quality_percent_shell"]) == (0, 0)
    assert result["oracle"]["modes_shell"] == 10
    assert set(result["oracle"]) == USUAL | SHELL
    assert isinstance(result["modes_shell"], int)
    assert json.loads(json.dumps(result, allow_nan=False)) == result


def test_the_summary_lists_a_rule_s_measures_for_the_data_sets_that_have_it() -> None:
    study = load_study([DEFAULT], {"measures": list(names("measures"))})
    listed = {name: set(entry.measures) & SHELL for name, entry in summary_of(study).datasets.items()}
    assert {"ring", NAME} <= listed.keys()
    assert listed == {name: SHELL if name == NAME else set() for name in listed}
