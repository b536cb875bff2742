"""What a report consists of: measures by data set, labels, file names. Light enough for a Snakefile."""

from __future__ import annotations

from typing import Any

Study = dict[str, Any]

CALIBRATION = "calibration"
UNTRAINED = "untrained"
REFERENCE_ROWS = {
    "oracle": "Oracle (real data)",
    UNTRAINED: "Untrained generators",
    "null-gaussian": "Null: one Gaussian",
    "null-uniform": "Null: uniform",
}
MEASURES = ("modes", "high_quality_percent", "reverse_kl")
MEASURE_LABELS = {
    "modes": "Modes captured",
    "high_quality_percent": "% high quality samples",
    "reverse_kl": "Reverse KL (nats)",
}
NONE = "–"  # in a printed table: there is no such number
TABLES = ("summary.csv", "table1.csv", "digits.csv")


def is_stacked(study: Study, dataset: str) -> bool:
    """Whether a data set is made of stacked images, which have their own table and sample sheet."""
    return study["datasets"][dataset].get("family", dataset).startswith("stacked")


def printed_measures(stacked: bool) -> tuple[str, str]:
    """The two measures that tables and figures show for a data set."""
    return ("modes", "reverse_kl") if stacked else ("modes", "high_quality_percent")


def decimals(stacked: bool, measure: str) -> int:
    """Digits after the point: enough to tell an oracle's KL from zero, few for a count to a thousand."""
    return 3 if measure == "reverse_kl" else 1 if stacked else 2


def experiments(study: Study) -> list[str]:
    """The experiments in printing order."""
    return list(dict.fromkeys(cell["experiment"] for cell in study["cells"]))


def datasets(study: Study, experiment: str, stacked: bool | None = None) -> list[str]:
    """The data sets of an experiment in printing order; `stacked` keeps only one kind."""
    names = dict.fromkeys(c["dataset"] for c in study["cells"] if c["experiment"] == experiment)
    return [name for name in names if stacked is None or is_stacked(study, name) == stacked]


def variants(study: Study, experiment: str, dataset: str | None = None) -> list[str]:
    """The variants of an experiment (on one data set, if given) in printing order."""
    cells = (c for c in study["cells"] if c["experiment"] == experiment)
    return list(dict.fromkeys(c["variant"] for c in cells if dataset in (None, c["dataset"])))


def figure_names(study: Study) -> list[str]:
    """The files that `figures.draw` writes for a study, in the order of the report."""
    names = []
    for experiment in experiments(study):
        if datasets(study, experiment, stacked=False):
            names.append(f"density-{experiment}.svg")
        if datasets(study, experiment, stacked=True):
            names.append(f"stacks-{experiment}.svg")
        names += [f"final-{experiment}.svg", f"curves-{experiment}.svg"]
    return names
