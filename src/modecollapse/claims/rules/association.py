"""Within runs, a signal of the training goes with the quality of the samples."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np

from modecollapse.claims.name_checks import check_signal
from modecollapse.claims.rule import Decision, OfMethod, Part, Published, Reach, Results, Scope, View
from modecollapse.statistics import verdicts
from modecollapse.statistics.cross_run import Shuffle, cross_run
from modecollapse.statistics.multiplicity import holm
from modecollapse.statistics.verdicts import INCONCLUSIVE, NOT_REPRODUCED, REPRODUCED, Verdict


class Association(OfMethod):
    """Within runs `signal` goes with `quality` in the direction `sign`, in most data sets (cross-run shuffle)."""

    reads_curves = True

    rule: Literal["association"]
    signal: str
    quality: str
    sign: Literal["positive", "negative"]

    @property
    def reads(self) -> list[str]:
        return [self.quality]

    def check_names(self, registry: Published, source: str) -> None:
        super().check_names(registry, source)
        check_signal(self.signal)

    def expand(self, whole: Part, scope: Scope) -> list[Part]:
        """A part for each experiment and variant of the method, over the data sets on which it is run."""
        wanted, there = replace(whole, measures=(self.signal, self.quality)), {}
        for family in self.datasets:
            for experiment, dataset in scope.places(family):
                for variant in scope.standing_for(self.method, experiment, dataset):
                    if scope.is_measured(dataset, self.quality):
                        there.setdefault((experiment, variant), []).append(dataset)
        if not there:
            return [scope.lacking(wanted, self.datasets[0], [self.method])]
        return [replace(wanted, experiment=e, datasets=tuple(own), variants=(v,)) for (e, v), own in there.items()]

    def decide(self, part: Part, results: Results, view: View) -> Decision:
        """In most data sets significant after Holm, in the claimed direction; refuted where it is so in the other."""
        settings, found = results.settings, {}
        for dataset in part.datasets:
            signal, quality = results.curves(part.experiment, dataset, part.variants[0], self.signal, self.quality)
            if len(signal) < settings.fewest_runs:
                return Decision(Verdict(INCONCLUSIVE, verdicts.TOO_FEW_RUNS, settings.fewest_runs))
            found[dataset] = cross_run(signal, quality, results.rng(part, dataset), settings.draws)
        defined = [shuffle for shuffle in found.values() if shuffle.p is not None]
        significant = holm([shuffle.p for shuffle in defined]) <= settings.alpha
        signs = [_direction(shuffle) for shuffle in defined]
        claimed = sum(s and sign == self.sign for s, sign in zip(significant, signs, strict=True))
        opposed = sum(s and sign not in (self.sign, "") for s, sign in zip(significant, signs, strict=True))
        verdict, majority = Verdict(INCONCLUSIVE, verdicts.UNCLEAR), len(found) / 2
        if claimed > majority:
            verdict = Verdict(REPRODUCED)
        elif opposed > majority:
            verdict = Verdict(NOT_REPRODUCED, verdicts.BELOW)
        return Decision(verdict, numbers={f"on {dataset}": _numbers(shuffle) for dataset, shuffle in found.items()})

    def reachable(self, part: Part, scope: Scope) -> Reach:
        """Either: no number of runs rules one out."""
        return Reach([Verdict(REPRODUCED), Verdict(NOT_REPRODUCED, verdicts.BELOW)])


def _direction(shuffle: Shuffle) -> str:
    """The sign of a run's own correlation, where it is also that of its excess over other runs'; else none."""
    signs = {np.sign(shuffle.value), np.sign(shuffle.value - shuffle.across)}
    return {1.0: "positive", -1.0: "negative"}.get(signs.pop(), "") if len(signs) == 1 else ""


def _numbers(shuffle: Shuffle) -> dict[str, Any]:
    """The mean rank correlation within and across runs with its p, or why there is none."""
    if shuffle.p is None:
        return {"status": shuffle.status}
    return {"within": round(shuffle.value, 2), "across": round(shuffle.across, 2), "p": float(f"{shuffle.p:.2g}")}
