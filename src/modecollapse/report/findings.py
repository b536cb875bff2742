"""What the figures of the claims' experiments show, a sentence each, from the tidy table and the verdicts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from string import Formatter
from typing import NamedTuple

import pandas as pd

from modecollapse.report import claimed
from modecollapse.report.result_tables import of_runs
from modecollapse.statistics.verdicts import REPRODUCED, STILL_MOVING
from modecollapse.study.summary import StudySummary

SAMPLES, DATA = "samples", "data"
ENERGIES = {SAMPLES: "mean_aux_energy_fake", DATA: "mean_aux_energy_data"}  # from N(0, I), of F's outputs
AIMS = {"invert": "an F that inverts it", "gaussian": "an F that makes data normal"}
PULLED = {"cross_entropy": "non-saturating", "least_squares": "equation-9"}  # games whose points are compared
MOVES = {"moved": "mean_aux_moved", "gain": "mean_aux_gain_data"}
NORM = "grad_norm_G"
Ends = Callable[..., pd.Series]  # of an experiment, a data set, a variant and a measure: the endpoint of each run
CELL = ["experiment", "dataset", "variant", "measure"]


class Finding(NamedTuple):
    """`words` have a place `{name}` for each of the `numbers`, and of the labels; each is printed with an id."""

    words: str
    numbers: dict[str, str]

    @property
    def sentence(self) -> str:
        """The words with their numbers."""
        return self.words.format(**self.numbers)

    @property
    def pieces(self) -> list[list[str]]:
        """The words up to a number, the number's name and the number; the last two are empty at the end."""
        parsed = Formatter().parse(self.words)
        return [[words, name or "", self.numbers[name] if name else ""] for words, name, *_ in parsed]


class Trend(NamedTuple):
    """What a trend test found at the budget that was run, its p, and the reason of the final verdict; as text."""

    outcome: str
    p: str
    reason: str


def findings(summary: StudySummary, measures: pd.DataFrame, verdicts: pd.DataFrame) -> dict[str, Finding]:
    """Those of the figures that the study has, by their keys in `layout.study_figures`.

    measures: the tidy table; verdicts: verdicts.csv as text.
    """
    wanted = [*ENERGIES.values(), *MOVES.values(), NORM, claimed.COVERAGE]
    runs = of_runs(measures[measures["measure"].isin(wanted)])
    values = {key: own["value"] for key, own in runs.groupby(CELL)}

    def ends(*cell: str) -> pd.Series:
        return values.get(cell, pd.Series(dtype=float))

    found = {}
    if places := claimed.mapped(summary):
        found["mapped"] = _mapped(summary, places[0], ends)
    if places := claimed.moved(summary):
        found["moved"] = _moved(summary, places, ends)
    if places := claimed.contrasted(summary):
        found["gradients"] = _gradients(summary, places, ends)
    for experiment, gaps in list(claimed.separated(summary).items())[:1]:
        found["separability"] = _separability(summary, experiment, gaps, ends, verdicts)
    return found


def trend(verdicts: pd.DataFrame, experiment: str, variant: str) -> Trend | None:
    """The trend test on coverage of a variant; None where the claims have none, or nothing was judged."""
    own = verdicts[(verdicts["rule"] == "trend") & (verdicts["measure"] == claimed.COVERAGE)]
    own = own[(own["experiment"] == experiment) & (own["variant"] == variant)]
    return next((Trend(row.at_budget_outcome or row.outcome, row.p, row.reason) for row in own.itertuples()), None)


def _mapped(summary: StudySummary, place: tuple[str, str], ends: Ends) -> Finding:
    """Where F leaves data and samples, for the variants whose G lacks modes."""
    modes = summary.datasets[place[1]].modes
    parts, numbers = [], {"modes": str(modes)}
    for cell in summary.cells:
        if cell.key[:2] != place or summary.variants[cell.variant].objective != claimed.MAPPED:
            continue
        aim, kept = summary.variants[cell.variant].options["aim"], cell.networks["generator"]["kept"]
        if kept < modes:
            means = {f"{aim}_{kind}": f"{ends(*cell.key, name).mean():z.2f}" for kind, name in ENERGIES.items()}
            numbers |= means | {f"{aim}_kept": str(kept)}
            samples = f"samples of {{{aim}_kept}} of the {{modes}} modes at {{{aim}_{SAMPLES}}}"
            parts.append(f"{AIMS[aim]} leaves {samples} and data at {{{aim}_{DATA}}}")
    return Finding(f"In energy distance from N(0, I), beside a G that lacks modes: {'; '.join(parts)}.", numbers)


