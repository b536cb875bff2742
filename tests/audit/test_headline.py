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
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from audit.changes import Change, samples, written
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta
from small_study import edit_json

from modecollapse import datasets, measures
from modecollapse.audit import headline
from modecollapse.statistics.intervals import gaffke
from modecollapse.statistics.margin import Margin
from modecollapse.statistics.plateau import plateau, quarter_means
from modecollapse.statistics.value_verdict import PublishedMean, value_verdict
from modecollapse.study import catalogue
from modecollapse.study.evaluations import evaluation_steps

FILE = Path(headline.__file__)
RULE = {"alpha": 0.05, "fewest_runs": 5, "plausible_runs": [5, 1, 10]}  # of the original's runs the first decides
SHARE = {**RULE, "margins": {"modes": {"share": 0.1}}}
SEEDS = re.compile(r"; \d+ seeds")
OFF = (9.0, 9.0)  # a sample that is in no mode of the ring


def test_it_is_short_and_imports_the_standard_library_and_four_others() -> None:
    tree = ast.parse(FILE.read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {f"{'.' * n.level}{n.module}" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert {name.split(".")[0] for name in imported} - sys.stdlib_module_names == {"numpy", "pyarrow", "scipy", "yaml"}
    assert "importlib" not in imported
    assert names.isdisjoint({"__import__", "exec", "eval", "compile"})
    assert len(FILE.read_text(encoding="utf-8").splitlines()) <= 350


# --- Modes, high-quality share and reverse KL -----------------------------------------------------------------------


def test_samples_are_counted_by_hand() -> None:
    centres, reach = headline.modes_of_data("ring", headline.PUBLISHED["ring"])
    points = [(1, 0), (1.0299, 0), (1.0301, 0), (0, 1.02), OFF, (np.nan, 0), (np.inf, 0), (1e30, 1e30)]
    assert headline.mode_counts(np.float32(points), centres, reach).tolist() == [2, 0, 1, 0, 0, 0, 0, 0]
    centres, reach = headline.modes_of_data("gaussians-1200d", headline.PUBLISHED["gaussians-1200d"])
    wide = np.repeat([[10.0], [-13.0], [0.0], [0.1]], 1200, axis=1)
    wide[0, 0], wide[1, 0] = 10 + 9.99, -13 + 10.01
    # 0.1 from the centre at 0 in every coordinate: 0.1 x sqrt(1200) = 3.46.
    assert headline.mode_counts(wide, centres, reach).tolist() == [0, 0, 2, 0, 0, 0, 1, 0, 0, 0]


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


# --- Gaffke's interval ----------------------------------------------------------------------------------------------


def test_the_share_is_that_by_hand() -> None:
    """Of two points that of a uniform weight; outside of the points none or all."""
    assert headline.share_at_most(0.3, [0.0, 1.0]) == pytest.approx(0.3)
    assert headline.share_at_most(0.5, [0.0, 2.0]) == pytest.approx(0.25)
    for at, expected in ((-0.1, 0.0), (1.1, 1.0), (0.0, 0.0), (1.0, 1.0)):
        assert headline.share_at_most(at, [0.0, 0.4, 1.0]) == expected
        assert headline.share_at_most(at, [at, at]) == 1.0


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from([0.0, 0.1, 0.1001, 0.5, 0.9, 1.0]), min_size=2, max_size=12), st.floats(0.05, 0.95))
def test_the_share_is_that_of_random_weights(points: list[float], at: float) -> None:
    weights = np.random.default_rng(0).dirichlet(np.ones(len(points)), 20_000)
    seen, exact = np.mean(weights @ points <= at), headline.share_at_most(at, points)
    assert abs(seen - exact) <= 5 * math.sqrt(exact * (1 - exact) / 20_000) + 10 / 20_000  # the latter for rare events


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (3, 10), (29, 30), (30, 30)])
def test_the_interval_of_zeros_and_ones_is_clopper_and_pearsons(hits: int, n: int) -> None:
    found = headline.interval(np.array([1.0] * hits + [0.0] * (n - hits)), 1.0, 0.025)
    assert found["lower"] == pytest.approx(beta.ppf(0.025, hits, n - hits + 1) if hits else 0.0, abs=1e-10)
    assert found["upper"] == pytest.approx(beta.isf(0.025, hits + 1, n - hits) if hits < n else 1.0, abs=1e-10)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(st.floats(0, 8) | st.sampled_from([0.0, 4.0, 4.0 + 1e-13, 8.0]), min_size=1, max_size=40))
