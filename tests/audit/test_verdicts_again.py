"""The verdicts computed again: known answers by rule, honest studies, and tables in which something was changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import stats

from modecollapse import files
from modecollapse.audit.again.verdicts.association import association
from modecollapse.audit.again.verdicts.interval import gaffke, share_below, student_ends
from modecollapse.audit.again.verdicts.ordering import equivalence, ordering, ranked
from modecollapse.audit.again.verdicts.permutation import chances, statistics
from modecollapse.audit.again.verdicts.sets import flips, of_set
from modecollapse.audit.again.verdicts.share import bound, clopper_pearson, share
from modecollapse.audit.again.verdicts.value import judge as judge_value
from modecollapse.audit.again.verdicts.words import read
from modecollapse.audit.again.verdicts.zone import Zone
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.checks.verdicts_again import check
from modecollapse.audit.finding import Result
from modecollapse.claims import load, sets
from modecollapse.claims.judge import judge
from modecollapse.measures import supports
from modecollapse.study.load import load_study

SETTINGS = {"alpha": 0.05, "fewest_runs": 5, "plausible_runs": [1, 5, 10], "tie": 0.15, "draws": 9999}
SUPPORT = (0.0, 8.0)
CONFIG, CLAIMS = Path("config/config.yaml"), Path("config/claims.yaml")
KEPT = ("B3", "B6", "B7", "B9", "B10", "B13", "C11", "L4", "L12", "V7", "V10")
VARIANTS = ["gan-minimax", "gan-nonsaturating", "lsgan", "lsgan-eq8", "wgan", "wgan-gp", "ebgan", "began", "veegan"]
LEVELS = {"wgan": (0.3, 0.9), "wgan-gp": (0.8, 0.2)}  # of the modes: on the way, and at the last step
TABLES = ("verdicts", "claims", "verdict_counts", "flips")


# Known answers.


def test_gaffkes_end_is_exact_where_a_formula_is_known() -> None:
    low, high = gaffke(np.full(5, 8.0), SUPPORT, 0.05)
    assert low.value == pytest.approx(8 * 0.05 ** (1 / 5), abs=1e-9)
    assert high.value == 8.0
    of_shares = gaffke(np.array([1.0] * 7 + [0.0] * 3), (0.0, 1.0), 0.05)
    known = stats.binomtest(7, 10).proportion_ci(0.9, method="exact")
    assert [end.value for end in of_shares] == pytest.approx([known.low, known.high], abs=1e-9)
    assert share_below([1.0], 0.0, 0.3) == pytest.approx(0.3)
    assert share_below([1.0], 0.0, 0.9, repeats=40) == pytest.approx(0.9**40, abs=1e-8)


def test_a_random_end_is_one_that_draws_can_give_and_no_other() -> None:
    points = np.array([5.0, 6.5, 7.0, 7.2, 8.0])
    weights = np.random.default_rng(1).dirichlet(np.ones(6), 20_000)
    drawn = np.quantile(weights @ np.append(points, 0.0), 0.05)
    low = gaffke(points, SUPPORT, 0.05)[0]
    assert low.agrees(str(drawn))
    assert not low.agrees(str(drawn + 0.3))
    assert not low.agrees("near")
    assert tuple(low.above(low.value - 1)) == (True,)
    assert set(low.above(low.value)) == {True, False}


def test_students_interval_is_scipys() -> None:
    values = np.array([0.02, 0.03, 0.05, 0.04])
    known = stats.t.interval(0.9, 3, np.log(values).mean(), stats.sem(np.log(values)))
    assert [end.value for end in student_ends(values, 0.05, logs=True)] == pytest.approx(np.exp(known))
    assert student_ends(np.full(4, 0.1), 0.05) is None
    assert student_ends(np.array([0.0, 1.0]), 0.05, logs=True) is None


@pytest.mark.parametrize(
    ("values", "number", "verdict"),
    [
        ([8.0] * 30, 8.0, "REPRODUCED"),
        ([8.0] * 10, 8.0, "INCONCLUSIVE(n_below_resolution_floor; 30 seeds)"),
        ([8.0] * 30, 1.0, "NOT_REPRODUCED(above)"),
        ([1.0] * 30, 8.0, "NOT_REPRODUCED(below)"),
        ([8.0] * 4, 8.0, "INCONCLUSIVE(too_few_runs; 5 seeds)"),
        ([], 8.0, "INCONCLUSIVE(too_few_runs; 5 seeds)"),
        ([1.0] * 3 + [7.0] * 27, 1.0, "INCONCLUSIVE(original_n_too_small)"),
        ([2.0, 4.0, 6.0] * 10, 4.7, "INCONCLUSIVE(ci_straddles_margin"),
    ],
)
def test_a_value_is_judged_as_the_rule_says(values: list[float], number: float, verdict: str) -> None:
    found = judge_value(np.array(values), Zone(number, 0.05, 0.8), SUPPORT, SETTINGS, "")
    assert found.verdict.text.startswith(verdict)


def test_a_spread_that_is_not_explained_leaves_the_verdict_open() -> None:
    readings = ["sd-of-runs", "sd-of-images"]
    zone = Zone(0.01, 0.0005, 0.001, spread=0.02, readings=readings)
    values = np.random.default_rng(0).uniform(0.028, 0.03, 30)
    assert judge_value(values, zone, None, SETTINGS, "").verdict.reason == "underspecified_original"


def test_the_margins_of_a_zone_turn_the_verdict() -> None:
    zone = Zone(4.0, 0.5, 1.0)
    assert zone.ends == (2.5, 5.5)
    assert zone.margins((3.0, 6.0)) == (1.5, None)
    assert zone.margins((6.0, 7.0)) == (2.5, 1.5)
    factor = Zone(100.0, 0.0, 1.5, factor=True)
    assert factor.ends == pytest.approx((100 / 1.5, 150))
    assert factor.margins((200.0, 400.0)) == (4.0, 2.0)


def test_the_written_number_of_seeds_counts_where_draws_decide_it() -> None:
    values, zone = np.linspace(3.0, 6.0, 10), Zone(4.5, 0.05, 0.4)
    ours = judge_value(values, zone, SUPPORT, SETTINGS, "").verdict
    assert ours.seeds
    near = ours._replace(seeds=ours.seeds + 10)
    assert judge_value(values, zone, SUPPORT, SETTINGS, near.text).verdict in (ours, near)
    far = ours._replace(seeds=4 * ours.seeds)
    assert judge_value(values, zone, SUPPORT, SETTINGS, far.text).verdict == ours


def test_shares_of_runs() -> None:
    assert clopper_pearson(0, 10, 0.05) == pytest.approx((0, 1 - 0.05**0.1))
    assert share(10, 10, 0.5, SETTINGS).verdict.text == "REPRODUCED"
    assert share(0, 10, 0.5, SETTINGS).verdict.text == "NOT_REPRODUCED(below)"
    assert share(1, 10, 0.0, SETTINGS).verdict.text == "REPRODUCED"
    assert share(0, 10, 0.0, SETTINGS).verdict.text == "INCONCLUSIVE(ci_straddles_margin)"
    open_one = share(7, 10, 0.5, SETTINGS).verdict
    assert open_one.reason == "ci_straddles_margin"
    assert clopper_pearson(round(0.7 * open_one.seeds), open_one.seeds, 0.05)[0] > 0.5


def test_a_bound_is_judged_with_and_without_a_support() -> None:
    told = [bound(np.full(30, x), (-0.3, 0.3), (-1.0, 1.0), SETTINGS, "").verdict.text for x in (0.0, 0.9, -0.9)]
    assert told == ["REPRODUCED", "NOT_REPRODUCED(above)", "NOT_REPRODUCED(below)"]
    nominal = bound(np.linspace(-0.01, 0.01, 6), (-0.1, 0.1), None, SETTINGS, "")
    assert nominal.verdict.text == "REPRODUCED"
    assert nominal.detail.endswith("nominal interval, no bounds are known")
    assert bound(np.zeros(6), (-0.1, 0.1), None, SETTINGS, "").verdict.reason == "n_below_resolution_floor"


def test_the_permutation_test_knows_groups_that_are_apart_and_groups_that_are_alike() -> None:
    apart = chances(np.arange(5.0) + 10, np.arange(5.0), 9999)
    assert [p.value for p in apart] == [1 / 252, 1.0]
    assert [p.value for p in chances(np.ones(5), np.ones(5), 9999)] == [1.0, 1.0]
    better, _ = chances(np.arange(20.0) + 50, np.arange(20.0), 9999)
    assert better.value < 0.001 < better.error


def test_the_statistic_goes_with_brunner_and_munzels() -> None:
    rng = np.random.default_rng(3)
    pairs = [(rng.normal(0.3, 1, 6), rng.normal(0, 2, 6)) for _ in range(6)]
    first = np.append(np.ones(6), np.zeros(6))[np.newaxis]
    ours = [statistics(first, np.append(x, y))[0] for x, y in pairs]
    known = [-stats.brunnermunzel(x, y).statistic for x, y in pairs]
    assert np.argsort(ours).tolist() == np.argsort(known).tolist()
    assert np.divide(ours, known) == pytest.approx(ours[0] / known[0])


def test_orders_and_ties() -> None:
    low, high = np.arange(8.0), np.arange(8.0) + 9
    assert ordering(high, {"a": low, "b": low}, SETTINGS, "").verdict.text == "REPRODUCED"
    assert ordering(low, {"a": high, "b": low}, SETTINGS, "").verdict.text == "NOT_REPRODUCED(below)"
    assert ordering(high, {"a": low, "b": high}, SETTINGS, "").verdict.text.startswith("PARTIALLY(1 of 2 beaten; ")
    same = np.ones(28)
    assert ordering(same, {"a": same}, SETTINGS, "").verdict.text == "NOT_REPRODUCED(tie)"
    assert ordering(same, {"a": same}, SETTINGS, "", unreached=True).verdict.text == "INCONCLUSIVE(not_reached)"
    assert equivalence(same, same, "a", SETTINGS, "").verdict.text == "REPRODUCED"
    assert equivalence(same[:20], same[:20], "a", SETTINGS, "").verdict.text == "INCONCLUSIVE(not_separated; 28 seeds)"
    assert equivalence(low, high, "a", SETTINGS, "").verdict.text == "NOT_REPRODUCED(below)"
    assert ranked(np.array([1.0, 1 + 1e-14]), "less").tolist() == [-1.0, -1.0]


def test_a_detail_is_told_to_its_digits() -> None:
    found = ordering(np.arange(6.0) + 3, {"a": np.arange(6.0)}, SETTINGS, "").detail
    assert found.agrees(str(found))
    assert not found.agrees(str(found).replace("A12 0.", "A12 0.1"))
    assert not found.agrees(str(found).replace("a:", "b:"))
    assert not found.agrees("")


@pytest.mark.parametrize(("sign", "verdict"), [("negative", "REPRODUCED"), ("positive", "NOT_REPRODUCED(below)")])
def test_an_association_is_of_curves_of_the_same_run(sign: str, verdict: str) -> None:
    courses = np.random.default_rng(0).permuted(np.tile(np.arange(9.0), (6, 1)), axis=1)
    found = association({"ring": (courses, -courses)}, sign, SETTINGS, "")
    assert found.verdict.text == verdict
    assert found.detail.agrees(str(found.detail))
    flat = association({"ring": (courses, np.ones((6, 9)))}, sign, SETTINGS, "")
    assert (flat.verdict.outcome, str(flat.detail)) == ("INCONCLUSIVE", "ring: constant")


def test_verdicts_of_sets_and_flips() -> None:
    assert of_set(["REPRODUCED", "NOT_RUN"]).text == "PARTIALLY(1 REPRODUCED, 1 NOT_RUN)"
    assert of_set(["INCONCLUSIVE", "NOT_REPRODUCED"]).outcome == "NOT_REPRODUCED"
    assert of_set(["NOT_TESTABLE", "NOT_RUN"]).outcome == "NOT_RUN"
    row = dict.fromkeys(["claim", "experiment", "dataset", "measure", "variant", "rule", "published"], "x")
    row |= {"at_this_budget": "REPRODUCED", "worst_score": "REPRODUCED", "complete_case": "REPRODUCED"}
    assert [flip["by"] for flip in flips([row | {"final_step": "NOT_REPRODUCED(tie)"}])] == ["endpoint"]
    assert flips([row | {"final_step": "INCONCLUSIVE(not_reached)"}]) == []


def test_a_verdict_is_read_as_it_is_printed() -> None:
    for text in ("REPRODUCED", "NOT_REPRODUCED(above)", "INCONCLUSIVE(x; 40 seeds)", "PARTIALLY(1 of 2 beaten)", "?"):
        assert read(text).text == text


# Honest made-up studies, judged by the first implementation.


def make(folder: Path, seeds: int, root: int, variants: list[str] = VARIANTS, reference: int | None = 900) -> Path:
    """The folder of a study on ring and grid with runs that fail, tie, are apart, lack a value.

    reference: the reference_steps of BEGAN's recipe.
    """
    (folder / "tables").mkdir(parents=True)
    content = yaml.safe_load(CLAIMS.read_text(encoding="utf-8"))
    content["claims"] = [claim for claim in content["claims"] if claim["id"] in KEPT]
    (folder / "claims.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    experiments = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))["experiments"]
    plane, began, *_ = experiments["matched"]
    experiments = {"matched": [{**plane, "reference_steps": 500}, {**began, "reference_steps": reference}]}
    chosen = {"experiments": experiments, "root_seed": root, "seeds": seeds, "datasets": ["ring", "grid"]}
    study = load_study([CONFIG], chosen | {"variants": variants, "measures": ["modes", "high_quality_percent"]})
    (folder / "study.json").write_text(study.model_dump_json())
    (folder / "MANIFEST.sha256").touch()
    facts, registry = Bundle(folder).facts, load(folder / "claims.yaml")
    rows = made_up_rows(facts, np.random.default_rng(root))
    rows.to_parquet(folder / "tables" / "measures.parquet", index=False)
    judged = judge(facts, rows, registry, files.sha256(folder / "claims.yaml"), supports(facts))
    claims = sets.claim_verdicts(judged, registry)
    for name, table in zip(TABLES, (judged, claims, sets.counts(claims), sets.flips(judged)), strict=True):
        table.to_csv(folder / "tables" / f"{name}.csv", index=False, lineterminator="\n")
    return folder


def made_up_rows(facts: dict, rng: np.random.Generator) -> pd.DataFrame:
    """The tidy table: by place in the list, runs are all perfect, spread, in two groups, or partly failed."""
    rows = []
    for place, cell in enumerate(facts["cells"]):
        key = [cell[name] for name in ("experiment", "dataset", "variant")]
        most = facts["datasets"][cell["dataset"]]["modes"]
        for seed in facts["seeds"]:
            level = [1.0, rng.uniform(0.2, 1), float(seed % 2), 0.1, rng.uniform(0.7, 0.9)][place % 5]
            for step in range(0, 600, 50):
                at = LEVELS.get(cell["variant"], (level, level))[step == 550]
                share = float(np.clip(at + 0.1 * rng.normal() * (level < 1), 0, 1))
                failed = place % 5 == 1 and seed == 0 and step > 450
                values = {"modes": float(round(share * most)), "high_quality_percent": 100 * share}
                values |= {"mean_state_M_global": rng.normal() - share} if step else {}
                if step == 550:
                    values |= {"diverged": float(failed), "D_from_half": rng.uniform(0, 0.5)}
                    values |= {"coverage_time:0.9": float(rng.choice([100, 300, 550])), "full_coverage_share": share}
                    values |= {"began_ratio_deviation": 0.05 * rng.normal()} if seed else {}
                rows += [[*key, seed, step, *item, "diverged" if failed else "ok"] for item in values.items()]
    rows += [["calibration", name, "oracle", 0, 0, "modes", 8.0, "ok"] for name in facts["datasets"]]
    columns = ["experiment", "dataset", "variant", "seed", "step", "measure", "value", "status"]
    return pd.DataFrame(rows, columns=columns)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("verdicts") / "good", 6, 3)


@pytest.fixture
def study(good: Path, tmp_path: Path) -> Path:
    """A copy that may be changed."""
    return Path(shutil.copytree(good, tmp_path / "study"))


def checked(folder: Path) -> Result:
    return check(Bundle(folder))


def told(result: Result) -> list[str]:
    return [str(finding) for finding in result.findings]


def test_both_implementations_agree_on_all_divisions(good: Path) -> None:
    result = checked(good)
    assert told(result) == []
    assert result.looked_at > 1000
    assert any("3 identities" in note or "2 identities" in note for note in result.notes)
    outcomes = pd.read_csv(good / "tables" / "verdicts.csv")["outcome"].value_counts()
    assert {"REPRODUCED", "NOT_REPRODUCED", "INCONCLUSIVE", "NOT_RUN", "NOT_TESTABLE"} <= set(outcomes.index)


def test_both_implementations_agree_on_random_divisions(tmp_path: Path) -> None:
    few = ["gan-minimax", "gan-nonsaturating", "lsgan", "lsgan-eq8", "began"]
    folder = make(tmp_path / "ten", 10, 4, few, reference=None)
    assert told(checked(folder)) == []
    assert (pd.read_csv(folder / VERDICTS)["reason"].fillna("").str.startswith("no_reference")).any()


# Tables in which something was changed.

VERDICTS = "tables/verdicts.csv"
Change = Callable[[pd.DataFrame, int], None]


def put(column: str, entry: str | Callable[[str], str]) -> Change:
    def change(table: pd.DataFrame, at: int) -> None:
        table.loc[at, column] = entry if isinstance(entry, str) else entry(table.loc[at, column])

    return change


def swap(first: str, second: str) -> Change:
    def change(table: pd.DataFrame, at: int) -> None:
        table.loc[at, [first, second]] = table.loc[at, [second, first]].to_list()

    return change


def swapped(text: str) -> str:
    return "NOT_REPRODUCED(above)" if text == "REPRODUCED" else "REPRODUCED"


def last_digit(text: str) -> str:
    return f"{float(text) * 1.001:.9g}"


CHANGES = [
    [
        ("V7/", put("worst_score", "NOT_REPRODUCED(tie)"), "worst_score is NOT_REPRODUCED(tie), computed "),
        ("V7/", put("margin", "0.9"), "margin is 0.9, computed "),
        ("V7/", swap("lower", "upper"), "lower is"),
        ("V7/", put("published", "2"), "published is 2, computed "),
        ("V7/", put("n", "7.0"), "n is 7.0, computed 6"),
        ("B3/", put("worst_score", "PARTIALLY(1 of 2 beaten)"), "worst_score is PARTIALLY(1 of 2 beaten), computed "),
        ("B3/", put("detail", lambda text: text.replace("p ", "p 0.9")), "detail is"),
        ("L12/", put("final_step", "REPRODUCED"), "final_step is REPRODUCED"),
        ("L4/", put("at_this_budget", "NOT_REPRODUCED(tie)"), "at_this_budget is NOT_REPRODUCED(tie), computed "),
        ("B7/", put("outcome", "REPRODUCED"), "outcome is REPRODUCED, computed INCONCLUSIVE"),
        ("B9/", put("detail", lambda text: text.replace("correlation ", "correlation 1")), "detail is"),
        ("C11/", put("detail", "5 of 6 runs"), "detail is 5 of 6 runs, computed"),
        ("B6/", put("reference_steps", "7.0"), "reference_steps is 7.0, computed 900"),
        ("B10/", put("verdict", "INCONCLUSIVE"), "verdict is INCONCLUSIVE, computed REPRODUCED"),
        ("V10/", put("reason", "nothing"), "reason is nothing"),
    ],
    [
        ("V7/", put("verdict", swapped), "verdict is "),
        ("V7/", put("estimate", last_digit), "estimate is"),
        ("V7/", put("d_repro", last_digit), "d_repro is"),
        ("V7/", put("rounding", "0.5"), "rounding is 0.5, computed 0.05"),
        ("V7/", put("oracle", "7.0"), "oracle is 7.0, computed 8.0"),
        ("V7/", put("registry", "0" * 12), "registry is 000000000000"),
        ("V7/", put("recipe", "ours"), "recipe is ours"),
        ("V7/", put("remeasured", "none"), "remeasured is none"),
        ("V7/", put("seeds_needed", "11"), "seeds_needed is 11"),
        ("B6/", put("estimate", "many"), "estimate is many"),
        ("L4/", put("against", "ours"), "against is ours"),
        ("B7/", put("n_failed", "6"), "n_failed is 6, computed "),
    ],
]


@pytest.mark.parametrize("changes", CHANGES)
def test_a_changed_entry_is_named_with_its_row(study: Path, changes: list[tuple[str, Change, str]]) -> None:
    table = pd.read_csv(study / VERDICTS, dtype=str, keep_default_na=False)
    decided, wanted = table["steps"] != "", []
    for start, change, named in changes:
        own = table["part"].str.startswith(start) & (decided | (start in ("B10/", "V10/")))
        at = table.index[own & ~table["part"].isin([part for part, _ in wanted])][0]
        change(table, at)
        wanted.append((table.loc[at, "part"], named))
    table.to_csv(study / VERDICTS, index=False, lineterminator="\n")
    found = told(checked(study))
    for part, named in wanted:
        assert any(text.startswith(f"{VERDICTS}: {part}: ") and named in text for text in found), (part, named, found)
    assert len(found) == len(wanted)  # what follows from a changed entry is not wrong as well


@pytest.mark.parametrize("name", TABLES)
def test_missing_extra_and_changed_rows_of_every_table_are_named(study: Path, name: str) -> None:
    file = f"tables/{name}.csv"
    table = pd.read_csv(study / file, dtype=str, keep_default_na=False)
    assert len(table) > 3
    last, rows = table.columns[-1], table.index.to_list()
    table.loc[3, last] = "17"
    table.iloc[[1, *rows[1:]]].to_csv(study / file, index=False)  # the first is missing, the second there twice
    found = [text for text in told(checked(study)) if text.startswith(f"{file}: ")]
    assert len(found) == 3
    assert any(f"{last} is 17, computed " in text for text in found)
    table.drop(columns=last).to_csv(study / file, index=False)
    assert any(text == f"{file}: columns: missing {last}" for text in told(checked(study)))


def test_a_changed_measurement_shows_in_the_verdicts(study: Path) -> None:
    path = study / "tables" / "measures.parquet"
    rows = pd.read_parquet(path)
    rows.loc[(rows["variant"] == "veegan") & (rows["measure"] == "modes"), "value"] = 1.0
    rows.to_parquet(path, index=False)
    assert any("/veegan/modes/VEEGAN/" in text and "estimate is" in text for text in told(checked(study)))


def test_another_margin_than_the_verdicts_were_made_with_shows(study: Path) -> None:
    text = (study / "claims.yaml").read_text(encoding="utf-8")
    (study / "claims.yaml").write_text(text.replace("share: 0.1\n", "share: 0.2\n", 1), encoding="utf-8")
    found = told(checked(study))
    assert any("margin is 0.8, computed 1.6" in line for line in found)
    assert any("registry is" in line for line in found)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("claims.yaml", b"claims: [{"),
        ("claims.yaml", b"- 1"),
        ("claims.yaml", b"\xff\xfe"),
        ("claims.yaml", b"settings: {}\nclaims: [{id: V1, tests: [{rule: guess}]}]"),
        ("tables/measures.parquet", b"PAR1"),
        (VERDICTS, b""),
        (VERDICTS, b'claim,part\n"V7'),
        ("tables/claims.csv", b"\xff\xfe\x00"),
        ("tables/flips.csv", None),
    ],
)
def test_damaged_files_are_findings(study: Path, file: str, content: bytes | None) -> None:
    if content is None:
        (study / file).unlink()
    else:
        (study / file).write_bytes(content)
    found = told(checked(study))
    assert found
    assert any(file in text for text in found)


@pytest.mark.parametrize(
    ("column", "entry"), [("value", np.nan), ("value", 99.0), ("value", np.inf), ("status", None), ("seed", 77)]
)
def test_damaged_rows_of_the_tidy_table_are_findings(study: Path, column: str, entry: object) -> None:
    path = study / "tables" / "measures.parquet"
    rows = pd.read_parquet(path)
    at = rows.index[(rows["variant"] == "veegan") & (rows["measure"] == "modes") & (rows["step"] == 550)]
    rows.loc[at if column == "seed" else at[:1], column] = entry
    rows.to_parquet(path, index=False)
    found = told(checked(study))
    assert any(VERDICTS in text for text in found) or column == "status"


def test_a_table_that_was_withheld_is_told(study: Path) -> None:
    (study / "withheld.json").write_text('{"tables/measures.parquet": "large"}')
    result = checked(study)
    assert (result.looked_at, told(result)) == (0, [])
    assert result.notes == ["not computed again: tables/measures.parquet is not in this release"]
