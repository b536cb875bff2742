"""Claims of the CS236 post on likelihood and on the optimal discriminator, which computation alone decides."""

from __future__ import annotations

import numpy as np
import scipy

from modecollapse.claims.identities.shared import EXACT, SEARCH, Finding, apart, best_logit, pairs, rounded, within

SHARE = 0.01
NO_ENTROPY = 1 / np.sqrt(2 * np.pi * np.e)  # the sd at which a normal density has the differential entropy 0


def diluted(p: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """p_theta of the post: one part data and 99 parts noise."""
    return SHARE * p + (1 - SHARE) * noise


def d_star(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """The optimal discriminator of the post."""
    return p / (p + q)


def noise_within_log_100(rng: np.random.Generator) -> Finding:
    """With 1 % data and 99 % noise the expected log likelihood is between its maximum less log 100 and its maximum.

    Exact sums over random discrete densities, in nats; the noise may miss atoms of the data, and in the last rows it
    misses all, where the lower bound is attained.
    """
    rows = 2000
    together, disjoint = pairs(rng, rows - 10, gaps=True), pairs(rng, 10)
    disjoint[0][:, 4:], disjoint[1][:, :4] = 0, 0
    p, noise = (np.vstack(both) for both in zip(together, disjoint, strict=True))
    p, noise = (density / density.sum(axis=1, keepdims=True) for density in (p, noise))
    loss = scipy.special.xlogy(p, p).sum(axis=1) - scipy.special.xlogy(p, diluted(p, noise)).sum(axis=1)
    holds = bool((loss >= -EXACT).all() and (loss <= np.log(100) + EXACT).all())
    numbers = {"nats below the maximum": rounded([loss.min(), loss.max()], 5), "log 100": rounded(np.log(100), 5)}
    return Finding(holds, numbers | {"mixtures": rows, "tolerance": EXACT})


def relative_loss(n: int, sd: float, rng: np.random.Generator, draws: int = 4000) -> float:
    """How much of |E log p_data| the 99 % noise costs, for n independent N(0, sd^2), noise N(0, (5 sd)^2).

    E log p_data is exact (minus the entropy); the cost is a mean over `draws` squared radii; inf for an entropy of 0.
    """
    radius = rng.chisquare(n, draws)
    ratio = -n * np.log(5) + radius / 2 * (1 - 1 / 25)  # log of the noise's density over the data's
    loss = -np.logaddexp(np.log(SHARE), np.log1p(-SHARE) + ratio).mean()
    entropy = n * np.log(sd / NO_ENTROPY)
    return float(loss / abs(entropy)) if abs(entropy) > EXACT * n else np.inf


def log_100_negligible(rng: np.random.Generator) -> Finding:
    """As the dimension n grows, log 100 is negligible beside E log p_data, which is a sum over n dimensions.

    The post's condition is that this sum grows with n. Checked for independent normal dimensions of sd 1, in nats:
    the relative loss falls with n, below 0.002 at n = 3072 (the tolerance). Reported beside it: at sd 0.242, where the
    density's entropy is 0, E log p_data is 0 for every n and log 100 never becomes negligible.
    """
    sizes = (10, 100, 784, 3072)
    losses = [relative_loss(n, 1.0, rng) for n in sizes]
    holds = losses == sorted(losses, reverse=True) and losses[-1] < 0.002
    numbers = {"n": list(sizes), "loss over |E log p_data|": rounded(losses, 4)}
    return Finding(holds, numbers | {"at n = 3072 for sd 0.242": rounded(relative_loss(sizes[-1], NO_ENTROPY, rng))})


def optimal_discriminator(rng: np.random.Generator) -> Finding:
    """The discriminator that minimises the cross-entropy is D* = p_data / (p_data + p_theta).

    D* against a search on every atom of random positive densities, which knows only the loss.
    """
    p, q = pairs(rng, 500)
    return within(apart(d_star(p, q), scipy.special.expit(best_logit(p, q))), SEARCH, {"pairs": len(p)})


def half_iff_equal(rng: np.random.Generator) -> Finding:
    """The best discriminator is 1/2 everywhere when the two densities are equal, and only then.

    The discriminator is found by search. Its mean distance from 1/2 over the equal mixture of both densities has to
    be half their total variation, which is 0 only for equal ones.
    """
    p, q = pairs(rng, 300)
    same, other = (scipy.special.expit(best_logit(p, density)) for density in (p, q))
    distance = ((p + q) / 2 * np.abs(other - 0.5)).sum(axis=1)
    total_variation = np.abs(p - q).sum(axis=1) / 2
    error = max(np.abs(same - 0.5).max(), apart(2 * distance, total_variation))
    numbers = {"pairs": len(p), "least mean |D - 1/2| of different densities": distance.min()}
    return within(error, SEARCH, numbers, (distance > SEARCH).all())
