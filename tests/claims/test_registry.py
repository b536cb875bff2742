"""The registry: every claim once, with tests that name what the study has, and one line for every fault."""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from blocks import make_block, write_data

from modecollapse.claims import Registry, load, names
from modecollapse.claims.identities import IDENTITIES
from modecollapse.claims.registry import MarginEntry
from modecollapse.claims.rules import Association, Bound, Equivalence, Identity, NotRun, NotTestable, Ordering, Share
from modecollapse.errors import StudyError
from modecollapse.measures.convergence_table import convergence_table
from modecollapse.measures.table import TRACED
from modecollapse.study import catalogue
from modecollapse.study.load import load_study
from modecollapse.study.strict_yaml import read_yaml
from modecollapse.training.loop import train_block

CONFIG = Path(__file__).parents[2] / "config"
CLAIMS = CONFIG / "claims.yaml"
NUMBER = {"B": 27, "C": 16, "L": 19, "V": 10}  # claims of each document
SOURCES = {"B": {"began-blog"}, "C": {"cs236-blog"}, "L": {"lsgan-blog"}, "V": {"veegan-blog", "veegan-poster"}}
LINE = 120  # characters of a sentence, a note or a need, so that tables can hold them


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load(CLAIMS)


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    """Real traces, of a GAN and of BEGAN, so that no name of theirs is made up."""
    folder, found = tmp_path_factory.mktemp("traces"), {}
    for variant in ("gan-nonsaturating", "began"):
        train_block(make_block(variant, steps=8), write_data(folder / "ring.npz"), folder / variant)
        found[variant] = pd.read_parquet(folder / variant / "trace.parquet")
    return found


@pytest.fixture(scope="module")
def measured(traces: dict[str, pd.DataFrame]) -> set[str]:
    """Every measure that a run of the study can have at its last step."""
    tables = [convergence_table(trace, 8, gamma=0.5) for trace in traces.values()]
    return {*catalogue.names("measures"), *(measure for table in tables for measure in table["measure"])}


@cache
def defined_variants() -> set[str]:
    """The variants that the configurations beside the registry can train."""
    files = [read_yaml(path) for path in CONFIG.glob("*.yaml") if path != CLAIMS]
    defined = [name for file in files for name in (file.get("definitions") or {}).get("variants", {})]
    return {*catalogue.names("variants"), *defined}


def parts_of(registry: Registry, *kinds: type) -> list[tuple[str, Any]]:
    """The tests of some kinds, each with the claim that it belongs to."""
    return [(claim.id, test) for claim in registry.claims for test in claim.tests if isinstance(test, kinds)]


def names_in(test: Any) -> list[str]:
    """The measures that a test reads at the last step."""
    if isinstance(test, Share):
        return [condition.measure for condition in test.conditions]
    if isinstance(test, Association):
        return [test.quality]
    return [test.measure] if isinstance(test, Bound) else list(test.measures)


def test_every_claim_is_there_once_and_in_order(registry: Registry) -> None:
    expected = [f"{letter}{number}" for letter, most in NUMBER.items() for number in range(1, most + 1)]
    assert [claim.id for claim in registry.claims] == expected
    assert len(expected) == 72


def test_claims_belong_to_their_document(registry: Registry) -> None:
    cited = {letter: {claim.source for claim in registry.claims if claim.id[0] == letter} for letter in NUMBER}
    assert cited == SOURCES
    documents = set().union(*SOURCES.values())
    others = {other.source for value in registry.values for other in value.remeasured}
    assert set(registry.sources) == documents | others
    assert not documents & others
    numbers = sorted(registry.sources[key].file[:3] for key in documents)
    assert numbers == ["000", "001", "002", "003", "004"]


def test_every_claim_says_something_that_fits_a_line(registry: Registry) -> None:
    reasons = [(id, test.needs) for id, test in parts_of(registry, NotRun)]
    reasons += [(id, test.why) for id, test in parts_of(registry, NotTestable)]
    texts = [(claim.id, text) for claim in registry.claims for text in (claim.says, claim.place)]
    for id, text in [*texts, *reasons]:
        assert text.strip() == text != "", id
        assert len(text) <= LINE, id
    for claim in registry.claims:
        assert len(claim.note) <= LINE, claim.id
        assert re.fullmatch(r"(?!.*\. [A-Z]).*\.", claim.says), f"{claim.id}: not one sentence"
    assert len({claim.says for claim in registry.claims}) == 72


