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
from scipy.stats import beta

from modecollapse import datasets, measures
from modecollapse.audit import headline
from modecollapse.statistics.intervals import gaffke
from modecollapse.statistics.margin import Margin
from modecollapse.statistics.value_verdict import PublishedMean, value_verdict
from modecollapse.study import catalogue
from modecollapse.study.recipe import evaluation_steps

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
    assert len(FILE.read_text(encoding="utf-8").splitlines()) <= 350


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
    ("series", "window", "expected"),
    [
        (range(51), 20, np.mean(range(31, 51))),
        (range(11), 20, np.mean(range(6, 11))),  # half of the ten after step 0
        ([7, 1, 2, 4], 20, 4),
        ([7, 3], 20, 3),
        (range(51), 1, 50),
    ],
)
def test_a_run_counts_for_its_mean_over_the_window(series: Any, window: int, expected: float) -> None:
    cell = {"values": np.array(series, dtype=float)[None, :, None], "failed": np.array([False]), "modes": 100}
    cell |= {"steps": 100, "reference_steps": 100}
    value = {"dataset": "ring", "measure": "modes", "printed": "8"}
    assert headline.verdict_of(cell, value, SHARE | {"window": window})["estimate"] == pytest.approx(expected)


# --- Gaffke's interval ----------------------------------------------------------------------------------------------


def test_the_share_of_two_points_is_that_of_a_uniform_weight() -> None:
    assert headline.share_at_most(0.3, [0.0, 1.0]) == pytest.approx(0.3)
    assert headline.share_at_most(0.5, [0.0, 2.0]) == pytest.approx(0.25)


@pytest.mark.parametrize(("at", "expected"), [(-0.1, 0.0), (1.1, 1.0), (0.0, 0.0), (1.0, 1.0)])
def test_the_share_outside_of_the_points_is_none_or_all(at: float, expected: float) -> None:
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
        ([1.0] * 2 + [8.0] * 28, "1", "INCONCLUSIVE(original_n_too_small)"),  # 2 of 30 lie as far out
        ([1.0] + [8.0] * 29, "1", "NOT_REPRODUCED(above)"),  # one does
    ],
)
def test_a_verdict_is_the_one_by_the_rule(values: list[float], printed: str, expected: str) -> None:
    assert judged(values, printed) == expected


def test_a_spread_that_may_mean_two_things_leaves_open_what_only_one_of_them_refutes() -> None:
    values, rule = [6.0] * 10, {**SHARE, "plausible_runs": [5]}
    both = judged(values, "1.0", rule, spread="2.5", readings=["sd-of-runs", "standard-error"])
    assert both == "INCONCLUSIVE(underspecified_original)"
    assert judged(values, "1.0", rule, spread="2.5", readings=["sd-of-runs"]) == "NOT_REPRODUCED(above)"


def test_an_end_that_lies_on_the_zones_is_inside() -> None:
    values = [2.0, 6.0] * 10
    reach = 4 - headline.interval(np.array(values), 8.0, 0.05)["lower"]  # the same on the other side
    for missed_by, expected in ((1e-10, "REPRODUCED"), (1e-6, "INCONCLUSIVE(ci_straddles_margin)")):
        rule = {**RULE, "margins": {"modes": {"absolute": reach - missed_by}}}
        assert judged(values, "4", rule, decimals=12) == expected


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.sampled_from([0.0, 1.0, 3.5, 4.0, 7.9, 8.0]), min_size=1, max_size=31),
    st.sampled_from(["0", "1", "3.5", "4", "7.6", "8"]),
    st.sampled_from([{"share": 0.1}, {"absolute": 0.5}, {"relative": 0.3}, {"factor": 1.5}]),
    st.sampled_from([(None, []), ("2.5", ["sd-of-runs", "standard-error", "sd-of-images"])]),
)
def test_verdicts_are_those_of_the_study(values: list[float], printed: str, margin: dict, spread: tuple) -> None:
    own = {"share": Margin(0.8), "absolute": Margin(0.5), "relative": Margin(0.3 * float(printed))}
    chosen = own.get(next(iter(margin)), Margin(1.5, "factor"))
    published = PublishedMean(float(printed), 0.05, (1, 5), spread[0] and float(spread[0]), spread[1])
    found = value_verdict(values, published, chosen, (0.0, 8.0))
    rule = {**RULE, "plausible_runs": [1, 5], "margins": {"modes": margin}}
    assert judged(values, printed, rule, spread=spread[0], readings=spread[1]) == SEEDS.sub("", found.verdict.text)


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

