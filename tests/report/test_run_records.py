"""What the report says of machines and interruptions."""

from __future__ import annotations

import pytest
from made_up_study import make_summary

from modecollapse.report.run_records import environment

SUMMARY = make_summary([], {}, [])
RECORD = {"versions": {"torch": "2.13.0"}, "commit": "c0ffee" * 7, "dirty": False, "device": "cpu", "gpu": None}
RECORD |= {"cpu": "Example CPU", "threads": 1, "deterministic": True, "incidents": []}
RECORD |= {"flags": {"tf32_matmul": False, "tf32_convolution": False}}
GPU = {"device": "Example GPU", "gpu": {"driver": "580.1", "cuda": "13.0", "cudnn": 91002}}


def rows(*records: dict) -> dict[str, str]:
    return {label: value for label, value in environment(SUMMARY, [RECORD | record for record in records])}


def test_runs_on_processors_have_no_rows_about_gpus() -> None:
    found = rows({}, {"incidents": ["resumed at step 3"]}, {"dirty": True})
    assert (found["Device"], found["Interrupted jobs"]) == ("cpu", "1 of 3")
    assert found["Commit"] == "c0ffeec0ffee with uncommitted changes"
    assert not {"Driver", "CUDA", "cuDNN", "TF32", "Deterministic"} & found.keys()


def test_every_different_driver_and_gpu_is_named() -> None:
    newer = GPU | {"device": "Other GPU", "gpu": GPU["gpu"] | {"driver": "590.2"}}
    found = rows(GPU, newer)
    assert (found["Device"], found["Driver"], found["cuDNN"]) == ("Example GPU, Other GPU", "580.1, 590.2", "91002")
    assert (found["TF32"], found["Deterministic"]) == ("off", "yes")


@pytest.mark.parametrize("use", ["matmul", "convolution"])
def test_tf32_in_one_run_is_seen(use: str) -> None:
    assert rows(GPU, GPU | {"flags": RECORD["flags"] | {f"tf32_{use}": True}})["TF32"] == "off, on"