def test_36_values_of_two_tables(registry: Registry) -> None:
    assert Counter(value.place for value in registry.values) == {"Table 1": 24, "Table 2": 12}
    places = [(id, test.place) for id, test in parts_of(registry, catalogue.Strict) if test.rule == "values"]
    assert places == [("V7", "Table 1"), ("V8", "Table 2")]


def test_others_measured_the_same_method_on_the_same_data(registry: Registry) -> None:
    found = {
        (value.method, value.dataset, value.measure): [(o.source, o.value, o.spread) for o in value.remeasured]
        for value in registry.values
        if value.remeasured
    }
    high = "high_quality_percent"
    assert found == {
        ("GAN", "ring", "modes"): [("pacgan", 6.3, "0.5")],
        ("GAN", "ring", high): [("pacgan", 98.2, "0.2")],
        ("GAN", "grid", "modes"): [("pacgan", 17.3, "0.8")],
        ("GAN", "grid", high): [("pacgan", 94.8, "0.7")],
        ("ALI", "ring", "modes"): [("pacgan", 6.6, "0.3")],
        ("ALI", "ring", high): [("pacgan", 97.6, "0.4")],
        ("ALI", "grid", "modes"): [("pacgan", 24.1, "0.4")],
        ("ALI", "grid", high): [("pacgan", 95.7, "0.6")],
        ("VEEGAN", "ring", "modes"): [("gdpp", 8.0, None)],
        ("VEEGAN", "ring", high): [("gdpp", 28.0, None)],
        ("VEEGAN", "grid", "modes"): [("gdpp", 19.8, None), ("veegan-rerun", 25.0, None)],
        ("VEEGAN", "grid", high): [("gdpp", 4.0, None), ("veegan-rerun", 48.2, None)],
        ("DCGAN", "stacked-mnist", "modes"): [("pacgan", 78.9, "6.46")],
        ("DCGAN", "stacked-mnist", "reverse_kl"): [("pacgan", 4.5, "0.127")],
    }


def test_spreads_have_all_readings(registry: Registry) -> None:
    readings = ["sd-of-runs", "standard-error", "sd-of-images"]
    assert {v.measure: v.readings for v in registry.values if v.spread} == {"ivom_test": readings}
    assert not any(v.readings for v in registry.values if not v.spread)


def test_settings_and_margins(registry: Registry) -> None:
    settings = registry.settings
    assert (settings.alpha, settings.window, settings.draws, settings.tie) == (0.05, 20, 9999, 0.15)
    assert (settings.fewest_runs, settings.plausible_runs) == (5, [1, 5, 10])
    expected = {
        ("ring", "modes"): MarginEntry(share=0.1),
        ("grid", "modes"): MarginEntry(share=0.1),
        ("gaussians-1200d", "modes"): MarginEntry(share=0.1),
        ("stacked-mnist", "modes"): MarginEntry(factor=1.5),
        ("ring", "high_quality_percent"): MarginEntry(absolute=10.0),
        ("grid", "high_quality_percent"): MarginEntry(absolute=10.0),
        ("gaussians-1200d", "high_quality_percent"): MarginEntry(absolute=10.0),
        ("stacked-mnist", "reverse_kl"): MarginEntry(absolute=0.25),
        ("cifar10", "ivom_test"): MarginEntry(relative=0.2),
    }
    assert {key: settings.margin(*key) for key in {(v.dataset, v.measure) for v in registry.values}} == expected
    assert settings.margin("ring", "recall") is None


def test_measures_exist(registry: Registry, measured: set[str]) -> None:
    for id, test in parts_of(registry, Ordering, Equivalence, Share, Bound, Association):
        assert set(names_in(test)) <= measured, id
    assert "sign_changes:loss_G" in measured
    assert "hopping" not in measured


def test_the_names_of_a_course_are_those_of_real_runs(measured: set[str], traces: dict[str, pd.DataFrame]) -> None:
    names.check_measures(measured)
    assert set(names.COURSE) <= measured
    kinds = {name.split(":")[0] for name in measured if ":" in name}
    assert set(names.OF_A_SERIES) == kinds - {"rank_correlation", "given_time", "coverage_time"}
    for column in (name for trace in traces.values() for name in trace.columns if name.startswith(TRACED)):
        names.check_signal(column)


