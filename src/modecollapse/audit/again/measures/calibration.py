"""Oracle and nulls, a second time: as distributions, for each implementation has its own random numbers.

Of every measure the mean over the table's replicates must be within six standard errors of the mean over own draws,
plus a floor; each replicate within eight standard deviations, plus another floor. The standard deviation pools the own
draws and the table's, the latter at most three times the former, so that no wild rows make room for themselves. Smaller
changes of a row pass here; those that no set of counts can have are found (`impossible`).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.stats import binom, chi2

from modecollapse.audit.again.measures import rows
from modecollapse.audit.again.measures.modes import SDS, Arrays, Counter, rules

VARIANTS = ("oracle", "null-uniform", "null-gaussian")
DRAWN = {"ring": 12, "grid": 12}  # own replicates; of other data fewer, for they take longer
FEWER = 5
BOX_SDS, BOX = 10.0, 3.0
# Of a mean and of a replicate, by the measure's unit: modes, per cent, nats and shares.
FLOORS = {"modes": (0.5, 2.0), "percent": (0.05, 0.2), "": (0.02, 0.2)}
WHOLE = ("modes", "covered_modes")
MEAN_SES, REPLICATE_SDS = 6.0, 8.0


def draw(family: str, data: Arrays, variant: str, n: int, rng: np.random.Generator) -> np.ndarray:
    """(n, ...) float32 draws of what a calibration variant is, from the definitions."""
    if family in ("ring", "grid"):
        return _in_the_plane(data, variant, n, rng).astype(np.float32)
    if family == "gaussians-1200d":
        return _in_1200_dimensions(data["shifts"].astype(np.float64), variant, n, rng).astype(np.float32)
    return _digits(data, variant, n, rng).astype(np.float32)


def _in_the_plane(data: Arrays, variant: str, n: int, rng: np.random.Generator) -> np.ndarray:
    sd, centres = float(data["sd"]), data["means"].astype(np.float64)[data["components"]]
    if variant == "oracle":
        times = rng.multinomial(n, np.full(len(centres), 1 / len(centres)))
        return np.repeat(centres, times, axis=0) + rng.normal(0, sd, (n, 2))
    if variant == "null-uniform":
        half = np.abs(data["means"]).max() + BOX_SDS * sd
        return half * (2 * rng.random((n, 2)) - 1)
    away = centres - centres.mean(axis=0)
    root = np.linalg.cholesky(away.T @ away / len(centres) + sd**2 * np.eye(2))
    return centres.mean(axis=0) + rng.standard_normal((n, 2)) @ root.T


def _in_1200_dimensions(shifts: np.ndarray, variant: str, n: int, rng: np.random.Generator) -> np.ndarray:
    if variant == "null-uniform":
        low, high = shifts.min() - BOX, shifts.max() + BOX
        return low + (high - low) * rng.random((n, 1200), dtype=np.float32)
    points = np.zeros((n, 1200), dtype=np.float32)
    points[:, :700] = rng.standard_normal((n, 700), dtype=np.float32)
    drawn = shifts[(rng.random(n) * len(shifts)).astype(np.int64)]
    if variant == "null-gaussian":
        drawn = shifts.mean() + np.sqrt(((shifts - shifts.mean()) ** 2).mean()) * rng.standard_normal(n)
    return points + drawn[:, None].astype(np.float32)


def _digits(data: Arrays, variant: str, n: int, rng: np.random.Generator) -> np.ndarray:
    train = data["train"].astype(bool)
    if variant == "oracle":
        unseen = data["digits"][~train]
        return unseen[(rng.random((n, 3)) * len(unseen)).astype(np.int64)]
    if variant == "null-uniform":
        return 2 * rng.random((n, 3, 8, 8), dtype=np.float32) - 1
    pixels = data["digits"][train].reshape(-1, 64).astype(np.float64)
    _, sizes, directions = np.linalg.svd(pixels - pixels.mean(axis=0), full_matrices=False)
    noise = rng.standard_normal((3 * n, len(sizes))) * (sizes / np.sqrt(len(pixels) - 1))
    return np.clip(pixels.mean(axis=0) + noise @ directions, -1, 1).reshape(n, 3, 8, 8)


def own(
    family: str, data: Arrays, counter: Counter, measures: list[str], n: int, rng: np.random.Generator
) -> dict[tuple[str, str], np.ndarray]:
    """By variant and measure of counts, the values of own replicates."""
    found: dict[tuple[str, str], list[float]] = {}
    columns = rules(family)
    for variant in VARIANTS:
        for _ in range(DRAWN.get(family, FEWER)):
            counts = counter(draw(family, data, variant, n, rng)).counts
            for measure in rows.of_counts(measures, family, columns):
                (value,), _ = rows.values(measure, counts[rows.READS.get(measure, columns[0])][None], np.array([n]))
                found.setdefault((variant, measure), []).append(float(value))
    return {key: np.array(values) for key, values in found.items()}


def unlike(measure: str, table: np.ndarray, drawn: np.ndarray) -> Iterator[tuple[int | None, str]]:
    """What of (R,) values is not as (M,) own draws are: a replicate's place, or None for the mean, and the problem."""
    of_mean, of_one = FLOORS[_unit(measure)]
    own_variance = float(drawn.var(ddof=1))
    variance = (own_variance + min(float(table.var(ddof=1)) if len(table) > 1 else 0.0, 9 * own_variance)) / 2
    middle, sd = float(drawn.mean()), np.sqrt(variance)
    off = MEAN_SES * sd * np.sqrt(1 / len(table) + 1 / len(drawn)) + of_mean
    for place in np.flatnonzero(~(np.abs(table - middle) <= REPLICATE_SDS * sd + of_one)):
        yield (
            int(place),
            f"value is {table[place]!r}, own draws have {middle:.6g}, standard deviation {sd:.2g}",
        )
    if not abs(table.mean() - middle) <= off:
        yield None, f"the mean of {len(table)} replicates is {table.mean():.6g}, expected {middle:.6g} within {off:.2g}"


