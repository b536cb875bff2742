"""A verdict in words: what the report prints is made here from the columns of `verdicts.csv`, and from nothing else."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from modecollapse.claims.parts import MISSING, NO_DATASET, why_missing
from modecollapse.claims.rules.identity import COMPUTED
from modecollapse.claims.rules.ordering import SOME_BEATEN
from modecollapse.report.printed import experiment_label
from modecollapse.statistics import verdicts
from modecollapse.statistics.verdicts import INCONCLUSIVE, NOT_REPRODUCED, NOT_RUN, NOT_TESTABLE, PARTIALLY, REPRODUCED
from modecollapse.study import catalogue

Row = Mapping[str, str]  # of a table, all of it text

WORDS = {
    REPRODUCED: "reproduced",
    NOT_REPRODUCED: "not reproduced",
    PARTIALLY: "in part",
    INCONCLUSIVE: "inconclusive",
    NOT_TESTABLE: "not testable",
    NOT_RUN: "not run",
}
COLOURS = {  # they differ in lightness too, and for the colour-blind
    REPRODUCED: "#1b62a5",
    NOT_REPRODUCED: "#d1603d",
    PARTIALLY: "#e0b13a",
    INCONCLUSIVE: "#7d8794",
    NOT_TESTABLE: "#b4b9bf",
    NOT_RUN: "#dcdfe3",
}
SHAPES = {  # matplotlib's markers, for whoever prints in grey
    REPRODUCED: "o",
    NOT_REPRODUCED: "X",
    PARTIALLY: "P",
    INCONCLUSIVE: "s",
    NOT_TESTABLE: "_",
    NOT_RUN: ".",
}
# How a reason is printed, and what it means.
REASONS = {
    verdicts.STILL_MOVING: ("still moving", "the runs have not arrived, or did too little of the work that is judged"),
    verdicts.NO_REFERENCE: ("no reference", "nobody knows how long the judged work was trained"),
    verdicts.TOO_FEW_RUNS: ("few runs", "fewer than a verdict takes"),
    verdicts.STRADDLES: ("wide interval", "it lies neither within the zone nor apart from it"),
    verdicts.NOT_REACHED: ("not reached", "most runs of all variants have not got there within the budget"),
    verdicts.UNDEFINED: ("undefined", "some runs have no value of the measure"),
    verdicts.FLOOR: ("resolution", "the mean is in the zone, but so few runs cannot show it"),
    verdicts.ORIGINAL_N: ("their runs", "a mean of as few runs as may be behind the number could be as far off"),
    verdicts.UNDERSPECIFIED: ("their spread", "what it may mean gives different verdicts"),
    verdicts.UNCLEAR: ("not separated", "neither better nor worse nor as good"),
    verdicts.FAILURES: ("failed runs", "the verdict depends on how they count"),
    verdicts.ALL_FAILED: ("all failed", "no run of a variant has a result"),
}
PLAIN = {COMPUTED: "by computation", SOME_BEATEN: "some beaten"}  # others are words already: above, below, tie
# What decides a claim: the column `decided_by` of `claims.csv`, in the order of print.
DECIDED_BY = {
    "computation": "by computation",
    "runs": "by runs",
    "computation, runs": "by computation and runs",
    "": "by nothing",
}
# How the columns of a verdict begin: of the final one, of that at the budget that was run, and so on (claims/judge.py).
FINAL, AT_BUDGET, LAST_STEP, WORST, COMPLETE = "", "at_budget_", "final_step_", "worst_score_", "complete_case_"


def short(row: Row, view: str = FINAL) -> str:
    """How a verdict is printed: `not reproduced (above)`; `view` is how its two columns begin."""
    outcome, reason = row[f"{view}outcome"], row[f"{view}reason"]
    if not reason or outcome in (NOT_RUN, NOT_TESTABLE) or (outcome, reason) == (REPRODUCED, COMPUTED):
        return WORDS[outcome]
    return f"{WORDS[outcome]} ({_reason(row, view)})"


def why(parts: list[Row], view: str) -> str:
    """What the verdict on some parts rests on: `2 reproduced, 1 inconclusive (few runs)`, or what they lack."""
    if all(part["outcome"] in (NOT_RUN, NOT_TESTABLE) for part in parts):
        return lacks(parts)
    views = [(part, view if part[f"{view}outcome"] else FINAL) for part in parts]
    if len(parts) > 1:
        return ", ".join(f"{n} {text}" for text, n in Counter(short(*one) for one in views).items())
    return ": ".join(filter(None, [_reason(*views[0]), _details(*views[0])]))


def lacks(parts: list[Row]) -> str:
    """Why none of some parts was decided; data sets that are missing are named together."""
    missing = [data_label(_numbers(part)["dataset"]) for part in parts if part["reason"] == NO_DATASET]
    named = [f"{', '.join(dict.fromkeys(missing))} (as published) not in this study"] if missing else []
    others = [_lack(part) for part in parts if part["reason"] != NO_DATASET]
    return "; ".join([*named, *dict.fromkeys(others)])


def _lack(part: Row) -> str:
    """Why a part was not decided."""
    numbers = _numbers(part)
    if part["reason"] in MISSING:
        shown = {"dataset": data_label, "experiments": experiment_label}
        names = {
            key: numbers[key] if isinstance(numbers[key], list) else [numbers[key]] for key in shown if key in numbers
        }
        numbers |= {key: [shown[key](name) for name in own] for key, own in names.items()}
        return why_missing(part["reason"], numbers)
    return f"needs {numbers['needs']}" if "needs" in numbers else numbers["why"]


def data_label(name: str) -> str:
    """How a kind of data set is named in print; one that a study defines has a name of words."""
    known = name in catalogue.names("datasets")
    return catalogue.declared("datasets", name, "LABEL") if known else name.replace("-", " ")


def _reason(row: Row, view: str) -> str:
    """The reason of a verdict in a few words."""
    reason = row[f"{view}reason"]
    if reason == SOME_BEATEN and view in (FINAL, AT_BUDGET):  # which the numbers are about
        return "{beaten} of {opponents} beaten".format(**_numbers(row))
    return REASONS[reason][0] if reason in REASONS else PLAIN.get(reason, reason)


def _details(row: Row, view: str) -> str:
    """The numbers behind the reason of a single verdict: `500 of 100,000 steps`."""
    reason = row[f"{view}reason"]
    if reason == verdicts.STILL_MOVING:
        return _movement(_numbers(row))
    if reason == verdicts.UNDEFINED:
        lost = _numbers(row)["lost"]
        return f"{lost} runs of {lost + int(float(row['n']))} have no value"
    if reason == verdicts.FAILURES and short(row, WORST) != short(row, COMPLETE):
        return f"{short(row, WORST)}, without them {short(row, COMPLETE)}"
    return ""


def _movement(numbers: dict[str, Any]) -> str:
    """Why runs have not arrived: their work, or what of them moves, how fast, and what would do."""
    if "of" in numbers:
        return f"work of {numbers['work']:g}, a quarter of {numbers['of']:g} is needed"
    if "measure" not in numbers:
        return "no measure with a margin is known before the last step"
    if numbers.get("drift") is None:
        return "too few runs to tell"
    name = numbers["measure"].replace("_", " ")
    moves = "{} drift by {drift:+.3g} a quarter, {bound:.2g} is allowed".format(name, **numbers)
    if numbers.get("more_seeds"):
        return f"{moves}; some {numbers['more_seeds']} seeds would tell"
    more = numbers.get("more_steps")
    return f"{moves}; some {1 + more:.1f} times the steps would do" if more else moves


def _numbers(row: Row) -> dict[str, Any]:
    return json.loads(row["numbers"] or "{}")


def whole(text: str) -> str:
    """A whole number that a column with empty cells has turned into `3.0`."""
    return f"{int(float(text)):,}"