def test_the_interval_is_that_of_the_study_although_by_another_formula(values: list[float]) -> None:
    found = headline.interval(np.array(values), 8.0, 0.05)
    assert tuple(found.values()) == pytest.approx(gaffke(values, 0.0, 8.0, level=0.9), abs=1e-10)


# --- Verdicts -------------------------------------------------------------------------------------------------------


def judged(values: list[float], printed: str, rule: dict[str, Any] = SHARE, **more: Any) -> str:
    """The verdict on modes of a ring."""
    value = {"dataset": "ring", "measure": "modes", "printed": printed, "decimals": 1} | more
    return headline.value_verdict(np.array(values), value, rule, 8.0)


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
        ([1.0] * 2 + [8.0] * 28, "1", "NOT_REPRODUCED(above)"),  # five runs are not taken to all lie so far out
        ([4.0, 8.0] * 15, "4", "INCONCLUSIVE(original_n_too_small)"),
    ],
)
def test_a_verdict_is_the_one_by_the_rule(values: list[float], printed: str, expected: str) -> None:
    assert judged(values, printed) == expected


@pytest.mark.parametrize(
    ("hits", "expected"), [(2, "INCONCLUSIVE(original_n_too_small)"), (1, "NOT_REPRODUCED(above)")]
)
def test_a_single_original_run_may_have_been_like_ours_that_lie_as_far_out(hits: int, expected: str) -> None:
    assert judged([1.0] * hits + [8.0] * (30 - hits), "1", {**SHARE, "plausible_runs": [1, 5]}) == expected


def test_an_end_that_lies_on_the_zones_is_inside() -> None:
    values = [2.0, 6.0] * 10
    reach = 4 - headline.interval(np.array(values), 8.0, 0.05)["lower"]  # the same on the other side
    for missed_by, expected in ((1e-10, "REPRODUCED"), (1e-6, "INCONCLUSIVE(ci_straddles_margin)")):
        rule = {**RULE, "margins": {"modes": {"absolute": reach - missed_by}}}
        assert judged(values, "4", rule, decimals=12) == expected


MARGINS = {"share": (0.1, Margin(10.0)), "absolute": (7.0, Margin(7.0)), "odds": (1.5, Margin(1.5, "odds"))}


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    st.lists(st.sampled_from([0.0, 1.0, 40.0, 50.0, 95.0, 99.9, 100.0]), min_size=1, max_size=31),
    st.sampled_from(["0", "1", "40", "47.6", "93", "100"]),
    st.sampled_from(sorted(MARGINS)),
    st.sampled_from([[5, 1, 10], [1, 5], [10]]),
)
def test_verdicts_are_those_of_the_study(values: list[float], printed: str, kind: str, runs: list[int]) -> None:
    size, margin = MARGINS[kind]
    found = value_verdict(values, PublishedMean(float(printed), 0.05, runs), margin, (0.0, 100.0))
    value = {"measure": "high_quality_percent", "printed": printed, "decimals": 1}
    rule = {**RULE, "plausible_runs": runs, "margins": {value["measure"]: {kind: size}}}
    assert headline.value_verdict(np.array(values), value, rule, 100.0) == SEEDS.sub("", found.verdict.text)


def test_a_margin_on_the_odds_divides_and_multiplies_them() -> None:
    rule, value = (
        {"margins": {"high_quality_percent": {"odds": 1.5}}},
        {"measure": "high_quality_percent", "printed": ""},
    )
    for number, decimals, low, high in (
        (50, 12, 40, 60),
        (90, 12, 600 / 7, 2700 / 29),
        (100, 12, 100, 100),
        (0, 12, 0, 0),
    ):
        least, largest, half, _ = headline.zone_of(number, value | {"decimals": decimals}, rule, 100.0)
        assert (least, largest) == (pytest.approx(low), pytest.approx(high))
        assert half == pytest.approx((high - low) / 4, abs=1e-9)


