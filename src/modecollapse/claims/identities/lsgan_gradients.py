"""Claims of the LSGAN post on the gradients that G gets from D's raw output l, its logit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy

from modecollapse.claims.identities.lsgan import CODINGS, STEP, least_squares
from modecollapse.claims.identities.shared import EXACT, Finding, apart, rounded, within


def cross_entropy(logit: np.ndarray) -> np.ndarray:
    """What G minimises in practice, -log sigmoid(l): the loss of the post's figure 2."""
    return np.log(1 + np.exp(-logit))


def minimax(logit: np.ndarray) -> np.ndarray:
    """What G minimises in equation (1), log(1 - sigmoid(l))."""
    return -np.log(1 + np.exp(logit))


def slope(loss: Callable[..., np.ndarray], at: np.ndarray, *args: float) -> np.ndarray:
    """The derivative of an analytic loss at real points, by a complex step; exact up to rounding."""
    return loss(at + 1j * STEP, *args).imag / STEP


def cross_entropy_vanishes_when_accepted(rng: np.random.Generator) -> Finding:
    """G's cross-entropy has next to no gradient for fakes that D accepts with confidence; least squares has.

    Derivatives with respect to D's raw output l, by complex step against sigmoid(-l) and |l - c|, for l drawn between
    10 and 20 (accepted) and c = 1. The loss is -log D, that of figure 2; `minimax_vanishes_when_accepted` takes (1) to
    the letter. The threshold of "next to no" is 1e-4.
    """
    accepted = rng.uniform(10, 20, 1000)
    ours, theirs = np.abs(slope(cross_entropy, accepted)), np.abs(slope(least_squares, accepted, 1.0))
    error = max(apart(ours, scipy.special.expit(-accepted)), apart(theirs, np.abs(accepted - 1)))
    numbers = {"largest |gradient| with cross-entropy": ours.max(), "least with least squares": theirs.min()}
    return within(error, EXACT, numbers, ours.max() < 1e-4 and theirs.min() > 1)


def minimax_vanishes_when_accepted(rng: np.random.Generator) -> Finding:
    """The same claim for equation (1) as the post prints it: G minimises log(1 - D).

    Its gradient with respect to l is -sigmoid(l): next to 1 for fakes that D accepts, and below 1e-4 for those that it
    rejects with confidence (l between -20 and -10), so it vanishes on the other side.
    """
    accepted = rng.uniform(10, 20, 1000)
    on, off = np.abs(slope(minimax, accepted)), np.abs(slope(minimax, -accepted))
    error = max(apart(on, scipy.special.expit(accepted)), apart(off, scipy.special.expit(-accepted)))
    numbers = {"least |gradient| where accepted": rounded(on.min(), 4), "largest error": rounded(error, 1)}
    return Finding(bool(on.max() < 1e-4), numbers | {"largest |gradient| where rejected": rounded(off.max())})


def flat_point(c: float) -> float:
    """Where the slope of the least-squares loss is 0, searched for on [-50, 50]."""
    return scipy.optimize.brentq(lambda output: slope(least_squares, output, c), -50.0, 50.0, xtol=EXACT)


def least_squares_flat_once(rng: np.random.Generator) -> Finding:
    """Cross-entropy is flat for all large outputs, least squares at a single point.

    Source: figure 2. Cross-entropy's slope is below 1e-4 from l = 10 on and does not rise again; that of least squares
    rises throughout, so it is 0 once, for the codes of (8), (9) and a random one.
    """
    tolerance, codes = 1e-11, [0.0, 1.0, float(rng.uniform(-5, 5))]
    falling = np.abs(slope(cross_entropy, np.linspace(10, 600, 1000)))
    rising = [np.diff(slope(least_squares, np.linspace(-50, 50, 1000), c)).min() for c in codes]
    error = apart([flat_point(c) for c in codes], codes)
    shapes = falling[0] < 1e-4 and (np.diff(falling) <= 0).all() and min(rising) > 0
    return within(error, tolerance, {"slope of cross-entropy at 10": falling[0], "flat at c alone for": codes}, shapes)


def least_squares_flat_at_zero(_: np.random.Generator) -> Finding:
    """The point at which least squares is flat is 0.

    So the post says of figure 2, whatever the coding. It is the code c: 0 with (8), but 1 with (9), which the authors
    use.
    """
    places = {name: flat_point(c) for name, (_, _, c) in CODINGS.items()}
    holds = all(abs(place) <= 1e-11 for place in places.values())
    return Finding(holds, {f"flat with {name} at": rounded(place) for name, place in places.items()})
