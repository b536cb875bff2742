"""The tables computed again: known answers, agreement with the first, and that every change of a table is found."""

from __future__ import annotations

import csv
import math
import shutil
from collections.abc import Callable
from pathlib import Path

import made_up_images
import numpy as np
import pandas as pd
import pytest
from made_up_study import CLAIMS, VARIANTS, make_measures, make_plan
from made_up_training import course, told
from scipy.stats import beta

from modecollapse.audit.again import gaffke
from modecollapse.audit.again.gaffke import End, places, share_below
from modecollapse.audit.again.tables import course as course_tables
from modecollapse.audit.again.tables import printed
from modecollapse.audit.again.tables.ranges import range_of
from modecollapse.audit.again.tables.rows import Run
from modecollapse.audit.again.tables.summary import summarise
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.checks.tables_again import check
from modecollapse.claims import load
from modecollapse.measures import convergence, support, supports
from modecollapse.report import convergence as report
from modecollapse.report import tables
from modecollapse.report.layout import TABLES
from modecollapse.statistics.intervals import gaffke as drawn_gaffke
from modecollapse.study import catalogue

Rows = list[dict[str, str]]
TAIL = 0.025


class Made(Bundle):
    """A folder with tables alone, of a made-up plan."""

    def __init__(self, folder: Path, facts: dict) -> None:
        self.folder = folder
        self.__dict__["facts"] = facts


