"""Every two variants against each other: difference, chance to be better, tests, and what they could have seen."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pandas as pd

from modecollapse.comparisons.checked import Support
from modecollapse.comparisons.corrected import corrected
from modecollapse.comparisons.families import as_ranked, families
from modecollapse.comparisons.frames import FLAG, NUMBER, TEXT, WHOLE, frame
from modecollapse.comparisons.keyed import generator, splits_of
from modecollapse.comparisons.means import LEVEL, description, difference
from modecollapse.statistics.multiplicity import benjamini_hochberg
from modecollapse.statistics.permutation import DRAWS, brunner_munzel
from modecollapse.statistics.superiority import Superiority, superiority

ALPHA = 0.05
MEANINGFUL = 0.75  # the least chance to be better that matters (Bouthillier et al. 2021)
DIFFERENCE = ("difference", "difference_lower", "difference_upper")
SUPERIORITY = ("superiority", "superiority_lower", "superiority_upper")
TYPES = {
    **dict.fromkeys(("experiment", "dataset", "measure", "first", "second"), TEXT),
    **dict.fromkeys(("n_first", "n_second"), WHOLE),
    **dict.fromkeys(("mean_first", "mean_second", *DIFFERENCE, *SUPERIORITY, "p", "p_holm", "p_bh"), NUMBER),
    "better": TEXT,
    "meaningful": FLAG,
    "detectable": NUMBER,
    "least_p": NUMBER,
}


def pairs(
    table: pd.DataFrame,
    better: dict[str, str | None],
    support: Support,
    draws: int = DRAWS,
    alpha: float = ALPHA,
    root: int = 0,
) -> pd.DataFrame:
    """Each two variants of a family, by the primary endpoints of `table`; sorted, columns TYPES.

    difference: the mean of the first less that of the second, in the measure's unit, with a 95 % interval; its ends
    are empty without a finite support, all is empty where both means are infinite. superiority: the chance that a run
    of the first is better than one of the second, with a 95 % interval; meaningful: this excludes 1/2, and the chance
    is at least MEANINGFUL or at most 1 - MEANINGFUL. p: two-sided, of superiority 1/2; p_holm: over the pairs of the
    family; p_bh: over all pairs of the experiment. better: the variant that is, at `alpha` after Holm, or "".
    detectable: the smallest superiority that is found with 80 % power at alpha / number of pairs, empty if none can
    be; least_p: the smallest p that so many runs can have. Cells of a single run have no pairs.
    Raises StudyError on NaN and on values outside of the support.
    """
    divisions = splits_of(root, draws)
    rows: list[dict[str, Any]] = []
    for (experiment, dataset, measure), cells in families(table, better).items():
        bounds = support(dataset, measure)
        described, ranked = {}, {}
        for variant, values in cells.items():
            rng = generator(root, "gaffke", experiment, dataset, variant, measure)
            described[variant] = description(values, bounds, rng, f"{experiment}/{dataset}/{variant}, {measure}")
            ranked[variant] = as_ranked(values, better[measure])
        family = []
        for first, second in combinations(cells, 2):
            x, y = ranked[first], ranked[second]
            chance = superiority(x, y, LEVEL)
            apart = difference(described[first], described[second], bounds)
            family.append(
                {"experiment": experiment, "dataset": dataset, "measure": measure, "first": first, "second": second}
                | {"n_first": x.size, "n_second": y.size}
                | {"mean_first": described[first].mean, "mean_second": described[second].mean}
                | dict(zip(DIFFERENCE, apart, strict=True))
                | dict(zip(SUPERIORITY, chance, strict=True))
                | {"p": brunner_munzel(x, y, divisions(x.size, y.size)), "meaningful": _meaningful(chance)}
            )
        rows += corrected(family, alpha, draws)
    found = frame(rows, TYPES)
    found["p_bh"] = found.groupby("experiment")["p"].transform(benjamini_hochberg)
    return found


def _meaningful(chance: Superiority) -> bool:
    apart = chance.lower > 0.5 or chance.upper < 0.5
    return apart and max(chance.value, 1 - chance.value) >= MEANINGFUL