# --- Whether runs have arrived, and the limits of a verdict ---------------------------------------------------------


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.floats(-20, 20), st.sampled_from(sorted(MARGINS)))
def test_what_has_arrived_is_that_of_the_study(seed: int, runs: int, drift: float, kind: str) -> None:
    rng, (size, margin) = np.random.default_rng(seed), MARGINS[kind]
    steps = np.array(evaluation_steps(400, int(rng.integers(4, 60))))
    noise = rng.choice([0.1, 3.0]) * rng.normal(size=(runs, len(steps)))
    values = np.clip(50 + drift * steps / 400 + noise, 0, 100)
    quarters = quarter_means(steps, values)
    expected = plateau(quarters, margin.half_at(float(quarters[:, 3].mean()), 0.05)).arrived
    value = {"measure": "high_quality_percent", "printed": "40", "decimals": 1}
    rule = {"margins": {value["measure"]: {kind: size}}}
    assert headline.has_arrived(values, steps, value, rule, 100.0) == expected


def verdict_of(curves: np.ndarray, work: float | None, failed: Any = False, **more: Any) -> dict[str, Any]:
    """The row on 30 runs of 100 steps at a rate of 0.01, whose work is 1, evaluated every five steps and late."""
    cell = {"values": np.broadcast_to(curves, (30, len(EVALUATED)))[:, :, None], "failed": np.full(30, failed)}
    cell |= {"modes": 8, "steps": 100, "evaluated": EVALUATED, "optimizer": {"lr": 0.01}, "optimizers": {}} | more
    cell["ends"] = cell["values"][:, STEPS > 90].mean(axis=1)
    return headline.verdict_of(cell, {"measure": "modes", "printed": "8"}, SHARE, work)


EVALUATED = evaluation_steps(100, 20)
STEPS = np.array(EVALUATED)
STILL, LATE = np.full(len(EVALUATED), 8.0), np.where(STEPS > 80, 8.0, 6.0)


@pytest.mark.parametrize(
    ("curves", "work", "more", "expected"),
    [
        (STILL, 4.0, {}, ("REPRODUCED", "")),
        (STILL, 4.1, {}, ("INCONCLUSIVE", "still_moving")),  # less than a quarter of the source's work
        (STILL, 4.1, {"optimizers": {"generator": {"lr": 0.02}}}, ("REPRODUCED", "")),
        (LATE, 4.0, {}, ("INCONCLUSIVE", "still_moving")),  # from 6 to 7.6, and half a margin is 0.4
        (np.where(STEPS > 50, 8.0, 6.0), 4.0, {}, ("REPRODUCED", "")),
        (np.where(STEPS > 50, 8.0, 6.0), None, {}, ("INCONCLUSIVE", "no_reference")),
        (STILL, None, {"failed": np.full(30, True)}, ("INCONCLUSIVE", "all_failed")),
    ],
)
def test_runs_decide_that_have_arrived_after_enough_of_the_work_of_the_source(
    curves: np.ndarray, work: float | None, more: dict[str, Any], expected: tuple[str, str]
) -> None:
    row = verdict_of(curves, work, **more)
    assert (row["outcome"], row["reason"]) == expected
    assert row["source_work"] == (work or "")
    assert row["at_budget_outcome"] == ("INCONCLUSIVE" if expected[1] == "all_failed" else "REPRODUCED")


def test_a_run_counts_for_its_mean_over_the_last_tenth() -> None:
    series = np.where(STEPS > 90, STEPS - 92.0, 0.0)
    assert verdict_of(series, 4.0)["estimate"] == pytest.approx(np.mean([s - 92 for s in EVALUATED if s > 90]))


@pytest.mark.parametrize("steps", [1, 19, 41, 400, 25_000])
def test_the_expected_evaluations_are_those_of_the_training(steps: int) -> None:
    for count in (1, 4, 10, 13, 20, 45, 50, 120):
        assert headline.evaluations(steps, count) == evaluation_steps(steps, min(count, steps))


def test_a_verdict_that_failed_runs_decide_is_open() -> None:
    value = {"dataset": "ring", "measure": "modes", "printed": "8", "decimals": 1}
    values, failed = np.array([8.0] * 30 + [0.0] * 30), np.array([False] * 30 + [True] * 30)
    found = headline.verdicts_at_budget(values, failed, value, SHARE, 8.0)
    assert found.pop("worst_score_") != "REPRODUCED"
    assert found == {"at_budget_": "INCONCLUSIVE(failures)", "complete_case_": "REPRODUCED"}
    found = headline.verdicts_at_budget(0 * values, failed | True, value, SHARE, 8.0)
    expected = ["INCONCLUSIVE(all_failed)", "NOT_REPRODUCED(below)", "INCONCLUSIVE(too_few_runs)"]
    assert list(found.values()) == expected


