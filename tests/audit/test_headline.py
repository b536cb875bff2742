"""The independent computation of the headline numbers: known answers, oracles, and faults that it must name."""

from __future__ import annotations

import ast
import csv
import json
import math
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up_study import CLAIMS
from scipy.interpolate import BSpline
from scipy.stats import beta

from modecollapse import datasets, measures
from modecollapse.audit import headline
from modecollapse.statistics.margin import Margin
from modecollapse.statistics.value_verdict import PublishedMean, value_verdict
from modecollapse.study import catalogue

FILE = Path(headline.__file__)
REPORTED = Path(__file__).parents[2] / "results" / "reported"
RULE = {"alpha": 0.05, "window": 20, "fewest_runs": 5, "plausible_runs": [1, 5, 10]}
SHARE = {**RULE, "margins": {"modes": {"share": 0.1}}}
SEEDS = re.compile(r"; \d+ seeds")
OFF = (9.0, 9.0)  # a sample that is in no mode of the ring


# --- It stands alone ---------------------------------------------------------------------------------------------


def test_it_imports_the_standard_library_and_four_others() -> None:
    tree = ast.parse(FILE.read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {f"{'.' * n.level}{n.module}" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert {name.split(".")[0] for name in imported} - sys.stdlib_module_names == {"numpy", "pyarrow", "scipy", "yaml"}
    assert "importlib" not in imported
    assert names.isdisjoint({"__import__", "exec", "eval", "compile"})


def test_it_is_short() -> None:
    assert len(FILE.read_text(encoding="utf-8").splitlines()) <= 365


# --- Modes, high-quality share and reverse KL -----------------------------------------------------------------------


def test_samples_of_a_ring_are_counted_by_hand() -> None:
    centres, reach = headline.modes_of_data("ring", headline.PUBLISHED["ring"])
    samples = np.array(
        [(1, 0), (1.0299, 0), (1.0301, 0), (0, 1.02), OFF, (np.nan, 0), (np.inf, 0), (1e30, 1e30)], dtype=np.float32
    )
    assert headline.mode_counts(samples, centres, reach).tolist() == [2, 0, 1, 0, 0, 0, 0, 0]


def test_samples_in_1200_dimensions_are_counted_by_hand() -> None:
    centres, reach = headline.modes_of_data("gaussians-1200d", headline.PUBLISHED["gaussians-1200d"])
    samples = np.repeat([[10.0], [-13.0], [0.0], [0.1]], 1200, axis=1)
    samples[0, 0], samples[1, 0] = 10 + 9.99, -13 + 10.01
    # 0.1 from the centre at 0 in every coordinate: 0.1 x sqrt(1200) = 3.46.
    assert headline.mode_counts(samples, centres, reach).tolist() == [0, 0, 2, 0, 0, 0, 1, 0, 0, 0]


@pytest.mark.parametrize(
    ("family", "preset"),
    [("ring", name) for name in (None, "gist", "seven-mode", "lsgan", "metz", "wgan-gp")]
    + [("grid", name) for name in (None, "bourgan", "wgan-gp")]
    + [("gaussians-1200d", None)],
)
def test_samples_are_in_the_modes_that_the_data_set_puts_them_in(family: str, preset: str | None, tmp_path) -> None:
    usual = catalogue.options_model("datasets", family)().model_dump()
    options = usual | catalogue.preset("datasets", family, preset) if preset else usual
    arrays = datasets.create(family, options | {"points": 0}, 0)
    (tmp_path / "data.npz").write_bytes(datasets.to_bytes(arrays))
    dataset = datasets.load(family, tmp_path / "data.npz")
    rng = np.random.default_rng(1)
    samples = dataset.oracle(500, rng)
    if family == "gaussians-1200d":  # of which none is of high quality
        samples = (samples * rng.uniform(0, 1, (500, 1))).astype(np.float16)
    else:  # some near the edge
        samples[:250] += 3 * headline.modes_of_data(family, options)[1] * rng.uniform(-1, 1, (250, 2))
    samples[0] = np.nan
    expected = datasets.count_modes(samples, dataset)[None]
    assert 0 < expected.sum() < 500 or family == "gaussians-1200d"
    assert headline.mode_counts(samples, *headline.modes_of_data(family, options)).tolist() == expected.tolist()


def test_the_published_options_are_the_defaults() -> None:
    for family, options in headline.PUBLISHED.items():
        assert options == catalogue.options_model("datasets", family)().model_dump()
        assert catalogue.declared("datasets", family, "SAMPLES") == headline.SAMPLES


@pytest.mark.parametrize(
    ("counts", "modes", "share", "kl"),
    [
        ([100] * 8, 8, 32.0, 0.0),
        ([0, 2500, 0, 0, 0, 0, 0, 0], 1, 100.0, math.log(8)),
        ([5, 5, 0, 0, 0, 0, 0, 0], 2, 0.4, math.log(4)),
        ([3, 1, 0, 0], 2, 0.16, 0.75 * math.log(3) + 0.25 * math.log(1)),
        ([0, 0, 0, 0], 0, 0.0, math.log(4)),
    ],
)
def test_measures_of_counts_are_those_by_hand(counts: list[int], modes: int, share: float, kl: float) -> None:
    assert headline.measured(np.array(counts)) == pytest.approx([modes, share, kl], abs=1e-12)


@given(st.lists(st.integers(0, 100), min_size=2, max_size=25))
def test_measures_of_counts_are_those_of_the_study(counts: list[int]) -> None:
    expected = [measures.value(name, np.array(counts), 2500)[0] for name in headline.MEASURES]
    assert headline.measured(np.array(counts)) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("values", "window", "expected"),
    [
        (range(51), 20, np.mean(range(31, 51))),
        (range(11), 20, np.mean(range(6, 11))),  # half of the ten after step 0
        ([7, 1, 2, 4], 20, 4),
        ([7, 3], 20, 3),
        (range(51), 1, 50),
    ],
)
def test_an_endpoint_is_the_mean_over_the_window(values: Any, window: int, expected: float) -> None:
    assert headline.endpoint(np.array(values, dtype=float), window) == pytest.approx(expected)


# --- Gaffke's interval ----------------------------------------------------------------------------------------------


def test_the_share_of_two_points_is_that_of_a_uniform_weight() -> None:
    assert headline.share_at_most(0.3, [0.0, 1.0]) == pytest.approx(0.3)
    assert headline.share_at_most(0.5, [0.0, 2.0]) == pytest.approx(0.25)


@pytest.mark.parametrize(("at", "expected"), [(-0.1, 0.0), (1.1, 1.0), (0.0, 0.0), (1.0, 1.0)])
def test_the_share_outside_of_the_points_is_none_or_all(at: float, expected: float) -> None:
    assert headline.share_at_most(at, [0.0, 0.4, 1.0]) == expected


def test_equal_points_are_all_at_most_themselves() -> None:
    assert headline.share_at_most(2.0, [2.0, 2.0]) == 1.0


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from([0.0, 0.1, 0.1001, 0.5, 0.9, 1.0]), min_size=2, max_size=12), st.floats(0.05, 0.95))
def test_the_share_is_that_of_random_weights(points: list[float], at: float) -> None:
    weights = np.random.default_rng(0).dirichlet(np.ones(len(points)), 20_000)
    seen, exact = np.mean(weights @ points <= at), headline.share_at_most(at, points)
    assert abs(seen - exact) <= 5 * math.sqrt(exact * (1 - exact) / 20_000) + 10 / 20_000  # the latter for rare events


