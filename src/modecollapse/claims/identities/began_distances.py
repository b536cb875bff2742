"""Claims of the BEGAN post on divergences, the Wasserstein distance and couplings, which computation alone decides.

m_1 and m_2 are the means of two distributions, in the post those of the autoencoder's loss on real and on generated
images.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from scipy import stats
from scipy.optimize import linear_sum_assignment, linprog
from scipy.spatial.distance import jensenshannon

from modecollapse.claims.identities.shared import ATOMS, Finding, apart, pairs, rounded, within

TOLERANCE = 1e-9
HALF, THIRD = Fraction(1, 2), Fraction(1, 3)
# The post's two joint distributions of Bernoulli(1/2) in rows and Bernoulli(2/3) in columns.
TABLES = (
    ((Fraction(1, 6), Fraction(2, 6)), (Fraction(1, 6), Fraction(2, 6))),
    ((Fraction(2, 9), Fraction(5, 18)), (Fraction(1, 9), Fraction(7, 18))),
)
MARGINALS = ((HALF, HALF), (THIRD, 2 * THIRD))


def mean_gap(values: np.ndarray, p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """|m_1 - m_2| of densities p and q (rows, atoms) on the same values (rows, atoms)."""
    return np.abs((values * (p - q)).sum(axis=1))


def cheapest_coupling(values: np.ndarray, p: np.ndarray, q: np.ndarray) -> float:
    """inf E|x_1 - x_2| over all joint distributions of p and q, (atoms,), by linear programming."""
    n = len(values)
    rows, columns = np.kron(np.eye(n), np.ones(n)), np.kron(np.ones(n), np.eye(n))
    cost = np.abs(values[:, None] - values).ravel()
    return linprog(cost, A_eq=np.vstack([rows, columns]), b_eq=np.concatenate([p, q])).fun


def cost(table: tuple[tuple[Fraction, Fraction], ...]) -> Fraction:
    """E|x_1 - x_2| of a joint distribution of two Bernoulli variables: the mass off the diagonal."""
    return table[0][1] + table[1][0]


def jensen_slack(a: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """E|a| - |E a| times the sum of the weights, for integers (rows, n): (rows,)."""
    return (weights * np.abs(a)).sum(axis=1) - np.abs((weights * a).sum(axis=1))


def disjoint_lines(rng: np.random.Generator) -> Finding:
    """Divergences by density ratio fail on disjoint supports, and the Wasserstein distance does not.

    Source: the summary of WGAN. Two parallel line segments, theta apart, with 40 points of equal weight: KL is
    infinite and JS (nats) is log 2 for every theta but 0, so neither has a slope; W_1 is |theta|. W_1 is computed by
    optimal assignment. Tolerance 1e-9.
    """
    shifts, n = rng.uniform(-3, 3, 20), 40
    along = rng.random((len(shifts), n))
    distances = []
    for shift, y in zip(shifts, along, strict=True):
        lengths = np.hypot(shift, y[:, None] - y)
        distances.append(lengths[linear_sum_assignment(lengths)].mean())
    here, there = np.repeat([1.0, 0.0], n) / n, np.repeat([0.0, 1.0], n) / n
    kl, js = stats.entropy(here, there), jensenshannon(here, there) ** 2
    error = max(apart(distances, np.abs(shifts)), apart([js], [np.log(2)]))
    return within(error, TOLERANCE, {"KL": kl, "JS": js, "shifts": len(shifts)}, np.isinf(kl))


def w1_above_mean_gap(rng: np.random.Generator) -> Finding:
    """The distance of the loss distributions, W_1, is at least the distance of their means, (1) of the post.

    W_1 is the infimum over couplings, found by linear programming for 25 pairs and as the area between distribution
    functions for 500. The two are equal exactly where one distribution dominates: what W_1 has beyond the gap is
    twice the smaller of the two areas between the functions. Tolerance 1e-9.
    """
    rows = 500
    values = np.sort(rng.normal(size=(rows, ATOMS)), axis=1)
    p, q = pairs(rng, rows)
    between = np.cumsum(p - q, axis=1)[:, :-1] * np.diff(values, axis=1)
    above, below = between.clip(0).sum(axis=1), -between.clip(max=0).sum(axis=1)
    distance = np.array([stats.wasserstein_distance(*row) for row in zip(values, values, p, q, strict=True)])
    programmed = [cheapest_coupling(*row) for row in zip(values[:25], p, q, strict=False)]
    gap = mean_gap(values, p, q)
    error = max(apart(programmed, distance[:25]), apart(distance - gap, 2 * np.minimum(above, below)))
    least = (distance - gap).min()
    equal = int((np.minimum(above, below) <= TOLERANCE).sum())
    numbers = {"least W1 - |m1 - m2|": rounded(least, 1), "mean |m1 - m2| / W1": np.mean(gap / distance)}
    return within(error, TOLERANCE, numbers | {"pairs": rows, "with one dominating": equal}, least >= -TOLERANCE)


def absolutes(rng: np.random.Generator) -> Finding:
    """A sum of absolute values is at least the absolute value of the sum: the inequality behind (1) of the post.

    Checked as E|a| >= |E a| for random integers a under random integer weights, so without rounding; equality
    exactly where no two a of positive weight have opposite signs.
    """
    rows = 2000
    low = rng.choice([-9, 0], size=(rows, 1))
    a, weights = rng.integers(low, 10, size=(rows, 5)), rng.integers(0, 4, size=(rows, 5))
    slack = jensen_slack(a, weights)
    both = ((weights * a) > 0).any(axis=1) & ((weights * a) < 0).any(axis=1)
    holds = bool((slack >= 0).all() and ((slack > 0) == both).all())
    numbers = {"least slack": int(slack.min()), "sums": rows, "sums with slack": int((slack > 0).sum())}
    return Finding(holds, numbers | {"sums with both signs": int(both.sum())})


def couplings(rng: np.random.Generator) -> Finding:
    """Two different joint distributions can have the same marginals, Bernoulli(1/2) and Bernoulli(2/3).

    The post's two tables, as fractions (its text has lost the slashes). The claim is only that both are couplings.
    That neither is an optimal one is our remark: all couplings have P(1, 1) = t in [1/6, 1/2] and the cost 7/6 - 2t,
    checked here on random couplings and by linear programming (tolerance 1e-9).
    """
    holds = all(
        tuple(map(sum, table)) == MARGINALS[0]
        and tuple(map(sum, zip(*table, strict=True))) == MARGINALS[1]
        and min(min(row) for row in table) >= 0
        for table in TABLES
    )
    t = rng.uniform(1 / 6, 1 / 2, 1000)
    drawn = (1 / 2 - t) + (2 / 3 - t)
    w1 = cheapest_coupling(np.arange(2.0), *(np.array(m, dtype=np.float64) for m in MARGINALS))
    least = w1 if drawn.min() >= w1 - TOLERANCE else float(drawn.min())
    costs = [cost(table) for table in TABLES]
    optimal = sum(float(own) <= least + TOLERANCE for own in costs)
    return Finding(holds, {"costs": [str(own) for own in costs], "W1": rounded(least, 4), "optimal": optimal})
