"""Measures computed again: the second implementation on known answers, and what it sees in a study that was changed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from default_config import DEFAULT

from modecollapse import datasets
from modecollapse.audit.again.measures import calibration as measures_calibration
from modecollapse.audit.again.measures import modes, rows
from modecollapse.audit.again.measures.series import swings
from modecollapse.audit.again.measures.signals import resampled
from modecollapse.audit.again.measures.visits import held_since, visits
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.checks import measures_again
from modecollapse.measures.of_traces import cell_table
from modecollapse.measures.table import calibrate, gather, measure_blocks, to_parquet
from modecollapse.study import plan
from modecollapse.study.config import Study
from modecollapse.study.load import load_study, read_yaml
from modecollapse.study.overview import overview
from modecollapse.study.specs import Block
from modecollapse.training.loop import evaluation_steps
from modecollapse.training.trace import Trace

TABLE, CELLS = measures_again.TABLE, measures_again.CELLS
CHOSEN = ["modes", "high_quality_percent", "reverse_kl", "modes_shell", "high_quality_percent_shell", "kl_data"]
CHOSEN += ["effective_modes", "covered_modes", "total_variation"]
SMALL = {
    "study": "small",
    "seeds": 4,
    "block_size": 2,
    "datasets": ["ring"],
    "variants": ["gan-minimax", "began"],
    "measures": CHOSEN,
    "calibration_replicates": 4,
}
BALANCED = ["state_k", "state_M_global", "seen_L_x", "seen_L_G", "seen_k_at_0", "seen_k_at_1"]
DIVERGED_SEED = 3  # of gan-minimax, in the third quarter of its training
RUN = "runs/matched/ring/gan-minimax/seeds-0-1"
LOST = "runs/matched/ring/gan-minimax/seeds-2-3"


def made_up(folder: Path, study: Study) -> Path:
    """The results of a study without training: samples and traces made up, measured by the first implementation."""
    (folder / "tables").mkdir(parents=True)
    (folder / "study.json").write_text(study.model_dump_json())
    shutil.copy(DEFAULT.parent / "claims.yaml", folder / "claims.yaml")
    (folder / "MANIFEST.sha256").touch()
    (folder / "data").mkdir()
    parts, cells = [], []
    for name in study.datasets:
        spec = plan.dataset_spec(study, name)
        arrays = datasets.create(spec.family, spec.options, spec.root_seed)
        (folder / f"data/{name}.npz").write_bytes(datasets.to_bytes(arrays, spec.config_hash))
        dataset = datasets.load(spec.family, folder / f"data/{name}.npz", spec.config_hash)
        measures = [measure for measure in study.measures if spec.has(measure)]
        blocks = [b for c in plan.cells(study) if c.dataset.name == name for b in plan.blocks(study, c)]
        for place, block in enumerate(blocks):
            write_run(folder / "runs" / block.path, block, dataset, np.random.default_rng(place))
        runs = [folder / "runs" / block.path for block in blocks]
        parts += [measure_blocks(runs, spec, dataset, measures)]
        parts += [calibrate(spec, dataset, measures, study.calibration_replicates, spec.samples)]
        cells.append(cell_table(runs, dataset))
    for number, part in enumerate(parts):
        (folder / f"{number}.parquet").write_bytes(to_parquet(part))
    table = gather(sorted(folder.glob("*.parquet")), overview(study)["cells"])
    (folder / TABLE).write_bytes(to_parquet(table))
    (folder / CELLS).write_bytes(to_parquet(pd.concat(cells, ignore_index=True)))
    for part in folder.glob("*.parquet"):
        part.unlink()
    return folder


def write_run(folder: Path, block: Block, dataset: Any, rng: np.random.Generator) -> None:
    """A run folder: oracle samples beside stray ones, in more modes as training goes on; random losses."""
    folder.mkdir(parents=True)
    recipe, spec, trace = block.cell.training, block.cell.dataset, Trace()
    steps, began = sorted(evaluation_steps(recipe.steps, recipe.evaluations)), block.cell.variant.name == "began"
    lost = {s: steps[3 * len(steps) // 4] for s in block.seeds if s == DIVERGED_SEED and not began}
    samples = np.stack([some_samples(dataset, spec.samples, rng, seed % 2 > 0) for seed in block.seeds])
    samples = samples.astype(spec.declared("STORED_AS"))
    columns = ["loss_D", "seen_D_from_half"]
    columns += BALANCED if began else []
    for step in steps:
        counts = [datasets.count_modes(of_seed, dataset) for of_seed in samples]
        if step < recipe.steps:
            counts = [{rule: some_of(c, step / recipe.steps, rng) for rule, c in each.items()} for each in counts]
        nonfinite = np.array([np.count_nonzero(~datasets.finite_rows(of_seed)) for of_seed in samples])
        scalars = {} if step == 0 else {f"mean_{name}": walk(rng, name, step, block, lost) for name in columns}
        if step:
            scalars |= {"loss_D": rng.random(len(block.seeds)), "grad_norm_G": rng.random(len(block.seeds))}
            scalars |= {"state_k": rng.random(len(block.seeds))} if began else {}
        trace.add(step, block.seeds, counts, spec.samples, nonfinite, scalars)
    outcome = [{"seed": s, "status": "diverged" if s in lost else "ok", "step": lost.get(s)} for s in block.seeds]
    record = {"experiment": block.cell.experiment, "dataset": spec.name, "variant": block.cell.variant.name}
    record |= {"seeds": block.seeds, "status": outcome, "steps": recipe.steps, "block": block.model_dump()}
    record |= {"config_hash": block.cell.config_hash, "device": "cpu"}
    np.save(folder / "samples.npy", samples)
    (folder / "trace.parquet").write_bytes(trace.to_bytes())
    (folder / "run.json").write_text(json.dumps(record))


def walk(rng: np.random.Generator, name: str, step: int, block: Block, lost: dict[int, int]) -> np.ndarray:
    """(S,) made-up means of a window, some of them equal; NaN for what has diverged."""
    values = np.round(rng.random(len(block.seeds)) + step / block.cell.training.steps, 2)
    gone = np.array([seed in lost and step >= lost[seed] for seed in block.seeds])
    return np.where(gone, np.nan, values)


def some_of(counts: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """(K,) counts of an earlier evaluation: about a share of them, and some modes not at all."""
    return rng.binomial(counts, min(share + 0.2 * rng.random(), 1)) * (rng.random(len(counts)) < 0.8)


def some_samples(dataset: Any, n: int, rng: np.random.Generator, collapsed: bool) -> np.ndarray:
    """(n, ...) real data, but for strays and one that is no number; where collapsed, of two modes at most."""
    real = dataset.oracle(n, rng).astype(np.float64)
    real[: n // 3] = real[0] + 0.02 * rng.standard_normal(real[: n // 3].shape)
    if collapsed:
        real = real[rng.integers(2, size=n) + n // 2]
    real[n // 3] = np.nan
    return real


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    study = load_study([DEFAULT], SMALL | {"steps": 40, "experiments": experiments()})
    return made_up(tmp_path_factory.mktemp("study") / "small", study)


def experiments() -> dict[str, Any]:
    """The default's, but with twenty evaluations, which all measures of series have a value of."""
    given = read_yaml(DEFAULT)["experiments"]
    return {name: [recipe | {"evaluations": 20} for recipe in listed] for name, listed in given.items()}