@pytest.mark.parametrize("n", [3, 10, 30])
def test_the_share_is_the_integral_of_a_spline(n: int) -> None:
    """Curry and Schoenberg 1966: the density of the weighted mean is the B-spline with the points as knots."""
    points = np.sort(np.random.default_rng(n).uniform(0, 1, n + 1))
    spline = BSpline.basis_element(points, extrapolate=False).antiderivative()
    for at in np.linspace(points[0], points[-1], 7)[1:-1]:
        expected = float(spline(at)) * n / (points[-1] - points[0])
        assert headline.share_at_most(at, points.tolist()) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (3, 10), (29, 30), (30, 30)])
def test_the_interval_of_zeros_and_ones_is_clopper_and_pearsons(hits: int, n: int) -> None:
    lower, upper = headline.interval([1.0] * hits + [0.0] * (n - hits), 1.0, 0.025)
    assert lower[0] == pytest.approx(beta.ppf(0.025, hits, n - hits + 1) if hits else 0.0)
    assert upper[0] == pytest.approx(beta.isf(0.025, hits + 1, n - hits) if hits < n else 1.0)


def test_the_interval_of_equal_runs_reaches_as_far_as_its_formula_says() -> None:
    lower, upper = headline.interval([8.0] * 10, 8.0, 0.05)
    assert lower[0] == pytest.approx(8 * 0.05**0.1)
    assert upper == [8.0] * 3
    assert lower[1] < lower[0] < lower[2]


