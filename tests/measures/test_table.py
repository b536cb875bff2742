"""From a run folder to the tidy table."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_up_study import make_cell

from modecollapse import datasets
from modecollapse.errors import StudyError
from modecollapse.measures.table import COLUMNS, gather, measure_block, to_parquet
from modecollapse.study.catalogue import options_model
from modecollapse.training.trace import Trace

OPTIONS = options_model("datasets", "ring")().model_dump()
RING = datasets.load("ring", io.BytesIO(datasets.to_bytes(datasets.create("ring", OPTIONS, 0))))
MEASURES = ("modes", "high_quality_percent", "reverse_kl")
SEEDS, N, STEPS = [3, 8], 100, 40
HASH = "ab" * 32
CELL = {"experiment": "e", "dataset": "ring", "variant": "v", "config_hash": HASH}
CELLS = [replace(make_cell("e", "ring", variant), config_hash=HASH) for variant in ("v", "w")]


def nonfinite(samples: np.ndarray) -> np.ndarray:
    return np.array([np.count_nonzero(~datasets.finite_rows(of_seed)) for of_seed in samples])


def make_run(
    folder: Path,
    samples: np.ndarray,
    diverged: dict[int, int] | None = None,
    last: int = STEPS,
    device: str = "cpu",
) -> Path:
    """A run folder whose trace was made from `samples` at `last`, and from the oracle before it."""
    folder.mkdir(parents=True)
    trace, untrained = Trace(), np.stack([RING.oracle(N, np.random.default_rng(seed)) for seed in SEEDS])
    for step, points in ((0, untrained), (20, untrained), (last, samples)):
        counts = [datasets.count_modes(of_seed, RING) for of_seed in points]
        scalars = {"loss_D": np.array([0.5, np.nan]), "grad_norm_G": np.array([step, 1.0])}
        trace.add(step, SEEDS, counts, N, nonfinite(points), scalars if step else {})
    outcome = [
        {"seed": s, "status": "diverged" if s in (diverged or {}) else "ok", "step": (diverged or {}).get(s)}
        for s in SEEDS
    ]
    block = {"cell": {"variant": {"options": {}}}}
    run = CELL | {"seeds": SEEDS, "status": outcome, "steps": STEPS, "block": block, "device": device}
    (folder / "run.json").write_text(json.dumps(run))
    (folder / "trace.parquet").write_bytes(trace.to_bytes())
    np.save(folder / "samples.npy", samples)
    return folder


def samples_of(*points: list[float]) -> np.ndarray:
    """(S, N, 2): one point a seed, N times."""
    return np.array([[point] * N for point in points], dtype=np.float32)


def rows_of(folder: Path) -> pd.DataFrame:
    return measure_block(folder, RING, MEASURES)


def final(table: pd.DataFrame, seed: int) -> dict[str, tuple[float, str]]:
    """Value and status of each measure at the last step."""
    rows = table[(table["seed"] == seed) & (table["step"] == STEPS)]
    return {row["measure"]: (row["value"], row["status"]) for row in rows.to_dict("records")}


def test_a_block_becomes_tidy_rows(tmp_path: Path) -> None:
    table = rows_of(make_run(tmp_path / "run", samples_of([1, 0], [0, 1])))
    assert list(table.columns) == COLUMNS
    assert set(table["config_hash"]) == {HASH}
    assert set(table["device"]) == {"cpu"}
    assert (table["n"] == N).all()
    assert sorted(table["step"].unique()) == [0, 20, STEPS]
    assert not table.duplicated(["seed", "step", "measure"]).any()
    assert set(table.loc[table["step"] == 0, "measure"]) == {*MEASURES, "n_nonfinite"}
    assert final(table, 3)["grad_norm_G"] == (STEPS, "ok")
    assert "loss_D" not in final(table, 8)  # a loss that is not a number is no row


def test_all_duplicates_are_one_mode(tmp_path: Path) -> None:
    table = rows_of(make_run(tmp_path / "run", samples_of([1, 0], [0, -1.005])))
    for seed in SEEDS:
        found = final(table, seed)
        assert (found["modes"], found["high_quality_percent"]) == ((1, "ok"), (100, "ok"))
        assert found["reverse_kl"] == (pytest.approx(np.log(8)), "ok")


def test_no_high_quality_sample_is_undefined_and_ln_k(tmp_path: Path) -> None:
    found = final(rows_of(make_run(tmp_path / "run", samples_of([0, 0], [1, 0]))), 3)
    assert (found["modes"], found["high_quality_percent"]) == ((0, "ok"), (0, "ok"))
    assert found["reverse_kl"] == (pytest.approx(np.log(8)), "undefined")


def test_non_finite_samples_are_counted_as_low_quality(tmp_path: Path) -> None:
    samples = samples_of([1, 0], [1, 0])
    samples[0, :30, 0] = np.nan
    samples[0, 30:40, 1] = np.inf
    found = final(rows_of(make_run(tmp_path / "run", samples)), 3)
    assert found["high_quality_percent"] == (60, "ok")
    assert found["n_nonfinite"] == (40, "ok")
    assert found["modes"] == (1, "ok")


def test_a_diverged_seed_keeps_its_rows_with_the_status_from_that_step_on(tmp_path: Path) -> None:
    samples = samples_of([np.nan, np.nan], [1, 0])
    table = rows_of(make_run(tmp_path / "run", samples, diverged={3: 20}))
    of_samples = table[table["measure"].isin([*MEASURES, "n_nonfinite", "grad_norm_G"])]
    status = of_samples.groupby(["seed", "step"])["status"].unique().map(list).to_dict()
    assert status == {
        (3, 0): ["ok"], (3, 20): ["diverged"], (3, STEPS): ["diverged"],
        (8, 0): ["ok"], (8, 20): ["ok"], (8, STEPS): ["ok"],
    }  # fmt: skip
    assert np.isfinite(table["value"]).all()
    assert final(table, 3)["n_nonfinite"] == (N, "diverged")
    assert final(table, 3)["modes_ever"][1] == "diverged"


def swapped(samples: np.ndarray) -> np.ndarray:
    return samples[::-1]


def one_changed(samples: np.ndarray) -> np.ndarray:
    changed = samples.copy()
    changed[1, 5] = [0, 0]
    return changed


def one_seed_less(samples: np.ndarray) -> np.ndarray:
    return samples[:1]


@pytest.mark.parametrize("change", [swapped, one_changed, one_seed_less])
def test_samples_that_are_not_those_of_the_trace_are_refused(tmp_path: Path, change: Any) -> None:
    samples = samples_of([1, 0], [0, 1])
    folder = make_run(tmp_path / "run", samples)
    rows_of(folder)
    np.save(folder / "samples.npy", change(samples))
    with pytest.raises(StudyError, match=r"run: .*samples"):
        rows_of(folder)


def test_a_trace_without_its_last_step_is_refused(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", samples_of([1, 0], [0, 1]), last=STEPS - 1)
    with pytest.raises(StudyError, match="seed 3 are not complete"):
        rows_of(folder)


def test_samples_of_pickled_objects_are_not_loaded(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", samples_of([1, 0], [0, 1]))
    np.save(folder / "samples.npy", np.array([{}, {}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="allow_pickle=False"):
        rows_of(folder)


def part(folder: Path, name: str, **replaced: Any) -> Path:
    """The measures of one run as a Parquet file, with some columns replaced."""
    table = rows_of(make_run(folder / f"run {name}", samples_of([1, 0], [0, 1]))).assign(**replaced)
    path = folder / f"{name}.parquet"
    path.write_bytes(to_parquet(table))
    return path


def test_gather_gives_the_same_table_whatever_the_order_of_the_parts(tmp_path: Path) -> None:
    parts = [
        part(tmp_path, "a"),
        part(tmp_path, "b", variant="w"),
        part(tmp_path, "c", experiment="calibration"),
    ]
    table = gather(parts, CELLS)
    assert len(table) == sum(len(pd.read_parquet(p)) for p in parts)
    assert to_parquet(table) == to_parquet(gather(parts[::-1], CELLS))


@pytest.mark.parametrize("replaced", [{"config_hash": "cd" * 32}, {"variant": "unplanned"}, {"experiment": "other"}])
def test_gather_refuses_rows_of_another_configuration(tmp_path: Path, replaced: dict) -> None:
    parts = [part(tmp_path, "a"), part(tmp_path, "b", **({"seed": 99} | replaced))]
    with pytest.raises(StudyError, match="another configuration") as caught:
        gather(parts, CELLS)
    named = CELL | replaced
    assert f"{named['experiment']}/ring/{named['variant']} " in str(caught.value)


def test_gather_refuses_a_run_that_is_given_twice(tmp_path: Path) -> None:
    parts = [part(tmp_path, "a"), part(tmp_path, "b")]
    with pytest.raises(StudyError, match="e/ring/v/3/0/.* given twice"):
        gather(parts, CELLS)