def make(folder: Path, plan: dict, measures: pd.DataFrame) -> Made:
    """The tables of a study as the workflow writes them."""
    rows, cells = pd.concat([measures, course(plan)], ignore_index=True), told(plan)
    (folder / "tables").mkdir(parents=True)
    shutil.copy(CLAIMS, folder / "claims.yaml")
    rows.to_parquet(folder / "tables" / "measures.parquet")
    cells.to_parquet(folder / "tables" / "cells.parquet")
    tables.write(plan, rows, cells, load(CLAIMS), supports(plan), folder / "tables")
    return Made(folder, plan)


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The ring, with a run that diverged, a variant in BEGAN's balance and cells of which some runs collapsed."""
    plan = make_plan(["ring"], {**VARIANTS, "began": "BEGAN"}, ["matched"])
    return make(tmp_path_factory.mktemp("points") / "made", plan, make_measures(plan))


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Two sets of images in two experiments: every kind of measure, and an infinite value."""
    plan = made_up_images.image_plan()
    return make(tmp_path_factory.mktemp("images") / "made", plan, made_up_images.image_measures())


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[Made], Made]:
    """A copy of a study, to be changed."""

    def copy(made: Made) -> Made:
        return Made(Path(shutil.copytree(made.folder, tmp_path / "copy")), made.facts)

    return copy


def edit(made: Made, name: str, change: Callable[[Rows], Rows | None]) -> Made:
    """Change the rows of a table."""
    path = made.folder / "tables" / name
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows = change(rows) or rows
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return made


def row_of(rows: Rows, **key: str) -> dict[str, str]:
    return next(row for row in rows if key.items() <= row.items())


# The interval.


@pytest.mark.parametrize("n", [1, 2, 5, 30, 390])
def test_the_end_of_equal_values_at_a_bound(n: int) -> None:
    assert End([8.0] * n, (0, 8), upper=False).value == pytest.approx(8 * TAIL ** (1 / n))
    assert End([8.0] * n, (0, 8), upper=True).value == 8
    assert End([0.0] * n, (0, 8), upper=False).value == 0
    assert End([0.0] * n, (0, 8), upper=True).value == pytest.approx(8 * (1 - TAIL ** (1 / n)))


@pytest.mark.parametrize(("k", "n"), [(0, 1), (1, 2), (3, 5), (29, 30), (60, 130), (3, 1000)])
def test_of_noughts_and_ones_it_is_the_interval_of_clopper_and_pearson(k: int, n: int) -> None:
    values = [1.0] * k + [0.0] * (n - k)
    lower = beta.ppf(TAIL, k, n - k + 1) if k else 0
    assert End(values, (0, 1), upper=False).value == pytest.approx(lower, abs=1e-9)
    assert End(values, (0, 1), upper=True).value == pytest.approx(beta.ppf(1 - TAIL, k + 1, n - k), abs=1e-9)


def test_the_ends_of_one_and_of_two_values() -> None:
    assert End([6.0], (2, 10), upper=False).value == pytest.approx(2 + 4 * TAIL)
    assert End([6.0], (2, 10), upper=True).value == pytest.approx(10 - 4 * TAIL)
    # Below the smaller of x and y the distribution is t^2 / xy.
    assert End([0.5, 0.8], (0, 1), upper=False).value == pytest.approx(math.sqrt(TAIL * 0.5 * 0.8))


@pytest.mark.parametrize("n", [1, 3, 5, 20, 60])
def test_the_distribution_is_that_of_many_draws(n: int) -> None:
    rng = np.random.default_rng(n)
    values = np.sort(np.round(rng.random(n + 1) ** 3, 1))  # some of them equal
    means = rng.dirichlet(np.ones(n + 1), size=100_000) @ values
    for at in np.quantile(means, [0.01, 0.2, 0.5, 0.9]) if values[0] < values[-1] else ():
        assert share_below(list(values), at) == pytest.approx((means <= at).mean(), abs=0.008)


def test_the_drawn_interval_is_accepted_and_another_is_not() -> None:
    for seed in range(60):
        rng = np.random.default_rng(seed)
        values = np.clip(rng.normal(rng.random(), 0.3, size=rng.integers(1, 31)), 0, 1)
        ends = [End(list(values), (0, 1), upper) for upper in (False, True)]
        assert all(end.accepts(drawn) for end, drawn in zip(ends, drawn_gaffke(values, 0, 1, rng=rng), strict=True))
        wide = drawn_gaffke(values, 0, 1, rng=rng, level=0.97)
        assert not any(end.accepts(drawn) for end, drawn in zip(ends, wide, strict=True) if 0 < drawn < 1)


def test_equal_values_at_a_bound_accept_that_bound_alone() -> None:
    end = End([8.0] * 5, (0, 8), upper=True)
    assert [end.accepts(number) for number in (8.0, 7.999, 8.001, math.nan)] == [True, False, False, False]


def test_where_the_quantile_of_draws_lies() -> None:
    least, most = places(TAIL, draws=2000, missed=0.05)
    shares = np.quantile(np.random.default_rng(1).random((2000, 2000)), TAIL, axis=1)
    outside = (shares < least).mean(), (shares > most).mean()
    assert 0.025 < min(outside) <= max(outside) < 0.065  # a little under 5 %: it lies between two of the draws
    assert gaffke.PLACES[TAIL] == pytest.approx((0.0189, 0.0322), abs=1e-4)


# What is told again of the measures.


@pytest.mark.parametrize("measure", catalogue.names("measures"))
def test_the_ranges_are_those_of_the_measures(measure: str) -> None:
    assert range_of(measure, 25) == pytest.approx(support(measure, 25))


def test_the_columns_are_those_of_the_first() -> None:
    first = {**convergence.HEADLINES, **report.BEGAN}
    decimals = course_tables.CONVERGENCE | course_tables.BEGAN
    assert decimals == {name: places for name, (_, places, _) in first.items()}


# Known answers.


def runs(*values: float, status: str = "ok", step: int = 400) -> list[Run]:
    return [Run(seed, step, value, status, status == "diverged") for seed, value in enumerate(values)]


def test_a_summary_by_hand() -> None:
    key = "matched", "ring", "veegan", "modes"
    cells = summarise({key: runs(1, 2, 3, 6)}, ["modes"], lambda *_: (0.0, 8.0))[key].cells
    counted = {name: cells[name] for name in ("step", "n", "n_diverged", "n_undefined")}
    assert counted == {"step": "400", "n": "4", "n_diverged": "0", "n_undefined": "0"}
    assert [cells[name].value for name in ("mean", "min", "max")] == [3, 1, 6]
    assert cells["sd"].value == pytest.approx(math.sqrt(14 / 3))
    assert summarise({key: runs(1)}, ["modes"], lambda *_: (0.0, 8.0))[key].cells["sd"].value is None


@pytest.mark.parametrize(
    ("values", "support", "text"),
    [
        ((1, 2, 3), (0.0, math.inf), "2.00 ± 1.00"),
        ((2.125,), (0.0, math.inf), "2.12"),  # halves to even
        ((1, math.inf), (0.0, math.inf), "∞"),
        ((8.0,) * 5, (0.0, 8.0), f"8.00 [{8 * TAIL**0.2:.2f}, 8.00]"),
    ],
)
def test_a_printed_mean_by_hand(values: tuple, support: tuple, text: str) -> None:
    key = "matched", "ring", "veegan", "modes"
    row = summarise({key: runs(*values)}, ["modes"], lambda *_: support)[key]
    assert str(printed.Mean(row, 2)) == text


@pytest.mark.parametrize(
    ("name", "found", "text"),
    [
        ("within_sd:modes", runs(3, 1, 2), "2.00 [1.00, 3.00]"),
        ("within_sd:modes", runs(3, 1, 2, 8), "2.50 [1.00, 8.00]"),
        ("within_sd:modes", runs(0.001, 0.002), "0.00"),
        ("given_time:state_M_global:hq", runs(-0.001), "0.00"),
        ("coverage_time:1", runs(100, 300) + runs(400, status="censored"), "300 [100, ≥ 400]"),
        ("coverage_time:1", runs(1200, 2500, 2500, step=2500), "≥ 2,500 [1,200, ≥ 2,500]"),
        ("coverage_time:1", runs(1200, 1300, step=2500), "1,250 [1,200, 1,300]"),
        ("diverged", runs(1, 0, 1), "2"),
    ],
)
def test_a_course_by_hand(name: str, found: list[Run], text: str) -> None:
    decimals = course_tables.CONVERGENCE | course_tables.BEGAN
    cell = "matched", "ring", "veegan"
    facts = {"seeds": [0] * len(found)}
    assert course_tables.text_of(facts, {(*cell, name): found}, cell, name, decimals[name]) == text
    few = course_tables.text_of({"seeds": range(9)}, {(*cell, name): found}, cell, name, decimals[name])
    assert few == (text if name == "diverged" else f"{text}, n = {len(found)}")


# Whole studies.


@pytest.mark.parametrize("which", ["points", "images"])
def test_a_good_study(which: str, request: pytest.FixtureRequest) -> None:
    made = request.getfixturevalue(which)
    result = check(made)
    assert result.findings == []
    assert result.looked_at == sum(made.table(name).size for name in TABLES)
    assert len(result.notes) == 1


RING = {"experiment": "matched", "dataset": "ring", "variant": "veegan"}
MODES = {**RING, "measure": "modes"}


def put(column: str, change: Callable[[str], str], **key: str) -> Callable[[Rows], None]:
    """A change of one cell, which must be one."""

    def edited(rows: Rows) -> None:
        row = row_of(rows, **key)
        assert row[column] != change(row[column])
        row[column] = change(row[column])

    return edited


def swapped(rows: Rows) -> None:
    row = row_of(rows, **MODES)
    row["lower"], row["upper"] = row["upper"], row["lower"]


def dropped(**key: str) -> Callable[[Rows], Rows]:
    return lambda rows: [row for row in rows if not key.items() <= row.items()]


def doubled(**key: str) -> Callable[[Rows], Rows]:
    return lambda rows: [*rows, row_of(rows, **key)]


def one_more(text: str) -> str:
    """The last digit of the first number, one more (of nine, one less)."""
    number, _, rest = text.partition(" ")
    return number[:-1] + str(int(number[-1]) + (1 if number[-1] < "9" else -1)) + (rest and " " + rest)


CHANGES = {
    "a digit of a mean": ("summary.csv", put("mean", lambda text: f"{float(text) + 1e-4!r}", **MODES), "mean"),
    "swapped ends": ("summary.csv", swapped, "lower, upper"),
    "a narrower interval": ("summary.csv", put("lower", lambda text: f"{float(text) + 0.6!r}", **MODES), "lower"),
    "an empty sd": ("summary.csv", put("sd", lambda text: "", **MODES), "sd"),
    "text for a number": ("summary.csv", put("max", lambda text: "eight", **MODES), "max"),
    "NaN": ("summary.csv", put("mean", lambda text: "nan", **MODES), "mean"),
    "a count": ("summary.csv", put("n", lambda text: "50", **MODES), "n"),
    "a row less": ("summary.csv", dropped(**MODES), ""),
    "a row twice": ("summary.csv", doubled(**MODES), ""),
    "rounding": ("table1.csv", put("modes", one_more, **RING), "modes"),
    "a published value": ("table1.csv", put("modes_published", lambda text: "7.9", **RING), "modes_published"),
    "an sd for an interval": (
        "table1.csv", put("modes", lambda text: text.split()[0] + " ± 0.31", **RING), "modes",
    ),
    "a printed row less": ("table1.csv", dropped(**RING), ""),
    "a printed row twice": ("table1.csv", doubled(**RING), ""),
    "a label": ("table1.csv", put("row", str.lower, **RING), "row"),
    "diverged runs": ("table1.csv", put("n_diverged", lambda text: "0", **{**RING, "variant": "gan-minimax"}),
                      "n_diverged"),
    "a poster's note": ("poster_table2.csv", put("note", lambda text: "", method="VEEGAN", dataset="cifar10"), "note"),
    "a median": ("convergence.csv", put("hopping_rate", one_more, **RING), "hopping_rate"),
    "a flag": ("convergence.csv", put("diverged", lambda text: "4", **RING), "diverged"),
    "gamma": ("began.csv", put("gamma", lambda text: "0.7", variant="began"), "gamma"),
    "an AUC": ("detection.csv", put("loss_D", one_more, **{**RING, "variant": "began"}), "loss_D"),
    "collapsed runs": ("detection.csv", put("collapsed", lambda text: "5", **RING), "collapsed"),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_one_finding_that_names_row_and_column(
    change: str, points: Made, changed: Callable[[Made], Made]
) -> None:
    name, edited, columns = CHANGES[change]
    [finding] = check(edit(changed(points), name, edited)).findings
    assert finding.file == f"tables/{name}"
    key, _, found = finding.where.partition(": ")
    assert {"matched", "ring"} <= set(key.split("/")) or name == "poster_table2.csv"
    assert found == columns


def test_changes_of_a_study_of_images(images: Made, changed: Callable[[Made], Made]) -> None:
    key = {"experiment": "matched", "dataset": "cifar10", "variant": "veegan"}
    made = edit(changed(images), "inversions.csv", put("ivom_test", one_more, **key))
    edit(
        made,
        "poster_table2.csv",
        put("budget", lambda text: "2%", method="ALI", experiment="published", of="stacked-mnist"),
    )
    edit(
        made, "table2.csv", put("reverse_kl_published", lambda text: "2.59", dataset="stacked-mnist", variant="veegan")
    )
    edit(made, "samples.csv", put("n", lambda text: "4", **key))
    found = [(finding.file, finding.where.rpartition(": ")[2]) for finding in check(made).findings]
    assert found == [
        ("tables/table2.csv", "reverse_kl_published"),
        ("tables/samples.csv", "n"),
        ("tables/inversions.csv", "ivom_test"),
        ("tables/poster_table2.csv", "budget"),
    ]


def test_an_end_within_the_error_of_draws_is_right_and_what_is_printed_is_rounded_from_it(
    points: Made, changed: Callable[[Made], Made]
) -> None:
    made = edit(changed(points), "summary.csv", put("lower", lambda text: f"{float(text) + 0.02!r}", **MODES))
    [finding] = check(made).findings
    assert (finding.file, finding.where) == ("tables/table1.csv", "matched/ring/veegan: modes")


@pytest.mark.parametrize(
    "change", ["column added", "column missing", "key missing", "order of columns", "order of rows"]
)
def test_a_table_of_another_form(change: str, points: Made, changed: Callable[[Made], Made]) -> None:
    made = changed(points)
    path = made.folder / "tables" / "table1.csv"
    table = pd.read_csv(path, dtype=str)
    if change == "column added":
        table["better"] = "1"
    elif change.endswith("missing"):
        table = table.drop(columns="row" if change == "column missing" else "variant")
    else:
        table = table[table.columns[::-1]] if change == "order of columns" else table[::-1]
    table.to_csv(path, index=False)
    [finding] = check(made).findings
    assert (finding.file, finding.where) == ("tables/table1.csv", "" if change == "order of rows" else "columns")


# Damage.


@pytest.mark.parametrize("which", ["points", "images"])
@pytest.mark.parametrize("damage", ["missing", "empty", "binary", "cut"])
def test_damaged_tables(
    damage: str, which: str, request: pytest.FixtureRequest, changed: Callable[[Made], Made]
) -> None:
    made = changed(request.getfixturevalue(which))
    named = [name for name in TABLES if damage != "cut" or len(made.table(name))]
    for name in named:
        path = made.folder / "tables" / name
        text = path.read_bytes()
        path.unlink()
        if damage != "missing":
            path.write_bytes({"empty": b"", "binary": b"\xff\x00\xfe", "cut": text[: int(len(text) * 0.9)]}[damage])
    found = [finding.file for finding in check(made).findings]
    assert list(dict.fromkeys(found)) == [f"tables/{name}" for name in named]
    assert len(found) == len(named) or damage == "cut"


def rewrite(made: Made, name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Made:
    path = made.folder / "tables" / name
    change(pd.read_parquet(path)).to_parquet(path)
    return made


def at_the_end(table: pd.DataFrame) -> int:
    """The row of a run's modes at the last step."""
    own = (table["variant"] == "veegan") & (table["measure"] == "modes") & (table["step"] == 400)
    return int(np.flatnonzero(own)[2])