# --- A folder and its tables ----------------------------------------------------------------------------------------

GAN = "V7/matched/ring/gan-nonsaturating/modes/GAN/0"
CELL = ("gan-nonsaturating", "modes")
BLOCK = "runs/matched/ring/gan-nonsaturating/seeds-0-2"
RECORD = f"{BLOCK}/run.json"
ALI, LONE = "V7/ring/modes/ALI/0", "is in one of table and computation alone"


@pytest.fixture
def study(honest_study: Path, tmp_path: Path) -> Path:
    """A copy of the small finished study to plant faults in."""
    return shutil.copytree(honest_study, tmp_path / "study")


def test_a_study_of_the_workflow_agrees_and_the_numbers_of_a_cell_are_those_by_hand(
    honest_study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the counts that the traces hold, without anything of the package."""
    found = headline.headline(honest_study)
    traces = [pq.read_table(honest_study / f"{BLOCK[:-3]}{seeds}" / "trace.parquet") for seeds in ("0-2", "3-5")]
    rows = [row for trace in traces for row in trace.to_pylist()]
    late = [[sum(c > 0 for c in r["mode_counts"]) for r in rows if r["step"] == step] for step in range(56, 61)]
    row = found["summary.csv"]["matched", "ring", *CELL]
    assert (row["n"], row["n_diverged"], row["mean"]) == (6, 0, pytest.approx(np.mean(late)))
    assert row["last_step"] == pytest.approx(np.mean(late[-1]))
    lost = found["summary.csv"]["matched", "ring", "lsgan", "reverse_kl"]
    assert (lost["n_diverged"], lost["n_undefined"], lost["mean"]) == (6, 0, pytest.approx(math.log(8)))
    row = found["verdicts.csv"][(GAN,)]
    assert (row["n"], row["n_failed"]) == (6, 0)
    assert row["estimate"] == pytest.approx(np.mean(late))  # over the last tenth of 60 steps, each of them evaluated
    assert (row["work"], row["outcome"], row["reason"]) == (pytest.approx(60 * 1e-3), "INCONCLUSIVE", "still_moving")
    assert found["verdicts.csv"][(ALI,)] == {"outcome": "NOT_RUN"}
    assert headline.main(honest_study) == 0
    output = capsys.readouterr().out
    assert f"matched/ring/gan-nonsaturating/modes n 6 mean {np.mean(late):g} lower " in output
    assert output.endswith("\n0 differences or damaged files\n")


def edit(file: str, change: Callable[[list[dict[str, str]]], Any]) -> Change:
    """A fault: other rows in a table."""

    def plant(folder: Path) -> None:
        with open(folder / file, newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        change(rows)
        with open(folder / file, "w", newline="", encoding="utf-8") as stream:
            table = csv.DictWriter(stream, list(rows[0]))
            table.writeheader()
            table.writerows(rows)

    return plant


def row_of(rows: list[dict[str, str]], *words: str) -> dict[str, str]:
    return next(row for row in rows if all(word in row.values() for word in words))


def cell(**values: str) -> Change:
    """A fault: other values in the row CELL of summary.csv."""
    return SUMMARY(lambda rows: row_of(rows, *CELL).update(values))


@pytest.mark.parametrize(
    ("table", "words", "column", "text"),
    [
        *(("summary", CELL, *cell) for cell in (("mean", "5.6"), ("lower", "4.5"), ("upper", "nan"), ("n", "60"))),
        ("summary", ("lsgan", "modes"), "n_diverged", "0"),
        *(("verdicts", (GAN,), f"{kind}outcome", "REPRODUCED") for kind in ("", "worst_score_")),
        *(("verdicts", (GAN,), f"{kind}_reason", "") for kind in ("at_budget", "complete_case")),
        ("verdicts", (GAN,), "estimate", "7.0"),
        ("verdicts", (GAN,), "steps", "100000"),
        ("verdicts", (GAN,), "work", "25.0"),
        ("verdicts", (GAN,), "source_work", ""),
        ("verdicts", (GAN,), "reason", "no_reference"),
        ("verdicts", (ALI,), "outcome", "REPRODUCED"),
    ],
)
def test_another_text_in_a_cell_of_a_table_is_named(
    table: str, words: tuple[str, ...], column: str, text: str, study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(f"tables/{table}.csv", lambda rows: row_of(rows, *words).update({column: text}))(study)
    assert headline.main(study) == 1
    [line] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("tables/")]
    assert line.startswith(f"tables/{table}.csv: ")
    assert f"{'/'.join(words)}: {column} is {text!r}, here " in line


def test_the_last_digits_of_a_number_are_no_difference(study: Path) -> None:
    upper = headline.headline(study)["summary.csv"]["matched", "ring", *CELL]["upper"]
    for factor, differs in ((1 + 1e-10, 0), (1 + 1e-8, 1)):
        cell(upper=str(upper * factor))(study)
        assert headline.main(study) == differs


def two_moved(stored: np.ndarray) -> None:
    """Two of 2,500 samples to another mode, which a processor's last digits may do: seed 0 has one mode more."""
    centres, reach = headline.modes_of_data("ring", headline.PUBLISHED["ring"])
    missed = centres[headline.mode_counts(stored[0], centres, reach) == 0]
    stored[0, :2] = missed[0]


def trace(change: Callable[[list[dict]], Any]) -> Change:
    """A fault: other rows in the trace of a block."""

    def plant(folder: Path) -> None:
        table = pq.read_table(folder / BLOCK / "trace.parquet")
        rows = table.to_pylist()
        change(rows)
        pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), folder / BLOCK / "trace.parquet")

    return plant


