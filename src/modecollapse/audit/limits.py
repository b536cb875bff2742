"""What numbers can be at all: of measures, of runs' courses, and in the tables. Written out here a second time."""

from __future__ import annotations

from math import inf, log
from typing import NamedTuple

import numpy as np
import pandas as pd

Range = tuple[float, float]
SHARE, PER_CENT, CORRELATION, POSITIVE = (0.0, 1.0), (0.0, 100.0), (-1.0, 1.0), (0.0, inf)
COUNTED = ("modes", "high_quality_percent", "reverse_kl")  # of the counts by one rule
OF_MODES = ("modes", "modes_shell", "covered_modes", "effective_modes", "modes_ever", "endpoint:modes")  # up to K
MEASURES: dict[str, Range] = {
    **dict.fromkeys(("high_quality_percent", "high_quality_percent_shell"), PER_CENT),
    **dict.fromkeys(("bags_percent", "clothes_percent", "shoes_percent"), PER_CENT),
    **dict.fromkeys(("total_variation", "precision", "recall", "coverage", "different_bins"), SHARE),
    **dict.fromkeys(("density", "sliced_wasserstein", "kl_data", "ivom_train", "ivom_test"), POSITIVE),
    "mmd": (-1 / 2500 - 1 / 6, 2.0),  # without the pairs of a point with itself: 2500 points against at least six
    "birthday_batch": (2.0, 2500.0),
    "n_nonfinite": POSITIVE,
    **dict.fromkeys(("diverged", "full_coverage_share", "hopping_rate", "hopping_rate_fullest"), SHARE),
    **dict.fromkeys(("dominated_share", "began_k_at_0", "began_k_at_1", "began_fake_is_easier"), SHARE),
}
PREFIXES: dict[str, Range] = {
    "diverged:": SHARE,
    "peak_share:": SHARE,
    "mean_seen_k_at_": SHARE,
    "rank_correlation:": CORRELATION,
    "given_time:": CORRELATION,
    **dict.fromkeys(("grad_norm_", "coverage_time:", "within_sd:", "drawdown:", "total_variation:"), POSITIVE),
}


def of(measure: str, modes: int) -> Range | None:
    """The least and the largest value of a measure with K = `modes`; None where no bounds are known here."""
    if measure in OF_MODES:
        return 0.0, float(modes)
    if measure == "reverse_kl":
        return 0.0, log(modes)
    starts = (limits for start, limits in PREFIXES.items() if measure.startswith(start))
    return MEASURES.get(measure) or next(starts, None)


def impossible(rows: pd.DataFrame, log_k: pd.Series) -> dict[str, pd.Series]:
    """Which rows contradict themselves, by what is wrong; `rows` has n, modes and any of the others of COUNTED.

    m modes take at least m samples of high quality; over m of K modes reverse KL is at least ln K - ln m, and where
    there is no mode it is set to ln K.
    """
    modes = rows["modes"]
    found = {"{modes:g} is no whole number": modes != np.floor(modes)}
    if "high_quality_percent" in rows:
        held = rows["high_quality_percent"] * rows["n"] / 100
        found["{modes:g} modes in {high_quality_percent:g} % of {n} samples"] = modes > held + 1e-6
        found["no mode, though {high_quality_percent:g} % are of high quality"] = (modes == 0) & (held > 1e-6)
    if "reverse_kl" in rows:
        least = log_k - np.log(modes.where(modes > 0, 1.0))
        found["reverse KL {reverse_kl:g} is too small for {modes:g} modes"] = rows["reverse_kl"] < least - 1e-9
    return found


class Rules(NamedTuple):
    """Of a CSV: the ranges of columns, and columns that rise from left to right; what is empty is left out."""

    ranges: dict[str, Range]
    ascending: tuple[tuple[str, ...], ...] = ()


def _ranges(limits: Range, columns: str) -> dict[str, Range]:
    return dict.fromkeys(columns.split(), limits)


_CONTRAST = (
    ("difference_lower", "difference", "difference_upper"),
    ("superiority_lower", "superiority", "superiority_upper"),
    ("p", "p_holm"),
)
_SHARES = "superiority superiority_lower superiority_upper p p_holm detectable least_p"
_COUNT = (1.0, inf)
TABLES = {
    "summary.csv": Rules(
        _ranges(_COUNT, "n") | _ranges(POSITIVE, "sd step"),
        (("lower", "mean", "upper"), ("min", "mean", "max"), ("n_diverged", "n"), ("n_undefined", "n")),
    ),
    "pairs.csv": Rules(
        _ranges(SHARE, f"{_SHARES} p_bh") | _ranges(_COUNT, "n_first n_second"), (*_CONTRAST, ("p", "p_bh"))
    ),
    "baseline.csv": Rules(_ranges(SHARE, _SHARES) | _ranges(_COUNT, "n n_baseline"), _CONTRAST),
    "ranks.csv": Rules(
        _ranges(SHARE, "best_share best_three_share") | _ranges(_COUNT, "n rank rank_low rank_high"),
        (("rank_low", "rank_high"), ("best_share", "best_three_share")),
    ),
    "stability.csv": Rules(_ranges(SHARE, "p"), (("lower", "upper"),)),
    "disagreements.csv": Rules(_ranges(SHARE, "superiority second_superiority")),
    "coverage_times.csv": Rules(
        _ranges(SHARE, "p p_holm") | _ranges(POSITIVE, "reached restricted_mean") | _ranges(_COUNT, "n"),
        (("reached", "n"), ("median", "budget"), ("restricted_mean", "budget"), ("p", "p_holm")),
    ),
    "signals.csv": Rules(_ranges(CORRELATION, "correlation across") | _ranges(SHARE, "p"), (("diverged", "runs"),)),
    "verdicts.csv": Rules({}, (("lower", "upper"),)),
}