# --- Verdicts -------------------------------------------------------------------------------------------------------


def judged(values: list[float], printed: str, ends: tuple[float, float] | None = None, **value: Any) -> str:
    """The verdict on modes of a ring, by the exact interval unless another is given."""
    entry = {"dataset": "ring", "measure": "modes", "printed": printed, "decimals": 1} | value
    exact = tuple(end[0] for end in headline.interval(values, 8.0, 0.05))
    return headline.value_verdict(np.array(values), ends or exact, entry, SHARE, 8.0)


@pytest.mark.parametrize(
    ("values", "printed", "expected"),
    [
        ([8.0] * 30, "8", "REPRODUCED"),
        ([8.0] * 10, "8", "INCONCLUSIVE(n_below_resolution_floor)"),
        ([8.0] * 10, "1", "NOT_REPRODUCED(above)"),
        ([0.0] * 10, "8", "NOT_REPRODUCED(below)"),
        ([8.0] * 4, "1", "INCONCLUSIVE(too_few_runs)"),
        ([0.0, 8.0] * 15, "4", "INCONCLUSIVE(ci_straddles_margin)"),
        # Thirteen runs of 4 have an interval of 0.82 on either side, ten one of 1.04; the zone has 0.85.
        ([2.0, 6.0] * 6 + [4.0], "4", "INCONCLUSIVE(ci_straddles_margin)"),
        ([2.0, 6.0] * 5, "4", "INCONCLUSIVE(n_below_resolution_floor)"),
        ([1.0] * 2 + [8.0] * 28, "1", "INCONCLUSIVE(original_n_too_small)"),  # 2 of 30 lie as far out
        ([1.0] + [8.0] * 29, "1", "NOT_REPRODUCED(above)"),  # one does
    ],
)
def test_a_verdict_is_the_one_by_the_rule(values: list[float], printed: str, expected: str) -> None:
    assert judged(values, printed) == expected


def test_a_spread_that_may_mean_two_things_leaves_open_what_only_one_of_them_refutes() -> None:
    readings = ["sd-of-runs", "standard-error"]
    rule = {**SHARE, "plausible_runs": [5]}
    value = {"dataset": "ring", "measure": "modes", "printed": "1.0", "spread": "2.5", "readings": readings}
    values = np.array([6.0] * 10)
    assert headline.value_verdict(values, (5.0, 7.0), value, rule, 8.0) == "INCONCLUSIVE(underspecified_original)"
    value["readings"] = ["sd-of-runs"]
    assert headline.value_verdict(values, (5.0, 7.0), value, rule, 8.0) == "NOT_REPRODUCED(above)"


def test_an_end_that_lies_on_the_zones_is_inside() -> None:
    assert judged([4.0] * 6, "4", (3.15, 4.85)) == "REPRODUCED"
    assert judged([4.0] * 6, "4", (3.15 - 1e-6, 4.85)) != "REPRODUCED"


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.sampled_from([0.0, 1.0, 3.5, 4.0, 7.9, 8.0]), min_size=1, max_size=31),
    st.sampled_from(["0", "1", "3.5", "4", "7.6", "8"]),
    st.sampled_from([{"share": 0.1}, {"absolute": 0.5}, {"relative": 0.3}, {"factor": 1.5}]),
    st.sampled_from([(None, []), ("2.5", ["sd-of-runs", "standard-error", "sd-of-images"])]),
)
def test_verdicts_are_those_of_the_study(values: list[float], printed: str, margin: dict, spread: tuple) -> None:
    own = {"share": Margin(0.8), "absolute": Margin(0.5), "relative": Margin(0.3 * float(printed))}
    chosen = own.get(next(iter(margin)), Margin(1.5, is_factor=True))
    published = PublishedMean(float(printed), 0.05, (1, 5), spread[0] and float(spread[0]), spread[1])
    found = value_verdict(values, published, chosen, (0.0, 8.0))
    value = {"dataset": "ring", "measure": "modes", "printed": printed, "decimals": 1}
    value |= {"spread": spread[0], "readings": spread[1]}
    rule = {**RULE, "plausible_runs": [1, 5], "margins": {"modes": margin}}
    ours = headline.value_verdict(np.array(values), found.interval, value, rule, 8.0)
    assert ours == SEEDS.sub("", found.verdict.text)