@pytest.fixture
def copied(good: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(good, tmp_path / "copy"))


def told(folder: Path) -> list[tuple[str, str]]:
    """The file and the row of every finding."""
    return [(found.file, found.where) for found in measures_again.check(Bundle(folder)).findings]


def change(folder: Path, edit: Callable[[pd.DataFrame], pd.DataFrame | None], file: str = TABLE) -> None:
    """Write a table again, edited in place or replaced."""
    table = pd.read_parquet(folder / file)
    edited = edit(table)
    (table if edited is None else edited).to_parquet(folder / file, index=False)


def row(table: pd.DataFrame, measure: str, seed: int = 1, step: int = 40, variant: str = "gan-minimax") -> int:
    """The index of a row of a run."""
    of_run = (table["variant"] == variant) & (table["seed"] == seed) & (table["step"] == step)
    (place,) = table.index[of_run & (table["measure"] == measure)]
    return place


def test_a_good_study_has_no_findings(good: Path) -> None:
    result = measures_again.check(Bundle(good))
    assert result.findings == []
    table, cells = pd.read_parquet(good / TABLE), pd.read_parquet(good / CELLS)
    assert result.looked_at == len(table) + len(cells)
    assert {"diverged", "cut", "censored"} & set(table["status"]) >= {"diverged", "censored"}
    for measure in (
        "peak_period:loss_D",
        "given_time:loss_D:hq",
        "rank_correlation:seen_L_x:modes:lower",
        "began_ratio",
    ):
        assert (table["measure"] == measure).any(), "the made-up study is too small to say anything of it"
    assert cells["measure"].str.startswith("auc:").any()


