"""What the runs say of one part of a claim, looked at in one way."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from modecollapse.claims.parts import Part
from modecollapse.claims.registry import Registry
from modecollapse.claims.results import Results, View, finite, margin_of
from modecollapse.claims.rules import Association, Bound, Equivalence, Ordering, Share, Values
from modecollapse.comparisons.families import as_ranked
from modecollapse.statistics import verdicts
from modecollapse.statistics.cross_run import Shuffle, cross_run
from modecollapse.statistics.multiplicity import holm
from modecollapse.statistics.ordering_verdict import PairwiseResult, equivalence_verdict, ordering_verdict
from modecollapse.statistics.share_verdict import bound_verdict, share_verdict
from modecollapse.statistics.value_verdict import PublishedMean, value_verdict
from modecollapse.statistics.verdicts import INCONCLUSIVE, NOT_REPRODUCED, REPRODUCED, IntervalVerdict, Verdict
from modecollapse.study.streams import stream_seed

TIME = "coverage_time:"


@dataclass(frozen=True)
class Decision:
    """A verdict and what it rests on: the estimate with its 90 % interval, margins at which it changes, a sentence."""

    verdict: Verdict
    estimate: float | None = None
    lower: float | None = None
    upper: float | None = None
    d_repro: float | None = None
    d_refute: float | None = None
    detail: str = ""
    duels: dict[str, PairwiseResult] = field(default_factory=dict)


def decide(part: Part, results: Results, registry: Registry, view: View) -> Decision:
    """Apply the rule of a part that trained runs decide."""
    rules = {
        Values: _value,
        Ordering: _ordering,
        Equivalence: _equivalence,
        Share: _share,
        Bound: _bound,
        Association: _association,
    }
    infinite = any(np.isinf(own).any() for own in _all_values(part, results, view))
    if infinite and not isinstance(part.test, Ordering | Equivalence):  # ranks are all that these need
        return Decision(Verdict(INCONCLUSIVE, verdicts.FAILURES))
    return rules[type(part.test)](part, results, registry, view)


def remeasured(part: Part, results: Results, registry: Registry, view: View) -> str:
    """The verdicts by the same rule on what other papers measured: `PacGAN 6.3 ± 0.5: REPRODUCED; ...`."""
    texts = []
    for other in part.published.remeasured:
        value = part.published.model_copy(
            update={"printed": other.printed, "decimals": None, "spread": None, "readings": [], "remeasured": []}
        )
        text = f"{other.printed} ± {other.spread}" if other.spread else other.printed
        verdict = _judged(part, results, registry, view, value).verdict
        texts.append(f"{registry.sources[other.source].title} {text}: {verdict.text}")
    return "; ".join(texts)


def _value(part: Part, results: Results, registry: Registry, view: View) -> Decision:
    found = _judged(part, results, registry, view, part.published)
    return Decision(found.verdict, found.estimate, *(found.interval or (None, None)), found.d_repro, found.d_refute)


def _judged(part: Part, results: Results, registry: Registry, view: View, value) -> IntervalVerdict:
    settings, [dataset], [measure] = registry.settings, part.datasets, part.measures
    spread = None if value.spread is None else float(value.spread)
    published = PublishedMean(value.value, value.rounding, settings.plausible_runs, spread, value.readings)
    return value_verdict(
        results.values(view, part.experiment, dataset, part.variants[0], measure),
        published,
        margin_of(settings.margin(value.dataset, measure), value.value, results.limits(dataset, measure)),
        finite(results.limits(dataset, measure)),
        fewest=settings.fewest_runs,
        alpha=settings.alpha,
    )


def _ordering(part: Part, results: Results, registry: Registry, view: View) -> Decision:
    [dataset], [measure] = part.datasets, part.measures
    values = [results.values(view, part.experiment, dataset, variant, measure) for variant in part.variants]
    champion, *others = (as_ranked(own, part.test.measures[measure]) for own in values)
    opponents = dict(zip(part.variants[1:], others, strict=True))
    found = ordering_verdict(champion, opponents, results.splits_of, **_limits(registry))
    verdict = found.verdict
    if measure.startswith(TIME) and verdict.reason in (verdicts.TIE, verdicts.UNCLEAR) and _mostly_unreached(values):
        verdict = Verdict(INCONCLUSIVE, verdicts.NOT_REACHED)
    return Decision(verdict, detail=_told(found.pairwise), duels=found.pairwise)


def _equivalence(part: Part, results: Results, registry: Registry, view: View) -> Decision:
    [dataset], [measure] = part.datasets, part.measures
    first, second = (
        as_ranked(results.values(view, part.experiment, dataset, variant, measure), "more")
        for variant in part.variants[:2]
    )
    found = equivalence_verdict(first, second, results.splits_of, **_limits(registry))
    duels = dict(zip(part.variants[1:2], found.pairwise.values(), strict=False))
    return Decision(found.verdict, detail=_told(duels), duels=duels)


def _share(part: Part, results: Results, registry: Registry, view: View) -> Decision:
    settings = registry.settings
    shown = results.events(view, part.experiment, part.datasets[0], part.variants[0], part.test)
    found = share_verdict(
        int(shown.sum()), shown.size, part.test.above, fewest=settings.fewest_runs, alpha=settings.alpha
    )
    detail = f"{shown.sum()} of {shown.size} runs"
    return Decision(found.verdict, found.estimate, *(found.interval or (None, None)), detail=detail)


def _bound(part: Part, results: Results, registry: Registry, view: View) -> Decision:
    settings, [dataset], test = registry.settings, part.datasets, part.test
    support = finite(results.limits(dataset, test.measure))
    values = results.values(view, part.experiment, dataset, part.variants[0], test.measure)
    limits = {"fewest": settings.fewest_runs, "alpha": settings.alpha}
    found = bound_verdict(values, (test.low, test.high), support, **limits)
    detail = f"claimed: {test.low:g} to {test.high:g}" + ("" if support else "; nominal interval, no bounds are known")
    return Decision(found.verdict, found.estimate, *(found.interval or (None, None)), detail=detail)


def _association(part: Part, results: Results, registry: Registry, view: View) -> Decision:
    """In most data sets significant after Holm, in the claimed direction; refuted where it is so in the other one."""
    settings, test = registry.settings, part.test
    found = {}
    for dataset in part.datasets:
        signal, quality = results.courses(part.experiment, dataset, part.variants[0], test.signal, test.quality)
        if len(signal) < settings.fewest_runs:
            return Decision(Verdict(INCONCLUSIVE, verdicts.TOO_FEW_RUNS, settings.fewest_runs))
        found[dataset] = cross_run(signal, quality, _rng(part, results, dataset), settings.draws)
    defined = {dataset: shuffle for dataset, shuffle in found.items() if shuffle.p is not None}
    significant = holm([shuffle.p for shuffle in defined.values()]) <= settings.alpha
    signs = [_direction(shuffle) for shuffle in defined.values()]
    claimed = sum(s and sign == test.sign for s, sign in zip(significant, signs, strict=True))
    opposed = sum(s and sign not in (test.sign, "") for s, sign in zip(significant, signs, strict=True))
    detail = "; ".join(
        f"{dataset}: "
        + (
            f"mean rank correlation {s.value:.2f} ({s.across:.2f} across runs), p {s.p:.2g}"
            if s.p is not None
            else s.status
        )
        for dataset, s in found.items()
    )
    majority = len(found) / 2
    if claimed > majority:
        return Decision(Verdict(REPRODUCED), detail=detail)
    if opposed > majority:
        return Decision(Verdict(NOT_REPRODUCED, verdicts.BELOW), detail=detail)
    return Decision(Verdict(INCONCLUSIVE, verdicts.UNCLEAR), detail=detail)


def _direction(shuffle: Shuffle) -> str:
    """The sign of a run's own correlation, where it is also that of its excess over other runs'; else none."""
    signs = {np.sign(shuffle.value), np.sign(shuffle.value - shuffle.across)}
    return {1.0: "positive", -1.0: "negative"}.get(signs.pop(), "") if len(signs) == 1 else ""


def _mostly_unreached(values: list[np.ndarray]) -> bool:
    """Whether at least half of the runs of every group have the largest of all times: the budget, or never."""
    latest = max(own.max() for own in values)
    return all(np.median(own) >= latest for own in values)


def _all_values(part: Part, results: Results, view: View) -> list[np.ndarray]:
    return [
        results.values(view, part.experiment, dataset, variant, measure)
        for dataset in part.datasets
        for variant in part.variants
        for measure in part.measures
    ]


def _told(duels: dict[str, PairwiseResult]) -> str:
    """`ali: A12 0.93 [0.71, 0.99], p 0.00021`, from the side of the first variant."""
    return "; ".join(
        f"{name}: A12 {d.superiority.value:.2f} [{d.superiority.lower:.2f}, {d.superiority.upper:.2f}], "
        f"p {d.p_better:.2g}"
        for name, d in duels.items()
    )


def _limits(registry: Registry) -> dict[str, float]:
    settings = registry.settings
    return {"tie": settings.tie, "fewest": settings.fewest_runs, "alpha": settings.alpha}


def _rng(part: Part, results: Results, *more: str) -> np.random.Generator:
    """Keyed by the part's name, so that neither order nor company changes a number."""
    return np.random.default_rng(stream_seed(results.summary.root_seed, "verdict", part.name, *more))
