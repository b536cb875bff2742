"""Claims of the LSGAN post on the optimal discriminator and on the Pearson divergence.

Codes: a for generated data, b for real data, c what G wants. p and q stand for p_data and p_g. The post's claims on
gradients with respect to D's output are in `lsgan_gradients`.
"""

from __future__ import annotations

import numpy as np
import scipy

from modecollapse.claims.identities.shared import EXACT, SEARCH, Finding, apart, best_logit, best_output, pairs, within
from modecollapse.claims.identities.shared import discriminator_loss as loss_of_1

CODINGS = {"(8)": (-1.0, 1.0, 0.0), "(9)": (0.0, 1.0, 1.0)}
STEP = 1e-20  # of a complex step, which has no cancellation to fear


def least_squares(output: np.ndarray, c: float) -> np.ndarray:
    """What G minimises in equation (2)."""
    return (output - c) ** 2 / 2


def optimal_discriminator(p: np.ndarray, q: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """D* of equation (5)."""
    return (b * p + a * q) / (p + q)


def twice_c(p: np.ndarray, q: np.ndarray, a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """2 C(G) as the expectations of the first line of (6), (rows,); atoms of neither density must not occur."""
    squared = (optimal_discriminator(p, q, a, b) - c) ** 2
    return (p * squared).sum(axis=1) + (q * squared).sum(axis=1)


def integral(p: np.ndarray, q: np.ndarray, a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """2 C(G) as the last line of (6), (rows,)."""
    return (((b - c) * (p + q) - (b - a) * q) ** 2 / (p + q)).sum(axis=1)


def pearson(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """The chi-square of equation (7) between p + q and 2q, (rows,): the sum of (2q - (p + q))^2 / (p + q).

    That is Pearson's statistic with p + q expected and 2q observed: chi2(P||Q) = sum (Q - P)^2 / P. With the
    textbook's order of arguments, sum (P - Q)^2 / Q, the same number is the divergence of 2q from p + q.
    """
    return scipy.stats.chisquare(2 * q, p + q, axis=1).statistic


def codings(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Random a, b and c, each (rows, 1), with a and b at least 0.1 apart."""
    a, c = rng.uniform(-3, 3, (2, rows, 1))
    return a, a + rng.choice([-1, 1], (rows, 1)) * rng.uniform(0.1, 3, (rows, 1)), c


def two_kl(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """C(G) of equation (3), (rows,), in nats."""
    middle = (p + q) / 2
    return scipy.special.rel_entr(p, middle).sum(axis=1) + scipy.special.rel_entr(q, middle).sum(axis=1) - np.log(4)


def minimax_is_two_kl(rng: np.random.Generator) -> Finding:
    """Equation (3): at the best discriminator of (1), which is searched for, it is two KL to the average less log 4."""
    p, q = pairs(rng, 500)
    value = -loss_of_1(best_logit(p, q), p, q).sum(axis=1)
    return within(apart(value, two_kl(p, q)), EXACT, {"pairs": len(p)})


def least_squares_optimal_discriminator(rng: np.random.Generator) -> Finding:
    """The discriminator that minimises the least-squares loss is the average of the codes weighted by density: (5).

    Against a search on every atom of random positive densities, under random codes.
    """
    p, q = pairs(rng, 500)
    a, b, _ = (np.broadcast_to(code, p.shape) for code in codings(rng, len(p)))

    def loss(d: np.ndarray, p: np.ndarray, q: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return p * least_squares(d, b) + q * least_squares(d, a)

    error = apart(optimal_discriminator(p, q, a, b), best_output(loss, p, q, a, b))
    return within(error, SEARCH, {"pairs": len(p)})


def least_squares_as_integral(rng: np.random.Generator) -> Finding:
    """Equations (4) and (6): with the optimal discriminator 2 C(G) is one integral over p_data and p_g.

    First against last line of (6), for random densities (with gaps) and random codes.
    """
    p, q = pairs(rng, 2000, gaps=True)
    coding = codings(rng, len(p))
    return within(apart(twice_c(p, q, *coding), integral(p, q, *coding)), EXACT, {"pairs": len(p)})


def least_squares_is_pearson(rng: np.random.Generator) -> Finding:
    """Equation (7): with b - c = 1 and b - a = 2, 2 C(G) is the Pearson chi-square between p_data + p_g and 2 p_g.

    Random codes of that kind. Convention: chi2(P||Q) = sum (Q - P)^2 / P, see `pearson`.
    """
    p, q = pairs(rng, 2000, gaps=True)
    b = rng.uniform(-3, 3, (len(p), 1))
    return within(apart(twice_c(p, q, b - 2, b, b - 1), pearson(p, q)), EXACT, {"pairs": len(p)})


def affine_in_pearson(p: np.ndarray, q: np.ndarray, a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """2 C(G) of any coding from the chi-square alone: (b-c)^2 + (a-c)^2 - (b-a)^2 (2 - chi2)/4, (rows,)."""
    a, b, c = (code[:, 0] for code in (a, b, c))
    return (b - c) ** 2 + (a - c) ** 2 - (b - a) ** 2 * (2 - pearson(p, q)) / 4


def pearson_only_for_one_coding(rng: np.random.Generator) -> Finding:
    """Only with b - c = 1 and b - a = 2 does G minimise a Pearson chi-square.

    Refuted where for every coding with a != b 2 C(G) is a rising affine function of the same chi-square, which then
    has the same minimum: random codes, which do not meet the conditions. Convention as in `pearson`.
    """
    p, q = pairs(rng, 2000, gaps=True)
    a, b, c = codings(rng, len(p))
    error = apart(twice_c(p, q, a, b, c), affine_in_pearson(p, q, a, b, c))
    slopes = (b - a) ** 2 / 4
    refuted, numbers = within(error, EXACT, {"least slope": slopes.min(), "other codings": len(p)}, slopes.min() > 0)
    return Finding(not refuted, numbers)


def fake_term(p: np.ndarray, q: np.ndarray, d: np.ndarray, c: float) -> np.ndarray:
    """G's objective of (2), (rows,): only generated data."""
    return (q * least_squares(d, c)).sum(axis=1)


def both_terms(p: np.ndarray, q: np.ndarray, d: np.ndarray, c: float) -> np.ndarray:
    """G's objective of (4), (rows,): with the term for real data."""
    return fake_term(p, q, d, c) + (p * least_squares(d, c)).sum(axis=1)


def added_term_leaves_generator(rng: np.random.Generator) -> Finding:
    """The term that (4) adds for real data leaves G's minimisation as it was, for it contains D alone.

    Gradients with respect to the logits of a softmax p_g, by complex step. With D fixed, as in training, both
    objectives have the same gradient; through the optimal D, which C(G) of (6) is about, they differ, which is
    reported. Codes of (9).
    """
    rows, (a, b, c) = 200, CODINGS["(9)"]
    p, q = pairs(rng, rows)
    held, through = [], []
    for atom in range(p.shape[1]):
        factor = np.ones(p.shape[1], dtype=complex)
        factor[atom] = np.exp(1j * STEP)  # the softmax's logit of this atom moves by the step
        moved = q * factor / (q * factor).sum(axis=1, keepdims=True)
        for found, d in ((held, optimal_discriminator(p, q, a, b)), (through, optimal_discriminator(p, moved, a, b))):
            found.append([objective(p, moved, d, c).imag / STEP for objective in (fake_term, both_terms)])
    error, gap = (np.abs(np.diff(found, axis=1)).max() for found in (held, through))
    return within(error, EXACT, {"generators": rows, "difference through the optimal D": gap})


def js_generator(u: np.ndarray) -> np.ndarray:
    """f with which the f-divergence sum q f(p/q) is JS: (u log u - (u + 1) log((u + 1)/2)) / 2."""
    return (scipy.special.xlogy(u, u) - (u + 1) * np.log((u + 1) / 2)) / 2


def js_is_f_divergence(rng: np.random.Generator) -> Finding:
    """The Jensen-Shannon divergence is one of the f-divergences, which are E_q f(p/q) with f convex and f(1) = 0.

    Source: the introduction, on f-GAN. Against SciPy's JS (nats, with halves), for positive q.
    """
    p, q = pairs(rng, 2000)
    divergence = (q * js_generator(p / q)).sum(axis=1)
    u, v = rng.uniform(0, 10, (2, 10_000))
    convex = bool((js_generator((u + v) / 2) <= (js_generator(u) + js_generator(v)) / 2 + EXACT).all())
    at_one = apart(js_generator(np.ones(1)), [0.0])
    error = max(at_one, apart(divergence, scipy.spatial.distance.jensenshannon(p, q, axis=1) ** 2))
    return within(error, EXACT, {"pairs": len(p)}, convex)
