"""The place among the variants of a study: that of a variant whose own samples are scored, and the limits."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from blocks import make_dataset

from modecollapse import load_study, score
from modecollapse.audit.bundle import Bundle
from modecollapse.comparisons import pairs, rankings
from modecollapse.comparisons.endpoints import endpoints
from modecollapse.errors import StudyError
from modecollapse.measures import supports
from modecollapse.scoring import place
from modecollapse.scoring.score import NO_PLACE, NONE_APART, Score
from modecollapse.scoring.target import target

VARIANT = "veegan"
MEASURES = ["modes", "high_quality_percent", "reverse_kl"]


@pytest.fixture(scope="module")
def variant_samples(honest_study: Path) -> list[np.ndarray]:
    """(n, 2) samples of each seed of VARIANT."""
    files = sorted(honest_study.glob(f"runs/matched/ring/{VARIANT}/*/samples.npy"))
    return [run for file in files for run in np.load(file)]


def places(scored: Score) -> pd.DataFrame:
    return scored.of("variant").set_index(["measure", "row"])


def at_the_last_step(study: Bundle) -> pd.DataFrame:
    better = {name: entry.better for name, entry in study.summary.measures.items()}
    return endpoints(study.measures, supports(study.summary), better).query("endpoint == 'final'")


def test_a_variant_s_own_samples_have_its_values_and_rank(
    honest_study: Path, variant_samples: list[np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its place, not beside it: its runs are left out of the study that it is set in."""
    study = load_study(honest_study)
    ends = at_the_last_step(study)
    better = {name: study.summary.measures[name].better for name in MEASURES}
    limits, draws, root = supports(study.summary), 9999, study.summary.root_seed
    expected = rankings.ranks(ends, pairs.pairs(ends, better, limits, draws, root=root), better, root)
    expected = expected[expected["variant"] == VARIANT].set_index("measure")
    without = endpoints
    monkeypatch.setattr(place, "endpoints", lambda *given: without(*given).query("variant != @VARIANT"))
    scored = score(variant_samples, "ring", against=study)
    assert list(scored.table["measure"].unique()) == MEASURES
    found = places(scored).xs("yours", level="row")
    for column in ("rank", "rank_low", "rank_high"):
        assert found[column].to_dict() == expected[column].to_dict()
    released = ends[ends["variant"] == VARIANT].groupby(["measure", "seed"])["value"].first()
    own = scored.runs[scored.runs["measure"].isin(MEASURES)].set_index(["measure", "seed"])["value"]
    assert own.sort_index().to_dict() == released.to_dict()
    calibration = study.measures[study.measures["experiment"] == "calibration"]
    real = calibration[calibration["variant"] == "oracle"].groupby("measure")["value"].mean()
    table = scored.of("calibration").query("row == 'oracle'").set_index("measure")["value"]
    assert table.to_dict() == real[MEASURES].to_dict()


