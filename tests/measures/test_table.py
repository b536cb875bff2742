"""From a run folder to the tidy table, which never has results of processors and of GPUs together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from blocks import make_block, make_dataset
from made_up_study import make_cell
from made_up_training import HASH, run_folder

from modecollapse import datasets
from modecollapse.errors import StudyError
from modecollapse.measures.measuring import measure_block, measure_blocks
from modecollapse.measures.table import COLUMNS, gather, to_parquet
from modecollapse.training.trace import Trace

RING, SPEC = make_dataset("ring"), make_block(dataset="ring").cell.dataset
MEASURES = ("modes", "high_quality_percent", "reverse_kl")
SEEDS, N, STEPS = [3, 8], 100, 40
GPU, OTHER_GPU = "NVIDIA A100-SXM4-80GB", "NVIDIA H200"
CELLS = [replace(make_cell("e", "ring", variant), config_hash=HASH) for variant in ("v", "w")]


def samples_of(*points: list[float]) -> np.ndarray:
    """(S, N, 2): one point a seed, N times."""
    return np.array([[point] * N for point in points], dtype=np.float32)


USUAL = samples_of([1, 0], [0, 1])


def make_run(
    folder: Path,
    samples: np.ndarray = USUAL,
    diverged: dict[int, int] | None = None,
    last: int = STEPS,
    device: str = "cpu",
) -> Path:
    """A run folder whose trace was made from `samples` at `last`, and from the oracle before it."""
    trace, untrained = Trace(), np.stack([RING.oracle(N, np.random.default_rng(seed)) for seed in SEEDS])
    for step, points in ((0, untrained), (20, untrained), (last, samples)):
        counts = [datasets.count_modes(of_seed, RING) for of_seed in points]
        scalars = {"loss_D": np.array([0.5, np.nan]), "grad_norm_G": np.array([step, 1.0])}
        spoiled = (~np.isfinite(points)).any(axis=2).sum(axis=1)
        trace.add(step, SEEDS, counts, N, spoiled, scalars if step else {})
    ends = diverged or {}
    outcome = [{"seed": s, "status": "diverged" if s in ends else "ok", "step": ends.get(s)} for s in SEEDS]
    return run_folder(folder, SEEDS, trace, samples, status=outcome, steps=STEPS, device=device)


def rows_of(folder: Path) -> pd.DataFrame:
    return measure_block(folder, RING, MEASURES)


def final(table: pd.DataFrame, seed: int) -> dict[str, tuple[float, str]]:
    """Value and status of each measure at the last step."""
    rows = table[(table["seed"] == seed) & (table["step"] == STEPS)]
    return {row["measure"]: (row["value"], row["status"]) for row in rows.to_dict("records")}


def test_a_block_becomes_tidy_rows(tmp_path: Path) -> None:
    table = rows_of(make_run(tmp_path / "run", samples_of([1, 0], [0, -1.005])))
    assert list(table.columns) == COLUMNS
    assert set(table["config_hash"]) == {HASH}
    assert set(table["device"]) == {"cpu"}
    assert (table["n"] == N).all()
    assert sorted(table["step"].unique()) == [0, 20, STEPS]
    assert not table.duplicated(["seed", "step", "measure"]).any()
    assert set(table.loc[table["step"] == 0, "measure"]) == {*MEASURES, "n_nonfinite"}
    assert final(table, 3)["grad_norm_G"] == (STEPS, "ok")
    assert "loss_D" not in final(table, 8)  # a loss that is not a number is no row
    for seed in SEEDS:
        found = [final(table, seed)[measure] for measure in MEASURES]
        assert found == [(1, "ok"), (100, "ok"), (pytest.approx(np.log(8)), "ok")]


def test_samples_of_low_quality_and_without_a_number(tmp_path: Path) -> None:
    samples = samples_of([1, 0], [0, 0])
    samples[0, :30, 0] = np.nan
    samples[0, 30:40, 1] = np.inf
    table = rows_of(make_run(tmp_path / "run", samples))
    spoiled, empty = final(table, 3), final(table, 8)
    found = [spoiled[name][0] for name in ("high_quality_percent", "n_nonfinite", "modes")]
    assert (found, spoiled["modes"][1]) == ([60, 40, 1], "ok")
    assert [empty[name] for name in MEASURES] == [(0, "ok"), (0, "ok"), (pytest.approx(np.log(8)), "undefined")]


def test_a_diverged_seed_keeps_its_rows_with_the_status_from_that_step_on(tmp_path: Path) -> None:
    table = rows_of(make_run(tmp_path / "run", samples_of([np.nan, np.nan], [1, 0]), diverged={3: 20}))
    of_samples = table[table["measure"].isin([*MEASURES, "n_nonfinite", "grad_norm_G"])]
    statuses = of_samples.groupby(["seed", "step"])["status"].unique().map(list).to_dict()
    expected = {(seed, step): ["ok"] for seed in SEEDS for step in (0, 20, STEPS)}
    assert statuses == expected | {(3, 20): ["diverged"], (3, STEPS): ["diverged"]}
    assert np.isfinite(table["value"]).all()
    assert final(table, 3)["n_nonfinite"] == (N, "diverged")
    assert final(table, 3)["full_coverage_share"][1] == "diverged"


def one_changed(samples: np.ndarray) -> np.ndarray:
    changed = samples.copy()
    changed[1, 5] = [0, 0]
    return changed


@pytest.mark.parametrize(
    ("change", "last", "error", "message"),
    [
        (lambda samples: samples[::-1], STEPS, StudyError, "run: the samples of seed 3 are not those its trace"),
        (one_changed, STEPS, StudyError, "run: the samples of seed 8 are not those its trace"),
        (lambda samples: samples[:1], STEPS, StudyError, "run: samples or trace of seed 3 are not complete"),
        (lambda samples: samples, STEPS - 1, StudyError, "run: samples or trace of seed 3 are not complete"),
        (lambda samples: np.array([{}, {}], dtype=object), STEPS, ValueError, "allow_pickle=False"),
    ],
    ids=["other order", "one other sample", "a seed short", "a trace too short", "pickled"],
)
def test_samples_that_are_not_those_of_the_trace_are_refused(
    change: Any, last: int, error: type[Exception], message: str, tmp_path: Path
) -> None:
    folder = make_run(tmp_path / "run", last=last)
    np.save(folder / "samples.npy", change(USUAL))
    with pytest.raises(error, match=message):
        rows_of(folder)


def test_without_samples_the_trace_stands_in_for_them(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    chosen = [*MEASURES, "precision"]
    whole, withheld = (measure_blocks([folder], SPEC, RING, chosen, of) for of in ([], [folder]))
    assert set(whole["measure"]) - set(withheld["measure"]) == {"precision"}
    rest = whole[whole["measure"] != "precision"].reset_index(drop=True)
    pd.testing.assert_frame_equal(rest, withheld)


def part(folder: Path, name: str, device: str = "cpu", **replaced: Any) -> Path:
    """The measures of one run as a Parquet file, with some columns replaced."""
    table = rows_of(make_run(folder / f"run {name}", device=device)).assign(**replaced)
    path = folder / f"{name}.parquet"
    path.write_bytes(to_parquet(table))
    return path


def test_gather_gives_the_same_table_whatever_the_order_of_the_parts(tmp_path: Path) -> None:
    parts = [part(tmp_path, "a"), part(tmp_path, "b", variant="w"), part(tmp_path, "c", experiment="calibration")]
    table = gather(parts, CELLS)
    assert len(table) == sum(len(pd.read_parquet(p)) for p in parts)
    assert to_parquet(table) == to_parquet(gather(parts[::-1], CELLS))


@pytest.mark.parametrize(
    ("replaced", "message"),
    [
        ({"config_hash": "cd" * 32}, "e/ring/v .* another configuration"),
        ({"variant": "unplanned"}, "e/ring/unplanned .* another configuration"),
        ({"experiment": "other"}, "other/ring/v .* another configuration"),
        ({}, "e/ring/v/3/0/.* given twice"),
        ({"variant": "w", "device": ""}, "seed 3: do not say what it was trained on; measure the run again"),
        ({"variant": "w", "device": None}, "seed 3: do not say what it was trained on; measure the run again"),
    ],
)
def test_gather_refuses_what_it_cannot_place(tmp_path: Path, replaced: dict[str, Any], message: str) -> None:
    with pytest.raises(StudyError, match=message):
        gather([part(tmp_path, "a", **replaced)] * 2, CELLS)


@pytest.mark.parametrize("order", [1, -1])
def test_a_processor_and_a_gpu_are_not_measured_together_and_two_models_of_gpus_are(tmp_path: Path, order: int) -> None:
    cpu, *gpus = (make_run(tmp_path / name, device=name) for name in ("cpu", GPU, OTHER_GPU))
    with pytest.raises(StudyError) as refused:
        measure_blocks([cpu, gpus[0]][::order], SPEC, RING, ["modes"])
    message = str(refused.value)
    assert len(message.splitlines()) == 1
    assert all(name in message for name in (str(cpu), str(gpus[0]), GPU, "train either again"))
    assert set(measure_blocks(gpus, SPEC, RING, ["modes"])["device"]) == {GPU, OTHER_GPU}


def test_a_study_is_gathered_on_one_kind_of_device(tmp_path: Path) -> None:
    on_cpu = part(tmp_path, "a")
    on_gpu = part(tmp_path, "b", GPU, variant="w")
    calibration = part(tmp_path, "c", "", experiment="calibration")
    message = f"e/ring/w, seed 3: trained on {GPU}, measures of e/ring/v, seed 3 on cpu; allowed: "
    with pytest.raises(StudyError, match=message) as refused:
        gather([on_cpu, on_gpu], CELLS)
    assert len(str(refused.value).splitlines()) == 1
    assert set(gather([on_cpu, calibration], CELLS)["device"]) == {"cpu", ""}
    as_gpu = part(tmp_path, "d", OTHER_GPU)
    assert set(gather([as_gpu, on_gpu, calibration], CELLS)["device"]) == {GPU, OTHER_GPU, ""}
    inverted = part(tmp_path, "e", GPU, measure="ivom_test")  # after another training than it was measured after
    pd.read_parquet(inverted).drop_duplicates(["seed", "step", "measure"]).to_parquet(inverted)
    with pytest.raises(StudyError, match="seed 3: trained on .*seed 3 on "):
        gather([on_cpu, inverted], CELLS)
