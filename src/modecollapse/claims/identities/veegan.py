"""Claims of the VEEGAN post and poster that computation alone decides.

F is the reconstructor, p_theta(z) the distribution of its output on data, p_0 the standard normal of the latents z.
D is the raw output, a logit, and generated data has the label 1.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_expit

from modecollapse.claims.identities.shared import Finding, apart, best_output, pairs, rounded, within

EXACT, SEARCH = 1e-9, 1e-6  # of linear algebra, and of the position of a minimum found by search
LOG_2_PI = np.log(2 * np.pi)


def discriminator_loss(logit: np.ndarray, p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """-q log sigmoid(D) - p log(1 - sigmoid(D)) on every atom: minus the poster's O_gan, and its O_LR."""
    return -q * log_expit(logit) - p * log_expit(-logit)


def log_ratio(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """The poster's optimal D: log q / p, generated over real."""
    return np.log(q / p)


def cross_entropy(s: np.ndarray) -> np.ndarray:
    """-E[log N(z; 0, s)] for z ~ N(0, I), in nats; s (..., K, K) positive definite."""
    return (s.shape[-1] * LOG_2_PI + np.linalg.slogdet(s)[1] + np.linalg.trace(np.linalg.inv(s))) / 2


def squared(m: np.ndarray) -> np.ndarray:
    """The sum of the squares of matrices (..., K, D)."""
    return (m**2).sum(axis=(-2, -1))


def normal_kl(s: np.ndarray, t: np.ndarray) -> np.ndarray:
    """KL[N(0, s) || N(0, t)] in nats, for covariances (..., d, d)."""
    logs = np.linalg.slogdet(t)[1] - np.linalg.slogdet(s)[1]
    return (np.linalg.trace(np.linalg.solve(t, s)) - s.shape[-1] + logs) / 2


def reconstruction_objective(f: np.ndarray, g: np.ndarray, data: np.ndarray) -> float:
    """E|z - F(G(z))|^2 plus the cross-entropy of z relative to F(x), for linear F and G and x ~ N(0, data)."""
    return float(squared(np.eye(len(f)) - f @ g) + cross_entropy(f @ data @ f.T))


def bound(g: np.ndarray, f: np.ndarray, data: np.ndarray, noise: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """O(gamma, theta) of the poster in closed form, d the squared l2 distance.

    x | z ~ N(g z, noise I) generates, z | x ~ N(f x, spread I) reconstructs, x ~ N(0, data) is real;
    g (..., D, K), f (..., K, D), data (..., D, D), noise and spread (..., 1, 1).
    """
    k, d = f.shape[-2], g.shape[-2]
    generated = np.block([[np.broadcast_to(np.eye(k), (*g.shape[:-2], k, k)), g.mT],
                          [g, g @ g.mT + noise * np.eye(d)]])  # fmt: skip
    inferred = np.block([[f @ data @ f.mT + spread * np.eye(k), f @ data], [data @ f.mT, data]])
    distance = squared(np.eye(k) - f @ g) + noise[..., 0, 0] * squared(f)
    return normal_kl(generated, inferred) + k * (LOG_2_PI + 1) / 2 + distance


def slack(g: np.ndarray, f: np.ndarray, data: np.ndarray, noise: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """What the bound has to spare by the chain rule of KL: E KL[q(x|z) || p_theta(x|z)] + E d; as for `bound`."""
    k, d = f.shape[-2], g.shape[-2]
    inferred = f @ data @ f.mT + spread * np.eye(k)
    back = data @ f.mT @ np.linalg.inv(inferred)  # E[x | z] = back z under p_theta
    left = data - back @ f @ data
    off = noise * np.eye(d) + (g - back) @ (g - back).mT
    logs = np.linalg.slogdet(left)[1] - d * np.log(noise[..., 0, 0])
    distance = squared(np.eye(k) - f @ g) + noise[..., 0, 0] * squared(f)
    return (np.linalg.trace(np.linalg.solve(left, off)) - d + logs) / 2 + distance


def reconstruction(rng: np.random.Generator) -> Finding:
    """The l2 loss of z against F(G(z)) plus the cross-entropy of z against F(x) makes F invert G and map data to p_0.

    Source: 000_d5146c1642a95905.txt. In the linear case of two dimensions, the sum is minimised from random starts
    without a gradient. Its least value has to be the entropy of p_0, with F G = 1 and F(x) standard normal, so that G
    has the covariance of the data: no mode collapse at the optimum. Tolerance 1e-4, relative.
    """
    tolerance, worst = 1e-4, 0.0
    for _ in range(3):
        root = rng.normal(size=(2, 2)) + 2 * np.eye(2)
        data = root @ root.T

        def objective(w: np.ndarray, data: np.ndarray = data) -> float:
            return reconstruction_objective(w[:4].reshape(2, 2), w[4:].reshape(2, 2), data)

        found = min((minimize(objective, rng.normal(size=8)) for _ in range(3)), key=lambda result: result.fun)
        f, g = found.x.reshape(2, 2, 2)
        optimum = (found.fun, LOG_2_PI + 1), (f @ g, np.eye(2)), (f @ data @ f.T, np.eye(2)), (g @ g.T, data)
        worst = max(worst, *(apart(ours, theirs) for ours, theirs in optimum))
    return within(worst, tolerance, {"data sets": 3})


def logit_is_log_ratio(rng: np.random.Generator) -> Finding:
    """At the optimum D is log q / p, and q = p.

    Sources: the poster's O_gan (densities of x) and O_LR (densities of z and x). D against a search on every atom;
    O_gan at that optimum is above its least value, -log 4, unless q = p. Tolerance 1e-6.
    """
    p, q = pairs(rng, 300)
    q[:30] = p[:30]
    shape = (100, 3, 4)  # of joint tables over z and x, from a marginal and a conditional density each
    joint_q = rng.dirichlet(np.ones(3), 100)[:, :, None] * (rng.dirichlet(np.ones(4), shape[:2]) + 0.01)
    joint_p = (rng.dirichlet(np.ones(3), (100, 4)) + 0.01).swapaxes(1, 2) * rng.dirichlet(np.ones(4), 100)[:, None]
    joint_p, joint_q = (t.reshape(100, 12) / t.sum(axis=(1, 2))[:, None] for t in (joint_p + 1e-4, joint_q + 1e-4))
    single, joint = (best_output(discriminator_loss, *densities) for densities in ((p, q), (joint_p, joint_q)))
    above = np.log(4) - discriminator_loss(single, p, q).sum(axis=1)
    error = max(apart(single, log_ratio(p, q)), apart(joint, log_ratio(joint_p, joint_q)))
    equal = np.abs(above[:30]).max() <= EXACT and above[30:].min() > EXACT
    numbers = {"least O_gan above -log 4 unless q = p": above[30:].min(), "pairs": len(p), "joint pairs": len(joint_p)}
    return within(error, SEARCH, numbers, equal)


def gan_objective(generated: np.ndarray, real: np.ndarray) -> float:
    """O_gan from the logits of generated and of real data."""
    return float(log_expit(generated).mean() + log_expit(-real).mean())


def flat_discriminator(x: np.ndarray) -> np.ndarray:
    """Logits of points (n, 2): constant where the first coordinate is negative, rising elsewhere; (n,)."""
    return 0.3 + x[:, 0].clip(0)


def constant_discriminator(rng: np.random.Generator) -> Finding:
    """Where D is constant the objective is constant in G's parameters, so that G cannot learn; also locally.

    A generator tanh(z A) B + s, moved by 100 random changes of A, B and s. While its samples stay in the region where
    D is constant O_gan must not change at all (no tolerance); across the edge of the region it does.
    """
    z, real = rng.normal(size=(200, 2)), rng.normal(size=(200, 2))
    first, second = rng.normal(size=(2, 8)), rng.uniform(-1, 1, size=(8, 2))

    def objective(centre: float, change: float) -> float:
        a, b, s = (w + change * rng.uniform(-1, 1, w.shape) for w in (first, second, np.array([centre, 0.0])))
        return gan_objective(flat_discriminator(np.tanh(z @ a) @ b + s), flat_discriminator(real))

    # |tanh| <= 1 and 8 weights below 1.1 keep every sample within 8.8 of its centre.
    inside = np.ptp([objective(-9.0, 0.1) for _ in range(100)])
    across = np.ptp([objective(0.0, 0.1) for _ in range(100)])
    numbers = {
        "range of O_gan in the flat region": float(inside),
        "across its edge": rounded(across),
        "generators": 100,
    }
    return Finding(bool(inside == 0 and across > 0), numbers)


def upper_bound(rng: np.random.Generator) -> Finding:
    """-E[log p_theta(z)], over z from p_0, is at most O(gamma, theta), whatever the generator and the reconstructor.

    In closed form for linear G and F with normal noise (K = 2, D = 3), nats. The difference is also computed another
    way, by the chain rule of KL, as a sum of two terms that cannot be negative. Tolerance 1e-9, relative.
    """
    n, k, d = 1000, 2, 3
    g, f, root = rng.normal(size=(n, d, k)), rng.normal(size=(n, k, d)), rng.normal(size=(n, d, d))
    data = root @ root.mT + 0.1 * np.eye(d)
    noise, spread = rng.uniform(0.1, 2, (2, n, 1, 1))
    reached = cross_entropy(f @ data @ f.mT + spread * np.eye(k))
    above, spare = bound(g, f, data, noise, spread), slack(g, f, data, noise, spread)
    error = apart(above, reached + spare)
    least = (above - reached).min()
    return within(error, EXACT, {"least O above, nats": least, "linear models": n}, least >= 0)
