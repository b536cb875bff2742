"""Claims of the VEEGAN post and poster that computation alone decides.

F is the reconstructor, p_theta(z) the distribution of its output on data, p_0 the standard normal of the latents z.
D is the raw output, a logit; generated data, with density q, has the label 1, and real data has the density p.
"""

from __future__ import annotations

import numpy as np

from modecollapse.claims.identities.shared import LINEAR, SEARCH, Finding, apart, best_logit, pairs, within
from modecollapse.claims.identities.shared import discriminator_loss as loss

LOG_2_PI = np.log(2 * np.pi)


def log_ratio(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """The poster's optimal D: log q / p, generated over real."""
    return np.log(q / p)


def cross_entropy(s: np.ndarray) -> np.ndarray:
    """-E[log N(z; 0, s)] for z ~ N(0, I), in nats; s (..., K, K) positive definite."""
    return (s.shape[-1] * LOG_2_PI + np.linalg.slogdet(s)[1] + np.linalg.trace(np.linalg.inv(s))) / 2


def normal_kl(s: np.ndarray, t: np.ndarray) -> np.ndarray:
    """KL[N(0, s) || N(0, t)] in nats, for covariances (..., d, d)."""
    logs = np.linalg.slogdet(t)[1] - np.linalg.slogdet(s)[1]
    return (np.linalg.trace(np.linalg.solve(t, s)) - s.shape[-1] + logs) / 2


def distance(g: np.ndarray, f: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """E d(z, F(x)), d the squared l2 distance: |I - f g|^2 + noise |f|^2; arguments as for `bound`."""
    lost = np.eye(f.shape[-2]) - f @ g
    return (lost**2).sum(axis=(-2, -1)) + noise[..., 0, 0] * (f**2).sum(axis=(-2, -1))


def bound(g: np.ndarray, f: np.ndarray, data: np.ndarray, noise: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """O(gamma, theta) of the poster in closed form.

    x | z ~ N(g z, noise I) generates, z | x ~ N(f x, spread I) reconstructs, x ~ N(0, data) is real;
    g (..., D, K), f (..., K, D), data (..., D, D), noise and spread (..., 1, 1).
    """
    k, d = f.shape[-2], g.shape[-2]
    generated = np.block([[np.broadcast_to(np.eye(k), (*g.shape[:-2], k, k)), g.mT],
                          [g, g @ g.mT + noise * np.eye(d)]])  # fmt: skip
    inferred = np.block([[f @ data @ f.mT + spread * np.eye(k), f @ data], [data @ f.mT, data]])
    return normal_kl(generated, inferred) + k * (LOG_2_PI + 1) / 2 + distance(g, f, noise)


def slack(g: np.ndarray, f: np.ndarray, data: np.ndarray, noise: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """What the bound has to spare by the chain rule of KL: E KL[q(x|z) || p_theta(x|z)] + E d; as for `bound`."""
    k, d = f.shape[-2], g.shape[-2]
    inferred = f @ data @ f.mT + spread * np.eye(k)
    back = data @ f.mT @ np.linalg.inv(inferred)  # E[x | z] = back z under p_theta
    left = data - back @ f @ data
    off = noise * np.eye(d) + (g - back) @ (g - back).mT
    logs = np.linalg.slogdet(left)[1] - d * np.log(noise[..., 0, 0])
    return (np.linalg.trace(np.linalg.solve(left, off)) - d + logs) / 2 + distance(g, f, noise)


def logit_is_log_ratio(rng: np.random.Generator) -> Finding:
    """At the optimum D is log q / p, and q = p.

    Sources: the poster's O_gan (densities of x) and O_LR (densities of z and x). D against a search on every atom;
    O_gan at that optimum is above its least value, -log 4, unless q = p.
    """
    p, q = pairs(rng, 300)
    q[:30] = p[:30]
    shape = (100, 3, 4)  # of joint tables over z and x, from a marginal and a conditional density each
    joint_q = rng.dirichlet(np.ones(3), 100)[:, :, None] * (rng.dirichlet(np.ones(4), shape[:2]) + 0.01)
    joint_p = (rng.dirichlet(np.ones(3), (100, 4)) + 0.01).swapaxes(1, 2) * rng.dirichlet(np.ones(4), 100)[:, None]
    joint_p, joint_q = (t.reshape(100, 12) / t.sum(axis=(1, 2))[:, None] for t in (joint_p + 1e-4, joint_q + 1e-4))
    single, joint = best_logit(q, p), best_logit(joint_q, joint_p)
    above = np.log(4) - loss(single, q, p).sum(axis=1)  # the loss is minus O_gan
    error = max(apart(single, log_ratio(p, q)), apart(joint, log_ratio(joint_p, joint_q)))
    equal = np.abs(above[:30]).max() <= LINEAR and above[30:].min() > LINEAR
    numbers = {"least O_gan above -log 4 unless q = p": above[30:].min(), "pairs": len(p), "joint pairs": len(joint_p)}
    return within(error, SEARCH, numbers, equal)


def veegan_bound(rng: np.random.Generator) -> Finding:
    """-E[log p_theta(z)], over z from p_0, is at most O(gamma, theta), whatever the generator and the reconstructor.

    In closed form for linear G and F with normal noise (K = 2, D = 3), nats. The difference is also computed another
    way, by the chain rule of KL, as a sum of two terms that cannot be negative.
    """
    n, k, d = 1000, 2, 3
    g, f, root = rng.normal(size=(n, d, k)), rng.normal(size=(n, k, d)), rng.normal(size=(n, d, d))
    data = root @ root.mT + 0.1 * np.eye(d)
    noise, spread = rng.uniform(0.1, 2, (2, n, 1, 1))
    reached = cross_entropy(f @ data @ f.mT + spread * np.eye(k))
    above = bound(g, f, data, noise, spread)
    error, least = apart(above, reached + slack(g, f, data, noise, spread)), (above - reached).min()
    return within(error, LINEAR, {"least O above, nats": least, "linear models": n}, least >= 0)
