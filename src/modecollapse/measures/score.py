"""Scoring samples that anybody made, beside what the oracle and the nulls score with as many samples."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from modecollapse import datasets, measures
from modecollapse.errors import StudyError
from modecollapse.measures.table import calibrate, count_modes
from modecollapse.study import catalogue
from modecollapse.study.plan import DatasetSpec

ROOT_SEED = 0
REPLICATES = 5
MEASURES = ("modes", "high_quality_percent", "reverse_kl")


def score(dataset: str, samples: Path, data: Path | None = None) -> dict[str, Any]:
    """The measures of a .npy file of (n, *shape) numbers, with calibration; plain JSON data.

    `data` is the data file of a study; without it the data set is made with its default options. `undefined` lists
    the measures whose formula has no value here. Raises StudyError for an unknown data set or unusable samples.
    """
    if dataset not in catalogue.names("datasets"):
        raise StudyError(f"--dataset: {dataset!r} is unknown; allowed: {', '.join(catalogue.names('datasets'))}")
    options = catalogue.options_model("datasets", dataset)().model_dump()
    spec = DatasetSpec(name=dataset, family=dataset, options=options, root_seed=ROOT_SEED)
    points = _read(samples, spec.shape)
    _check_range(samples, points, catalogue.declarations("datasets", dataset).get("RANGE"))
    made = data or io.BytesIO(datasets.to_bytes(datasets.create(dataset, options, ROOT_SEED)))
    loaded = datasets.load(dataset, made)
    counts = count_modes(points, loaded)
    scored = {measure: measures.value(measure, counts, len(points)) for measure in MEASURES}
    calibration = calibrate(spec, loaded, MEASURES, REPLICATES, len(points))
    return {
        "dataset": dataset,
        "modes_max": spec.modes,
        "n": len(points),
        "n_nonfinite": int(np.count_nonzero(~datasets.finite_rows(points))),
        **{measure: int(value) if measure == "modes" else value for measure, (value, _) in scored.items()},
        "undefined": [measure for measure, (_, status) in scored.items() if status == measures.STATUS_UNDEFINED],
        **{variant: _means(rows) for variant, rows in calibration.groupby("variant", sort=False)},
    }


def _means(rows: pd.DataFrame) -> dict[str, float]:
    """The mean over replicates of each measure."""
    return {measure: float(rows.loc[rows["measure"] == measure, "value"].mean()) for measure in MEASURES}


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
