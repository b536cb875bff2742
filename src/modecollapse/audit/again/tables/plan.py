"""What the printed tables need of a study's facts: which rows and columns they have, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from modecollapse.audit.again.tables.rows import CALIBRATION, UNTRAINED

Facts = dict[str, Any]

NONE = "–"  # there is no such number
# The rows below the trained ones, and how they are named; the components of the PCA depend on the cells.
BELOW = {
    "oracle": "Oracle (real data)",
    UNTRAINED: "Untrained generators",
    "mean-image": "Mean training image",
    "pca": "PCA, {} components",
    "nearest-training": "Nearest of 10,000 training images",
    "null-gaussian": "Null: one Gaussian",
    "null-uniform": "Null: uniform",
}


class Line(NamedTuple):
    """A row of a printed table: how it is told, its label, and the experiment and variant of its summary."""

    experiment: str
    dataset: str
    variant: str
    kind: str
    label: str
    source: str
    measured: str


def places(facts: Facts, images: bool | None) -> list[tuple[str, str]]:
    """The experiments and their data sets, in order; only those of images, or only the others, if given."""
    found: dict[str, list[str]] = {}
    for cell in facts["cells"]:
        of_images = len(facts["datasets"][cell["dataset"]]["shape"]) == 3
        own = found.setdefault(cell["experiment"], [])
        if images in (None, of_images) and cell["dataset"] not in own:
            own.append(cell["dataset"])
    return [(experiment, dataset) for experiment, own in found.items() for dataset in own]


def lines(facts: Facts, images: bool | None) -> Iterator[Line]:
    """Every row that a printed table may have: the trained variants of a data set, and what stands below them."""
    for experiment, dataset in places(facts, images):
        own = [c for c in facts["cells"] if (c["experiment"], c["dataset"]) == (experiment, dataset)]
        for cell in own:
            name = cell["variant"]
            label = facts["variants"][name]["label"]
            yield Line(experiment, dataset, name, "trained", label, experiment, name)
        widest = max(cell["latent"] for cell in own)
        for name, label in BELOW.items():
            source = experiment if name == UNTRAINED else CALIBRATION
            measured = f"pca-{widest}" if name == "pca" else name
            yield Line(experiment, dataset, name, "reference", label.format(widest), source, measured)


def measures(facts: Facts, datasets: Iterable[str], reads: str) -> list[str]:
    """The measures of some data sets that read counts, samples or inversions, in the order of the study."""
    wanted = {name for dataset in datasets for name in facts["datasets"][dataset]["measures"]}
    return [name for name, entry in facts["measures"].items() if name in wanted and entry["reads"] == reads]