def _unit(measure: str) -> str:
    if "percent" in measure:
        return "percent"
    return "modes" if "modes" in measure else ""


def impossible(values: pd.Series, n: int, modes: int) -> tuple[str, str]:
    """What no set of K counts among n samples can have: the measure and the problem, both empty if there is none.

    `values` has the measures of one replicate by name. Counts are whole numbers, and measures of the same counts fit
    each other.
    """
    for name, value in values.items():
        whole = value * n / 100 if name == "high_quality_percent" else value if name in WHOLE else 0.0
        if not np.isclose(whole, np.round(whole), rtol=1e-9, atol=1e-9):
            return name, f"value is {value!r}, which is no whole number of samples or modes"
        most = {"percent": 100.0, "modes": float(modes)}.get(_unit(name), max(np.log(modes), 1.0))
        if not 0 <= value <= most:
            return name, f"value is {value!r}, expected 0 to {most:g}"
    divergence, found = values.get("reverse_kl"), values.get("modes")
    kept, effective = values.get("high_quality_percent"), values.get("effective_modes")
    if divergence is not None and found and divergence < np.log(modes / found) - 1e-9:
        return "reverse_kl", f"value is {divergence!r}, which is too little for {found:g} of {modes} modes"
    if divergence is not None and kept == 0 and abs(divergence - np.log(modes)) > 1e-9:
        return "reverse_kl", f"value is {divergence!r}, expected ln {modes} where no sample is in a mode"
    if found is not None and kept is not None and (found > kept * n / 100 + 1e-6 or (kept > 0) > found):
        return "modes", f"value is {found:g}, which does not go with {kept * n / 100:g} samples in a mode"
    if divergence is not None and effective and not np.isclose(effective, modes * np.exp(-divergence), rtol=1e-9):
        return "effective_modes", f"value is {effective!r}, expected {modes * np.exp(-divergence)!r} by reverse_kl"
    return "", ""


def oracle_share(data: Arrays) -> float | None:
    """The share of a planar mixture's own draws within reach of their mode, in closed form: P(chi^2_2 <= (3 s / sd)^2).

    None where modes are so near to each other that a draw may be in another one's reach.
    """
    means, sd, reach = data["means"].astype(np.float64), float(data["sd"]), SDS * float(data["nominal_sd"])
    apart = np.linalg.norm(means[:, None] - means[None], axis=2)[~np.eye(len(means), dtype=bool)]
    far = reach + 6 * sd  # a draw so far from its own centre is one in sixty million
    return float(chi2.cdf((reach / sd) ** 2, 2)) if apart.min() > reach + far else None


def closed_form(data: Arrays, percent: np.ndarray, n: int) -> str:
    """How (R,) oracle replicates differ from the closed form, by more than six standard errors; empty if they do not.

    A float32 point is off by a ten millionth of its size, which is allowed for as one sample in ten thousand.
    """
    share = oracle_share(data)
    if share is None:
        return ""
    total = n * len(percent)
    found = percent.sum() / 100 / len(percent)
    error = 6 * float(binom.std(total, share)) / total + 1e-4
    if abs(found - share) <= error:
        return ""
    return f"{found:.5f} of the draws are in a mode, in closed form {share:.5f} within {error:.5f}"
