"""The oracle and the nulls score what theory says they do."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from blocks import make_block, make_dataset
from scipy.stats import chi2, ncx2

from modecollapse import datasets
from modecollapse.measures.measuring import calibrate
from modecollapse.measures.table import COLUMNS, NO_DEVICE
from modecollapse.study.specs import DatasetSpec

REPLICATES, N = 200, 2500
MEASURES = ("modes", "high_quality_percent", "reverse_kl")


def spec_of(name: str, root_seed: int = 0) -> DatasetSpec:
    return make_block(dataset=name, root_seed=root_seed).cell.dataset


def calibration(name: str, replicates: int = REPLICATES, root_seed: int = 0) -> pd.DataFrame:
    return calibrate(spec_of(name, root_seed), make_dataset(name, root_seed), MEASURES, replicates, N)


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    return {name: calibration(name) for name in ("ring", "grid")}


def mode_probabilities(name: str, variant: str) -> np.ndarray:
    """(K,) the exact probability that one draw is a high-quality sample of each mode."""
    loaded = make_dataset(name)
    means = loaded.means.astype(np.float64)
    reach = 3 * loaded.sd
    if variant == "oracle":  # the squared distance in sd is chi-square with two degrees of freedom
        return np.full(len(means), chi2.cdf(9, 2) / len(means))
    if variant == "null-uniform":  # the area of a disc over that of the square
        side = 2 * (np.abs(means).max() + 10 * loaded.sd)
        return np.full(len(means), np.pi * reach**2 / side**2)
    variance = (means**2).mean() + loaded.sd**2
    return ncx2.cdf(reach**2 / variance, 2, (means**2).sum(axis=1) / variance)


@pytest.mark.parametrize("variant", ["oracle", "null-uniform", "null-gaussian"])
@pytest.mark.parametrize("name", ["ring", "grid"])
def test_oracle_and_nulls_score_their_exact_expectations(
    tables: dict[str, pd.DataFrame], name: str, variant: str
) -> None:
    rows = tables[name][tables[name]["variant"] == variant]
    p = mode_probabilities(name, variant)
    expected = {"high_quality_percent": 100 * p.sum(), "modes": (1 - (1 - p) ** N).sum()}
    for measure, expectation in expected.items():
        values = rows.loc[rows["measure"] == measure, "value"]
        error = values.std() / np.sqrt(REPLICATES)
        assert len(values) == REPLICATES
        assert values.mean() == pytest.approx(expectation, abs=4 * error + 1e-6)


def test_calibration_rows_are_tidy_repeatable_and_keyed_by_root_seed_and_replicate() -> None:
    first, again, other = calibration("grid", 3), calibration("grid", 3), calibration("grid", 3, root_seed=1)
    assert list(first.columns) == COLUMNS
    facts = first[["experiment", "config_hash", "device", "n", "step"]].drop_duplicates().values.tolist()
    assert facts == [["calibration", spec_of("grid").config_hash, NO_DEVICE, N, 0]]
    assert not first.duplicated(["variant", "seed", "measure"]).any()
    assert first.groupby(["variant", "seed"])["measure"].apply(set).tolist() == [{*MEASURES, "n_nonfinite"}] * 9
    values, others = (
        set(of.query("variant == 'oracle' and measure == 'reverse_kl'")["value"]) for of in (first, other)
    )
    assert (len(values), values & others) == (3, set())
    pd.testing.assert_frame_equal(first, again)
    pd.testing.assert_frame_equal(first[first["seed"] < 2].reset_index(drop=True), calibration("grid", 2))


def test_stacked_digits_oracle_sees_nearly_every_mode(digits: datasets.Dataset) -> None:
    table = calibrate(spec_of("stacked-digits", 1), digits, MEASURES, 2, 26_000)
    means = table.groupby(["variant", "measure"])["value"].mean()
    assert means["oracle", "modes"] > 995
    # a perfect sampler's floor of 999 / 52000, and the held-out digits' own imbalance and misread images
    assert 999 / 52_000 < means["oracle", "reverse_kl"] < 0.05
    assert means["oracle", "high_quality_percent"] == 100
    for null in ("null-uniform", "null-gaussian"):  # noise is read as some digits more than as others
        assert means[null, "reverse_kl"] > 5 * means["oracle", "reverse_kl"]