def rewrite(name: str, old: str, new: str) -> Change:
    """A fault: other text in every file of that name."""

    def plant(folder: Path) -> None:
        found = [path for path in folder.rglob(name) if old in path.read_text()]
        assert found
        for path in found:
            path.write_text(path.read_text().replace(old, new))

    return plant


def cut_short(name: str, length: int) -> Change:
    """A fault: only the first bytes of a file of the block are left."""
    return lambda folder: (folder / BLOCK / name).write_bytes((folder / BLOCK / name).read_bytes()[:length])


def saved(stored: np.ndarray) -> Change:
    """A fault: other samples in a block."""
    return lambda folder: np.save(folder / BLOCK / "samples.npy", stored, allow_pickle=True)


SUMMARY = partial(edit, "tables/summary.csv")
PICKLED = np.array([{}, {}, {}], dtype=object)
DIVERGED, OK = '"status": "diverged",\n      "step": 1', '"status": "ok",\n      "step": null'
# No mean at the last step uses the counts of the evaluation before it, but the endpoint does.
OTHER_COUNTS = trace(lambda rows: [r.update(mode_counts=[9] * 8) for r in rows if r["step"] == 59])
DROPPED = trace(lambda rows: [rows.remove(r) for r in rows[:] if r["step"] == 54])
# fmt: off
FAULTS: dict[str, tuple[Change, str]] = {
    "samples replaced": (saved(np.ones((3, 2500, 2)) * [1, 0]), "the trace counted other samples of seed 0"),
    "samples moved": (samples(two_moved, BLOCK), "gan-nonsaturating/modes: last_step is '"),
    "samples gone": (lambda f: (f / BLOCK / "samples.npy").unlink(), f"{BLOCK}/samples.npy: is no regular file"),
    "half of the samples": (cut_short("samples.npy", 5000), f"{BLOCK}/samples.npy: "),
    "pickled samples": (saved(PICKLED), f"{BLOCK}/samples.npy: Object arrays cannot be loaded"),
    "samples of another shape": (saved(np.zeros((3, 2500, 3))), "XA and XB"),
    "samples without a number": (saved(np.zeros((10**9, 0, 2))), "gan-nonsaturating: "),
    "half a trace": (cut_short("trace.parquet", 700), f"{BLOCK}/trace.parquet: "),
    "an evaluation rewritten": (OTHER_COUNTS, f"{GAN}: estimate is"),
    "an evaluation dropped": (DROPPED, "seed 0 has other evaluations than planned"),
    "a divergence hidden": (rewrite("run.json", DIVERGED, OK), "seed 0 diverged at another step than"),
    "a block gone": (lambda f: shutil.rmtree(f / BLOCK), "gan-nonsaturating: has other seeds than planned"),
    "a block of another variant": (
        rewrite(RECORD, '"variant": "gan-nonsaturating"', '"variant": "veegan"'), f"{RECORD}: is of another cell",
    ),
    "other data": (rewrite(RECORD, '"sd": 0.01', '"sd": 0.02'), "run.json: is of another cell or of other"),
    "other data everywhere": (rewrite("run.json", '"sd": 0.01', '"sd": 0.02'), f"{GAN}: {LONE}"),
    "no JSON": (written(RECORD, "[" * 100_000), f"{BLOCK}/run.json: RecursionError"),
    "a record without seeds": (rewrite("run.json", '"seeds"', '"seed"'), "KeyError 'seeds'"),
    "no plan": (written("study.json", "{}"), "study.json: KeyError"),
    "a plan of another folder": (rewrite("study.json", '"veegan"', '"../veegan"'), "study.json: has a name not of a-z"),
    "a plan without end": (rewrite("study.json", '"seeds": 6', f'"seeds": {10**12}'), "study.json: plans too many"),
    "claims that grow": (written("claims.yaml", "a: &a [1]\nb: [*a, *a]\n"), "claims.yaml: holds an alias"),
    "claims that are none": (written("claims.yaml", "values: {"), "claims.yaml: ParserError"),
    "claims too large": (written("claims.yaml", "#" * 5_000_000), "claims.yaml: is no regular file of"),
    "a table gone": (lambda f: (f / "tables/summary.csv").unlink(), "tables/summary.csv: is no regular file"),
    "a table without a column": (rewrite("verdicts.csv", "dataset", "data"), "tables/verdicts.csv: KeyError 'dataset'"),
    "a number that is none": (cell(mean="many\x1b[2J"), "could not convert"),
    "control characters": (cell(variant="\x1b[2Jx"), f"ring/?[2Jx/modes: {LONE}"),
    "a row gone": (SUMMARY(lambda rows: rows.remove(row_of(rows, *CELL))), f"gan-nonsaturating/modes: {LONE}"),
    "a row more": (SUMMARY(lambda rows: rows.append(row_of(rows, *CELL) | {"variant": "mine"})), f"mine/modes: {LONE}"),
    "a row twice": (SUMMARY(lambda rows: rows.append(row_of(rows, *CELL))), "tables/summary.csv: a row is there twice"),
    "a verdict more": (rewrite("verdicts.csv", ALI, "V7/mine"), f"tables/verdicts.csv: V7/mine: {LONE}"),
}  # fmt: on