def _moved(summary: StudySummary, places: claimed.Places, ends: Ends) -> Finding:
    """How far points that D accepts are moved, and how much nearer to the data: ranges of means over experiments."""
    numbers = {"experiments": str(len(places))}
    for kind, game in PULLED.items():
        for name, measure in MOVES.items():
            variants = [(place, v) for place in places for v in claimed.variants(summary, *place, (claimed.MOVED,))]
            own = [place + (v,) for place, v in variants if summary.variants[v].options["game"] == game]
            numbers[f"{kind}_{name}"] = spread((ends(*cell, measure).mean() for cell in own), "z.2f")
    return Finding(
        "G's gradient by cross-entropy moves points that D takes for real by {cross_entropy_moved} and brings them "
        "{cross_entropy_gain} nearer to the data, that by least squares moves them by {least_squares_moved} and brings "
        "them {least_squares_gain} nearer, in {experiments} experiments.",
        numbers,
    )


def _gradients(summary: StudySummary, places: claimed.Places, ends: Ends) -> Finding:
    """How many times as long G's gradient is by cross-entropy as by least squares: a range over the places.

    Of each place the first variant of a kind counts, and of its runs the geometric mean.
    """
    ratios = []
    for place in places:
        kinds = claimed.CROSS_ENTROPY, claimed.LEAST_SQUARES
        norms = [ends(*place, claimed.variants(summary, *place, kind)[0], NORM) for kind in kinds]
        cross, least = (own[own > 0].map(math.log).mean() for own in norms)
        ratios.append(math.exp(cross - least))
    words = "At the end of the training G's gradient by cross-entropy is {ratio} times as long as that by least squares"
    numbers = {"ratio": spread(ratios, ".2g")} | ({"places": str(len(ratios))} if len(ratios) > 1 else {})
    return Finding(words + (", in {places} settings." if "places" in numbers else "."), numbers)


def _separability(
    summary: StudySummary, experiment: str, gaps: dict[str, float], ends: Ends, verdicts: pd.DataFrame
) -> Finding:
    """Which variants cover more the nearer the modes, by test, and the means at the widest gap and at the smallest."""
    shown = claimed.trained_on_all(summary, experiment, gaps)
    tests = {name: trend(verdicts, experiment, name) for name in shown}
    rising = [name for name, test in tests.items() if test and test.outcome == REPRODUCED]
    moving = sum(bool(test) and test.reason == STILL_MOVING for test in tests.values())
    first, *_, last = gaps
    limit = "a circle" if claimed.is_circle(summary.datasets[last]) else "the smallest"
    numbers = {"rising": str(len(rising)), "variants": str(len(shown)), "gap": f"{gaps[first]:.0f}"}
    parts = []
    for place, name in enumerate(rising or shown):
        for end, dataset in (("from", first), ("to", last)):
            numbers[f"{end}_{place}"] = f"{ends(experiment, dataset, name, claimed.COVERAGE).mean():.2f}"
        numbers[f"label_{place}"] = summary.variants[name].label
        parts.append(f"{{label_{place}}} from {{from_{place}}} to {{to_{place}}}")
    words = "By test, coverage rises as the modes come nearer for {rising} of {variants} variants: "
    words += f"{', '.join(parts)}, from a gap of {{gap}} standard deviations to {limit}"
    if moving:
        numbers["moving"] = str(moving)
        words += "; the runs of {moving} still move"
    return Finding(f"{words}.", numbers)


def spread(values: Iterable[float], places: str) -> str:
    """The lowest and the highest value; one of them where they are printed alike."""
    known = list(values)
    low, high = (format(end(known), places) for end in (min, max))
    return low if low == high else f"{low} to {high}"
