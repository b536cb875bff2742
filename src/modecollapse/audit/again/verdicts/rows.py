"""The rows of verdicts.csv, computed again: each view of the runs by its rule, and the verdict that they make."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from modecollapse.audit.again.tables.compare import Number
from modecollapse.audit.again.verdicts.decide import Decide, cells_of
from modecollapse.audit.again.verdicts.limits import UnknownMeasure
from modecollapse.audit.again.verdicts.parts import Part, parts
from modecollapse.audit.again.verdicts.runs import Runs, View
from modecollapse.audit.again.verdicts.words import (
    INCONCLUSIVE,
    NOT_REPRODUCED,
    NOT_RUN,
    NOT_TESTABLE,
    REPRODUCED,
    Found,
    Verdict,
)

FILE = "tables/verdicts.csv"
COLUMNS = [
    "claim", "part", "rule", "source", "place", "experiment", "dataset", "variant", "against", "measure",
    "published", "n", "n_failed", "estimate", "lower", "upper", "oracle", "rounding", "margin", "d_repro", "d_refute",
    "verdict", "outcome", "reason", "seeds_needed", "at_this_budget", "steps", "reference_steps", "recipe",
    "worst_score", "final_step", "complete_case", "detail", "remeasured", "registry",
]  # fmt: skip
EMPTY = dict.fromkeys(COLUMNS, "")
PRIMARY, FINAL, COMPLETE = View(), View(window=False), View(failures=False)
BY_COMPUTATION = Verdict(NOT_REPRODUCED, "by computation")


@dataclass
class Judged:
    """The expected rows, how many rest on a p or an end too near its limit, and what could not be computed."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    identities: int = 0
    close: list[str] = field(default_factory=list)  # keys of rows
    unknown: list[str] = field(default_factory=list)  # measures without a known range, by row
    faults: list[tuple[str, str]] = field(default_factory=list)  # key and why it cannot be computed


class Anything:
    """A cell that is not computed again."""

    def agrees(self, written: str) -> bool:
        """Whatever it says."""
        return True


