"""Claims of the BEGAN post that computation alone decides: on its objective, and on distances of distributions.

m_1 and m_2 are the means of two distributions, in the post those of the autoencoder's loss on real and on generated
images.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import scipy

from modecollapse.claims.identities.shared import ATOMS, LINEAR, Finding, apart, pairs, rounded, within

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
    return scipy.optimize.linprog(cost, A_eq=np.vstack([rows, columns]), b_eq=np.concatenate([p, q])).fun


def autoencoder_loss(v: np.ndarray, autoencoder: np.ndarray) -> np.ndarray:
    """L(v), the l1 norm of v - D(v), for points (n, d) and a linear autoencoder (d, d): (n,)."""
    return np.abs(v - v @ autoencoder).sum(axis=1)


def kl_js_w1_on_disjoint_lines(rng: np.random.Generator) -> Finding:
    """Divergences by density ratio fail on disjoint supports, and the Wasserstein distance does not.

    Source: the summary of WGAN. Two parallel line segments, theta apart, with 40 points of equal weight: KL is
    infinite and JS (nats) is log 2 for every theta but 0, so neither has a slope; W_1 is |theta|. W_1 is computed by
    optimal assignment.
    """
    shifts, n = rng.uniform(-3, 3, 20), 40
    along = rng.random((len(shifts), n))
    distances = []
    for shift, y in zip(shifts, along, strict=True):
        lengths = np.hypot(shift, y[:, None] - y)
        distances.append(lengths[scipy.optimize.linear_sum_assignment(lengths)].mean())
    here, there = np.repeat([1.0, 0.0], n) / n, np.repeat([0.0, 1.0], n) / n
    kl, js = scipy.stats.entropy(here, there), scipy.spatial.distance.jensenshannon(here, there) ** 2
    error = max(apart(distances, np.abs(shifts)), apart([js], [np.log(2)]))
    return within(error, LINEAR, {"KL": kl, "JS": js, "shifts": len(shifts)}, np.isinf(kl))


def w1_at_least_mean_gap(rng: np.random.Generator) -> Finding:
    """The distance of the loss distributions, W_1, is at least the distance of their means, (1) of the post.

    W_1 is the infimum over couplings, found by linear programming for 25 pairs and as the area between distribution
    functions for 500. The two are equal exactly where one distribution dominates: what W_1 has beyond the gap is
    twice the smaller of the two areas between the functions.
    """
    rows = 500
    values = np.sort(rng.normal(size=(rows, ATOMS)), axis=1)
    p, q = pairs(rng, rows)
    between = np.cumsum(p - q, axis=1)[:, :-1] * np.diff(values, axis=1)
    above, below = between.clip(0).sum(axis=1), -between.clip(max=0).sum(axis=1)
    distance = np.array([scipy.stats.wasserstein_distance(*row) for row in zip(values, values, p, q, strict=True)])
    programmed = [cheapest_coupling(*row) for row in zip(values[:25], p, q, strict=False)]
    gap = mean_gap(values, p, q)
    error = max(apart(programmed, distance[:25]), apart(distance - gap, 2 * np.minimum(above, below)))
    least = (distance - gap).min()
    equal = int((np.minimum(above, below) <= LINEAR).sum())
    numbers = {"least W1 - |m1 - m2|": rounded(least, 1), "mean |m1 - m2| / W1": np.mean(gap / distance)}
    return within(error, LINEAR, numbers | {"pairs": rows, "with one dominating": equal}, least >= -LINEAR)


def bernoulli_couplings(_: np.random.Generator) -> Finding:
    """Two different joint distributions can have the same marginals, Bernoulli(1/2) and Bernoulli(2/3).

    The post's two tables, as fractions (its text has lost the slashes). The claim is only that both are couplings.
    That neither is an optimal one is our remark, by linear programming.
    """
    holds = all(
        tuple(map(sum, table)) == MARGINALS[0]
        and tuple(map(sum, zip(*table, strict=True))) == MARGINALS[1]
        and min(min(row) for row in table) >= 0
        for table in TABLES
    )
    least = cheapest_coupling(np.arange(2.0), *(np.array(m, dtype=np.float64) for m in MARGINALS))
    costs = [table[0][1] + table[1][0] for table in TABLES]  # E|x_1 - x_2|: the mass off the diagonal
    optimal = sum(float(own) <= least + LINEAR for own in costs)
    return Finding(holds, {"costs": [str(own) for own in costs], "W1": rounded(least, 4), "optimal": optimal})


def began_loss_unbounded(rng: np.random.Generator) -> Finding:
    """Without the equilibrium, L_D = L(x) - L(G(z)) has no least value: m_1 can go to 0 while m_2 goes to infinity.

    Where real and generated data lie in two different subspaces, a linear autoencoder that keeps the first and maps the
    second to -s times itself has L(x) = 0 and L(G(z)) = (1 + s) |G(z)|, so L_D falls without end as s grows.
    """
    d, kept = 6, 3
    basis = np.linalg.qr(rng.normal(size=(d, d)))[0]
    x, g = rng.normal(size=(200, kept)) @ basis[:kept], rng.normal(size=(200, d - kept)) @ basis[kept:]
    first, second = basis[:kept].T @ basis[:kept], basis[kept:].T @ basis[kept:]
    scales = 10.0 ** np.arange(0, 7, 2)
    real, fake = np.array([[autoencoder_loss(v, first - s * second).mean() for s in scales] for v in (x, g)])
    error = max(apart(fake, (1 + scales) * np.abs(g).sum(axis=1).mean()), apart(real / scales, np.zeros(len(scales))))
    falls = bool((np.diff(real - fake) < 0).all() and (real - fake)[-1] < -1e6)
    return within(error, LINEAR, {"s": scales, "L_D": real - fake}, falls)


def k_follows_the_balance(rng: np.random.Generator) -> Finding:
    """k falls where the loss of fakes is above gamma times that of real images, and rises where it is below.

    What is driven is `next_state` of variants/began.py, from which training takes k, over random losses, gamma and k;
    where both sides are equal k stays. The post has no clamp, so that a lasting imbalance takes k out of [0, 1]; with
    the clamp of the paper k never moves against these signs. The variant's first k is the 0 of the post.
    """
    import torch  # no other claim needs it, and `plan` does without

    from modecollapse.study import catalogue
    from modecollapse.variants import create

    rows, rate = 5000, 1e-3
    # Multiples of 1/64 below 4 make gamma L(x) exact in binary, and ties frequent enough to be met.
    loss_x, gamma, loss_g = (rng.integers(1, most, rows) / 64 for most in (256, 64, 64))
    loss_g = np.where(rng.random(rows) < 0.1, gamma * loss_x, loss_g)
    k = rng.random(rows)
    losses = {"L_x": torch.from_numpy(loss_x), "L_G": torch.from_numpy(loss_g)}
    options = catalogue.options_model("variants", "began")().model_dump()
    options |= {"gamma": torch.from_numpy(gamma), "lambda_k": rate}

    def moved(clamp: bool) -> np.ndarray:
        objective = create("began", options | {"clamp": clamp})
        state = {"k": torch.from_numpy(k), "M_global": torch.zeros(rows)}
        return objective.next_state(state, losses)["k"].numpy() - k

    excess = loss_g - gamma * loss_x
    signs = (np.sign(moved(clamp=False)) == -np.sign(excess)).all() and (moved(clamp=True) * excess <= 0).all()
    numbers = {"falls": int((excess > 0).sum()), "rises": int((excess < 0).sum()), "draws": rows}
    numbers |= {"steps from 0 to 1 with losses 1/4 apart": 4 / rate}
    return Finding(bool(signs and create("began", options).state()["k"] == 0), numbers)
