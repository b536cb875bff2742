"""A signal of the training tells the quality of a run better than the number of steps does."""

from __future__ import annotations

from typing import Literal

from modecollapse.claims.name_checks import check_signal
from modecollapse.claims.rule import Decision, OfMethod, Part, Published, Results, View
from modecollapse.statistics import verdicts
from modecollapse.statistics.prediction import prediction
from modecollapse.statistics.verdicts import INCONCLUSIVE, IntervalVerdict, Verdict

COLLAPSE = 0.5  # of the quality's highest value: up to it an evaluation shows collapse


class Association(OfMethod):
    """A run's `quality` is predicted better from its `signal` than from the step, by what the other runs show."""

    reads_curves = True

    rule: Literal["association"]
    signal: str
    quality: str
    sign: Literal["positive", "negative"]

    @property
    def reads(self) -> list[str]:
        return [self.signal, self.quality]

    def check_names(self, registry: Published, source: str) -> None:
        registry.check_names([self.method], self.datasets, [self.quality])
        check_signal(self.signal)

    def decide(self, part: Part, results: Results, view: View) -> Decision:
        """By the errors of the two predictions, each run's left out in turn; refuted where the step predicts better."""
        settings, [dataset], [variant] = results.settings, part.datasets, part.variants
        _, (signal, quality) = results.trajectories(part.experiment, dataset, variant, self.signal, self.quality)
        if len(signal) < settings.fewest_runs:
            return Decision(IntervalVerdict(verdicts.too_few(settings.fewest_runs)))
        if not signal.size:
            return Decision(IntervalVerdict(Verdict(INCONCLUSIVE, verdicts.UNDEFINED)))
        collapse = COLLAPSE * results.scope.limits(dataset, self.quality)[1]
        found = prediction(signal, quality, rising=self.sign == "positive", collapse=collapse)
        numbers = {"error by signal": found.e_signal, "error by step": found.e_step}
        numbers |= {"AUC of signal": found.auc_signal, "AUC of step": found.auc_step}
        rounded = {name: None if number is None else float(f"{number:.3g}") for name, number in numbers.items()}
        return Decision(verdicts.of_either_side(found.p_better, found.p_worse, settings.alpha), rounded)