def test_variants_are_known_to_the_study_or_to_a_file_beside(tmp_path: Path) -> None:
    study, text = load_study([CONFIG / "config.yaml"]), CLAIMS.read_text(encoding="utf-8")
    load(CLAIMS, study)
    file = tmp_path / "claims.yaml"
    file.write_text(text.replace("EBGAN: [ebgan]", "EBGAN: [ebagn]"), encoding="utf-8")
    for other in CONFIG.glob("p*.yaml"):
        (tmp_path / other.name).write_bytes(other.read_bytes())
    with pytest.raises(StudyError, match=r"methods: 'EBGAN': variant 'ebagn' is unknown \(did you mean 'ebgan'\?\)"):
        load(file, study)
    assert len(load(file).claims) == 72  # a released study says of itself which variants it has
    (tmp_path / "mine.yaml").write_text("definitions:\n  variants:\n    ebagn: {objective: ebgan}\n")
    load(file, study)


def test_signals_are_rows_of_the_table_at_every_step(registry: Registry, traces: dict[str, pd.DataFrame]) -> None:
    for id, test in parts_of(registry, Association):
        assert test.signal.startswith(TRACED), id
        assert test.signal in traces["began"].columns, id
        assert "READS" not in catalogue.declarations("measures", test.quality), f"{id}: not measured at every step"


def test_directions_are_those_of_the_measures(registry: Registry) -> None:
    """A measure's note, or its BETTER, says which way is better; convergence measures here all had better be small."""
    for id, test in parts_of(registry, Ordering):
        for measure, better in test.measures.items():
            if measure in catalogue.names("measures"):
                note = catalogue.declared("measures", measure, "NOTE")
                assert f"{better} is better" in note, (id, measure)
            else:
                assert measure.startswith(("coverage_time:", "within_sd:")), (id, measure)
                assert better == "less", (id, measure)


def test_data_sets_exist_and_have_the_measures(registry: Registry) -> None:
    for id, test in parts_of(registry, Ordering, Equivalence, Share, Bound, Association):
        assert set(test.datasets) <= set(catalogue.names("datasets")), id
        assert len(set(test.datasets)) == len(test.datasets), id
        for measure in set(names_in(test)) & set(catalogue.names("measures")):
            families = catalogue.declarations("measures", measure).get("FAMILIES", test.datasets)
            assert set(test.datasets) <= set(families), (id, measure)
    assert {value.dataset for value in registry.values} <= set(catalogue.names("datasets"))


def test_variants_of_methods_exist(registry: Registry) -> None:
    assert {name for names in registry.methods.values() for name in names} <= defined_variants() | {"dcgan"}
    assert all(len(set(names)) == len(names) > 0 for names in registry.methods.values())


def test_orderings_have_no_variant_on_both_sides(registry: Registry) -> None:
    for id, test in parts_of(registry, Ordering):
        against = {name for other in test.others for name in registry.methods[other]}
        assert not against & set(registry.methods[test.first]), id
    for id, test in parts_of(registry, Equivalence):
        assert not set(registry.methods[test.first]) & set(registry.methods[test.second]), id


def test_identities_exist_and_all_are_claimed(registry: Registry) -> None:
    assert {test.check for _, test in parts_of(registry, Identity)} == set(IDENTITIES)


def test_conditions_are_in_the_unit_of_the_measure(registry: Registry, measured: set[str]) -> None:
    """Percentages are from 0 to 100, shares and flags from 0 to 1; every range can be met, and missed."""
    most = {"diverged": 1, "D_from_half": 1, "full_coverage_share": 1, "began_fake_is_easier": 1}
    most |= {"shoes_percent": 100, "clothes_percent": 100, "modes": 8, "covered_modes": 10, "birthday_batch": 2500}
    most |= {"high_quality_percent": 100}
    assert set(most) <= measured
    for id, test in parts_of(registry, Share):
        for condition in test.conditions:
            low = 0.0 if condition.at_least is None else condition.at_least
            high = float(most[condition.measure]) if condition.at_most is None else condition.at_most
            assert 0 <= low <= high <= most[condition.measure], (id, condition.measure)
            assert (low, high) != (0, most[condition.measure]), (id, condition.measure)
            if most[condition.measure] == 100:
                assert low > 1, f"{id}: a share where a percentage is meant"


def test_some_claims_are_decided_by_these_rules(registry: Registry) -> None:
    rules = {claim.id: [test.rule for test in claim.tests] for claim in registry.claims}
    assert rules["V9"] == ["ordering"] * 3
    assert rules["L12"] == ["equivalence"] * 2
    assert (rules["B7"], rules["B9"], rules["B24"]) == (["bound"], ["association"] * 2, ["share"])
    assert rules["L1"] == rules["L3"] == ["identity", "identity"]
    assert {id for id, kinds in rules.items() if set(kinds) == {"not-testable"}} == {"B27", "V10"}


def claim(content: dict, id: str) -> dict:
    return next(entry for entry in content["claims"] if entry["id"] == id)


