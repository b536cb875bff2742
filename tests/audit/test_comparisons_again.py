"""The comparisons computed again: known answers, honest made-up studies, and tables in which something was changed."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from itertools import pairwise
from math import inf, nan
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import stats
from statsmodels.stats.multitest import multipletests

from modecollapse.audit.again.comparisons import family, stability, tests
from modecollapse.audit.again.comparisons.cells import EVIDENCE, Quantile, RandomP, Share, evidence
from modecollapse.audit.again.comparisons.effects import mean_of, superiority
from modecollapse.audit.again.comparisons.endpoints import late_mean, oriented
from modecollapse.audit.again.comparisons.ranks import first_places
from modecollapse.audit.again.comparisons.signals import agreement
from modecollapse.audit.again.comparisons.times import area, median, waits
from modecollapse.audit.again.comparisons.written import exact
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.checks import comparisons_again
from modecollapse.audit.finding import Finding
from modecollapse.comparisons import write
from modecollapse.comparisons.endpoints import endpoints
from modecollapse.measures import supports
from modecollapse.statistics.detectable import detectable_superiority
from modecollapse.study.load import load_study

pytestmark = pytest.mark.filterwarnings("error")
DRAWS = 9999
STEPS = range(0, 1100, 100)
VARIANTS = ["began", "gan-nonsaturating", "lsgan", "veegan"]
MEASURES = ["modes", "high_quality_percent", "reverse_kl", "mmd", "sliced_wasserstein"]


# Honest made-up studies: tables that the first implementation made.


def tidy(rng: np.random.Generator, modes: dict[str, int], seeds: int, variants: list[str]) -> pd.DataFrame:
    """Runs with ties, failed runs, infinite values, measures of the last step alone, unequal numbers of runs."""
    rows = []
    for dataset, count in modes.items():
        for place, variant in enumerate(variants):
            level = 0.2 + 0.8 * ((3 * place + len(dataset)) % len(variants)) / len(variants)
            for seed in range(seeds - (variant == "began")):
                fails = (variant, seed) == ("lsgan", 1)
                for step in STEPS:
                    share = np.clip(level * (0.3 + 0.7 * step / STEPS[-1]) + 0.15 * rng.standard_normal(), 0, 1)
                    found = {"modes": float(round(share * count)), "high_quality_percent": 100 * share}
                    found["reverse_kl"] = (1 - share) * np.log(count) if share > 0.1 else float(np.log(count))
                    found |= {"mean_loss_D": rng.normal() - share, "mean_loss_G": 0.5 if place == 0 else rng.normal()}
                    if step == STEPS[-1]:
                        found |= {"mmd": rng.uniform(), "sliced_wasserstein": inf if share < 0.3 else rng.uniform()}
                    status = "diverged" if fails and step >= 900 else "ok"
                    rows += [("matched", dataset, variant, seed, step, *item, status) for item in found.items()]
                for name in ("1", "0.5"):
                    reached = rng.random() < level
                    time = float(rng.choice(STEPS[1:])) if reached else float(STEPS[-1])
                    row = (f"coverage_time:{name}", time, "ok" if reached else "censored")
                    rows.append(("matched", dataset, variant, seed, STEPS[-1], *row))
        rows.append(("calibration", dataset, "oracle", 0, 0, "modes", float(count), "ok"))
    columns = ["experiment", "dataset", "variant", "seed", "step", "measure", "value", "status"]
    return pd.DataFrame(rows, columns=columns)


def make(
    folder: Path, root: int, seeds: int = 5, variants: list[str] = VARIANTS, measures: list[str] = MEASURES
) -> Path:
    """The folder of a study, with the files that the check reads."""
    (folder / "tables").mkdir(parents=True)
    study = load_study(
        ["config/config.yaml"],
        {"root_seed": root, "seeds": seeds, "variants": variants, "measures": measures, "datasets": ["ring", "grid"]},
    )
    (folder / "study.json").write_text(study.model_dump_json())
    (folder / "MANIFEST.sha256").touch()
    shutil.copy("config/claims.yaml", folder)
    facts = Bundle(folder).facts
    modes = {name: entry["modes"] for name, entry in facts["datasets"].items()}
    rows = tidy(np.random.default_rng(root), modes, seeds, variants)
    rows.to_parquet(folder / "tables" / "measures.parquet", index=False)
    better = {name: entry["better"] for name, entry in facts["measures"].items()}
    window = yaml.safe_load(Path("config/claims.yaml").read_text())["settings"]["window"]
    ends = endpoints(rows, window, supports(facts), better)
    for name, table in write.tables(rows, ends, better, supports(facts), draws=DRAWS, root=root).items():
        table.to_csv(folder / "tables" / name, index=False)
    return folder


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """A study with five seeds, whose divisions are all taken, and one with ten, whose divisions are drawn."""
    folder = tmp_path_factory.mktemp("good")
    return {seeds: make(folder / str(seeds), 1, seeds, measures=["modes", "reverse_kl", "mmd"]) for seeds in (5, 10)}


@pytest.fixture
def copied(good: dict[int, Path], tmp_path: Path) -> Callable[[int], Path]:
    return lambda seeds: Path(shutil.copytree(good[seeds], tmp_path / "study"))


def found(folder: Path) -> list[Finding]:
    return comparisons_again.check(Bundle(folder)).findings


def files(folder: Path) -> set[str]:
    return {finding.file for finding in found(folder)}


def edit(folder: Path, name: str, key: str, column: str, change: Callable[[float], object]) -> None:
    """Change a number of the row whose cells begin with those of `key`, parted by slashes."""
    path = folder / "tables" / name
    lines = list(csv.reader(path.read_text().splitlines()))
    [row] = [line for line in lines[1:] if "/".join(line).startswith(f"{key}/")]
    place = lines[0].index(column)
    row[place] = str(change(float(row[place])))
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(lines)


def rewrite(folder: Path, name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """Change a table of the study as a whole."""
    path = folder / "tables" / name
    if name.endswith(".parquet"):
        change(pd.read_parquet(path)).to_parquet(path, index=False)
    else:
        change(pd.read_csv(path, dtype=str, keep_default_na=False)).to_csv(path, index=False)


# Good studies.


@pytest.mark.parametrize(("root", "seeds"), [(2, 3), (3, 6), (4, 10)])
def test_an_honest_study_has_no_findings(tmp_path: Path, root: int, seeds: int) -> None:
    result = comparisons_again.check(Bundle(make(tmp_path / "study", root, seeds)))
    assert result.findings == []
    assert result.looked_at > 3000
    assert result.notes == []


def test_a_single_seed_has_little_to_compare_and_that_is_said(tmp_path: Path) -> None:
    result = comparisons_again.check(Bundle(make(tmp_path / "study", 1, 1, ["gan-nonsaturating", "veegan"])))
    assert result.findings == []
    without = ("pairs", "baseline", "ranks", "stability", "disagreements")
    assert [note.split()[0] for note in result.notes] == [f"tables/{name}.csv" for name in without]


# One number changed.

PAIR = "matched/ring/modes/gan-nonsaturating/veegan"
AGAINST = "matched/grid/reverse_kl/veegan/gan-nonsaturating"
EDITS = [
    ("pairs.csv", PAIR, "p", lambda p: 2 * p),
    ("pairs.csv", PAIR, "p_holm", lambda p: p / 2),
    ("pairs.csv", PAIR, "p_bh", lambda p: p / 2),
    ("pairs.csv", PAIR, "difference", lambda value: -value),
    ("pairs.csv", PAIR, "difference_lower", lambda low: 0.7 * low),
    ("pairs.csv", PAIR, "difference_upper", lambda high: 1.3 * high),
    ("pairs.csv", PAIR, "superiority", lambda chance: 1 - chance),
    ("pairs.csv", PAIR, "superiority_lower", lambda low: low * (1 + 1e-8)),
    ("pairs.csv", PAIR, "detectable", lambda chance: chance - 0.001),
    ("pairs.csv", PAIR, "least_p", lambda p: p / 2),
    ("pairs.csv", PAIR, "mean_first", lambda mean: mean * (1 + 1e-8)),
    ("pairs.csv", PAIR, "p", lambda p: "small"),
    ("pairs.csv", PAIR, "p", lambda p: nan),
    ("pairs.csv", PAIR, "difference_lower", lambda low: ""),
    ("baseline.csv", AGAINST, "difference", lambda value: -value),
    ("baseline.csv", AGAINST, "difference_lower", lambda low: low * 1.000001),
    ("baseline.csv", AGAINST, "p_holm", lambda p: p / 2),
    ("ranks.csv", "matched/ring/modes/began", "rank", lambda rank: rank - 0.5),
    ("ranks.csv", "matched/ring/modes/veegan", "rank_high", lambda rank: int(rank) - 1),
    ("ranks.csv", "matched/ring/modes/veegan", "rank_low", lambda rank: int(rank) + 1),
    ("ranks.csv", "matched/ring/modes/lsgan", "best_share", lambda share: share + 0.1),
    ("ranks.csv", "matched/ring/modes/veegan", "best_three_share", lambda share: share - 0.02),
    ("stability.csv", "matched/modes/tau_b/grid/ring", "value", lambda tau: tau - 1 / 3),
    ("stability.csv", "matched/modes/tau_b/grid/ring", "upper", lambda high: 0.1),
    ("stability.csv", "matched/modes/kendall_w/all/all", "p", lambda p: 2 * p),
    ("coverage_times.csv", "matched/ring/coverage_time:1/veegan", "median", lambda time: time - 100),
    ("coverage_times.csv", "matched/ring/coverage_time:1/veegan", "restricted_mean", lambda time: time - 1),
    ("coverage_times.csv", "matched/ring/coverage_time:1/veegan", "difference", lambda value: -value),
    ("coverage_times.csv", "matched/ring/coverage_time:1/veegan", "p", lambda p: p / 2),
    ("coverage_times.csv", "matched/ring/coverage_time:1/veegan", "reached", lambda n: int(n) + 1),
    ("signals.csv", "matched/ring/veegan/mean_loss_D/modes", "correlation", lambda value: -value),
    ("signals.csv", "matched/ring/veegan/mean_loss_D/modes", "across", lambda value: value / 2),
    ("signals.csv", "matched/ring/veegan/mean_loss_D/modes", "p", lambda p: p / 2),
]


@pytest.mark.parametrize(("name", "key", "column", "change"), EDITS, ids=[f"{e[0]}-{e[2]}" for e in EDITS])
def test_a_changed_number_is_found_in_its_file_row_and_column(
    copied: Callable[[int], Path], name: str, key: str, column: str, change: Callable[[float], object]
) -> None:
    folder = copied(5)
    edit(folder, name, key, column, change)
    assert (f"tables/{name}", f"{key}: {column}") in [(finding.file, finding.where) for finding in found(folder)]


def test_only_what_follows_from_a_wrong_p_is_found_beside_it(copied: Callable[[int], Path]) -> None:
    folder = copied(5)
    edit(folder, "pairs.csv", PAIR, "p", lambda p: 2 * p)
    assert [(finding.file, finding.where) for finding in found(folder)] == [("tables/pairs.csv", f"{PAIR}: p")]


def test_the_ends_of_an_interval_that_are_swapped(copied: Callable[[int], Path]) -> None:
    folder = copied(5)
    swapped = {"difference_lower": "difference_upper", "difference_upper": "difference_lower"}
    rewrite(folder, "pairs.csv", lambda table: table.rename(columns=swapped)[list(table.columns)])
    wrong = [finding.where for finding in found(folder) if finding.file == "tables/pairs.csv"]
    assert f"{PAIR}: difference_lower, difference_upper" in wrong


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_a_drawn_p_that_is_off_by_a_factor_of_two(copied: Callable[[int], Path], factor: float) -> None:
    folder = copied(10)
    table = pd.read_csv(folder / "tables" / "pairs.csv")
    row = table.loc[table["p"].between(0.04, 0.4)].iloc[0]
    key = "/".join(row[["experiment", "dataset", "measure", "first", "second"]])
    edit(folder, "pairs.csv", key, "p", lambda p: round(p * factor, 4))
    assert any(finding.where.startswith(f"{key}: p") for finding in found(folder))


def test_a_drawn_p_within_chance_that_contradicts_another_pair(copied: Callable[[int], Path]) -> None:
    folder = copied(10)
    table = pd.read_csv(folder / "tables" / "pairs.csv")
    whole = (table["n_first"] == 10) & (table["n_second"] == 10) & (table["measure"] == "mmd")
    rows = table[whole & table["p"].between(0.01, 0.99)].sort_values("p").to_dict("records")
    less, more = min(pairwise(rows), key=lambda pair: pair[1]["p"] / pair[0]["p"])
    names = [
        "/".join(row[name] for name in ("experiment", "dataset", "measure", "first", "second")) for row in (less, more)
    ]
    edit(folder, "pairs.csv", names[0], "p", lambda p: round(more["p"] + 1e-4, 4))
    problems = [finding.problem for finding in found(folder) if finding.where in (f"{name}: p" for name in names)]
    assert any("extreme, has" in problem for problem in problems)


# Rows, columns and files.


def test_a_row_that_is_dropped_added_or_there_twice(copied: Callable[[int], Path]) -> None:
    folder = copied(5)
    rewrite(folder, "pairs.csv", lambda table: table.drop(index=3))
    rewrite(folder, "ranks.csv", lambda table: pd.concat([table, table.tail(1)]))
    rewrite(folder, "signals.csv", lambda table: pd.concat([table, table.tail(1).assign(signal="mean_loss_E")]))
    counts = {finding.file: finding.problem for finding in found(folder)}
    assert counts["tables/pairs.csv"] == "there are 0 such rows, expected 1"
    assert counts["tables/ranks.csv"] == "there are 2 such rows, expected 1"
    assert counts["tables/signals.csv"] == "there are 1 such rows, expected 0"


def test_a_column_that_is_missing_or_new(copied: Callable[[int], Path]) -> None:
    folder = copied(5)
    rewrite(folder, "stability.csv", lambda table: table.drop(columns="p"))
    rewrite(folder, "disagreements.csv", lambda table: table.assign(p="0.5"))
    assert [(finding.file, finding.problem) for finding in found(folder)] == [
        ("tables/stability.csv", "missing p"),
        ("tables/disagreements.csv", "not expected p"),
    ]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda content: content[: len(content) // 2],
    "empty": lambda content: b"",
    "no-text": lambda content: b"\xff\x00" + content,
}


@pytest.mark.parametrize("damage", [*DAMAGES, "gone"])
def test_damaged_tables_are_a_finding_each(copied: Callable[[int], Path], damage: str) -> None:
    folder = copied(5)
    for name in write.NAMES:
        path = folder / "tables" / name
        if damage == "gone":
            path.unlink()
        else:
            path.write_bytes(DAMAGES[damage](path.read_bytes()))
    assert files(folder) == {f"tables/{name}" for name in write.NAMES}


MEASURED = "tables/measures.parquet"


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows.drop(columns="status"),
        lambda rows: rows.assign(value=rows["value"].where(rows.index != 300)),
        lambda rows: rows.assign(value=rows["value"].where(rows["measure"] != "coverage_time:1")),
        lambda rows: rows.assign(value=rows["value"].astype(str).where(rows.index != 300, "many")),
        lambda rows: rows.assign(step=rows["step"].astype(str).where(rows.index != 300, "last")),
        lambda rows: rows.assign(dataset=rows["dataset"].where(rows.index != 300, "circle")),
        lambda rows: rows.assign(value=rows["value"].where(rows["measure"] != "modes", 99.0)),
        lambda rows: pd.concat([rows, rows.iloc[300:301]]),
        lambda rows: rows.assign(value=rows["value"] * np.where(rows["measure"] == "modes", 1.0, -1.0)),
    ],
)
def test_rows_that_cannot_be_compared_are_findings(
    copied: Callable[[int], Path], change: Callable[[pd.DataFrame], pd.DataFrame]
) -> None:
    folder = copied(5)
    rewrite(folder, "measures.parquet", change)
    assert MEASURED in files(folder)


def test_a_tidy_table_that_cannot_be_read_is_one_finding_and_a_note(copied: Callable[[int], Path]) -> None:
    folder = copied(5)
    (folder / MEASURED).write_bytes((folder / MEASURED).read_bytes()[:1000])
    result = comparisons_again.check(Bundle(folder))
    assert [finding.file for finding in result.findings] == [MEASURED]
    assert "no rows" in result.notes[0]


def test_a_changed_run_is_found_in_the_tables(copied: Callable[[int], Path]) -> None:
    folder = copied(5)
    last = "measure == 'modes' and variant == 'veegan' and dataset == 'ring' and seed == 0 and step == 1000"
    rewrite(folder, "measures.parquet", lambda rows: rows.assign(value=rows["value"] + rows.eval(last)))
    assert files(folder) >= {"tables/pairs.csv", "tables/baseline.csv", "tables/ranks.csv"}


@pytest.mark.parametrize(
    "damage", ["settings: {alpha: 0.05}", "settings: [", "[]", "settings: {alpha: a, window: 1, draws: 9}"]
)
def test_settings_that_cannot_be_read(copied: Callable[[int], Path], damage: str) -> None:
    folder = copied(5)
    (folder / "claims.yaml").write_text(damage)
    assert files(folder) == {"claims.yaml"}


# Known answers.


def p_of(x: list[float], y: list[float], draws: int = DRAWS) -> float:
    return tests.BrunnerMunzel(np.array(x), np.array(y), draws).p()[1]


def test_p_of_groups_that_are_apart_tied_and_infinite() -> None:
    assert p_of([1, 2, 3], [4, 5, 6]) == 2 / 20
    assert p_of([5, 5, 5], [5, 5, 5]) == 1
    assert p_of([1, 2, -inf], [inf, inf, 4]) == 2 / 20
    assert p_of([1, 1], [2, 2, 2]) == 1 / 10  # ten divisions, of which no other parts two from three


def test_the_statistic_is_that_of_scipy() -> None:
    rng = np.random.default_rng(0)
    for n, m in [(3, 4), (10, 10), (5, 12)]:
        x, y = rng.integers(0, 4, n), rng.integers(1, 5, m)
        expected = abs(stats.brunnermunzel(x, y).statistic)
        assert tests.BrunnerMunzel(x, y, DRAWS).statistic == pytest.approx(expected, rel=1e-12)


def test_corrections_are_those_of_statsmodels() -> None:
    p = [0.01, 0.04, 0.03, 0.04, 0.9, 0.002]
    assert family.holm(p) == pytest.approx(multipletests(p, method="holm")[1])
    assert family.benjamini_hochberg(p) == pytest.approx(multipletests(p, method="fdr_bh")[1])


def test_what_can_be_detected_is_what_the_first_implementation_says() -> None:
    for n, m, alpha in [(5, 5, 0.05), (10, 10, 0.05 / 78), (3, 3, 0.05), (7, 12, 0.01), (30, 30, 0.001), (4, 5, 0.05)]:
        expected = detectable_superiority(n, m, alpha, draws=DRAWS)
        found = family.detectable(n, m, alpha, DRAWS)
        assert found == pytest.approx(nan if expected is None else expected, rel=1e-9, nan_ok=True)
    assert family.least_p(5, 5, DRAWS) == 2 / 252
    assert family.least_p(4, 5, DRAWS) == 1 / 126
    assert family.least_p(10, 10, DRAWS) == 1 / 10_000


def test_superiority_has_wilsons_interval() -> None:
    chance, low, high = superiority(np.array([1.0, 2, 3, 4]), np.array([2.5, 0, 0, 0]))
    assert chance == 14 / 16
    assert low < chance < high
    wilson = stats.binomtest(3, 4).proportion_ci(0.95, method="wilson")
    assert superiority(np.array([1.0, 1, 1, 0]), np.array([0.5] * 4)) == pytest.approx((0.75, wilson.low, wilson.high))
    assert superiority(np.array([2.0, 2]), np.array([1.0, 1]))[2] == 1.0


def test_the_interval_of_zeros_and_ones_is_clopper_and_pearsons() -> None:
    values = np.array([0.0, 1, 1, 1, 1, 1, 1, 1])
    expected = stats.binomtest(7, 8).proportion_ci(0.95, method="exact")
    found = mean_of(values, (0.0, 1.0))
    assert found.lower[0] < expected.low < found.lower[1]
    assert found.upper[0] < expected.high < found.upper[1]
    assert found.upper[1] - found.upper[0] < 0.002
    assert mean_of(np.array([1.0, inf]), (0.0, inf)) == (inf, None, None)


def test_an_endpoint_is_the_mean_of_the_last_half_at_most() -> None:
    assert late_mean([1, 2, 3, 4, 5], 20) == 4.5
    assert late_mean([1, 2, 3, 4, 5], 1) == 5
    assert late_mean([7], 20) == 7
    assert oriented([np.log(8), sum([np.log(8)] * 3) / 3], "less").tolist() == [-2.07944154168] * 2


def test_first_places_are_shared_by_variants_that_tie() -> None:
    found = first_places({"a": np.array([1.0, 1.0]), "b": np.array([1.0, 1.0]), "c": np.array([0.0, 0.0])}, "more", 0)
    assert found.tolist() == [[0.5, 1.0], [0.5, 1.0], [0.0, 1.0]]
    assert first_places({"a": np.array([0.0, 1.0]), "b": np.array([2.0, 3.0])}, "less", 0).tolist() == [[1, 1], [0, 1]]


def test_agreement_of_rankings_is_that_of_scipy() -> None:
    rng = np.random.default_rng(1)
    first, second = rng.integers(0, 5, 9).tolist(), rng.integers(0, 5, 9).tolist()
    assert stability.rank_tau(first, second) == pytest.approx(stats.kendalltau(first, second).statistic)
    assert np.isnan(stability.rank_tau([1, 1], [1, 2]))
    assert stability.rank_tau([inf, 1, 0], [3, 2, -inf]) == 1
    scores = rng.integers(0, 6, (4, 7))
    friedman = stats.friedmanchisquare(*scores.T).statistic
    assert stability.concordance(stats.rankdata(scores, axis=1)) == pytest.approx(friedman / (4 * 6))


def test_the_largest_change_when_a_data_set_is_left_out() -> None:
    ranks = np.array([[1.0, 2, 3], [1, 2, 3], [3, 2, 1]])
    assert stability.largest_change(ranks) == (2, 0, -2 / 3)
    assert stability.largest_change(np.array([[1.0, 2], [1, 2]])) == (0, 0, 0.0)


def test_times_follow_kaplan_and_meier() -> None:
    runs = pd.DataFrame(
        {"value": [100.0, 300, 900, 1000], "step": 1000, "status": ["ok", "ok", "diverged", "censored"]}
    )
    cell = waits(runs)
    assert (cell.times.tolist(), cell.reached.sum(), cell.budget) == ([100, 300, 1000, 1000], 2, 1000)
    assert median(cell) == 300
    assert area(cell, 1000) == (100 + 300 + 2 * 1000) / 4
    assert area(cell, 200) == (100 + 3 * 200) / 4
    early = waits(runs.assign(step=[1000, 1000, 200, 1000]))  # censored at 200: of two left, one reaches it at 300
    assert area(early, 1000) == pytest.approx(100 + 0.75 * 200 + 0.375 * 700)
    assert np.isnan(median(waits(runs.assign(status="censored"))))


def test_signals_that_follow_the_quality_of_their_own_run() -> None:
    rng = np.random.default_rng(2)
    curves = {seed: dict(enumerate(rng.random(20))) for seed in range(5)}
    own = agreement(curves, curves, DRAWS)
    assert (own["status"], own["correlation"].value, own["p"].value) == ("ok", 1.0, 1 / 120)
    assert agreement({0: curves[0], 1: curves[1]}, {0: curves[0], 1: curves[1]}, DRAWS)["status"] == "few runs"
    assert agreement(curves, curves | {4: dict.fromkeys(range(20), 1.0)}, DRAWS)["status"] == "constant"
    assert agreement(curves, curves | {4: {0: 1.0, 1: 2.0}}, DRAWS)["status"] == "unequal length"


# Numbers of random draws.


def test_chance_alone_stays_far_below_the_evidence_that_is_asked_for() -> None:
    rng = np.random.default_rng(3)
    pairs = [(rng.binomial(9999, p) / 9999, rng.binomial(10_000, p) / 10_000) for p in rng.random(2000) ** 4]
    worst = max(evidence(x, 9999, y, 10_000) for x, y in pairs)
    assert 3 < worst < 15
    assert 27 < EVIDENCE < 29


def test_a_drawn_p_is_a_count_near_the_audits() -> None:
    cell = RandomP(0.05, 10_000, 9999)
    assert [cell.agrees(text) for text in ("0.05", "0.0551", "0.1", "0.025", "0.05005", "0.0", "", "1.1")] == [
        *(True, True, False, False, False, False, False, False)
    ]
    assert RandomP(0.0, 10_000, 9999).agrees("0.0001")
    assert not Share(1.0, 10_000, 2000).agrees("0.98")
    assert Share(1.0, 10_000, 2000).agrees("1.0000000000000002")


def test_an_infinite_mean_beside_it_does_not_make_any_mean_right() -> None:
    assert exact(1.0, inf).agrees("1.0")
    assert not exact(1.0, inf).agrees("1.1")
    assert not exact(inf, inf).agrees("1.1")
    assert exact(nan).agrees("")


def test_a_quantile_of_few_values_may_be_between_two_of_them() -> None:
    own = np.repeat([0.0, 1.0], [5000, 5000])
    assert all(Quantile(0.5, 2000, own).agrees(text) for text in ("0.0", "0.5", "1.0"))
    assert Quantile(0.3, 2000, own).agrees("0.0")
    assert not any(Quantile(0.3, 2000, own).agrees(text) for text in ("0.5", "1.0", "-0.1", "", "x"))
