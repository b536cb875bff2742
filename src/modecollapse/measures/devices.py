"""What runs were trained on: processors or GPUs, never both in one comparison.

The two add numbers up in another order, so the same seed gives other numbers on each, and a difference between
variants could be one between devices. GPUs of several models may be mixed, as clusters do: their arithmetic is the same
float32 without TF32, and the rows of a run name its device.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pandas as pd

from modecollapse.errors import StudyError

CPU = "cpu"  # every processor, as run.json names devices
RUN = ["experiment", "dataset", "variant", "seed"]


def devices_of(trained: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """The name and the device of every run in rows of the tidy table; StudyError where a row does not say."""
    for *run, device in trained[[*RUN, "device"]].drop_duplicates().values:
        name = "measures of {}/{}/{}, seed {}".format(*run)
        if not isinstance(device, str) or not device:
            raise StudyError(f"{name}: do not say what it was trained on; measure the run again")
        yield name, device


def check_one_kind(devices: Iterable[tuple[str, str]]) -> None:
    """StudyError that names two of the runs, (name, device as in run.json), where their devices are of two kinds."""
    first: tuple[str, str] | None = None
    for name, device in devices:
        first = first or (name, device)
        if (device == CPU) != (first[1] == CPU):
            found = f"{name}: trained on {device}, {first[0]} on {first[1]}"
            raise StudyError(f"{found}; allowed: all on processors or all on GPUs; train either again")