@pytest.mark.parametrize("measure", ["modes", "reverse_kl", "kl_data", "loss_D", "mean_loss_D", "drawdown:modes"])
def test_a_changed_digit_is_seen(copied: Path, measure: str) -> None:
    def edit(table: pd.DataFrame) -> None:
        table.loc[row(table, measure), "value"] *= 1 + 1e-7

    change(copied, edit)
    assert told(copied) == [(TABLE, f"matched/ring/gan-minimax/seed 1/step 40/{measure}")]


@pytest.mark.parametrize(
    "measure", ["rank_correlation:loss_D:hq:upper", "mode_information_shuffled", "began_k_settling_time", "D_from_half"]
)
def test_a_change_of_a_course_is_seen(copied: Path, measure: str) -> None:
    def edit(table: pd.DataFrame) -> None:
        table.loc[row(table, measure, variant="began"), "value"] += 1e-6

    change(copied, edit)
    assert told(copied) == [(TABLE, f"matched/ring/began/seed 1/step 40/{measure}")]


@pytest.mark.parametrize(
    ("column", "value"), [("status", "undefined"), ("n", 2501), ("config_hash", "ab" * 32), ("device", "NVIDIA H100")]
)
def test_a_change_beside_the_value_is_seen(copied: Path, column: str, value: Any) -> None:
    def edit(table: pd.DataFrame) -> None:
        table.loc[row(table, "modes", step=20), column] = value

    change(copied, edit)
    (found,) = measures_again.check(Bundle(copied)).findings
    assert found.where == "matched/ring/gan-minimax/seed 1/step 20/modes"
    assert found.problem.startswith(f"{column} is {value}, expected ")


def test_a_run_that_diverged_cannot_pass_as_one_that_did_not(copied: Path) -> None:
    def edit(table: pd.DataFrame) -> None:
        table.loc[row(table, "modes", seed=DIVERGED_SEED), "status"] = "ok"

    change(copied, edit)
    assert told(copied) == [(TABLE, f"matched/ring/gan-minimax/seed {DIVERGED_SEED}/step 40/modes")]


def test_a_record_that_hides_a_divergence_is_seen(copied: Path) -> None:
    record = json.loads((copied / LOST / "run.json").read_text())
    record["status"][1] = {"seed": DIVERGED_SEED, "status": "ok", "step": None}
    (copied / LOST / "run.json").write_text(json.dumps(record))
    assert told(copied) == [(f"{LOST}/run.json", f"seed {DIVERGED_SEED}")]


def test_a_dropped_row_is_missing(copied: Path) -> None:
    change(copied, lambda table: table.drop(index=row(table, "modes", step=20)))
    (found,) = measures_again.check(Bundle(copied)).findings
    assert str(found) == f"{TABLE}: matched/ring/gan-minimax/seed 1/step 20/modes: is not there"


def test_a_repeated_row_is_there_twice(copied: Path) -> None:
    change(copied, lambda table: pd.concat([table, table.loc[[row(table, "modes")]]]))
    (found,) = measures_again.check(Bundle(copied)).findings
    assert str(found) == f"{TABLE}: matched/ring/gan-minimax/seed 1/step 40/modes: is there twice"


def test_a_row_of_no_run_has_nothing_behind_it(copied: Path) -> None:
    change(copied, lambda table: pd.concat([table, table.loc[[row(table, "modes")]].assign(seed=9)]))
    (found,) = measures_again.check(Bundle(copied)).findings
    assert str(found) == f"{TABLE}: matched/ring/gan-minimax/seed 9/step 40/modes: has nothing behind it"


