"""Claims of the BEGAN post (and of the paper it describes) on its objective, which computation alone decides.

The autoencoder's loss has the means m_1 on real and m_2 on generated images. The post's claims on distances of
distributions are in `began_distances`.
"""

from __future__ import annotations

import numpy as np
from scipy import stats
from scipy.special import ndtr

from modecollapse.claims.identities.finding import Finding, apart

SOURCE = "001_5a32261c8f8c7bc5.txt"
TOLERANCE = 1e-9


def autoencoder_loss(v: np.ndarray, autoencoder: np.ndarray) -> np.ndarray:
    """L(v), the l1 norm of v - D(v), for points (n, d) and a linear autoencoder (d, d): (n,)."""
    return np.abs(v - v @ autoencoder).sum(axis=1)


def next_k(k: np.ndarray, loss_x: np.ndarray, loss_g: np.ndarray, gamma: np.ndarray, rate: float) -> np.ndarray:
    """The post's update of k_t, without the clamp to [0, 1], which it does not mention."""
    return k + rate * (gamma * loss_x - loss_g)


def normal_distance(m_1: np.ndarray, m_2: np.ndarray, c_1: np.ndarray, c_2: np.ndarray) -> np.ndarray:
    """Squared W_2 of two normal distributions with these means and variances (first version of the paper)."""
    return (m_1 - m_2) ** 2 + c_1 + c_2 - 2 * np.sqrt(c_1 * c_2)


def unbounded(rng: np.random.Generator) -> Finding:
    """Without the equilibrium, L_D = L(x) - L(G(z)) has no least value: m_1 can go to 0 while m_2 goes to infinity.

    Source: the section without equilibrium. L is the l1 norm of v - D(v). Where real and generated data lie in two
    different subspaces, a linear autoencoder that keeps the first and maps the second to -s times itself has
    L(x) = 0 and L(G(z)) = (1 + s) |G(z)|, so L_D falls without end as s grows. Tolerance 1e-9, relative.
    """
    d, kept = 6, 3
    basis = np.linalg.qr(rng.normal(size=(d, d)))[0]
    x, g = rng.normal(size=(200, kept)) @ basis[:kept], rng.normal(size=(200, d - kept)) @ basis[kept:]
    scales = 10.0 ** np.arange(0, 7, 2)
    losses = []
    for s in scales:
        autoencoder = basis[:kept].T @ basis[:kept] - s * basis[kept:].T @ basis[kept:]
        losses.append([autoencoder_loss(v, autoencoder).mean() for v in (x, g)])
    real, fake = np.array(losses).T
    error = max(apart(fake, (1 + scales) * np.abs(g).sum(axis=1).mean()), apart(real / scales, np.zeros(len(scales))))
    objective = real - fake
    holds = error <= TOLERANCE and bool((np.diff(objective) < 0).all()) and bool(objective[-1] < -1e6)
    words = ", ".join(f"{value:.2e}" for value in objective)
    return Finding(
        holds, f"L_D = {words} for s = 1, 1e2, 1e4, 1e6, largest error {error:.0e} (tolerance {TOLERANCE:.0e})"
    )


def balance_of_k(rng: np.random.Generator) -> Finding:
    """k falls where the loss of fakes is above gamma times that of real images, and rises where it is below.

    Source: the third line of the final objective. Signs of the change over random losses, gamma and k; where both
    sides are equal k stays. The post has no clamp: then a lasting imbalance takes k out of [0, 1], which is reported;
    with the paper's clamp k never moves against these signs.
    """
    rows, rate = 5000, 1e-3
    # Multiples of 1/64 below 4 make gamma L(x) exact in binary, and ties frequent enough to be met.
    loss_x, gamma, loss_g = (rng.integers(1, most, rows) / 64 for most in (256, 64, 64))
    loss_g = np.where(rng.random(rows) < 0.1, gamma * loss_x, loss_g)
    k = rng.random(rows)
    moved = next_k(k, loss_x, loss_g, gamma, rate)
    too_high, too_low = loss_g > gamma * loss_x, loss_g < gamma * loss_x
    clamped = moved.clip(0, 1)
    holds = bool(
        (moved[too_high] < k[too_high]).all()
        and (moved[too_low] > k[too_low]).all()
        and (moved[~too_high & ~too_low] == k[~too_high & ~too_low]).all()
        and (clamped[too_high] <= k[too_high]).all()
        and (clamped[too_low] >= k[too_low]).all()
    )
    steps = 1 / (rate * 0.25)
    detail = (
        f"{too_high.sum():,} falls, {too_low.sum():,} rises and {rows - (too_high | too_low).sum():,} ties as stated"
    )
    return Finding(holds, f"{detail} over {rows:,} draws (exact); losses 1/4 apart take k to 1 in {steps:,.0f} steps")


def versions(rng: np.random.Generator) -> Finding:
    """The first and the later version of the paper rest on different conditions.

    The post says so without details; the first version's is known here from notes on it: losses are normal, so that
    their squared W_2 is (m_1 - m_2)^2 + c_1 + c_2 - 2 sqrt(c_1 c_2). Checked by quadrature: exact for normal losses,
    off for others (gamma distributions), while the later W_1 >= |m_1 - m_2| holds for both. Tolerance 1e-8.
    """
    tolerance, rows = 1e-8, 50
    z = np.linspace(-7.5, 7.5, 1201)
    weights = np.exp(-(z**2) / 2) / np.exp(-(z**2) / 2).sum()
    means, sds = rng.uniform(1, 4, (2, rows, 1)), rng.uniform(0.1, 2, (2, rows, 1))
    shapes = np.stack([rng.uniform(0.5, 1, (rows, 1)), rng.uniform(5, 20, (rows, 1))])
    quantiles = {"normal": means + sds * z, "gamma": stats.gamma.ppf(ndtr(z), shapes) * means / shapes}
    variances = {"normal": sds[..., 0] ** 2, "gamma": (means**2 / shapes)[..., 0]}
    error, slack = {}, []
    for name, (first, second) in quantiles.items():
        squared = ((first - second) ** 2) @ weights
        formula = normal_distance(*means[..., 0], *variances[name])
        error[name] = np.abs(squared - formula) / squared
        slack.append(np.abs(first - second) @ weights - np.abs(means[0] - means[1])[:, 0])
    holds = error["normal"].max() <= tolerance and error["gamma"].max() > 0.01 and np.min(slack) >= -tolerance
    detail = f"normal losses: largest relative error of the W2 formula {error['normal'].max():.0e}"
    detail += f" (tolerance {tolerance:.0e}); gamma losses: up to {error['gamma'].max():.0%} off"
    return Finding(bool(holds), f"{detail}; W1 - |m1 - m2| is at least {np.min(slack):.0e} for both, {2 * rows} pairs")