def test_where_tests_separate_nothing_a_note_says_so(
    honest_study: Path, variant_samples: list[np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = score(variant_samples, "ring", measures=["modes"], against=honest_study)
    assert NONE_APART not in found.notes or places(found)["rank_low"].max() == 1
    whole = endpoints
    monkeypatch.setattr(place, "endpoints", lambda *given: whole(*given).query("variant == @VARIANT"))
    twins = score(variant_samples, "ring", measures=["modes"], against=honest_study)
    assert NONE_APART in twins.notes
    assert set(places(twins)["rank"]) == {1.5}


def test_beside_itself_a_variant_is_as_good_as_itself(honest_study: Path, variant_samples: list[np.ndarray]) -> None:
    found = places(score(variant_samples, "ring", against=honest_study))
    for measure in MEASURES:
        twin, own = found.loc[(measure, VARIANT)], found.loc[(measure, "yours")]
        assert (twin["chance"], twin["p"], twin["rank"], twin["value"]) == (0.5, 1, own["rank"], own["value"])


def test_real_data_are_better_than_every_variant(honest_study: Path) -> None:
    real = [make_dataset("ring").oracle(2500, np.random.default_rng(seed)) for seed in range(6)]
    found = places(score(real, "ring", against=honest_study))
    own = found.xs("yours", level="row")
    assert (own["rank"] == 1).all()
    assert (found.loc["modes", "chance"].drop("yours") == 1).all()
    assert (found.loc["modes", "p_holm"].drop("yours") < 0.05).all()
    assert (own["rank_high"] == 1).all()


def test_new_measures_and_fewer_samples_are_taken_of_the_stored_samples(
    honest_study: Path, variant_samples: list[np.ndarray]
) -> None:
    few = [run[:300] for run in variant_samples]
    scored = score(few, "ring", measures=["modes", "coverage"], against=honest_study)
    assert scored.n == 300
    found = places(scored)
    assert found.loc[("coverage", "lsgan"), "value"] == 0  # all its runs diverged
    assert found.loc[("coverage", VARIANT), "value"] == pytest.approx(
        found.loc[("coverage", "yours"), "value"], abs=0.01
    )
    own = score(variant_samples, "ring", measures=["coverage"], against=honest_study)
    assert places(own).loc[("coverage", VARIANT), "value"] == places(own).loc[("coverage", "yours"), "value"]


def test_of_stored_samples_as_many_are_measured_and_a_failed_run_has_the_worst_value(
    honest_study: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(honest_study, tmp_path / "study")
    record = folder / f"runs/matched/ring/{VARIANT}/seeds-0-2/run.json"
    content = json.loads(record.read_text())
    content["status"][1] |= {"status": "diverged", "step": 50}
    record.write_text(json.dumps(content))
    rows = place._rows(target("ring", ["precision"], study=load_study(folder)), 300)
    lost = rows[(rows["measure"] == "n_nonfinite") & (rows["variant"] == "lsgan")]
    assert set(lost["value"]) == {300}
    failed = rows[(rows["variant"] == VARIANT) & (rows["status"] == "diverged")]
    assert set(failed["seed"]) == {1}


def test_withheld_samples_are_named(honest_study: Path, tmp_path: Path, variant_samples: list[np.ndarray]) -> None:
    folder = shutil.copytree(honest_study, tmp_path / "study")
    (folder / f"runs/matched/ring/{VARIANT}/seeds-0-2/samples.npy").unlink()
    with pytest.raises(StudyError, match=rf"matched/ring/{VARIANT}/seeds-0-2 are withheld; allowed: 2,500 samples a"):
        score([run[:300] for run in variant_samples], "ring", against=folder)
    assert len(places(score(variant_samples, "ring", against=folder)))


def test_more_samples_than_the_study_has_are_drawn_from(honest_study: Path) -> None:
    many = [np.tile([1.0, 0.0], (4000, 1))] * 2
    scored = score(many, "ring", measures=["modes"], against=honest_study)
    assert scored.n == 2500
    assert any("2,500 samples were drawn" in note for note in scored.notes)


def test_one_run_has_no_place(honest_study: Path, variant_samples: list[np.ndarray]) -> None:
    scored = score(variant_samples[0], "ring", measures=["modes"], against=honest_study)
    assert NO_PLACE in scored.notes
    assert scored.of("variant").empty


def test_what_does_not_go_with_a_study_is_one_line(honest_study: Path, tmp_path: Path) -> None:
    points = np.zeros((2, 9, 2))
    for name in (VARIANT, "oracle", "", "\x1b[31m"):
        with pytest.raises(StudyError, match="--name: .* allowed: any other name"):
            score(points, "ring", against=honest_study, name=name)
    with pytest.raises(StudyError, match="--data: 'grid' is unknown; allowed: ring"):
        score(points, "grid", against=honest_study)
    with pytest.raises(StudyError, match="--configfile: a finished study defines its data sets"):
        score(points, "ring", against=honest_study, configfiles=[tmp_path])
    with pytest.raises(StudyError, match="allowed: the results of a finished study"):
        load_study(tmp_path)
    folder = shutil.copytree(honest_study, tmp_path / "study")
    (folder / "tables" / "more.csv").symlink_to("/etc/passwd")
    with pytest.raises(StudyError, match="tables/more.csv: is a symbolic link; allowed: folders, and regular files"):
        load_study(folder)


def test_a_finished_study_is_read_as_tables(honest_study: Path) -> None:
    study = load_study(honest_study)
    ranks = study.typed("ranks.csv")
    assert set(ranks.loc[ranks["measure"] == "modes", "variant"]) == {"gan-nonsaturating", "lsgan", VARIANT}
    assert ranks["mean"].dtype == np.float64
    assert study.typed("table1.csv")["row"].dtype == "str"
