"""The same numbers from independent implementations: statsmodels and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.nonparametric import rank_compare_2indep
from statsmodels.stats.proportion import proportion_confint

from modecollapse.statistics.intervals import clopper_pearson, wilson
from modecollapse.statistics.multiplicity import benjamini_hochberg, holm
from modecollapse.statistics.permutation import LEAST_SPREAD, _statistics, brunner_munzel, permutations
from modecollapse.statistics.prob_superiority import prob_superiority

rng = np.random.default_rng


def pairs(count: int, seed: int, smallest: int = 3, largest: int = 12) -> list[tuple[np.ndarray, np.ndarray]]:
    """Two groups of any two sizes, half of the pairs with many ties, none of them apart."""
    draw, found = rng(seed), []
    while len(found) < count:
        n, m = draw.integers(smallest, largest + 1, 2)
        x, y = draw.normal(0.3, 1, n), draw.normal(0, 2, m)
        x, y = (np.round(x), np.round(y)) if len(found) % 2 else (x, y)
        if max(x.min(), y.min()) < min(x.max(), y.max()):
            found.append((x, y))
    return found


def plain_statistic(x: np.ndarray, y: np.ndarray) -> float:
    """The Brunner-Munzel statistic by its definition, one pair of values after another, with our floor."""
    n, m = len(x), len(y)
    of_x = [sum((a > b) + (a == b) / 2 for b in y) for a in x]
    of_y = [sum((b > a) + (a == b) / 2 for a in x) for b in y]
    spread = (n * np.var(of_x, ddof=1) if n > 1 else 0) + (m * np.var(of_y, ddof=1) if m > 1 else 0)
    return (sum(of_x) - n * m / 2) / np.sqrt(max(spread, LEAST_SPREAD))


def our_statistic(x: np.ndarray, y: np.ndarray) -> float:
    pooled = np.concatenate([x, y])
    order = np.argsort(pooled)
    _, sizes = np.unique(pooled, return_counts=True)
    return float(_statistics((order < len(x))[np.newaxis], np.cumsum(sizes) - 1)[0])


@pytest.mark.parametrize(("ours", "theirs"), [(holm, "holm"), (benjamini_hochberg, "fdr_bh")])
def test_corrections_are_those_of_statsmodels(ours: object, theirs: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gc.collect", lambda: 0)  # statsmodels does so in every call, which takes a quarter of a second
    draw = rng(1)
    for _ in range(200):
        p = 10.0 ** draw.uniform(-6, 0, draw.integers(1, 67))
        p = np.round(p, 2) + 0.01 if draw.random() < 0.3 else p  # ties
        p = np.minimum(p, 1)
        assert ours(p) == pytest.approx(multipletests(p, method=theirs)[1], rel=1e-12)
    assert ours([]).shape == (0,)


@pytest.mark.parametrize(("ours", "theirs"), [(clopper_pearson, "beta"), (wilson, "wilson")])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_shares_are_those_of_statsmodels(ours: object, theirs: str, level: float) -> None:
    for n in (1, 2, 5, 12, 30):
        for k in range(n + 1):
            known = proportion_confint(k, n, 1 - level, method=theirs)
            assert ours(k, n, level) == pytest.approx(known, abs=1e-12)
    assert wilson(2.5, 7) == pytest.approx(proportion_confint(2.5, 7, method="wilson"), abs=1e-12)


def test_the_statistic_is_that_of_scipy_and_statsmodels_where_groups_overlap() -> None:
    for x, y in pairs(60, seed=3):
        ours = our_statistic(x, y)
        assert ours == pytest.approx(plain_statistic(x, y))
        assert ours == pytest.approx(-stats.brunnermunzel(x, y).statistic)  # SciPy's is of Y against X
        theirs = rank_compare_2indep(x, y)
        assert ours == pytest.approx(theirs.statistic)
        assert prob_superiority(x, y).value == pytest.approx(theirs.prob1)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        *pairs(6, seed=6, smallest=2, largest=4),
        ([8.0, 8.0, 8.0, 8.0], [8.0, 8.0, 7.0]),
        ([8.0, 8.0, 8.0], [7.0, 7.0, 7.0, 7.0]),
        ([2.0, 2.0], [2.0, 2.0, 2.0]),
    ],
)
def test_the_exact_p_is_that_of_scipys_permutations_of_the_plain_statistic(x: list, y: list) -> None:
    divisions = permutations(len(x), len(y), rng(0))

    def known(statistic: object) -> float:
        return stats.permutation_test((x, y), statistic, alternative="greater", vectorized=False).pvalue

    assert brunner_munzel(x, y, divisions) == pytest.approx(known(lambda a, b: abs(plain_statistic(a, b))))
    assert brunner_munzel(x, y, divisions, "greater") == pytest.approx(known(plain_statistic))
