"""Results of processors and of GPUs never stand in one comparison; GPUs of several models may."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from blocks import make_block, write_data
from made_up_study import make_cell

from modecollapse import cli, datasets
from modecollapse.errors import StudyError
from modecollapse.measures.table import NO_DEVICE, calibrate, gather, measure_blocks, to_parquet
from modecollapse.training.loop import train_block

BLOCK = make_block(variant="gan-nonsaturating", seeds=(0, 1), steps=2, evaluations=1)
CELL = BLOCK.cell
PLANNED = [replace(make_cell(CELL.experiment, "ring", CELL.variant.name), config_hash=CELL.config_hash)]
GPU, OTHER_GPU = "NVIDIA A100-SXM4-80GB", "NVIDIA H200"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data") / "ring.npz")


@pytest.fixture
def runs(tmp_path: Path, data: Path) -> list[Path]:
    """Two run folders of one cell, trained on a processor: seeds 0 and 1, 2 and 3."""
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder, seeds in zip(folders, ([0, 1], [2, 3]), strict=True):
        train_block(BLOCK.model_copy(update={"seeds": seeds}), data, folder)
    return folders


def as_if_on(folder: Path, device: str) -> Path:
    """The run folder with another device in its record."""
    record = json.loads((folder / "run.json").read_text())
    assert record["device"] == "cpu"
    (folder / "run.json").write_text(json.dumps(record | {"device": device}))
    return folder


def measured(folders: list[Path], data: Path) -> pd.DataFrame:
    spec = CELL.dataset
    return measure_blocks(folders, spec, datasets.load(spec.family, data, spec.config_hash), ["modes"])


def part(table: pd.DataFrame, path: Path) -> Path:
    path.write_bytes(to_parquet(table))
    return path


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)])
def test_a_processor_and_a_gpu_are_not_measured_together(runs: list[Path], data: Path, order: slice) -> None:
    assert set(measured(runs, data)["device"]) == {"cpu"}
    as_if_on(runs[1], GPU)
    with pytest.raises(StudyError) as refused:
        measured(runs[order], data)
    told = str(refused.value)
    assert len(told.splitlines()) == 1
    assert all(name in told for name in (str(runs[0]), str(runs[1]), "cpu", GPU, "train either again"))


def test_the_command_says_it_in_one_line_and_writes_no_rows(
    runs: list[Path], data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    as_if_on(runs[0], GPU)
    command = ["modecollapse", "measure", *map(str, runs), "--data", str(data)]
    monkeypatch.setattr(sys, "argv", [*command, "--measures", "modes", "--out", str(tmp_path / "rows.parquet")])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: {runs[1]}: trained on cpu, {runs[0]} on {GPU}; allowed: ")
    assert not (tmp_path / "rows.parquet").exists()


def test_gpus_of_two_models_are_measured_together_and_seen_in_the_table(runs: list[Path], data: Path) -> None:
    as_if_on(runs[0], GPU)
    as_if_on(runs[1], OTHER_GPU)
    table = measured(runs, data)
    assert table.groupby("seed")["device"].unique().map(list).to_dict() == {
        0: [GPU], 1: [GPU], 2: [OTHER_GPU], 3: [OTHER_GPU]
    }  # fmt: skip


@pytest.mark.parametrize("device", [GPU, OTHER_GPU])
def test_a_study_is_gathered_on_one_kind_of_device(runs: list[Path], data: Path, tmp_path: Path, device: str) -> None:
    on_cpu = part(measured(runs[:1], data), tmp_path / "cpu.parquet")
    on_gpu = part(measured([as_if_on(runs[1], device)], data), tmp_path / "gpu.parquet")
    with pytest.raises(StudyError) as refused:
        gather([on_cpu, on_gpu], PLANNED)
    told = str(refused.value)
    assert len(told.splitlines()) == 1
    assert f"gan-nonsaturating, seed 2: trained on {device}, measures of " in told
    assert "seed 0 on cpu; allowed: " in told
    assert len(gather([on_cpu], PLANNED)) == len(pd.read_parquet(on_cpu))
    as_gpu = part(pd.read_parquet(on_cpu).assign(device=GPU), tmp_path / "other.parquet")
    assert set(gather([as_gpu, on_gpu], PLANNED)["device"]) == {GPU, device}


def test_one_run_with_rows_of_two_kinds_is_refused(runs: list[Path], data: Path, tmp_path: Path) -> None:
    """Inverted after another training than it was measured after."""
    table = measured(runs[:1], data)
    inverted = table[table["measure"] == "modes"].assign(measure="ivom_test", device=GPU)
    with pytest.raises(StudyError, match="seed 0: trained on .*seed 0 on "):
        gather([part(table, tmp_path / "a.parquet"), part(inverted, tmp_path / "b.parquet")], PLANNED)


def test_calibration_has_no_device_and_goes_with_either_kind(runs: list[Path], data: Path, tmp_path: Path) -> None:
    spec = CELL.dataset
    rows = calibrate(spec, datasets.load(spec.family, data, spec.config_hash), ["modes"], 2, 100)
    assert set(rows["device"]) == {NO_DEVICE}
    known = part(rows, tmp_path / "calibration.parquet")
    for name in ("cpu", GPU):
        of_runs = part(measured(runs[:1], data).assign(device=name), tmp_path / "runs.parquet")
        assert set(gather([known, of_runs], PLANNED)["device"]) == {NO_DEVICE, name}


@pytest.mark.parametrize("forget", [lambda rows: rows.drop(columns="device"), lambda rows: rows.assign(device="")])
def test_rows_that_do_not_say_their_device_are_refused(runs: list[Path], data: Path, tmp_path: Path, forget) -> None:
    rows = forget(measured(runs[:1], data))
    with pytest.raises(StudyError, match="seed 0: do not say what it was trained on; measure the run again"):
        gather([part(rows, tmp_path / "rows.parquet")], PLANNED)