VARIANTS = ("gan-minimax", "veegan")
SEED_LIST, STEPS, EVALUATIONS = [0, 1, 2, 3, 4, 5], 40, 4
DIVERGES = ("veegan", 5, 25)  # at step 25 of 40: seen at the evaluations from 30 on


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
    steps = evaluation_steps(STEPS, EVALUATIONS)
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


def write_table(folder: Path, file: str, rows: dict[tuple[str, ...], dict[str, Any]], more: list[dict]) -> None:
    listed = [dict(zip(headline.KEYS[file], key, strict=True)) | row for key, row in rows.items()] + more
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
    assert len(found["problems"]) == 2  # the tables, which are not there yet
    real = {"experiment": "calibration", "dataset": "ring", "variant": "oracle", "measure": "modes", "mean": 8}
    fresh = {"experiment": "matched", "dataset": "ring", "variant": "untrained", "measure": "modes", "mean": 0}
    write_table(folder, "summary.csv", found["summary.csv"], [real, fresh])
    usual = {"rule": "values", "experiment": "matched"}
    about = {key: re.search("/(ring|stacked-mnist|cifar10)/", key[0])[1] for key in found["verdicts.csv"]}
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
    # The evaluations after 38, 39 and 40 steps: 7, 7 and 8 modes, or always 8; the failed run has 0.
    assert row["estimate"] == pytest.approx((3 * 22 / 3 + 2 * 8 + 0) / 6)
    row = found["verdicts.csv"][("V7/matched/ring/veegan/reverse_kl/VEEGAN/0",)]
    assert row["estimate"] == pytest.approx((3 * math.log(8 / 7) * 2 / 3 + 0 + math.log(8)) / 6)
    gan = found["verdicts.csv"][("V7/matched/ring/gan-minimax/modes/GAN/0",)]
    assert gan["outcome"] == gan["at_budget_outcome"] == "NOT_REPRODUCED"
    assert gan["reason"] == gan["at_budget_reason"] == "above"
    assert found["verdicts.csv"][("V7/ring/modes/ALI/0",)] == {"outcome": "NOT_RUN"}


