"""Claims of the BEGAN post (and of the paper it describes) on its objective, which computation alone decides.

The autoencoder's loss has the means m_1 on real and m_2 on generated images. The post's claims on distances of
distributions are in `began_distances`.
"""

from __future__ import annotations

import numpy as np
from scipy import stats
from scipy.special import ndtr

from modecollapse.claims.identities.shared import Finding, apart, rounded, within

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
    return within(error, TOLERANCE, {"s": scales, "L_D": real - fake}, falls)


def balance_of_k(rng: np.random.Generator) -> Finding:
    """k falls where the loss of fakes is above gamma times that of real images, and rises where it is below.

    Signs of the change over random losses, gamma and k; where both sides are equal k stays. The post has no clamp: then
    a lasting imbalance takes k out of [0, 1]; with the paper's clamp k never moves against these signs.
    """
    rows, rate = 5000, 1e-3
    # Multiples of 1/64 below 4 make gamma L(x) exact in binary, and ties frequent enough to be met.
    loss_x, gamma, loss_g = (rng.integers(1, most, rows) / 64 for most in (256, 64, 64))
    loss_g = np.where(rng.random(rows) < 0.1, gamma * loss_x, loss_g)
    k = rng.random(rows)
    moved, excess = next_k(k, loss_x, loss_g, gamma, rate), loss_g - gamma * loss_x
    signs = (np.sign(moved - k) == -np.sign(excess)).all()
    clamped = ((moved.clip(0, 1) - k) * excess <= 0).all()
    numbers = {"falls": int((excess > 0).sum()), "rises": int((excess < 0).sum()), "draws": rows}
    return Finding(bool(signs and clamped), numbers | {"steps from 0 to 1 with losses 1/4 apart": 4 / rate})


def versions(rng: np.random.Generator) -> Finding:
    """The first and the later version of the paper rest on different conditions.

    The post says so without details; the first version's is known here from notes on it: losses are normal, so that
    their squared W_2 is (m_1 - m_2)^2 + c_1 + c_2 - 2 sqrt(c_1 c_2). Checked by quadrature: exact for normal losses,
    off for others (gamma distributions), while the later W_1 >= |m_1 - m_2| holds for both.
    """
    tolerance, rows = 1e-8, 50
    z = np.linspace(-7.5, 7.5, 1201)
    weights = np.exp(-(z**2) / 2) / np.exp(-(z**2) / 2).sum()
    means, sds = rng.uniform(1, 4, (2, rows, 1)), rng.uniform(0.1, 2, (2, rows, 1))
    shapes = np.stack([rng.uniform(0.5, 1, (rows, 1)), rng.uniform(5, 20, (rows, 1))])
    cases = [(means + sds * z, sds**2), (stats.gamma.ppf(ndtr(z), shapes) * means / shapes, means**2 / shapes)]
    errors, slack = [], []
    for (first, second), variances in cases:
        squared = ((first - second) ** 2) @ weights
        errors.append((np.abs(squared - normal_distance(*means[..., 0], *variances[..., 0])) / squared).max())
        slack.append(np.abs(first - second) @ weights - np.abs(means[0] - means[1])[:, 0])
    (normal, gamma), least = errors, np.min(slack)
    numbers = {"error with gamma losses": gamma, "least W1 - |m1 - m2|": rounded(least, 1), "pairs": 2 * rows}
    return within(normal, tolerance, numbers, gamma > 0.01 and least >= -tolerance)
