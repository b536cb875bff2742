"""Published claims that computation alone decides: one function a claim, two computations on random cases."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from modecollapse.claims.identities import began, cs236, lsgan, lsgan_gradients, veegan
from modecollapse.claims.identities.shared import Finding

# A claim is a function of a generator. Its docstring says what is claimed and how it is computed.
IDENTITIES: dict[str, Callable[[np.random.Generator], Finding]] = {
    "kl-js-w1-on-disjoint-lines": began.disjoint_lines,
    "w1-at-least-mean-gap": began.w1_above_mean_gap,
    "bernoulli-couplings": began.couplings,
    "began-loss-unbounded": began.unbounded,
    "k-follows-the-balance": began.balance_of_k,
    "noise-within-log-100": cs236.noisy_mixture,
    "log-100-negligible": cs236.negligible,
    "optimal-discriminator": cs236.optimal,
    "half-iff-equal": cs236.half_iff_equal,
    "cross-entropy-vanishes-when-accepted": lsgan_gradients.vanishing,
    "minimax-vanishes-when-accepted": lsgan_gradients.vanishing_minimax,
    "least-squares-flat-once": lsgan_gradients.flat_once,
    "least-squares-flat-at-zero": lsgan_gradients.flat_at_zero,
    "minimax-is-two-kl": lsgan.original_objective,
    "least-squares-optimal-discriminator": lsgan.optimal,
    "least-squares-as-integral": lsgan.as_integral,
    "least-squares-is-pearson": lsgan.pearson_form,
    "pearson-only-for-one-coding": lsgan.pearson_only_there,
    "added-term-leaves-generator": lsgan.added_term,
    "js-is-f-divergence": lsgan.js_is_f_divergence,
    "logit-is-log-ratio": veegan.logit_is_log_ratio,
    "veegan-bound": veegan.upper_bound,
}

__all__ = ["IDENTITIES", "Finding"]