def test_a_study_that_agrees_passes(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert headline.main(made) == 0
    output = capsys.readouterr().out
    assert "matched/ring/gan-minimax/modes n 6 mean 5.5 lower " in output
    assert "withheld: the samples of 0 blocks" in output
    assert output.endswith("\n0 differences or damaged files\n")


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
ALI, LONE = "V7/ring/modes/ALI/0", "is in one of table and computation alone"


@pytest.mark.parametrize(
    ("table", "words", "column", "text"),
    [
        ("summary", CELL, "mean", "5.6"),
        ("summary", CELL, "lower", "4.5"),
        ("summary", CELL, "upper", "nan"),
        ("summary", CELL, "n", "60"),
        ("summary", ("veegan", "modes"), "n_diverged", "0"),
        ("verdicts", (GAN,), "outcome", "REPRODUCED"),
        ("verdicts", (GAN,), "at_budget_reason", "below"),
        ("verdicts", (GAN,), "worst_score_outcome", "REPRODUCED"),
        ("verdicts", (GAN,), "complete_case_reason", ""),
        ("verdicts", (GAN,), "estimate", "1.0"),
        ("verdicts", (GAN,), "steps", "100000"),
        ("verdicts", (ALI,), "outcome", "REPRODUCED"),
    ],
)
def test_another_text_in_a_cell_of_a_table_is_named(
    table: str, words: tuple[str, ...], column: str, text: str, study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(study / "tables" / f"{table}.csv", lambda rows: row_of(rows, *words).update({column: text}))
    assert headline.main(study) == 1
    [line] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("tables/")]
    assert line.startswith(f"tables/{table}.csv: ")
    assert f"{'/'.join(words)}: {column} is {text!r}, here " in line


def test_the_last_digits_of_a_number_are_no_difference(study: Path) -> None:
    lower = headline.headline(study)["summary.csv"]["matched", "ring", *CELL]["lower"]
    for factor, differs in ((1 + 1e-10, 0), (1 + 1e-8, 1)):
        edit(study / "tables/summary.csv", lambda rows, f=factor: row_of(rows, *CELL).update(lower=str(lower * f)))
        assert headline.main(study) == differs


BLOCK = "runs/matched/ring/gan-minimax/seeds-0-2"
RECORD = f"{BLOCK}/run.json"


def move_a_few_samples(folder: Path) -> None:
    """Two of 2,500 from the fifth mode to the sixth, which a processor's last digits may do."""
    stored = np.load(folder / BLOCK / "samples.npy")
    assert (stored[0] == samples_of([100] * 5 + [0] * 3)).all()
    stored[0] = samples_of([100, 100, 100, 100, 98, 2, 0, 0])
    np.save(folder / BLOCK / "samples.npy", stored)


def trace(change: Callable[[list[dict]], Any]) -> Callable[[Path], Any]:
    """A fault: other rows in the trace of a block."""

    def plant(folder: Path) -> None:
        rows = pq.read_table(folder / BLOCK / "trace.parquet").to_pylist()
        change(rows)
        pq.write_table(pa.Table.from_pylist(rows), folder / BLOCK / "trace.parquet")

    return plant


def rewrite(name: str, old: str, new: str) -> Callable[[Path], Any]:
    """A fault: other text in every file of that name; other text only where `old` is empty."""

    def plant(folder: Path) -> None:
        for path in folder.rglob(name):
            path.write_text(path.read_text().replace(old, new) if old else new)

    return plant


def cut_short(name: str, length: int) -> Callable[[Path], Any]:
    """A fault: only the first bytes of a file of the block are left."""
    return lambda folder: (folder / BLOCK / name).write_bytes((folder / BLOCK / name).read_bytes()[:length])


def saved(samples: np.ndarray) -> Callable[[Path], Any]:
    """A fault: other samples in a block."""
    return lambda folder: np.save(folder / BLOCK / "samples.npy", samples, allow_pickle=True)


def summary(change: Callable[[list[dict[str, str]]], Any]) -> Callable[[Path], Any]:
    """A fault: other rows in summary.csv."""
    return lambda folder: edit(folder / "tables/summary.csv", change)


PICKLED = np.array([{}, {}, {}], dtype=object)
DIVERGED, OK = '"status": "diverged", "step": 25', '"status": "ok", "step": null'
# No mean at the last step uses the counts of the evaluation before it, but the endpoint does.
OTHER_COUNTS = trace(lambda rows: [r.update(mode_counts=[9] * 8) for r in rows if r["step"] == 38])
DROPPED = trace(lambda rows: [rows.remove(r) for r in rows[:] if r["step"] == 30])
FAULTS: dict[str, tuple[Callable[[Path], Any], str]] = {
    "samples replaced": (saved(np.stack([samples_of([50] * 8)] * 3)), "the trace counted other samples of seed 0"),
    "samples moved": (move_a_few_samples, "gan-minimax/modes: mean is '5.5', here 5.666"),
    "samples gone": (lambda f: (f / BLOCK / "samples.npy").unlink(), f"{BLOCK}/samples.npy: is no regular file"),
    "half of the samples": (cut_short("samples.npy", 5000), f"{BLOCK}/samples.npy: "),
    "pickled samples": (saved(PICKLED), f"{BLOCK}/samples.npy: Object arrays cannot be loaded"),
    "samples of another shape": (saved(np.zeros((3, 2500, 3))), "XA and XB"),
    "samples without a number": (saved(np.zeros((10**9, 0, 2))), "gan-minimax: "),
    "half a trace": (cut_short("trace.parquet", 700), f"{BLOCK}/trace.parquet: "),
    "an evaluation rewritten": (OTHER_COUNTS, f"{GAN}: estimate is"),
    "an evaluation dropped": (DROPPED, "seed 0 has other evaluations than planned"),
    "a divergence hidden": (rewrite("run.json", DIVERGED, OK), "seed 5 diverged at another step than"),
    "a block gone": (lambda f: shutil.rmtree(f / BLOCK), "gan-minimax: has other seeds than planned"),
    "a block of another variant": (rewrite(RECORD, "gan-minimax", "veegan"), f"{RECORD}: is of another cell"),
    "other data": (rewrite(RECORD, '"sd": 0.01', '"sd": 0.02'), "run.json: is of another cell or of other"),
    "other data everywhere": (rewrite("run.json", '"sd": 0.01', '"sd": 0.02'), f"{GAN}: {LONE}"),
    "no JSON": (rewrite("run.json", "", "[" * 100_000), f"{BLOCK}/run.json: RecursionError"),
    "a record without seeds": (rewrite("run.json", '"seeds"', '"seed"'), "KeyError 'seeds'"),
    "no plan": (rewrite("study.json", "", "{}"), "study.json: KeyError"),
    "a plan of another folder": (rewrite("study.json", '"veegan"', '"../veegan"'), "study.json: has a name not of a-z"),
    "a plan without end": (rewrite("study.json", '"seeds": 6', '"seeds": 1000000000000'), "study.json: plans too many"),
    "claims that grow": (rewrite("claims.yaml", "", "a: &a [1]\nb: [*a, *a]\n"), "claims.yaml: holds an alias"),
    "claims that are none": (rewrite("claims.yaml", "", "values: {"), "claims.yaml: ParserError"),
    "claims too large": (rewrite("claims.yaml", "", "#" * 5_000_000), "claims.yaml: is no regular file of"),
    "a table gone": (lambda f: (f / "tables/summary.csv").unlink(), "tables/summary.csv: is no regular file"),
    "a table without a column": (rewrite("verdicts.csv", "dataset", "data"), "tables/verdicts.csv: KeyError 'dataset'"),
    "a number that is none": (
        summary(lambda rows: rows[0].update(mean="many\x1b[2J")),
        "summary.csv: could not convert",
    ),
    "control characters": (summary(lambda rows: rows[0].update(variant="\x1b[2Jx")), f"ring/?[2Jx/modes: {LONE}"),
    "a row gone": (summary(lambda rows: rows.remove(row_of(rows, *CELL))), f"gan-minimax/modes: {LONE}"),
    "a row more": (summary(lambda rows: rows.append({**rows[0], "variant": "mine"})), f"mine/modes: {LONE}"),
    "a row twice": (summary(lambda rows: rows.append(rows[0])), "tables/summary.csv: a row is there twice"),
    "a verdict more": (rewrite("verdicts.csv", ALI, "V7/mine"), f"tables/verdicts.csv: V7/mine: {LONE}"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_a_file_is_named_in_one_line(fault: str, study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plant, named = FAULTS[fault]
    plant(study)
    assert headline.main(study) == 1
    output = capsys.readouterr().out
    assert any(named in line and len(line) <= 300 for line in output.splitlines())
    assert all(c.isprintable() or c == "\n" for c in output)


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


def test_the_trace_stands_in_for_samples_that_are_withheld(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (study / "withheld.json").write_text(json.dumps({f"{BLOCK}/samples.npy": "too large"}))
    (study / BLOCK / "samples.npy").unlink()
    assert headline.main(study) == 0
    assert "withheld: the samples of 1 blocks" in capsys.readouterr().out
    FAULTS["samples replaced"][0](study)  # samples that are there are read, although they are listed as withheld
    assert headline.main(study) == 1


def test_images_are_listed_as_not_looked_at(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rewrite("study.json", '"datasets": ["ring"]', '"datasets": ["ring", "stacked-mnist"]')(study)
    assert headline.main(study) == 0  # the verdicts on Stacked-MNIST, which say NOT_RUN, are left out
    assert "images: stacked-mnist;" in capsys.readouterr().out


def test_it_is_run_as_a_script_from_anywhere(study: Path, tmp_path: Path) -> None:
    summary(lambda rows: row_of(rows, *CELL).update(mean="5.6"))(study)
    command = [sys.executable, FILE, study]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env={}, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert "mean is '5.6', here 5.5" in done.stdout


def test_a_study_of_the_workflow_agrees(honest_study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert headline.main(honest_study) == 0, capsys.readouterr().out


def test_the_released_study_agrees(capsys: pytest.CaptureFixture[str]) -> None:
    assert headline.main(REPORTED) == 0, capsys.readouterr().out
