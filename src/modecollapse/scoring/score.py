"""The scores of samples that anybody made, beside the oracle, the nulls, published numbers and a study's variants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from modecollapse import claims, datasets, measures
from modecollapse.comparisons.families import NUMBER, TEXT, WHOLE, frame
from modecollapse.datasets.random_numbers import RandomNumbers
from modecollapse.errors import StudyError
from modecollapse.measures.measuring import CALIBRATORS, calibrate, reference_of
from modecollapse.measures.sampled import Sampled
from modecollapse.scoring import data, place, samples_check, sources
from modecollapse.statistics import describe
from modecollapse.statistics.intervals import clopper_pearson
from modecollapse.study import catalogue
from modecollapse.study.config import Study
from modecollapse.study.load import read_spec
from modecollapse.study.specs import DatasetSpec

REPLICATES = 5
DRAWS = 1000  # resamples behind the interval of one seed
SEEDS = 5  # that a function is called with
CLAIMS = Path("config/claims.yaml")
YOURS = "yours"
ONE_SEED = (
    "One seed says nothing of other seeds: its intervals are about the samples alone, exact for shares of samples, "
    "from resampled samples for other counts, and missing for the rest. Five seeds or more are compared with variants."
)
TYPES = dict.fromkeys(("measure", "who"), TEXT) | {"seeds": WHOLE}
TYPES |= dict.fromkeys(("mean", "lower", "upper", "rank_low", "rank_high", *place.CHANCE, "p_holm"), NUMBER)
TYPES |= {"told": TEXT}


@dataclass(frozen=True)
class Scores:
    """What was found: `table` has the columns TYPES, one row for each measure and who it is about; a NaN is unknown.

    who: YOURS (or the name given), oracle, null-uniform, null-gaussian, `published: METHOD`, and the variants of the
    study compared with. superiority is the chance that a seed of yours is better than a run of that variant, and
    told what the test says of yours: better, worse or nothing. values: one row a seed and measure. n: samples a seed.
    notes: sentences for the reader. compared_with: the experiment, "" where there was none.
    """

    dataset: str
    modes: int
    n: int
    name: str
    values: pd.DataFrame
    table: pd.DataFrame
    notes: list[str]
    compared_with: str


def score(
    samples: Sequence[sources.Source],
    dataset: str,
    *,
    chosen: Sequence[str] | None = None,
    against: Path | str | None = None,
    experiment: str | None = None,
    configfiles: Sequence[Path] = (),
    seeds: int = SEEDS,
    n: int | None = None,
    name: str = YOURS,
) -> Scores:
    """The measures of `samples`, one source a seed (see `sources.gather`), of the data set called `dataset`.

    The data set is that of the study `against`, else that of `configfiles`, else the file of that name with its default
    options. `chosen` are measures, by default all that need nothing but samples. Compared with a study's variants are
    as many samples as theirs, the first ones of each seed. Raises StudyError for samples that are not of the data's
    shape, or that certainly are on another scale.
    """
    against = Path(against) if against else None
    study = read_spec(Study, str(against / "study.json")) if against else None
    spec = data.spec_of(dataset, configfiles, study)
    within = place.experiment_of(study, dataset, experiment) if study else ""
    loaded = data.load(spec, against)
    shape = tuple(loaded.sample(1, RandomNumbers((0,), 1)).shape[1:])
    found = sources.gather(samples, loaded, shape, seeds, n or spec.samples)
    notes = [doubt for where, points in found for doubt in samples_check.doubts(where, points, loaded)]
    size = _size([len(points) for _, points in found], spec.samples if study else n)
    names = _measures(spec, chosen, study)
    values, undefined = _values([points[:size] for _, points in found], names, spec, loaded)
    notes += [
        f"{measure} has no value in {seeds} seeds: the worst stands for it" for measure, seeds in undefined.items()
    ]
    own = pd.DataFrame([_of_own(spec, loaded, name, group, found[0][1][:size]) for _, group in _by(values)])
    real = calibrate(spec, loaded, names, REPLICATES, size)
    parts = [own, _of_calibration(real, names), _of_published(spec, names, against)]
    notes += [ONE_SEED] if len(found) == 1 else []
    if study and len(found) > 1:
        placed = place.place(against, study, within, dataset, values, name)
        parts = [own.join(place.ranks(placed), on="measure"), *parts[1:], placed]
    table = frame(pd.concat(parts).fillna({"told": ""}).to_dict("records"), TYPES)
    table = table.sort_values("measure", key=lambda column: column.map(names.index), kind="stable", ignore_index=True)
    return Scores(dataset, loaded.modes, size, name, values, table, notes, within if len(found) > 1 else "")


def _by(values: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    return list(values.groupby("measure", sort=False))


def _size(lengths: list[int], wanted: int | None) -> int:
    """How many samples of each seed are measured: the same number, since measures depend on it."""
    if wanted and min(lengths) < wanted:
        raise StudyError(f"samples: a seed has {min(lengths):,}; allowed: at least the {wanted:,} that are compared")
    if not wanted and len(set(lengths)) > 1:
        raise StudyError(f"samples: seeds have {min(lengths):,} to {max(lengths):,}; allowed: one number, or --n")
    return wanted or lengths[0]


def _measures(spec: DatasetSpec, chosen: Sequence[str] | None, study: Study | None) -> list[str]:
    """The measures that need nothing but samples: the chosen ones, else those of the study, else all."""
    offered = list(catalogue.names("measures"))
    usable = [m for m in spec.about(offered) if measures.reads(m) != measures.INVERSIONS]
    if wrong := [m for m in chosen or [] if m not in usable]:
        raise StudyError(f"--measures: {wrong[0]!r} is unknown here; allowed: {', '.join(usable)}")
    if chosen:
        return list(dict.fromkeys(chosen))
    return [m for m in usable if m in study.listed("measures")] if study else usable


def _values(
    samples: list[np.ndarray], names: list[str], spec: DatasetSpec, loaded: datasets.Dataset
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Columns measure, seed, value; and in how many seeds a measure has no value."""
    rows: list[dict[str, object]] = []
    undefined: dict[str, int] = {}
    real = reference_of(spec, loaded)
    for seed, points in enumerate(samples):
        counts = datasets.count_modes(points, loaded)
        sampled = Sampled(points, real, counts[None])
        for measure in names:
            if measures.reads(measure) == measures.SAMPLES:
                value, status = measures.value_of_samples(measure, sampled, loaded.modes)
            else:
                value, status = measures.value(measure, counts[measures.rule(measure)], len(points))
            rows.append({"measure": measure, "seed": seed, "value": value})
            if status == measures.STATUS_UNDEFINED:
                undefined[measure] = undefined.get(measure, 0) + 1
    return pd.DataFrame(rows), undefined


