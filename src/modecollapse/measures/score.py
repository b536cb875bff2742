"""Scoring samples that anybody made, beside what the oracle and the nulls score with as many samples."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from modecollapse import datasets, measures
from modecollapse.errors import StudyError
from modecollapse.measures.table import calibrate
from modecollapse.study import catalogue
from modecollapse.study.specs import DatasetSpec

ROOT_SEED = 0
REPLICATES = 5
MEASURES = ("modes", "high_quality_percent", "reverse_kl")
COUNTS = ("modes", "modes_shell")  # printed as whole numbers


def score(dataset: str, samples: Path, data: Path | None = None) -> dict[str, Any]:
    """The measures of a .npy file of (n, *shape) numbers, with calibration; plain JSON data.

    `data` is the data file of a study; without it the data set is made with its default options. Where the data set has
    further rules, their measures follow the usual ones. `undefined` lists the measures whose formula has no value here.
    Raises StudyError for an unknown data set or unusable samples.
    """
    if dataset not in catalogue.names("datasets"):
        raise StudyError(f"--dataset: {dataset!r} is unknown; allowed: {', '.join(catalogue.names('datasets'))}")
    options = catalogue.options_model("datasets", dataset)().model_dump()
    spec = DatasetSpec(name=dataset, family=dataset, options=options, root_seed=ROOT_SEED)
    points = _read(samples, spec.shape)
    made = data or io.BytesIO(datasets.to_bytes(datasets.create(dataset, options, ROOT_SEED)))
    loaded = datasets.load(dataset, made)
    _check_range(samples, points, getattr(loaded, "range", None))
    counts = datasets.count_modes(points, loaded)
    chosen = [*MEASURES, *measures.of_rules(catalogue.names("measures"), set(counts) - {None})]
    scored = {name: measures.value(name, counts[measures.rule(name)], len(points)) for name in chosen}
    calibration = calibrate(spec, loaded, chosen, REPLICATES, len(points))
    return {
        "dataset": dataset,
        "modes_max": loaded.modes,
        "n": len(points),
        "n_nonfinite": int(np.count_nonzero(~datasets.finite_rows(points))),
        **{name: int(value) if name in COUNTS else value for name, (value, _) in scored.items()},
        "undefined": [name for name, (_, status) in scored.items() if status == measures.STATUS_UNDEFINED],
        **{variant: _means(rows) for variant, rows in calibration.groupby("variant", sort=False)},
    }


def _means(rows: pd.DataFrame) -> dict[str, float]:
    """The mean over replicates of each measure, in the order of the rows."""
    means = rows.groupby("measure", sort=False)["value"].mean()
    return {measure: float(mean) for measure, mean in means.items() if measure != "n_nonfinite"}


def _check_range(path: Path, points: np.ndarray, allowed: tuple[float, float] | None) -> None:
    """A classifier reads images of another scale as some digit too, so they are refused."""
    finite = points[np.isfinite(points)]
    if allowed and finite.size and not (allowed[0] <= finite.min() and finite.max() <= allowed[1]):
        found = f"{finite.min():g} to {finite.max():g}"
        raise StudyError(f"--samples {path}: has values from {found}; allowed: {allowed[0]:g} to {allowed[1]:g}")


def _read(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """The samples of a .npy file; nothing in it is executed."""
    wanted = f"allowed: a .npy file of numbers of shape (n, {', '.join(map(str, shape))}) with n at least 1"
    try:
        points = np.load(path, allow_pickle=False)
    except datasets.UNREADABLE as error:
        raise StudyError(f"--samples {path}: cannot be read ({' '.join(str(error).split())}); {wanted}") from None
    if not isinstance(points, np.ndarray) or points.dtype.kind not in "fiu":
        raise StudyError(f"--samples {path}: holds {getattr(points, 'dtype', 'an archive')}; {wanted}")
    if points.shape[1:] != shape or len(points) == 0:
        raise StudyError(f"--samples {path}: has shape {points.shape}; {wanted}")
    return points