def test_a_verdict_that_failed_runs_decide_is_open() -> None:
    value = {"dataset": "ring", "measure": "modes", "printed": "8", "decimals": 1}
    values, failed = np.array([8.0] * 30 + [0.0] * 30), np.array([False] * 30 + [True] * 30)
    found = headline.at_this_budget(values, failed, value, SHARE, 8.0)
    assert found["at_budget_"] == ["INCONCLUSIVE(failures)"]
    assert set(found["worst_score_"]) != set(found["complete_case_"]) == {"REPRODUCED"}
    all_failed = {"at_budget_": ["INCONCLUSIVE(all_failed)"]}
    assert headline.at_this_budget(values, failed | True, value, SHARE, 8.0) == all_failed


def test_a_verdict_that_random_weights_decide_may_be_either() -> None:
    values = [8.0] * 30
    edge = 8.0 - headline.interval(values, 8.0, 0.05)[0][0]  # the margin at which the exact end is on the zone's
    value = {"dataset": "ring", "measure": "modes", "printed": "8.0000", "decimals": 9}
    rule = {**RULE, "margins": {"modes": {"absolute": edge - 1e-6}}}
    possible = headline.at_this_budget(np.array(values), np.zeros(30, dtype=bool), value, rule, 8.0)
    assert possible["at_budget_"] == ["INCONCLUSIVE(n_below_resolution_floor)", "REPRODUCED"]


# --- A folder and its tables ----------------------------------------------------------------------------------------

VARIANTS = ("gan-minimax", "veegan")
SEED_LIST, STEPS, EVALUATIONS = [0, 1, 2, 3, 4, 5], 40, 4
DIVERGES = ("veegan", 5, 25)  # at step 25 of 40: seen at the evaluations 30 and 40


