"""What the figures of data sets show, a sentence each, from the tidy table and the comparison with the baseline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from modecollapse.comparisons.comparison_tables import BASELINE
from modecollapse.report import layout
from modecollapse.report.findings import Finding, spread
from modecollapse.report.printed import count, share
from modecollapse.report.result_tables import of_runs
from modecollapse.study.summary import StudySummary

PLACE, CELL = ["experiment", "dataset", "measure"], ["experiment", "dataset", "variant"]
HELD = {"zero": "began_k_at_0", "one": "began_k_at_1"}  # shares of the training
Modes = dict[str, pd.DataFrame]  # by variant the rows of a data set's count of modes: seed, step and value


def findings(summary: StudySummary, measures: pd.DataFrame, baseline: pd.DataFrame) -> dict[str, Finding]:
    """By the file of a figure; `profile` for that of the study. A figure about which nothing is known has none.

    measures: the tidy table; baseline: baseline.csv as text.
    """
    counts = {name: layout.modes_measure(summary, name) for name in summary.datasets}
    known = measures[measures["measure"].isin({*counts.values()} - {None} | {*HELD.values()})]
    cells = {key: rows for key, rows in known.groupby([*CELL, "measure"])}
    found = {}
    for experiment in layout.experiments(summary):
        for figure, files in layout.figures(summary, experiment).items():
            for dataset, file in files.items():
                own = {v: cells.get((experiment, dataset, v, counts[dataset])) for v in summary.variants}
                modes = {variant: rows for variant, rows in own.items() if rows is not None}
                if figure in ("density", "sheet") and modes:
                    found[file] = _captured(summary, dataset, modes)
                elif figure == "strip" and (moved := _moved(summary, dataset, modes)):
                    found[file] = moved
                elif figure == "intervals":
                    tests = baseline[(baseline[PLACE] == [experiment, dataset, counts[dataset]]).all(axis=1)]
                    found |= {file: _beaten(summary, tests)} if len(tests) else {}
                elif figure == "balance":
                    found[file] = _held(cells, experiment, dataset, layout.held(summary, experiment, dataset))
    shares = list(_halves(summary, cells, counts))
    if shares:
        words = "At least half of the modes are captured by {halves} of a variant's runs."
        found["profile"] = Finding(words, {"halves": " to ".join(dict.fromkeys((min(shares)[1], max(shares)[1])))})
    return found


def _captured(summary: StudySummary, dataset: str, modes: Modes) -> Finding:
    """The modes of the median runs, the fewest and the most: the lower one of two in the middle."""
    middle = {
        variant: sorted(of_runs(rows)["value"])[(rows["seed"].nunique() - 1) // 2] for variant, rows in modes.items()
    }
    least, most = (end(middle, key=middle.get) for end in (min, max))
    numbers = {"modes": count(summary.datasets[dataset].modes), "least": f"{middle[least]:.1f}"}
    if f"{middle[most]:.1f}" == numbers["least"]:
        return Finding("Each run shown captures {least} of {modes} modes.", numbers)
    names = {"first": summary.variants[least].label, "last": summary.variants[most].label}
    numbers |= {"most": f"{middle[most]:.1f}"} | names
    return Finding("Of {modes} modes, the runs shown capture from {least} ({first}) to {most} ({last}).", numbers)


def _moved(summary: StudySummary, dataset: str, modes: Modes) -> Finding | None:
    """How the variants' mean counts change from the middle of the training to its end; None without earlier counts."""
    changes = []
    for rows in modes.values():
        early = rows[rows["step"] <= rows["step"].max() / 2]
        if len(early):
            middle = early[early["step"] == early["step"].max()]["value"].mean()
            changes.append(of_runs(rows)["value"].mean() - middle)
    words = (
        "From the middle of the training to its end, the variants' mean counts of modes change by {change} of {modes}."
    )
    numbers = {"change": spread(changes, "+.1f"), "modes": count(summary.datasets[dataset].modes)} if changes else {}
    return Finding(words, numbers) if numbers else None


def _beaten(summary: StudySummary, tests: pd.DataFrame) -> Finding:
    """How many variants the tests, corrected together, put above the baseline in modes, and how many below."""
    above, below = (tests["better"] == tests["variant"]).sum(), (tests["better"] == BASELINE).sum()
    words = "Tests find {above} of {others} variants with more modes than {baseline} has, and {below} with fewer."
    named = summary.variants[BASELINE].label
    return Finding(words, {"above": str(above), "others": str(len(tests)), "baseline": named, "below": str(below)})


def _held(cells: Mapping[tuple, pd.DataFrame], experiment: str, dataset: str, variants: list[str]) -> Finding:
    """How long k stays at its bounds, over the variants that BEGAN's balance holds."""
    numbers = {}
    for name, measure in HELD.items():
        own = [cells[key] for v in variants if (key := (experiment, dataset, v, measure)) in cells]
        numbers[name] = spread([100 * of_runs(rows)["value"].mean() for rows in own], ".0f") if own else layout.NONE
    return Finding(
        "BEGAN's k stays at its lower bound for {zero}% of the training and at its upper one for {one}%.", numbers
    )


def _halves(
    summary: StudySummary, cells: Mapping[tuple, pd.DataFrame], counts: Mapping[str, str | None]
) -> Iterator[tuple[float, str]]:
    """Of each variant in each experiment of the profile, the share of its runs with half of the modes; also as text."""
    for experiment, names in layout.compared(summary).items():
        for variant in layout.variants(summary, experiment):
            own = {d: cells.get((experiment, d, variant, counts[d])) for d in names if counts[d]}
            scores = [
                value / summary.datasets[d].modes
                for d, rows in own.items()
                if rows is not None
                for value in of_runs(rows)["value"]
            ]
            if scores:
                reached = sum(score >= 0.5 for score in scores)
                yield reached / len(scores), share(reached, len(scores))
