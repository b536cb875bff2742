"""The course of training of one run, a second time: every measure of convergence that the tidy table has at the end."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.stats import gmean

from modecollapse.audit.again.measures.series import Found, Value, end_mean, part, swings
from modecollapse.audit.again.measures.signals import agreement, is_signal
from modecollapse.audit.again.measures.streams import rng_of
from modecollapse.audit.again.measures.visits import held_since, of_quality, qualities, visits

BLOWN_UP = 10.0
BAND = 0.01
BALANCED = ("state_k", "state_M_global", "seen_L_x", "seen_L_G", "seen_k_at_0", "seen_k_at_1")


@dataclass(frozen=True)
class Run:
    """One seed of a trace, by step: (T,) steps and samples, (T, K) counts, (T,) columns by name, step 0 first.

    `rules` has the counts of every rule; `counts` are those of the last one, by which the course is told.
    """

    seed: int
    steps: np.ndarray
    n: np.ndarray
    counts: np.ndarray
    columns: dict[str, np.ndarray]
    rules: dict[str, np.ndarray] = field(default_factory=dict)

    def after(self, name: str) -> np.ndarray:
        """A column without the untrained networks."""
        return self.columns[name][self.steps > 0]

    def means(self) -> dict[str, np.ndarray]:
        """The means between evaluations, by the name of what they are means of."""
        return {name[5:]: self.after(name) for name in self.columns if name.startswith("mean_")}


def course(run: Run, gamma: float | None) -> dict[str, Value]:
    """Every measure of the run that has a finite value; gamma is BEGAN's, if the variant has one."""
    trained, means = run.steps > 0, run.means()
    quality = {name: series[trained] for name, series in qualities(run.counts, run.n).items()}
    signals = {name: series for name, series in means.items() if is_signal(name)}
    found = of_quality(run.steps, run.counts, run.n)
    found |= visits(run.counts, rng_of("convergence", run.seed, "visits"))
    found |= _networks(run, means)
    if "seen_D_from_half" in means:
        found["D_from_half"] = end_mean(means["seen_D_from_half"])
    if all(name in means for name in BALANCED):
        found |= _balance(run, means, gamma)
    found |= agreement(run.seed, signals, quality)
    return {name: value for name, value in found.items() if value is not None and np.isfinite(value.value)}


def _networks(run: Run, means: dict[str, np.ndarray]) -> Found:
    """Swings of losses, states and gradient norms, blow-ups of the first and last, thirds of the last."""
    series = {name: values for name, values in means.items() if name.startswith(("loss_", "state_"))}
    norms = {name: run.after(name) for name in run.columns if name.startswith("grad_norm_")}
    found: Found = {}
    flags = {name: blow_up(values) for name, values in (series | norms).items() if not name.startswith("state_")}
    if flags:
        told = [flag.value for flag in flags.values() if flag is not None]
        found["diverged"] = Value(1.0) if 1.0 in told else Value(0.0) if len(told) == len(flags) else None
    for name, flag in flags.items():
        found[f"diverged:{name}"] = flag
    for name, values in (series | norms).items():
        found |= swings(name, values)
    for name, values in norms.items():
        found |= _thirds(name, values)
    return found


def blow_up(series: np.ndarray) -> Value | None:
    """1 where anything is not finite, or all of the last tenth is above ten times the median before it; else 0."""
    sizes = np.abs(series)
    if not np.isfinite(sizes).all():
        return Value(1.0)
    tail = part(len(sizes), 0.1)
    if len(sizes) <= tail:
        return None
    before, least = float(np.median(sizes[: len(sizes) - tail])), float(sizes[len(sizes) - tail :].min())
    if before == 0 and least > 0:
        return None
    return Value(float(least > BLOWN_UP * before))


def _thirds(name: str, norms: np.ndarray) -> Found:
    if len(norms) < 3:
        return {}
    means = [float(gmean(third)) if np.isfinite(third).all() else None for third in np.array_split(norms, 3)]
    found: Found = {
        f"{which}_third:{name}": None if mean is None else Value(mean)
        for which, mean in zip(("first", "middle", "last"), means, strict=True)
    }
    if means[0] and means[2] is not None:
        found[f"last_to_first:{name}"] = Value(means[2] / means[0])
    return found


def _balance(run: Run, means: dict[str, np.ndarray], gamma: float | None) -> Found:
    """BEGAN's equilibrium: the ratio of the losses at the end, k, and how easy G's samples are in the beginning."""
    real, fake, k = means["seen_L_x"], means["seen_L_G"], run.after("state_k")
    fifth = part(len(real), 0.2)
    late = real[-fifth:], fake[-fifth:]
    early = real[:fifth], fake[:fifth]
    found: Found = {"began_M_global": end_mean(means["state_M_global"]), "began_k": end_mean(means["state_k"])}
    for name in ("k_at_0", "k_at_1"):
        shares = means[f"seen_{name}"]
        found[f"began_{name}"] = Value(shares.sum() / len(shares)) if _numbers(shares) else None
    if _numbers(*late) and late[0].sum() != 0:
        ratio = float(late[1].sum() / late[0].sum())
        found["began_ratio"] = Value(ratio)
        if gamma:
            found["began_ratio_deviation"] = Value((ratio - gamma) / gamma)
    if _numbers(*early):
        found["began_fake_is_easier"] = Value(float((early[1] < early[0]).sum() / fifth))
    if len(k):
        found["began_k_settling_time"] = _settles(run.steps[run.steps > 0], k)
    return found


def _settles(steps: np.ndarray, k: np.ndarray) -> Value:
    """The step from which k stays near its mean over the last fifth, to the end."""
    if not np.isfinite(k[-1]):
        return held_since(steps, np.zeros(len(k), dtype=bool), 1)
    outside = np.flatnonzero(~(np.abs(k - k[len(k) - part(len(k), 0.2) :].mean()) <= BAND))
    stays = np.arange(len(k)) > (outside[-1] if outside.size else -1)
    return held_since(steps, stays, 1)


def _numbers(*series: np.ndarray) -> bool:
    return all(len(values) and np.isfinite(values).all() for values in series)
