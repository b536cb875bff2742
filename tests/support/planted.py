"""Results with a planted effect in an experiment of `config/experiments/`, and the verdicts of its claims on them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from default_config import DEFAULT, SHIPPED
from made_up_claims import rows, text

from modecollapse.claims import Registry, load
from modecollapse.claims.judge import judge
from modecollapse.measures import supports
from modecollapse.study.load import load_study
from modecollapse.study.summary import StudySummary, summary_of

Levels = dict[str, float | list[float]]


@cache
def registry() -> Registry:
    """The claims as published."""
    return load(DEFAULT.with_name("claims.yaml"))


@cache
def experiments(study: str = "experiments") -> StudySummary:
    """All experiments, as one study, or another study that is shipped."""
    return summary_of(load_study(SHIPPED[study]))


def planted(
    claim: str, experiment: str, dataset: str, values: dict[str, Levels], study: str = "experiments"
) -> list[str]:
    """The verdicts on the parts of a claim in an experiment on a data set, whose runs lie around these values.

    values: by measure and variant, a level or one for each run; variants that are not given have the level .5. The runs
    have arrived, since they are the same at every evaluation.
    """
    summary = experiments(study)
    cells, tables = [cell for cell in summary.cells if cell.key[:2] == (experiment, dataset)], []
    for measure, levels in ({"modes": {}} | values).items():
        own = {cell.variant: _around(levels.get(cell.variant, 0.5), len(cell.seeds)) for cell in cells}
        table = rows(own, measure).assign(experiment=experiment, dataset=dataset)
        tables.append(table.assign(seed=table["seed"].map(dict(enumerate(cells[0].seeds)))))
    found = registry()
    told = found.model_copy(update={"claims": [one for one in found.claims if one.id == claim]})
    judged = judge(summary, pd.concat(tables, ignore_index=True), told, "f", supports(summary))
    own = judged[(judged["experiment"] == experiment) & (judged["dataset"] == dataset)]
    return [text(row) for _, row in own[own["role"] == "primary"].iterrows()]


def _around(level: float | list[float], runs: int) -> np.ndarray:
    """Values of runs, (runs,), that lie up to a hundredth below the level."""
    return np.resize(level, runs) * (1 - 0.01 * np.random.default_rng(runs).permutation(np.linspace(0, 1, runs)))