def test_swapped_samples_are_not_those_of_the_trace(copied: Path) -> None:
    samples = np.load(copied / RUN / "samples.npy")
    np.save(copied / RUN / "samples.npy", samples[::-1])
    assert told(copied) == [(f"{RUN}/samples.npy", "seed 0"), (f"{RUN}/samples.npy", "seed 1")]


def test_one_moved_sample_is_seen(copied: Path) -> None:
    samples = np.load(copied / RUN / "samples.npy")
    samples[1, 0] = 100
    np.save(copied / RUN / "samples.npy", samples)
    assert told(copied) == [(f"{RUN}/samples.npy", "seed 1")]


def test_withheld_samples_are_told_in_the_notes(copied: Path) -> None:
    for path in copied.glob("runs/**/samples.npy"):
        path.unlink()
    assert {file for file, _ in told(copied)} == {f"runs/{path}/samples.npy" for path in Bundle(copied).blocks}
    withheld = {f"runs/{path}/samples.npy": "too large" for path in Bundle(copied).blocks}
    (copied / "withheld.json").write_text(json.dumps(withheld))
    result = measures_again.check(Bundle(copied))
    assert result.findings == []
    assert any("samples of 4 blocks are withheld" in note for note in result.notes)


def test_a_withheld_trace_leaves_its_run_and_its_cell_out(copied: Path) -> None:
    (copied / RUN / "trace.parquet").unlink()
    (copied / "withheld.json").write_text(json.dumps({f"{RUN}/trace.parquet": "too large"}))
    result = measures_again.check(Bundle(copied))
    assert result.findings == []
    assert any("1 traces are withheld" in note for note in result.notes)
    assert "1 cells not computed again, for want of a trace" in result.notes


def test_a_changed_cell_is_seen(copied: Path) -> None:
    def edit(table: pd.DataFrame) -> None:
        table.loc[table["measure"] == "noise_ratio:hq", "value"] *= 1 + 1e-7
        table.loc[table["measure"] == "collapsed_runs", "seeds"] = 5

    change(copied, edit, CELLS)
    assert set(told(copied)) == {
        (CELLS, f"matched/ring/{variant}/{measure}")
        for variant in ("began", "gan-minimax")
        for measure in ("noise_ratio:hq", "collapsed_runs")
    }


@pytest.mark.parametrize(
    ("variant", "measure", "value"),
    [
        ("oracle", "high_quality_percent", 98.901),  # no whole number of samples
        ("oracle", "modes", 9.0),
        ("oracle", "reverse_kl", 0.5),
        ("null-uniform", "high_quality_percent", 40.0),
        ("null-gaussian", "n_nonfinite", 1.0),
    ],
)
def test_a_changed_calibration_is_seen(copied: Path, variant: str, measure: str, value: float) -> None:
    def edit(table: pd.DataFrame) -> None:
        table.loc[row(table, measure, seed=2, step=0, variant=variant), "value"] = value

    change(copied, edit)
    assert f"calibration/ring/{variant}/seed 2/step 0/{measure}" in [where for _, where in told(copied)]


def test_too_good_an_oracle_does_not_have_the_share_in_closed_form(copied: Path) -> None:
    def edit(table: pd.DataFrame) -> None:
        chosen = (table["variant"] == "oracle") & (table["measure"] == "high_quality_percent")
        table.loc[chosen, "value"] = 99.6

    change(copied, edit)
    assert (TABLE, "calibration/ring/oracle/high_quality_percent") in told(copied)


def test_inversions_must_be_the_rows_of_their_files(copied: Path) -> None:
    one = {"experiment": "matched", "dataset": "ring", "variant": "began", "seed": 0, "step": 40}
    one |= {"measure": "ivom_test", "value": 0.1, "n": 8, "status": "ok", "config_hash": "ab", "device": "cpu"}
    (copied / "inversions").mkdir()
    pd.DataFrame([one]).to_parquet(copied / "inversions" / "a.parquet")
    change(copied, lambda table: pd.concat([table, pd.DataFrame([one])]))
    result = measures_again.check(Bundle(copied))
    assert result.findings == []
    assert any("ivom_test" in note for note in result.notes)
    change(copied, lambda table: table.assign(value=table["value"].where(table["measure"] != "ivom_test", 0.2)))
    assert told(copied) == [(TABLE, "matched/ring/began/seed 0/step 40/ivom_test")]


