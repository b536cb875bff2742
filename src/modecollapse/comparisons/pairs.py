"""Every two variants, and each variant and the baseline: differences, tests, and the least effects they can find."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import combinations
from typing import Any

import pandas as pd

from modecollapse.comparisons.endpoints import Better, Support
from modecollapse.comparisons.families import (
    FAMILY,
    FLAG,
    NUMBER,
    TEXT,
    WHOLE,
    as_ranked,
    families,
    frame,
    permutations_of,
)
from modecollapse.statistics.multiplicity import benjamini_hochberg, holm, least_p
from modecollapse.statistics.permutation import DRAWS, brunner_munzel
from modecollapse.statistics.prob_superiority import detectable_superiority, prob_superiority
from modecollapse.statistics.summary import describe, mean_difference

ALPHA, LEVEL = 0.05, 0.95
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
IN_BASELINE = {"first": "variant", "second": "baseline", "n_first": "n", "n_second": "n_baseline"}
IN_BASELINE |= {"mean_first": "mean", "mean_second": "mean_baseline"}
BASELINE_TYPES = {IN_BASELINE.get(column, column): kind for column, kind in TYPES.items() if column != "p_bh"}

_detectable = cache(detectable_superiority)  # a sum over all rank sums, and the same for every family of one size


def pairs(
    table: pd.DataFrame, better: Better, support: Support, draws: int = DRAWS, alpha: float = ALPHA, root: int = 0
) -> pd.DataFrame:
    """Each two variants of a family, by the primary endpoints of `table`; sorted, columns TYPES.

    difference: the mean of the first less that of the second, in the measure's unit, with a 95 % interval; its ends
    are empty without a finite support, all is empty where both means are infinite. superiority: the chance that a run
    of the first is better than one of the second, with a 95 % interval; meaningful: this excludes 1/2, and the chance
    is at least MEANINGFUL or at most 1 - MEANINGFUL. p: two-sided, of superiority 1/2; p_holm: over the pairs of the
    family; p_bh: over all pairs of the experiment. better: the variant that is, at `alpha` after Holm, or "".
    detectable: the smallest superiority that is found with 80 % power at alpha / number of pairs, empty if none can
    be; least_p: the smallest p that so many runs can have. Cells of a single run have no pairs.
    Raises StudyError on NaN and ValueError on values outside of the support.
    """
    divisions = permutations_of(root, draws)
    rows: list[dict[str, Any]] = []
    for (experiment, dataset, measure), cells in families(table, better).items():
        bounds = support(dataset, measure)
        described = {variant: describe(values, bounds, LEVEL) for variant, values in cells.items()}
        ranked = {variant: as_ranked(values, better[measure]) for variant, values in cells.items()}
        family = []
        for first, second in combinations(cells, 2):
            x, y = ranked[first], ranked[second]
            chance = prob_superiority(x, y, LEVEL)
            is_apart = chance.lower > 0.5 or chance.upper < 0.5
            is_large = max(chance.value, 1 - chance.value) >= MEANINGFUL
            apart = mean_difference(described[first], described[second], bounds)
            family.append(
                {"experiment": experiment, "dataset": dataset, "measure": measure, "first": first, "second": second}
                | {"n_first": x.size, "n_second": y.size}
                | {"mean_first": described[first].mean, "mean_second": described[second].mean}
                | dict(zip(DIFFERENCE, apart, strict=True))
                | dict(zip(SUPERIORITY, chance, strict=True))
                | {"p": brunner_munzel(x, y, divisions(x.size, y.size)), "meaningful": is_apart and is_large}
            )
        rows += _corrected(family, alpha, draws)
    found = frame(rows, TYPES)
    found["p_bh"] = found.groupby("experiment")["p"].transform(benjamini_hochberg)
    return found


def against(pairs_table: pd.DataFrame, baseline: str, alpha: float = ALPHA, draws: int = DRAWS) -> pd.DataFrame:
    """The pairs with the baseline, each turned so that the other variant is first; columns BASELINE_TYPES, sorted.

    These are fewer comparisons than all pairs, so smaller differences are significant.

    The columns are those of `pairs`, with Holm's correction over the variants of a family: `difference` is the
    variant's mean less the baseline's, `superiority` the chance that the variant is better. `draws` are those of
    `pairs_table`. Families without the baseline have no rows.
    """
    with_it = pairs_table[(pairs_table["first"] == baseline) | (pairs_table["second"] == baseline)]
    rows: list[dict[str, Any]] = []
    for _, family in with_it.groupby(FAMILY):
        turned = [row if row["second"] == baseline else _turned(row) for row in family.to_dict("records")]
        rows += _corrected(turned, alpha, draws)
    return frame([{IN_BASELINE.get(name, name): value for name, value in row.items()} for row in rows], BASELINE_TYPES)


def _corrected(family: Sequence[dict[str, Any]], alpha: float, draws: int) -> list[dict[str, Any]]:
    """The comparisons of a family, rows of `pairs`, with `p_holm`, `better`, `detectable` and `least_p` for `alpha`."""
    adjusted = holm([row["p"] for row in family])
    each = alpha / len(family)  # what the smallest p must reach
    found = []
    for row, p in zip(family, adjusted, strict=True):
        sizes, leader = (row["n_first"], row["n_second"]), row["first" if row["superiority"] > 0.5 else "second"]
        found.append(row | {"p_holm": float(p), "better": leader if p <= alpha else ""})
        found[-1] |= {"detectable": _detectable(*sizes, each, draws=draws), "least_p": least_p(*sizes, draws)}
    return found


def _turned(row: dict[str, Any]) -> dict[str, Any]:
    """A pair with its two variants swapped."""
    (value, low, high), (chance, least, most) = DIFFERENCE, SUPERIORITY
    turned = {"first": row["second"], "second": row["first"]}
    turned |= {f"{column}_first": row[f"{column}_second"] for column in ("n", "mean")}
    turned |= {f"{column}_second": row[f"{column}_first"] for column in ("n", "mean")}
    turned |= {value: 0.0 - row[value], low: 0.0 - row[high], high: 0.0 - row[low]}  # 0.0 - 0.0 is not -0.0
    return row | turned | {chance: 1 - row[chance], least: 1 - row[most], most: 1 - row[least]}