DAMAGE = {
    "a column less": (lambda t: t.drop(columns="status"), "columns", "missing status"),
    "texts": (lambda t: t.astype({"value": str}), "value", "rows hold no number"),
    "fractions of steps": (lambda t: t.assign(step=t["step"] + 0.5), "step", "whole number"),
    "no rows": (lambda t: t[:0], "ring/veegan", "no value of modes, high_quality_percent, reverse_kl"),
    "NaN": (lambda t: t.assign(value=t["value"].mask(t.index == at_the_end(t))), "seed 2", "outside the range"),
    "out of range": (lambda t: t.assign(value=t["value"].mask(t.index == at_the_end(t), 9.0)), "seed 2", "9.0"),
    "a row twice": (lambda t: pd.concat([t, t[at_the_end(t) :][:1]], ignore_index=True), "seed 2", "twice"),
    "a row less": (
        lambda t: t.drop(index=at_the_end(t)),
        "ring/veegan",
        "no value of modes at the last step for seeds 2",
    ),
    "another data set": (lambda t: t.replace({"dataset": {"ring": "other"}}), "other", "not planned"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_tidy_table(damage: str, points: Made, changed: Callable[[Made], Made]) -> None:
    change, where, problem = DAMAGE[damage]
    result = check(rewrite(changed(points), "measures.parquet", change))
    own = [finding for finding in result.findings if finding.file == "tables/measures.parquet"]
    assert any(where in finding.where and problem in str(finding) for finding in own)


@pytest.mark.parametrize("content", [b"", b"no table", None])
@pytest.mark.parametrize("name", ["tables/measures.parquet", "tables/cells.parquet", "claims.yaml"])
def test_what_the_tables_are_made_from_is_damaged(
    name: str, content: bytes | None, points: Made, changed: Callable[[Made], Made]
) -> None:
    made = changed(points)
    (made.folder / name).unlink()
    if content is not None:
        (made.folder / name).write_bytes(content)
    result = check(made)
    assert [finding.file for finding in result.findings] == [name]
    assert ("no table was computed again" in result.notes[0]) == (name == "tables/measures.parquet")


def test_cells_that_do_not_tell_enough(points: Made, changed: Callable[[Made], Made]) -> None:
    made = rewrite(changed(points), "cells.parquet", lambda t: t[t["variant"] != "veegan"])
    [finding, added] = check(made).findings
    assert (finding.file, finding.where) == ("tables/cells.parquet", "matched/ring/veegan")
    assert (added.file, added.where) == ("tables/detection.csv", "matched/ring/veegan")


def test_cells_that_tell_nothing(points: Made, changed: Callable[[Made], Made]) -> None:
    made = rewrite(changed(points), "cells.parquet", lambda t: t[:0])
    assert len([finding for finding in check(made).findings if finding.file == "tables/cells.parquet"]) == 4


@pytest.mark.parametrize("old", ["method: VEEGAN,", 'printed: "52.9"'])
def test_published_numbers_that_are_none(old: str, points: Made, changed: Callable[[Made], Made]) -> None:
    made = changed(points)
    text = made.claims.read_text(encoding="utf-8")
    made.claims.write_text(text.replace(old, {"m": "method: Nobody,", "p": "printed: 52.9"}[old[0]]), encoding="utf-8")
    [finding] = check(made).findings
    assert finding.file == "claims.yaml"