def special(kind: str, name: str) -> Change:
    """A fault: a pipe, a folder or a link to the file in the place of a file."""

    def plant(folder: Path) -> None:
        path = (folder / name).rename(folder.parent / "elsewhere")
        make = {"pipe": os.mkfifo, "folder": Path.mkdir, "link": lambda at: at.symlink_to(path)}
        make[kind](folder / name)

    return plant


for kind, name in product(
    ("pipe", "link", "folder"), (f"{BLOCK}/samples.npy", RECORD, "claims.yaml", "tables/summary.csv")
):  # neither waited for nor followed
    FAULTS[f"a {kind} as {name}"] = special(kind, name), f"{name}: is no regular file of at most "


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_a_file_is_named_in_one_line(fault: str, study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plant, named = FAULTS[fault]
    plant(study)
    assert headline.main(study) == 1
    output = capsys.readouterr().out
    assert any(named in line and len(line) <= 300 for line in output.splitlines())
    assert all(c.isprintable() or c == "\n" for c in output)


def test_the_trace_stands_in_for_samples_that_are_withheld(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (study / "withheld.json").write_text(json.dumps({f"{BLOCK}/samples.npy": "too large"}))
    (study / BLOCK / "samples.npy").unlink()
    assert headline.main(study) == 0
    assert "withheld: the samples of 1 blocks" in capsys.readouterr().out
    FAULTS["samples replaced"][0](study)  # samples that are there are read, although they are listed as withheld
    assert headline.main(study) == 1


def test_images_are_listed_as_not_looked_at(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit_json(study / "study.json", lambda plan: plan["datasets"].append("stacked-mnist"))
    assert headline.main(study) == 0  # the verdicts on Stacked-MNIST, which say NOT_RUN, are left out
    assert "images: stacked-mnist;" in capsys.readouterr().out


def test_it_is_run_as_a_script_from_anywhere(study: Path, tmp_path: Path) -> None:
    cell(mean="5.6")(study)
    command = [sys.executable, FILE, study]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env={}, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert "mean is '5.6', here 0." in done.stdout