@dataclass
class Judge:
    """What rows are computed from: the rules with claims, plan and runs, the digest of the claims, what is written."""

    decide: Decide
    registry: str
    written: dict[str, dict[str, str]]

    def row(self, part: Part) -> tuple[dict[str, Any], bool]:
        """The expected row of a part, and whether random draws decide what it says."""
        published = part.published or {}
        row = EMPTY | {"claim": part.claim["id"], "part": part.name, "rule": part.rule, "registry": self.registry}
        row |= {key: part.claim[key] for key in ("source", "place")} | {"experiment": part.experiment}
        row |= {"dataset": ", ".join(part.datasets) or published.get("dataset", "")}
        row |= {"variant": "".join(part.variants[:1]), "against": ", ".join(part.variants[1:])}
        row |= {"measure": ", ".join(part.measures), "published": _printed(published) if published else ""}
        if not part.trained:
            told = self._untrained(part)
            return row | told, False
        told, close = self._trained(part)
        return row | told, close

    def _untrained(self, part: Part) -> dict[str, Any]:
        rule = part.test["rule"]
        if part.missing or rule == "not-run":
            return _told(Verdict(NOT_RUN, part.missing or part.test["needs"]))
        if rule == "not-testable":
            return _told(Verdict(NOT_TESTABLE, part.test["why"]))
        refuted = self._cell(part, "verdict") == BY_COMPUTATION.text
        return _told(BY_COMPUTATION if refuted else Verdict(REPRODUCED)) | {"detail": Anything()}

    def _trained(self, part: Part) -> tuple[dict[str, Any], bool]:
        """By the primary endpoint with failed runs; then the other views, failed and missing runs, and the budget."""
        counted, seeds = "diverged" not in part.measures, len(self.decide.facts["seeds"])
        cells = [self.decide.runs.of(cell) for cell in cells_of(part, part.measures[-1:])]
        n, failed = min(map(len, cells)), sum(run.failed for own in cells for run in own)
        views = {"worst_score": PRIMARY, "final_step": FINAL}
        views |= {"complete_case": COMPLETE} if counted and failed else {}
        found = {name: self.decide(part, view, self._cell(part, name)) for name, view in views.items()}
        worst = found["worst_score"].verdict
        complete = found.setdefault("complete_case", found["worst_score"]).verdict
        at_budget, is_share = worst, part.test["rule"] == "share"
        if counted and not is_share and any(own and all(run.failed for run in own) for own in cells):
            at_budget = Verdict(INCONCLUSIVE, "all_failed")
        elif n < seeds and not is_share:
            at_budget = Verdict(INCONCLUSIVE, f"undefined: {seeds - n} runs of {seeds} have no value")
        elif worst.outcome != complete.outcome or (worst.outcome == NOT_REPRODUCED and worst != complete):
            at_budget = Verdict(INCONCLUSIVE, f"failures: {worst.text}, without them {complete.text}")
        steps, reference = self._budget(part)
        verdict = at_budget
        if reference is None:
            verdict = Verdict(INCONCLUSIVE, "no_reference: the recipe names no reference_steps")
        elif steps < reference:
            verdict = Verdict(INCONCLUSIVE, f"short_budget: {steps:,} of {reference:,} steps")
        row = _told(verdict) | {name: one.verdict.text for name, one in found.items()} | {"n": Number(n)}
        row |= {"n_failed": Number(failed), "at_this_budget": at_budget.text, "steps": Number(steps)}
        row |= {"reference_steps": Number(reference), "recipe": self._recipe(part)}
        return row | self._numbers(part, found["worst_score"]), any(one.close for one in found.values())

    def _numbers(self, part: Part, found: Found) -> dict[str, Any]:
        row = {"estimate": Number(found.estimate), "lower": found.lower, "upper": found.upper, "detail": found.detail}
        if part.test["rule"] != "values":
            return row
        zone, oracle = self.decide.zone(part, part.published), self.decide.runs.oracle(*part.datasets, *part.measures)
        row |= {"margin": f"factor {zone.margin:g}" if zone.factor else f"{zone.margin:g}"}
        row |= {"rounding": Number(zone.rounding), "oracle": Number(oracle)}
        if found.margins:
            row |= self._margins(part, found, max(abs(zone.number), *map(abs, zone.ends)))
        return row | {"remeasured": self._remeasured(part)}

    def _margins(self, part: Part, found: Found, size: float) -> dict[str, Any]:
        """Of the written interval, where it agrees with ours: the margins follow from it without random draws."""
        told = [self._cell(part, "lower"), self._cell(part, "upper")]
        ours = all(end.agrees(text) for end, text in zip((found.lower, found.upper), told, strict=True))
        interval = tuple(map(float, told)) if ours else (found.lower.value, found.upper.value)
        hold, miss = found.margins(interval)
        return {"d_repro": Number(hold, size), "d_refute": Number(miss, size)}

    def _remeasured(self, part: Part) -> str:
        """The verdicts on what others measured, each beside what is written of it."""
        rest, told = self._cell(part, "remeasured"), []
        others = part.published.get("remeasured", [])
        starts = [f"{self.decide.claims['sources'][one['source']]['title']} {_printed(one)}: " for one in others]
        for place, (one, start) in enumerate(zip(others, starts, strict=True)):
            rest = rest.removeprefix(start)
            end = rest.find(f"; {starts[place + 1]}") if place + 1 < len(starts) else len(rest)
            value = {**part.published, "printed": one["printed"], "decimals": None, "spread": None, "readings": []}
            told.append(start + self.decide.value(part, value, PRIMARY, rest[:end]).verdict.text)
            rest = rest[end + 2 :]
        return "; ".join(told)

    def _budget(self, part: Part) -> tuple[int, int | None]:
        """Steps and reference steps of the cell that is furthest behind its reference."""
        cells = [
            (cell["steps"], cell["reference_steps"])
            for cell in self.decide.facts["cells"]
            if cell["experiment"] == part.experiment
            and cell["variant"] in part.variants
            and cell["dataset"] in part.datasets
        ]
        unknown = [steps for steps, reference in cells if reference is None]
        return (min(unknown), None) if unknown else min(cells, key=lambda cell: cell[0] / cell[1])

    def _recipe(self, part: Part) -> str:
        place = part.experiment, part.datasets[0], part.variants[0]
        cells = self.decide.facts["cells"]
        return next(c["source"] for c in cells if (c["experiment"], c["dataset"], c["variant"]) == place)

    def _cell(self, part: Part, column: str) -> str:
        return self.written.get(part.name, {}).get(column, "")


def judge(
    claims: dict[str, Any],
    text: bytes,
    facts: dict[str, Any],
    measures: pd.DataFrame,
    written: list[dict[str, str]],
) -> Judged:
    """All rows. claims: the parsed file, of which `text` are the bytes; written: the rows of the table as it is."""
    runs = Runs(measures, facts, claims["settings"]["window"])
    by_name = {row.get("part", ""): row for row in reversed(written)}  # of a row that is there twice, the first
    judging = Judge(Decide(claims, facts, runs), hashlib.sha256(text).hexdigest()[:12], by_name)
    judged = Judged()
    for part in parts(claims, facts):
        judged.identities += part.test["rule"] == "identity"
        try:
            row, close = judging.row(part)
        except UnknownMeasure as measure:
            judged.unknown.append(f"{part.name} ({measure})")
            row, close = _as_written(part, by_name), False
        except (ValueError, TypeError, KeyError, IndexError, ArithmeticError, StopIteration, AttributeError) as error:
            judged.faults.append((part.name, f"cannot be computed again: {type(error).__name__}: {error}"))
            row, close = _as_written(part, by_name), False
        judged.rows.append(row)
        judged.close += [part.name] * close
    return judged


def _as_written(part: Part, written: dict[str, dict[str, str]]) -> dict[str, Any]:
    """Of a part that cannot be computed, what the table says, for the claims that it is part of."""
    own = {"claim": part.claim["id"], "part": part.name, "rule": part.rule, "experiment": part.experiment}
    return EMPTY | written.get(part.name, {}) | own


def _told(verdict: Verdict) -> dict[str, Any]:
    told = {"verdict": verdict.text, "outcome": verdict.outcome, "reason": verdict.reason}
    return told | {"seeds_needed": Number(verdict.seeds)}


def _printed(value: dict[str, Any]) -> str:
    """As the source prints it, with its spread."""
    return f"{value['printed']} ± {value['spread']}" if value.get("spread") else value["printed"]