@pytest.mark.parametrize("file", [TABLE, CELLS, f"{RUN}/trace.parquet", f"{RUN}/samples.npy", f"{RUN}/run.json"])
def test_a_truncated_file_is_a_finding(copied: Path, file: str) -> None:
    content = (copied / file).read_bytes()
    (copied / file).write_bytes(content[: len(content) // 2])
    assert {found for found, _ in told(copied)} == {file}


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 no archive"])
def test_a_damaged_data_file_is_a_finding(copied: Path, damage: bytes) -> None:
    (copied / "data/ring.npz").write_bytes(damage)
    assert {found for found, _ in told(copied)} == {"data/ring.npz"}


@pytest.mark.parametrize(
    ("file", "column"), [(TABLE, "device"), (CELLS, "seeds"), (f"{RUN}/trace.parquet", "mode_counts")]
)
def test_a_table_without_a_column_is_a_finding(copied: Path, file: str, column: str) -> None:
    change(copied, lambda table: table.drop(columns=column), file)
    assert told(copied) == [(file, "")]


def test_text_for_a_number_is_a_finding(copied: Path) -> None:
    def edit(table: pd.DataFrame) -> None:
        place = row(table, "modes")
        table["value"] = table["value"].astype(str)
        table.loc[place, "value"] = "eight"

    change(copied, edit)
    assert told(copied) == [(TABLE, "matched/ring/gan-minimax/seed 1/step 40/modes")]


def test_a_value_that_is_no_number_is_a_finding(copied: Path) -> None:
    def edit(table: pd.DataFrame) -> None:
        table.loc[row(table, "modes"), "value"] = np.nan

    change(copied, edit)
    assert told(copied) == [(TABLE, "matched/ring/gan-minimax/seed 1/step 40/modes")]


@pytest.mark.parametrize(
    ("column", "value"), [("loss_D", "low"), ("mode_counts", [1, 2]), ("step", 0.5), ("seed", 7), ("n", 7)]
)
def test_a_trace_that_is_none_is_a_finding(copied: Path, column: str, value: Any) -> None:
    def edit(trace: pd.DataFrame) -> pd.DataFrame:
        return trace.assign(**{column: [value] * len(trace)})

    change(copied, edit, f"{RUN}/trace.parquet")
    assert told(copied) == [(f"{RUN}/trace.parquet", "")]


# Known answers of the second implementation.
MEANS = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]], dtype=np.float32)


def test_points_on_modes_beside_them_and_of_nan() -> None:
    points = np.array([[0, 0], [10, 0], [10, 2.9], [10, 3.1], [5, 5], [np.nan, 0], [np.inf, 0], [1e30, 0]])
    found = modes.in_the_plane(points.astype(np.float32), MEANS, 3.0)
    assert found.counts["mode_counts"].tolist() == [1, 2, 0]
    assert (found.nonfinite, found.doubtful) == (2, 0)


def test_a_point_at_the_edge_of_a_mode_is_doubtful() -> None:
    assert modes.in_the_plane(np.array([[0.0, 3.0], [0.0, 1.0]]), MEANS, 3.0).doubtful == 1


def test_both_rules_in_1200_dimensions() -> None:
    shifts, rng = np.array([-1.0, 0.0, 10.0]), np.random.default_rng(0)
    real = np.zeros((50, 1200))
    real[:, :700] = rng.standard_normal((50, 700))
    points = np.concatenate([real + 10, np.zeros((7, 1200)), np.full((1, 1200), np.nan), real[:1] + 1e5])
    found = modes.in_1200_dimensions(points, shifts, 0.1)
    assert found.counts["mode_counts"].tolist() == [0, 7, 0]  # no real data pass the published rule
    assert found.counts["mode_counts_shell"][2] >= 47
    assert found.counts["mode_counts_shell"][:2].tolist() == [0, 0]
    assert found.nonfinite == 1
    real[:, 700:] += 0.2  # off the subspace
    assert modes.in_1200_dimensions(real + 10, shifts, 0.1).counts["mode_counts_shell"].sum() == 0


