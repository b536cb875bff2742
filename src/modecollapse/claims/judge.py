"""The verdicts of a study: a row for each part of each claim, with how far it depends on choices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from modecollapse.claims import identities
from modecollapse.claims.decide import Decision, decide, remeasured
from modecollapse.claims.parts import Part, parts
from modecollapse.claims.registry import Registry
from modecollapse.claims.results import Results, View, margin_of
from modecollapse.claims.rules import Association, Identity, NotTestable, Share, Values
from modecollapse.comparisons.checked import Support
from modecollapse.comparisons.endpoints import FINAL
from modecollapse.statistics import verdicts
from modecollapse.statistics.verdicts import INCONCLUSIVE, NOT_REPRODUCED, NOT_RUN, NOT_TESTABLE, REPRODUCED, Verdict
from modecollapse.study.streams import stream_seed
from modecollapse.study.summary import StudySummary

COLUMNS = [
    "claim", "part", "rule", "source", "place", "experiment", "dataset", "variant", "against", "measure",
    "published", "n", "n_failed", "estimate", "lower", "upper", "oracle", "rounding", "margin", "d_repro", "d_refute",
    "verdict", "outcome", "reason", "seeds_needed", "at_this_budget", "steps", "reference_steps",
    "recipe", "worst_score", "final_step", "complete_case", "detail", "remeasured", "registry",
]  # fmt: skip
OCCURS = "occurrence"  # the rule of a share above 0: once is enough, on whichever data
NAMES_NONE = "the recipe names no reference_steps"
DIVERGED = "diverged"  # a claim about it counts failures, so it has no answer without them


def judge(
    summary: StudySummary, rows: pd.DataFrame, registry: Registry, checksum: str, support: Support
) -> pd.DataFrame:
    """The verdicts, columns COLUMNS, in the registry's order.

    rows: the tidy table; checksum: of the registry's file, which every row carries. Raises StudyError as
    `comparisons.endpoints` does.
    """
    listed = parts(registry, summary)
    names = sorted({name for part in listed for name in part.measures if not isinstance(part.test, Association)})
    results = Results(summary, rows, names, registry.settings, support)
    judged = [_row(part, results, registry) | {"registry": checksum[:12]} for part in listed]
    return pd.DataFrame(judged, columns=COLUMNS)


def _row(part: Part, results: Results, registry: Registry) -> dict[str, Any]:
    row = {
        "claim": part.claim.id,
        "part": part.name,
        "rule": OCCURS if isinstance(part.test, Share) and part.test.above == 0 else part.test.rule,
        "source": part.claim.source,
        "place": part.claim.place,
        "experiment": part.experiment,
        "dataset": ", ".join(part.datasets) or (part.published.dataset if part.published else ""),
        "variant": part.variants[0] if part.variants else "",
        "against": ", ".join(part.variants[1:]),
        "measure": ", ".join(part.measures),
        "published": part.published.text if part.published else "",
    }
    if part.missing or not part.variants:
        return row | _untrained(part, results)
    return row | _trained(part, results, registry)


def _untrained(part: Part, results: Results) -> dict[str, Any]:
    """Of what no run of this study decides."""
    if part.missing:
        return _told(Verdict(NOT_RUN, part.missing))
    if isinstance(part.test, Identity):
        rng = np.random.default_rng(stream_seed(results.summary.root_seed, "identity", part.test.check))
        holds, detail = identities.IDENTITIES[part.test.check](rng)
        return _told(Verdict(REPRODUCED) if holds else Verdict(NOT_REPRODUCED, "by computation")) | {"detail": detail}
    if isinstance(part.test, NotTestable):
        return _told(Verdict(NOT_TESTABLE, part.test.why))
    return _told(Verdict(NOT_RUN, part.test.needs))


def _trained(part: Part, results: Results, registry: Registry) -> dict[str, Any]:
    """Of what the runs decide: by the primary endpoint, capped by the budget, beside the other ways to look."""
    counted = DIVERGED not in part.measures
    cells = _cells(part, results)
    n, failed = min(map(len, cells)), sum(int(cell["failed"].sum()) for cell in cells)
    decided = decide(part, results, registry, View())
    final = decide(part, results, registry, View(endpoint=FINAL)).verdict
    complete = decided.verdict
    if counted and failed:
        complete = decide(part, results, registry, View(failures=False)).verdict
    at_budget = decided.verdict
    if counted and any(len(cell) and cell["failed"].all() for cell in cells) and not isinstance(part.test, Share):
        at_budget = Verdict(INCONCLUSIVE, verdicts.ALL_FAILED)
    elif (lost := len(results.summary.seeds_of(part.experiment)) - n) > 0 and not isinstance(part.test, Share):
        at_budget = Verdict(INCONCLUSIVE, f"{verdicts.UNDEFINED}: {lost} runs of {n + lost} have no value")
    elif not complete.agrees(decided.verdict):
        at_budget = Verdict(INCONCLUSIVE, f"{verdicts.FAILURES}: {decided.verdict.text}, without them {complete.text}")
    steps, reference = budget(results.summary, part)
    verdict = at_budget
    if reference is None:
        verdict = Verdict(INCONCLUSIVE, f"{verdicts.NO_REFERENCE}: {NAMES_NONE}")
    elif steps < reference:
        verdict = Verdict(INCONCLUSIVE, f"{verdicts.SHORT_BUDGET}: {steps:,} of {reference:,} steps")
    row = _told(verdict) | _numbers(part, results, registry, decided) | {"n": n, "n_failed": failed}
    row |= {"at_this_budget": at_budget.text, "steps": steps, "reference_steps": reference}
    row |= {"recipe": _recipe(results.summary, part), "worst_score": decided.verdict.text}
    return row | {"final_step": final.text, "complete_case": complete.text}


def _numbers(part: Part, results: Results, registry: Registry, decided: Decision) -> dict[str, Any]:
    row = {"estimate": decided.estimate, "lower": decided.lower, "upper": decided.upper, "detail": decided.detail}
    row |= {"d_repro": decided.d_repro, "d_refute": decided.d_refute}
    if isinstance(part.test, Values):
        [dataset], [measure] = part.datasets, part.measures
        entry = registry.settings.margin(part.published.dataset, measure)
        margin = margin_of(entry, part.published.value, results.limits(dataset, measure))
        row |= {"margin": f"factor {margin.size:g}" if margin.is_factor else f"{margin.size:g}"}
        row |= {"rounding": part.published.rounding, "oracle": results.oracle(dataset, measure)}
        row |= {"remeasured": remeasured(part, results, registry, View())}
    return row


def budget(summary: StudySummary, part: Part) -> tuple[int, int | None]:
    """The steps of a part's cells and those of the work they are compared with: of the cell furthest behind.

    A cell whose recipe names no reference_steps (None) is behind all others: how far, nobody knows.
    """
    cells = [
        (cell.steps, cell.reference_steps)
        for cell in summary.cells
        if (cell.experiment, cell.variant) in {(part.experiment, variant) for variant in part.variants}
        and cell.dataset in part.datasets
    ]
    return min(cells, key=lambda cell: (cell[1] is not None, cell[0] / (cell[1] or 1)))


def _recipe(summary: StudySummary, part: Part) -> str:
    """Where the recipe of the part's first variant is from: a verdict is on the claim as that recipe trains it."""
    place = (part.experiment, part.datasets[0], part.variants[0])
    return next(c.source for c in summary.cells if c.key == place)


def _cells(part: Part, results: Results) -> list[pd.DataFrame]:
    """The runs of each cell of a part at the last step."""
    return [
        results.runs(View(endpoint=FINAL), part.experiment, dataset, variant, part.measures[-1])
        for dataset in part.datasets
        for variant in part.variants
    ]


def _told(verdict: Verdict) -> dict[str, Any]:
    return {
        "verdict": verdict.text,
        "outcome": verdict.outcome,
        "reason": verdict.reason,
        "seeds_needed": verdict.seeds,
    }