def counts_of(variant: str, seed: int, step: int) -> list[int]:
    """(8,) made-up counts: more modes with every step, all of them for one variant, none of a run that diverged."""
    if (variant, seed) == DIVERGES[:2] and step >= DIVERGES[2]:
        return [0] * 8
    modes = min(8, step // 10 + 1 + seed % 2 + 3 * (variant == "veegan"))
    return [100 + 10 * seed] * modes + [0] * (8 - modes)


def samples_of(counts: list[int]) -> np.ndarray:
    """(2500, 2) samples on the centres, and the rest in no mode."""
    centres = [(math.cos(k * math.pi / 4), math.sin(k * math.pi / 4)) for k in range(8)]
    points = [centre for centre, count in zip(centres, counts, strict=True) for _ in range(count)]
    return np.array(points + [OFF] * (2500 - len(points)), dtype=np.float32)


def write_block(folder: Path, variant: str, seeds: list[int]) -> None:
    """A run folder as training writes it, as far as it is read here."""
    place = folder / f"runs/matched/ring/{variant}/seeds-{seeds[0]}-{seeds[-1]}"
    place.mkdir(parents=True)
    ends = {seed: DIVERGES[2] if (variant, seed) == DIVERGES[:2] else None for seed in seeds}
    status = [{"seed": seed, "status": "diverged" if ends[seed] else "ok", "step": ends[seed]} for seed in seeds]
    data = {"name": "ring", "family": "ring", "options": headline.PUBLISHED["ring"], "root_seed": 1}
    record = {"experiment": "matched", "dataset": "ring", "variant": variant, "seeds": seeds, "steps": STEPS}
    (place / "run.json").write_text(json.dumps(record | {"status": status, "block": {"cell": {"dataset": data}}}))
    steps = range(0, STEPS + 1, STEPS // EVALUATIONS)
    rows = [
        {
            "seed": seed,
            "step": step,
            "mode_counts": counts_of(variant, seed, step),
            "mean_loss_D": None if step == 0 else math.nan if ends[seed] and step >= ends[seed] else 1.0,
        }
        for step in steps
        for seed in seeds
    ]
    pq.write_table(pa.Table.from_pylist(rows), place / "trace.parquet")
    np.save(place / "samples.npy", np.stack([samples_of(counts_of(variant, seed, STEPS)) for seed in seeds]))


def shown(value: Any) -> Any:
    """A value of ours as a table has it."""
    first = value[0] if isinstance(value, list) else value
    return "" if first is None else first


def write_table(folder: Path, file: str, rows: dict[tuple[str, ...], dict[str, Any]], more: list[dict]) -> None:
    keyed = [dict(zip(headline.KEYS[file], key, strict=True)) | row for key, row in rows.items()]
    listed = [{name: shown(value) for name, value in row.items()} for row in keyed] + more
    with open(folder / "tables" / file, "w", newline="", encoding="utf-8") as stream:
        table = csv.DictWriter(stream, list(dict.fromkeys(name for row in listed for name in row)))
        table.writeheader()
        table.writerows(listed)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small made-up study, whose tables are written from what is computed here; not to be edited."""
    folder = tmp_path_factory.mktemp("headline") / "study"
    for variant in VARIANTS:
        write_block(folder, variant, SEED_LIST[:3])
        write_block(folder, variant, SEED_LIST[3:])
    recipe = {"kind": None, "datasets": ["ring"], "variants": None, "steps": STEPS, "evaluations": EVALUATIONS}
    recipe |= {"reference_steps": STEPS, "by_dataset": {}, "by_variant": {}}
    study = {"seeds": 6, "steps": None, "datasets": ["ring"], "variants": list(VARIANTS)}
    study |= {"measures": list(headline.MEASURES), "definitions": {"datasets": {}}}
    own = dict.fromkeys(("datasets", "variants", "measures", "seeds"))
    study |= {"experiments": {"matched": own | {"recipes": {"ring": recipe}}}}
    (folder / "study.json").write_text(json.dumps(study))
    claims = yaml.safe_load(CLAIMS.read_text(encoding="utf-8"))
    few = {"values": [value for value in claims["values"] if value["dataset"] == "ring" or value["method"] == "DCGAN"]}
    few["values"].append(
        {**few["values"][0], "method": "VEEGAN", "measure": "reverse_kl", "printed": "0.5", "remeasured": []}
    )
    few |= {"claims": [claim for claim in claims["claims"] if claim["id"] in ("V7", "V8")]}
    (folder / "claims.yaml").write_text(yaml.safe_dump({**claims, **few}))
    (folder / "tables").mkdir()
    found = headline.headline(folder)
    assert found["problems"] == []
    real = {"experiment": "calibration", "dataset": "ring", "variant": "oracle", "measure": "modes", "mean": 8}
    fresh = {"experiment": "matched", "dataset": "ring", "variant": "untrained", "measure": "modes", "mean": 0}
    write_table(folder, "summary.csv", found["summary.csv"], [real, fresh])
    usual = {"rule": "values", "experiment": "matched"}
    about = {
        key: next(d for d in ("ring", "stacked-mnist", "cifar10") if f"/{d}/" in key[0])
        for key in found["verdicts.csv"]
    }
    rows = {key: usual | {"dataset": about[key]} | row for key, row in found["verdicts.csv"].items()}
    write_table(folder, "verdicts.csv", rows, [{"part": "B1/0", "dataset": "", "rule": "identity"}])
    return folder


@pytest.fixture
def study(made: Path, tmp_path: Path) -> Path:
    """A copy to plant faults in."""
    return shutil.copytree(made, tmp_path / "study")


def test_the_numbers_of_a_made_up_study_are_those_by_hand(made: Path) -> None:
    found = headline.headline(made)
    gan = found["summary.csv"]["matched", "ring", "gan-minimax", "modes"]
    assert (gan["n"], gan["mean"], gan["n_diverged"]) == (6, 5.5, 0)  # 5 + seed % 2 modes
    veegan = found["summary.csv"]["matched", "ring", "veegan", "reverse_kl"]
    assert (veegan["n_diverged"], veegan["n_undefined"]) == (1, 0)  # one that diverged is not undefined beside that
    assert veegan["mean"] == pytest.approx(math.log(8) / 6)
    part = ("V7/matched/ring/veegan/modes/VEEGAN/0",)
    row = found["verdicts.csv"][part]
    assert (row["n"], row["n_failed"]) == (6, 1)
    # The last two of four evaluations, at the steps 30 and 40: 7.5 (from 7 and 8) or 8; the failed run has 0.
    assert row["estimate"] == pytest.approx((3 * 7.5 + 2 * 8 + 0) / 6)
    row = found["verdicts.csv"][("V7/matched/ring/veegan/reverse_kl/VEEGAN/0",)]
    assert row["estimate"] == pytest.approx((3 * math.log(8 / 7) / 2 + 0 + math.log(8)) / 6)
    gan = found["verdicts.csv"][("V7/matched/ring/gan-minimax/modes/GAN/0",)]
    assert gan["outcome"] == gan["at_budget_outcome"] == ["NOT_REPRODUCED"]
    assert gan["reason"] == gan["at_budget_reason"] == ["above"]
    assert found["verdicts.csv"][("V7/ring/modes/ALI/0",)] == headline.NOT_RUN


def test_a_study_that_agrees_is_let_pass(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert headline.main(made) == 0
    told = capsys.readouterr().out
    assert "matched/ring/gan-minimax/modes 5.5 [" in told
    assert "withheld: the samples of 0 blocks" in told
    assert told.endswith("\n0 differences or damaged files\n")


def edit(path: Path, change: Callable[[list[dict[str, str]]], Any]) -> None:
    """Change the rows of a table in place."""
    with open(path, newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    change(rows)
    with open(path, "w", newline="", encoding="utf-8") as stream:
        table = csv.DictWriter(stream, list(rows[0]))
        table.writeheader()
        table.writerows(rows)


def row_of(rows: list[dict[str, str]], *words: str) -> dict[str, str]:
    return next(row for row in rows if all(word in row.values() for word in words))


GAN = "V7/matched/ring/gan-minimax/modes/GAN/0"
CELL = ("gan-minimax", "modes")
TABLE_FAULTS = {
    "a mean": ("summary", lambda rows: row_of(rows, *CELL).update(mean="5.6"), "gan-minimax/modes: mean is '5.6'"),
    "an end": ("summary", lambda rows: row_of(rows, *CELL).update(lower="4.5"), "gan-minimax/modes: lower is '4.5'"),
    "nan": ("summary", lambda rows: row_of(rows, *CELL).update(upper="nan"), "gan-minimax/modes: upper is 'nan'"),
    "n": ("summary", lambda rows: row_of(rows, *CELL).update(n="60"), "gan-minimax/modes: n is '60'"),
    "failures": ("summary", lambda rows: row_of(rows, "veegan", "modes").update(n_diverged="0"), "n_diverged is '0'"),
    "no row": ("summary", lambda rows: rows.remove(row_of(rows, *CELL)), "gan-minimax/modes: is in one of table and"),
    "a row more": ("summary", lambda rows: rows.append({**rows[0], "variant": "mine"}), "mine/modes: is in one of"),
    "a row twice": ("summary", lambda rows: rows.append(rows[0]), "a row is there twice"),
    "a verdict": (
        "verdicts",
        lambda rows: row_of(rows, GAN).update(outcome="REPRODUCED", reason=""),
        f"{GAN}: outcome is 'REPRODUCED', here ['NOT_REPRODUCED']",
    ),
    "another way": (
        "verdicts",
        lambda rows: row_of(rows, GAN).update(at_budget_reason="below"),
        f"{GAN}: at_budget_reason is 'below'",
    ),
    "an outcome alone": ("verdicts", lambda rows: row_of(rows, GAN).update(outcome="REPRODUCED"), "outcome is"),
    "an estimate": ("verdicts", lambda rows: row_of(rows, GAN).update(estimate="1.0"), "estimate is '1.0'"),
    "steps": ("verdicts", lambda rows: row_of(rows, GAN).update(steps="100000"), "steps is '100000'"),
    "what was not run": (
        "verdicts",
        lambda rows: row_of(rows, "V7/ring/modes/ALI/0").update(outcome="REPRODUCED"),
        "V7/ring/modes/ALI/0: outcome is 'REPRODUCED'",
    ),
    "a verdict more": (
        "verdicts",
        lambda rows: rows.append({**row_of(rows, GAN), "part": "V7/matched/ring/mine/modes/GAN/0"}),
        "V7/matched/ring/mine/modes/GAN/0: is in one of table and computation alone",
    ),
}


@pytest.mark.parametrize("fault", TABLE_FAULTS)
def test_a_fault_in_a_table_is_named(fault: str, study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, change, named = TABLE_FAULTS[fault]
    edit(study / "tables" / f"{table}.csv", change)
    assert headline.main(study) == 1
    told = capsys.readouterr().out.splitlines()
    assert any(line.startswith(f"tables/{table}.csv: ") and named in line for line in told)


def test_what_random_weights_may_give_is_no_difference(study: Path) -> None:
    found = headline.headline(study)["summary.csv"]["matched", "ring", *CELL]
    for end, passes in ((found["lower"][1] * 1.0001, 0), (found["lower"][1] * 0.9, 1)):
        edit(study / "tables/summary.csv", lambda rows, end=end: row_of(rows, *CELL).update(lower=str(end)))
        assert headline.main(study) == passes


BLOCK = "runs/matched/ring/gan-minimax/seeds-0-2"


def replace_samples(folder: Path) -> None:
    np.save(folder / BLOCK / "samples.npy", np.stack([samples_of([50] * 8)] * 3))


def move_a_few_samples(folder: Path) -> None:
    """Two of 2,500 from the fifth mode to the sixth, which a processor's last digits may do."""
    counts = [100] * 5 + [0] * 3
    moved = [100, 100, 100, 100, 98, 2, 0, 0]
    stored = np.load(folder / BLOCK / "samples.npy")
    assert (stored[0] == samples_of(counts)).all()
    stored[0] = samples_of(moved)
    np.save(folder / BLOCK / "samples.npy", stored)


def change_trace(folder: Path, change: Callable[[list[dict]], Any], block: str = BLOCK) -> None:
    rows = pq.read_table(folder / block / "trace.parquet").to_pylist()
    change(rows)
    pq.write_table(pa.Table.from_pylist(rows), folder / block / "trace.parquet")


def change_record(folder: Path, change: Callable[[dict], Any], block: str = BLOCK) -> None:
    record = json.loads((folder / block / "run.json").read_text())
    change(record)
    (folder / block / "run.json").write_text(json.dumps(record))


def hide_divergence(folder: Path) -> None:
    block = "runs/matched/ring/veegan/seeds-3-5"
    change_record(folder, lambda record: record["status"][2].update(status="ok", step=None), block)


def rewrite_a_course(folder: Path) -> None:
    """The counts of the evaluation before the last: no mean at the last step has them, but the endpoint has."""
    change_trace(folder, lambda rows: [r.update(mode_counts=[9] * 8) for r in rows if r["step"] == 30])


FAULTS: dict[str, tuple[Callable[[Path], Any], str]] = {
    "samples replaced": (replace_samples, "the trace counted other samples of seed 0"),
    "samples moved": (move_a_few_samples, "gan-minimax/modes: mean is '5.5', here 5.666"),
    "samples gone": (lambda f: (f / BLOCK / "samples.npy").unlink(), f"{BLOCK}/samples.npy: is no regular file"),
    "a course rewritten": (rewrite_a_course, f"{GAN}: estimate is"),
    "an evaluation dropped": (
        lambda f: change_trace(f, lambda rows: [rows.remove(r) for r in rows[:] if r["step"] == 30]),
        "seed 0 has other evaluations than planned",
    ),
    "a divergence hidden": (hide_divergence, "seed 5 diverged at another step than run.json says"),
    "a block gone": (lambda f: shutil.rmtree(f / BLOCK), "gan-minimax: has other seeds than planned"),
    "a block of another variant": (
        lambda f: change_record(f, lambda record: record.update(variant="veegan")),
        f"{BLOCK}/run.json: is of another cell",
    ),
    "other data": (
        lambda f: change_record(f, lambda record: record["block"]["cell"]["dataset"]["options"].update(sd=0.02)),
        "run.json: is of another cell or of other data",
    ),
    "other data everywhere": (
        lambda f: [
            path.write_text(path.read_text().replace('"sd": 0.01', '"sd": 0.02')) for path in f.rglob("run.json")
        ],
        f"{GAN}: is in one of table and computation alone",
    ),
    "a table gone": (lambda f: (f / "tables/summary.csv").unlink(), "tables/summary.csv: is no regular file"),
    "a table without a column": (
        lambda f: (f / "tables/verdicts.csv").write_text("part,claim\nx,y\n"),
        "tables/verdicts.csv: KeyError 'dataset'",
    ),
    "a number that is none": (
        lambda f: edit(f / "tables/summary.csv", lambda rows: row_of(rows, *CELL).update(mean="many\x1b[2J")),
        "tables/summary.csv: could not convert string to float",
    ),
    "control characters": (
        lambda f: edit(f / "tables/summary.csv", lambda rows: rows.append({**rows[0], "variant": "\x1b[2Jx"})),
        "matched/ring/?[2Jx/modes: is in one of table and computation alone",
    ),
    "half a trace": (
        lambda f: (f / BLOCK / "trace.parquet").write_bytes((f / BLOCK / "trace.parquet").read_bytes()[:700]),
        f"{BLOCK}/trace.parquet: ",
    ),
    "half of the samples": (
        lambda f: (f / BLOCK / "samples.npy").write_bytes((f / BLOCK / "samples.npy").read_bytes()[:5000]),
        f"{BLOCK}/samples.npy: ",
    ),
    "pickled samples": (
        lambda f: np.save(f / BLOCK / "samples.npy", np.array([{}, {}, {}], dtype=object), allow_pickle=True),
        f"{BLOCK}/samples.npy: Object arrays cannot be loaded",
    ),
    "samples of another shape": (lambda f: np.save(f / BLOCK / "samples.npy", np.zeros((3, 2500, 3))), "XA and XB"),
    "samples without a number": (
        lambda f: np.save(f / BLOCK / "samples.npy", np.zeros((10**9, 0, 2))),
        "gan-minimax: ",
    ),
    "no JSON": (lambda f: (f / BLOCK / "run.json").write_text("[" * 100_000), f"{BLOCK}/run.json: RecursionError"),
    "a record without seeds": (lambda f: change_record(f, lambda record: record.pop("seeds")), "KeyError 'seeds'"),
    "no plan": (lambda f: (f / "study.json").write_text("{}"), "study.json: KeyError"),
    "a plan of another folder": (
        lambda f: (f / "study.json").write_text((f / "study.json").read_text().replace('"veegan"', '"../../veegan"')),
        "study.json: has a name that is not of a-z, 0-9 and -",
    ),
    "a plan without end": (
        lambda f: (f / "study.json").write_text(
            (f / "study.json").read_text().replace('"seeds": 6', f'"seeds": {10**15}')
        ),
        "study.json: plans too many seeds or cells",
    ),
    "claims that grow": (
        lambda f: (f / "claims.yaml").write_text("a: &a [1]\nb: [*a, *a]\n"),
        "claims.yaml: holds an alias, which may grow",
    ),
    "claims that are none": (lambda f: (f / "claims.yaml").write_text("values: {"), "claims.yaml: ParserError"),
    "claims too large": (
        lambda f: (f / "claims.yaml").write_text("#" * 5_000_000),
        "claims.yaml: is no regular file of",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_a_file_is_named_in_one_line(fault: str, study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plant, named = FAULTS[fault]
    plant(study)
    assert headline.main(study) == 1
    told = capsys.readouterr().out
    assert any(named in line and len(line) <= 300 for line in told.splitlines())
    assert all(c.isprintable() or c == "\n" for c in told)


@pytest.mark.parametrize("name", [f"{BLOCK}/samples.npy", f"{BLOCK}/run.json", "claims.yaml", "tables/summary.csv"])
@pytest.mark.parametrize("kind", ["pipe", "link", "folder"])
def test_a_special_file_is_neither_waited_for_nor_followed(
    kind: str, name: str, study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = study / name
    path.rename(tmp := study.parent / "elsewhere")
    {"pipe": os.mkfifo, "folder": Path.mkdir, "link": lambda p: p.symlink_to(tmp)}[kind](path)
    assert headline.main(study) == 1
    assert f"{name}: is no regular file of at most " in capsys.readouterr().out


def test_the_trace_stands_in_for_samples_that_were_withheld(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (study / BLOCK / "samples.npy").unlink()
    (study / "withheld.json").write_text(json.dumps({f"{BLOCK}/samples.npy": "too large"}))
    assert headline.main(study) == 0
    assert "withheld: the samples of 1 blocks" in capsys.readouterr().out


def test_samples_that_are_there_are_looked_at_even_if_they_are_said_to_be_withheld(study: Path) -> None:
    (study / "withheld.json").write_text(json.dumps({f"{BLOCK}/samples.npy": "too large"}))
    replace_samples(study)
    assert headline.main(study) == 1


def test_images_are_said_not_to_be_looked_at(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = json.loads((study / "study.json").read_text())
    plan["datasets"].append("stacked-mnist")
    plan["experiments"]["matched"]["recipes"]["ring"]["datasets"].append("stacked-mnist")
    (study / "study.json").write_text(json.dumps(plan))
    assert headline.main(study) == 0  # the verdicts on Stacked-MNIST, which say NOT_RUN, are left out
    assert "images: stacked-mnist;" in capsys.readouterr().out


def test_it_is_run_as_a_script_from_anywhere(study: Path, tmp_path: Path) -> None:
    edit(study / "tables/summary.csv", lambda rows: row_of(rows, *CELL).update(mean="5.6"))
    done = subprocess.run(
        [sys.executable, FILE, study], capture_output=True, text=True, cwd=tmp_path, env={}, check=False
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert "mean is '5.6', here 5.5" in done.stdout


def test_a_study_of_the_workflow_agrees(honest_study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert headline.main(honest_study) == 0, capsys.readouterr().out


def test_the_released_study_agrees(capsys: pytest.CaptureFixture[str]) -> None:
    assert headline.main(REPORTED) == 0, capsys.readouterr().out