def test_the_digits_are_read_by_channels() -> None:
    reads_first_ten_pixels = [(np.eye(10, 64), np.zeros(10))]
    images = np.zeros((3, 3, 64))
    images[0, 0, 4], images[0, 1, 0], images[0, 2, 7] = 1, 1, 1
    images[1] = np.nan
    found = modes.as_digits(images.reshape(3, 3, 8, 8), reads_first_ten_pixels)
    assert np.flatnonzero(found.counts["mode_counts"]).tolist() == [0, 407]
    assert (found.nonfinite, found.doubtful) == (1, 1)  # where all pixels are equal it could be any digit


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([25, 25, 25, 25], {"modes": 4, "high_quality_percent": 100, "reverse_kl": 0, "effective_modes": 4}),
        ([100, 0, 0, 0], {"modes": 1, "reverse_kl": np.log(4), "effective_modes": 1, "total_variation": 0.75}),
        ([40, 40, 12, 0], {"covered_modes": 2, "high_quality_percent": 92}),
        ([12, 13, 1, 0], {"covered_modes": 1, "modes": 3}),
    ],
)
def test_measures_of_known_counts(counts: list[int], expected: dict[str, float]) -> None:
    for measure, value in expected.items():
        (found,), (none,) = rows.values(measure, np.array([counts]), np.array([100]))
        assert found == pytest.approx(value, abs=1e-12)
        assert not none


def test_without_samples_in_a_mode_there_is_no_divergence() -> None:
    for measure, worst in (("reverse_kl", np.log(4)), ("effective_modes", 0), ("total_variation", 1)):
        assert rows.values(measure, np.zeros((1, 4)), np.array([100])) == (pytest.approx(worst), True)
    found, none = rows.data_kl(np.array([[5, 5, 0], [0, 0, 0]]), np.array([0.5, 0.25, 0.25]), np.array([True, True]))
    assert found[0] == pytest.approx(0.5 * np.log(2))
    assert (found[1], none.tolist()) == (np.inf, [False, True])


def test_swings_of_a_sine_and_of_a_line() -> None:
    time = np.arange(64)
    found = swings("x", np.sin(2 * np.pi * time / 8))  # of which the last half is four periods
    assert found["peak_period:x"].value == pytest.approx(8)
    assert found["drawdown:x"].value == pytest.approx(2)
    line = swings("x", time * 0.1)
    assert (line["sign_changes:x"].value, line["peak_share:x"], line["drawdown:x"].value) == (0, None, 0)
    assert swings("x", np.where(time < 60, time, np.nan))["total_variation:x"] == (1, "cut", ())


def test_visits_of_a_generator_that_goes_round() -> None:
    counts = 100 * np.eye(3, dtype=int)[np.arange(9) % 3]
    found = visits(counts, np.random.default_rng(0))
    assert found["hopping_rate"].value == found["dominated_share"].value == found["turnover"].value == 1
    assert found["mode_information"].value == pytest.approx(1.08, abs=0.02)  # of eight pairs, ln 3 in the long run
    assert found["mode_information_shuffled"].value < 0.6
    assert visits(np.full((5, 3), 7), np.random.default_rng(0))["hopping_rate"] is None


def test_a_condition_must_hold_for_a_while() -> None:
    steps = np.arange(0, 80, 10)
    assert held_since(steps, steps >= 30, 4)[:2] == (30, "ok")
    assert held_since(steps, steps >= 50, 4)[:2] == (70, "censored")


def test_resamples_of_the_same_order_agree() -> None:
    series = np.arange(12.0)
    drawn = resampled(series, series**3, np.random.default_rng(0))
    np.testing.assert_allclose(drawn, 1)
    assert len(resampled(series, np.zeros(12), np.random.default_rng(0))) == 0


def test_the_oracle_in_closed_form() -> None:
    ring = {"means": 10 * MEANS, "sd": np.array(1.0), "nominal_sd": np.array(1.0)}
    assert measures_calibration.oracle_share(ring) == pytest.approx(1 - np.exp(-4.5))
    assert measures_calibration.closed_form(ring, np.full(20, 98.9), 2500) == ""
    assert "in closed form 0.98889" in measures_calibration.closed_form(ring, np.full(20, 98.4), 2500)
    assert measures_calibration.oracle_share(ring | {"sd": np.array(20.0)}) is None