def first_test(content: dict, id: str, **change: Any) -> None:
    claim(content, id)["tests"][0].update(change)


def margin(content: dict, **entry: float) -> None:
    content["settings"]["margins"]["high_quality_percent"] = entry


def without(content: dict, *keys: str) -> None:
    for key in keys[:-1]:
        content = content[key]
    content.pop(keys[-1])


FAULTS: dict[str, tuple[Callable[[dict], object], str]] = {
    "unknown method": (lambda c: first_test(c, "B3", first="SAGAN"), "B3: method 'SAGAN' is unknown (did"),
    "unknown opponent": (lambda c: first_test(c, "B3", others=["SAGAN"]), "B3: method 'SAGAN' is unknown (did"),
    "unknown method of a share": (lambda c: first_test(c, "B24", method="SAGAN"), "B24: method 'SAGAN'"),
    "unknown second": (lambda c: first_test(c, "L12", second="SAGAN"), "L12: method 'SAGAN'"),
    "against itself": (lambda c: first_test(c, "B3", others=["WGAN", "WGAN-GP"]), "'WGAN-GP' is listed twice"),
    "opponent twice": (lambda c: first_test(c, "B3", others=["WGAN", "WGAN"]), "others: 'WGAN' is listed twice"),
    "same as itself": (lambda c: first_test(c, "L12", second="LSGAN"), "L12: method 'LSGAN' is listed twice"),
    "no opponents": (lambda c: first_test(c, "B3", others=[]), "allowed: at least 1 of them"),
    "no measures": (lambda c: first_test(c, "B3", measures={}), "allowed: at least 1 of them"),
    "no data set": (lambda c: first_test(c, "B24", datasets=[]), "allowed: at least 1 of them"),
    "unknown direction": (lambda c: first_test(c, "B3", measures={"modes": "most"}), "'most' is not allowed"),
    "unknown rule": (lambda c: first_test(c, "B3", rule="guess"), "guess"),
    "no rule": (lambda c: without(claim(c, "B3")["tests"][0], "rule"), "claims[2].tests[0]"),
    "unknown key": (lambda c: first_test(c, "B3", seed=1), "unknown key 'seed'"),
    "no tests": (lambda c: claim(c, "B3").update(tests=[]), "allowed: at least 1 of them"),
    "no range": (lambda c: first_test(c, "B24", any_of=[{"measure": "modes"}]), "modes: has no range"),
    "share of one": (lambda c: first_test(c, "B24", above=1.0), "1.0 is not allowed"),
    "share as text": (lambda c: first_test(c, "B24", above="0.5"), "'0.5' is not allowed"),
    "bounds reversed": (lambda c: first_test(c, "B7", low=0.2, high=0.1), "are no range"),
    "unknown sign": (lambda c: first_test(c, "B9", sign="up"), "'up' is not allowed"),
    "no reason": (lambda c: without(claim(c, "B27")["tests"][0], "why"), "why: missing"),
    "place without values": (lambda c: first_test(c, "V7", place="Table 3"), "V7: place 'Table 3' is unknown (did"),
    "id twice": (lambda c: c["claims"].append(copy.deepcopy(claim(c, "L5"))), "claims: L5: is given twice"),
    "odd id": (lambda c: claim(c, "L5").update(id="Q1"), "claims[47].id"),
    "unknown source": (
        lambda c: claim(c, "L5").update(source="nowhere"),
        "L5: source 'nowhere' is unknown; allowed: veegan-poster",
    ),
    "two margins": (lambda c: c["settings"]["margins"]["modes"].update(factor=1.5), "allowed: exactly one of"),
    "empty margin": (lambda c: c["settings"]["margins"].update(modes={}), "allowed: exactly one of"),
    "no margin": (lambda c: without(c, "settings", "margins", "ivom_test"), "settings.margins: none for ivom_test"),
    "margin only elsewhere": (lambda c: without(c, "settings", "margins", "modes"), "settings.margins: none for modes"),
    "margin NaN": (lambda c: c["settings"]["margins"].update(modes={"share": float("nan")}), "margins.modes.share"),
    "margin infinite": (lambda c: c["settings"]["margins"].update(modes={"share": float("inf")}), "margins.modes"),
    "margin of nothing": (lambda c: c["settings"]["margins"].update(modes={"share": 0.0}), "0.0 is not allowed"),
    "factor of one": (lambda c: c["settings"]["margins"].update(modes={"factor": 1.0}), "1.0 is not allowed"),
    "alpha of all": (lambda c: c["settings"].update(alpha=0.5), "settings.alpha"),
    "alpha NaN": (lambda c: c["settings"].update(alpha=float("nan")), "settings.alpha"),
    "half a draw": (lambda c: c["settings"].update(draws=9999.5), "settings.draws"),
    "no plausible runs": (lambda c: c["settings"].update(plausible_runs=[]), "settings.plausible_runs"),
    "no settings": (lambda c: without(c, "settings"), "settings: missing"),
    "spread without readings": (lambda c: without(c["values"][26], "readings"), "readings: allowed: some where"),
    "readings without spread": (lambda c: c["values"][0].update(readings=["standard-error"]), "none elsewhere"),
    "unknown reading": (lambda c: c["values"][26].update(readings=["sd"]), "'sd' is not allowed"),
    "remeasured from nowhere": (
        lambda c: c["values"][0]["remeasured"][0].update(source="x"),
        "values[0]: source 'x' is unknown",
    ),
    "unknown data set": (lambda c: first_test(c, "B3", datasets=["rnig"]), "B3: data set 'rnig' is unknown (did"),
    "unknown measure": (lambda c: first_test(c, "B3", measures={"mode": "more"}), "measure 'mode' is unknown (did"),
    "unknown condition": (lambda c: first_test(c, "B24", any_of=[{"measure": "mods", "at_most": 1}]), "mean 'modes'?"),
    "unknown course": (lambda c: first_test(c, "B7", measure="began_ration"), "did you mean 'began_ratio'?"),
    "unknown series": (lambda c: first_test(c, "B7", measure="drawdown:mode"), "'drawdown:mode' is unknown"),
    "unknown quality": (lambda c: first_test(c, "B9", quality="hp"), "B9: measure 'hp' is unknown"),
    "unknown signal": (lambda c: first_test(c, "B9", signal="M_global"), "B9: signal 'M_global' is unknown"),
    "unknown identity": (lambda c: first_test(c, "B1", check="kl"), "B1: check 'kl' is unknown"),
    "data set twice": (lambda c: first_test(c, "B3", datasets=["ring", "ring"]), "datasets: 'ring' is listed twice"),
    "variant twice": (lambda c: c["methods"].update(ALI=["ali", "ali"]), "methods.ALI: 'ali' is listed twice"),
    "published of no data": (lambda c: c["values"][0].update(dataset="rnig"), "values[0]: data set 'rnig' is unknown"),
    "published measure": (lambda c: c["values"][0].update(measure="mods"), "values[0]: measure 'mods' is unknown (did"),
    "out of range": (lambda c: c["values"][0].update(printed="9"), "values[0]: 9 is no modes of ring (0 to 8)"),
    "margin of a typo": (lambda c: c["settings"]["margins"].update({"rnig/modes": {"share": 0.1}}), "'rnig' is unk"),
    "margin of no measure": (lambda c: c["settings"]["margins"].update(mods={"share": 0.1}), "'mods' is unknown"),
    "margin over the range": (lambda c: c["settings"]["margins"].update(modes={"share": 1.5}), "modes.share: 1.5 is"),
    "margin of the range": (
        lambda c: margin(c, absolute=100.0),
        "is as wide as high_quality_percent of ring (0 to 100)",
    ),
    "margin beyond": (lambda c: margin(c, factor=1e9), "is as wide as high_quality_percent"),
    "relative margin": (lambda c: margin(c, relative=1.5), "relative: 1.5 is not allowed"),
    "endless window": (lambda c: c["settings"].update(window=10**9), "settings.window: 1000000000 is not allowed"),
    "remeasured as a number": (lambda c: c["values"][0]["remeasured"][0].update(printed=6.3), "remeasured[0].printed"),
}


@pytest.fixture(scope="module")
def content() -> dict:
    return read_yaml(CLAIMS)


@pytest.mark.parametrize("fault", FAULTS)
def test_says_in_one_line_what_is_wrong(content: dict, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is read once for all faults, which is what takes time."""
    change, said = FAULTS[fault]
    broken = copy.deepcopy(content)
    change(broken)
    monkeypatch.setattr("modecollapse.claims.registry.read_yaml", lambda path: broken)
    with pytest.raises(StudyError) as caught:
        load(Path("claims.yaml"))
    assert str(caught.value).startswith("claims.yaml: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_same_content_without_a_fault_loads(content: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modecollapse.claims.registry.read_yaml", lambda path: content)
    assert len(load(Path("claims.yaml")).claims) == 72


def test_a_key_that_is_given_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "claims.yaml"
    path.write_text("settings: {alpha: 0.05, alpha: 0.01}\n", encoding="utf-8")
    with pytest.raises(StudyError, match="'alpha' appears twice"):
        load(path)
