"""Samples over the training of the worst, the median and the best run of a cell, as small numbers."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np

from modecollapse import datasets, reading
from modecollapse.datasets import Dataset
from modecollapse.report import layout
from modecollapse.study.evaluations import snapshot_steps
from modecollapse.study.summary import StudySummary

POINTS, IMAGES, IMAGE_STEPS = 128, 4, 5
OUTSIDE = 255  # a coordinate outside of the window, or no number
AROUND = 0.4  # of the modes' extent, on each side of the window

Key = tuple[str, str, str]
Records = list[tuple[Path, dict[str, Any]]]


def samples(
    summary: StudySummary, results: Path, seeds: dict[Key, list[int]], records: Records
) -> list[dict[str, Any]]:
    """For each cell with snapshots the first samples of up to three runs at each step kept, in bytes (base64).

    seeds: of each cell, from the worst run to the best. Points are two coordinates in the data set's window, images
    grey or coloured pixels. Of images only the median run is kept. A run whose snapshots are not there is left out.
    """
    loaded = {name: _loaded(summary, name, results / "data" / f"{name}.npz") for name in summary.datasets}
    found = []
    for cell in summary.cells:
        entry, dataset = summary.datasets[cell.dataset], loaded[cell.dataset]
        is_image = layout.kind(summary, cell.dataset) == layout.IMAGES
        if dataset is None or not (is_image or list(entry.shape) == [2]):
            continue
        order, steps = seeds[cell.key], snapshot_steps(cell.steps, cell.evaluations)
        chosen = {"median": order[(len(order) - 1) // 2]}
        if not is_image:
            chosen = {"best": order[-1], **chosen, "worst": order[0]}
        places = np.unique(np.linspace(0, len(steps) - 1, IMAGE_STEPS if is_image else len(steps)).round().astype(int))
        runs = {}
        for name, seed in chosen.items():
            kept = _snapshots(records, cell.key, seed)
            if kept is not None and kept.shape[:1] == (len(steps),):
                runs[name] = {"seed": seed, "data": _bytes(kept[places], dataset, is_image)}
        if runs:
            names = {"experiment": cell.experiment, "dataset": cell.dataset, "variant": cell.variant}
            about = {"steps": [steps[place] for place in places], "shape": list(entry.shape) if is_image else None}
            means = None if is_image else _unit(dataset.means, *_window(dataset)).round(4).tolist()
            found.append(names | about | {"runs": runs, "means": means})
    return found


def _loaded(summary: StudySummary, name: str, file: Path) -> Dataset | None:
    """A data set whose samples can be shown; None where its file is not there, or points have no modes around them."""
    dataset = datasets.load(summary.datasets[name].family, file) if file.is_file() else None
    return dataset if layout.kind(summary, name) == layout.IMAGES or hasattr(dataset, "means") else None


def _snapshots(records: Records, key: Key, seed: int) -> np.ndarray | None:
    """The snapshots of one run, (T, n, *shape)."""
    for folder, record in records:
        of = tuple(record[name] for name in ("experiment", "dataset", "variant"))
        if of == key and seed in record["seeds"] and (folder / "snapshots.npy").is_file():
            return reading.npy(folder / "snapshots.npy")[record["seeds"].index(seed)].astype(np.float64)
    return None


def _bytes(kept: np.ndarray, dataset: Dataset, is_image: bool) -> str:
    """Snapshots (T, n, *shape) as bytes: of images 0 to 255 over their range, of points 0 to 254 over the window."""
    if is_image:
        low, high = dataset.range
        scaled = np.nan_to_num((kept[:, :IMAGES] - low) / (high - low), nan=0.0, posinf=1.0, neginf=0.0)
        whole = (255 * scaled.clip(0, 1)).round()
    else:
        unit = _unit(kept[:, :POINTS], *_window(dataset))
        inside = ((unit >= 0) & (unit <= 1)).all(axis=-1, keepdims=True)  # what is not finite is not either
        whole = np.where(inside, np.nan_to_num(254 * unit).round(), OUTSIDE)
    return base64.b64encode(whole.astype(np.uint8).tobytes()).decode()


def _window(dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and the highest coordinates that are shown, (2,) each: a square around all modes."""
    middle = (dataset.means.max(axis=0) + dataset.means.min(axis=0)) / 2
    half = (0.5 + AROUND) * np.ptp(dataset.means, axis=0).max()
    return middle - half, middle + half


def _unit(points: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    return (points - low) / (high - low)
