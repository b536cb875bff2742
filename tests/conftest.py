"""What several test folders need: the default configuration with a change, and the digits, made once."""

from __future__ import annotations

import io
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import pytest
import torch
import yaml
from default_config import DEFAULT
from shared import made_once
from small_study import make, small

from modecollapse import cli, datasets
from modecollapse.datasets import Dataset

# A machine under load is slow, not wrong; and the same examples are tried each time.
SLOW_IS_FINE = [hypothesis.HealthCheck.too_slow]
hypothesis.settings.register_profile("study", deadline=None, derandomize=True, suppress_health_check=SLOW_IS_FINE)
hypothesis.settings.load_profile("study")

# Started in the background of a shell, this process ignores Ctrl-C, and so would those that tests send it to.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def denormals() -> Iterator[None]:
    """Training flushes denormals to zero for the whole process, and Hypothesis refuses to run there."""
    yield
    torch.set_flush_denormal(False)


@pytest.fixture
def changed(tmp_path: Path) -> Callable[..., Path]:
    """`changed("experiments", "matched", 0, "batch", to=64)`: the default study with one value replaced."""

    def write(*keys: Any, to: Any) -> Path:
        content = yaml.safe_load(DEFAULT.read_text(encoding="utf-8"))
        place = content
        for key in keys[:-1]:
            place = place.setdefault(key, {}) if isinstance(place, dict) else place[key]
        place[keys[-1]] = to
        file = tmp_path / "study.yaml"
        file.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
        return file

    return write


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """`refused("plan", "--seeds")`: what a command says that refuses its arguments in one line, with status 2."""

    def call(*arguments: object) -> str:
        monkeypatch.setattr(sys, "argv", ["modecollapse", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        [line] = capsys.readouterr().err.splitlines()
        assert (end.value.code, line[:7]) == (2, "error: ")
        return line[7:]

    return call


@pytest.fixture(scope="session")
def digit_arrays() -> dict[str, np.ndarray]:
    """The arrays of the stacked digits with root seed 1; making them trains a classifier."""
    torch.set_num_threads(1)  # more are slower here, and a different sum
    return datasets.create("stacked-digits", {}, 1)


@pytest.fixture(scope="session")
def digits(digit_arrays: dict[str, np.ndarray]) -> Dataset:
    """The data set of `digit_arrays`, through its file."""
    return datasets.load("stacked-digits", io.BytesIO(datasets.to_bytes(digit_arrays)))


@pytest.fixture(scope="session")
def honest_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small finished study that nobody touched; not to be edited."""
    return made_once(tmp_path_factory, "small", lambda folder: make(folder, small()))
