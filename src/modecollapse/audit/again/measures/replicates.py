"""The calibration rows of the tidy table, a second time: which there are, and that own draws are like them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from modecollapse.audit.again.measures import calibration, modes, rows
from modecollapse.audit.finding import Finding

CALIBRATION = "calibration"
SEED = 20171204  # of the own draws


@dataclass(frozen=True)
class Calibrated:
    """A data set: K modes, how many samples a replicate has, and the arrays of its file, if that is there."""

    name: str
    family: str
    modes: int
    samples: int
    config_hash: str
    arrays: modes.Arrays | None

    @property
    def counter(self) -> modes.Counter | None:
        """How its samples are counted, if that can be done here."""
        return None if self.arrays is None else modes.counter(self.family, self.arrays)


def rows_of(data: Calibrated, measures: list[str], replicates: int) -> list[tuple[Any, ...]]:
    """The rows that there must be: key, value (NaN where it is not known), n, status (empty: any), hash, device."""
    names = [*rows.of_counts(measures, data.family, modes.rules(data.family)), "n_nonfinite"]
    names += [each for each in measures if each in (*rows.LIMITS, rows.DATA_KL)]
    known = {"n_nonfinite": (0.0, "ok")}
    return [
        (CALIBRATION, data.name, variant, replicate, 0, measure, known.get(measure, (np.nan, ""))[0])
        + (data.samples, known.get(measure, (np.nan, ""))[1], data.config_hash, "", ())
        for variant in calibration.VARIANTS
        for replicate in range(replicates)
        for measure in names
    ]


def unlike_counts(table: pd.DataFrame, data: Calibrated, file: str) -> list[Finding]:
    """Replicates whose measures no counts can have, and statuses that do not fit them."""
    findings = []
    table = table[table["dataset"] == data.name].drop_duplicates(["variant", "seed", "step", "measure"])
    for (variant, seed, step), of_one in table.groupby(["variant", "seed", "step"]):
        where = f"{CALIBRATION}/{data.name}/{variant}/seed {seed}/step {step}/"
        counted = of_one[of_one["measure"].isin(rows.READS)].set_index("measure")
        for shell in (False, True):
            of_rule = counted[counted.index.str.endswith("_shell") == shell]
            values = of_rule["value"].rename(lambda name: name.removesuffix("_shell"))
            measure, problem = calibration.impossible(values, data.samples, data.modes)
            if problem:
                findings.append(Finding(file, f"{where}{measure}{'_shell' if shell else ''}", problem))
            empty = values.get("high_quality_percent", 1.0) == 0
            for measure, status in of_rule["status"].items():
                wanted = "undefined" if empty and measure in rows.MAY_BE_UNDEFINED else "ok"
                if status != wanted:
                    findings.append(Finding(file, where + measure, f"status is {status}, expected {wanted}"))
    return findings


def unlike_draws(table: pd.DataFrame, data: Calibrated, measures: list[str], file: str) -> list[Finding]:
    """Measures whose replicates are not as own draws of the same data are."""
    findings = []
    rng = np.random.default_rng([SEED, *data.name.encode()])
    drawn = calibration.own(data.family, data.arrays, data.counter, measures, data.samples, rng)
    for (variant, measure), values in drawn.items():
        chosen = (table["dataset"] == data.name) & (table["variant"] == variant) & (table["measure"] == measure)
        found = table.loc[chosen].drop_duplicates("seed")
        if found.empty:
            continue  # its rows are missing, which is a finding of its own
        place, numbers = f"{CALIBRATION}/{data.name}/{variant}", found["value"].to_numpy(dtype=np.float64)
        for row, problem in calibration.unlike(measure, numbers, values):
            where = place if row is None else f"{place}/seed {found['seed'].iloc[row]}/step {found['step'].iloc[row]}"
            findings.append(Finding(file, f"{where}/{measure}", problem))
        if data.family in ("ring", "grid") and (variant, measure) == ("oracle", "high_quality_percent"):
            problem = calibration.closed_form(data.arrays, numbers, data.samples)
            findings += [Finding(file, f"{place}/{measure}", problem)] if problem else []
    return findings