def _of_own(
    spec: DatasetSpec, loaded: datasets.Dataset, name: str, group: pd.DataFrame, first: np.ndarray
) -> dict[str, object]:
    """The row of one measure of the samples: the mean over seeds with its interval, or one seed's."""
    measure, values = str(group["measure"].iloc[0]), group["value"].to_numpy(dtype=np.float64)
    about = describe(values, measures.support(measure, loaded.modes))
    interval = (about.lower, about.upper)
    if len(values) == 1:
        interval = _of_samples(measure, values[0], datasets.count_modes(first, loaded), len(first))
    row = {"measure": measure, "who": name, "seeds": len(values), "mean": about.mean}
    return row | dict(zip(("lower", "upper"), interval, strict=True))


def _of_samples(
    measure: str, value: float, counts: dict[str | None, np.ndarray], n: int
) -> tuple[float | None, float | None]:
    """The 95 % interval of one seed's value over other samples of the same generator."""
    if measures.reads(measure) == measures.SAMPLES:
        return None, None
    if measures.is_share_of_samples(measure):
        low, high = clopper_pearson(round(value / 100 * n), n)
        return 100 * low, 100 * high
    own = counts[measures.rule(measure)]
    shares = np.append(own, n - own.sum()) / n
    drawn = np.random.default_rng(0).multinomial(n, shares, DRAWS)[:, :-1]
    low, high = np.quantile([measures.value(measure, again, n)[0] for again in drawn], [0.025, 0.975])
    return min(float(low), value), max(float(high), value)


def _of_calibration(rows: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """The means of the oracle and of the nulls over their replicates."""
    rows = rows[rows["measure"].isin(names)]
    means = rows.groupby(["measure", "variant"], sort=False)["value"].agg(["mean", "size"]).reset_index()
    means = means.sort_values("variant", key=lambda column: column.map(list(CALIBRATORS).index), kind="stable")
    return means.rename(columns={"variant": "who", "size": "seeds"})


def _of_published(spec: DatasetSpec, names: list[str], against: Path | None) -> pd.DataFrame:
    """The published numbers of the data set, if it is defined as published."""
    file = against / "claims.yaml" if against else CLAIMS
    is_published = spec.options == catalogue.options_model("datasets", spec.family)().model_dump()
    if not is_published or not file.is_file():
        return pd.DataFrame()
    about = claims.load(file).about([spec.name]).values
    rows = [(v.measure, f"published: {v.method}", 0, float(v.printed)) for v in about if v.measure in names]
    return pd.DataFrame(rows, columns=["measure", "who", "seeds", "mean"]).drop_duplicates(["measure", "who"])
