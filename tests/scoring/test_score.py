"""Scores with known answers: real data, one mode, samples that are not finite, one seed; data sets by their names."""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path

import numpy as np
import pytest
import yaml
from blocks import make_dataset
from default_config import DEFAULT

from modecollapse import datasets, score
from modecollapse.errors import StudyError
from modecollapse.measures import is_share_of_samples
from modecollapse.measures.modes import kl_to_uniform
from modecollapse.scoring.sampling import intervals
from modecollapse.scoring.score import ONE_RUN, Score
from modecollapse.scoring.target import target
from modecollapse.statistics.intervals import clopper_pearson, gaffke

COUNTS = ("modes", "high_quality_percent", "reverse_kl")


def value(scored: Score, measure: str, row: str = "yours") -> float:
    [found] = scored.table.loc[(scored.table["measure"] == measure) & (scored.table["row"] == row), "value"]
    return found


def oracle(n: int, seed: int) -> np.ndarray:
    return make_dataset("ring").oracle(n, np.random.default_rng(seed))


def test_real_data_score_as_the_oracle() -> None:
    scored = score([oracle(1000, seed) for seed in range(5)], "ring")
    table = scored.table.set_index(["measure", "row"])["value"].unstack()
    assert table["yours"].notna().all()
    far = (table["null-uniform"] - table["oracle"]).abs()
    near = (table["yours"] - table["oracle"]).abs()
    separating = far > 0  # by a test that draws batches, nulls and oracle may agree
    assert (near[separating] < 0.3 * far[separating]).all()
    assert separating.sum() >= len(table) - 1
    assert value(scored, "modes") == 8


def test_one_mode_has_the_numbers_that_follow_from_it() -> None:
    scored = score(np.tile([1.0, 0.0], (5, 400, 1)), "ring", measures=COUNTS)
    assert [value(scored, measure) for measure in COUNTS] == [1, 100, pytest.approx(math.log(8))]
    row = scored.table.iloc[0]
    assert (row["lower"], row["upper"]) == pytest.approx(gaffke([1.0] * 5, 0, 8))
    assert (row["runs"], row["sd"], scored.n, scored.notes) == (5, 0, 400, [])


def test_the_published_numbers_stand_as_they_were_printed() -> None:
    own = score(oracle(50, 0), "ring", measures=["modes"]).of("published")
    assert dict(zip(own["row"], own["printed"], strict=True))["VEEGAN"] == "8"
    assert score(oracle(50, 0), "ring", measures=["coverage"]).of("published").empty


def test_no_published_number_stands_beside_data_of_another_definition(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(yaml.safe_dump({"definitions": {"datasets": {"ring": {"options": {"sd": 0.5}}}}}))
    assert target("ring", configfiles=[DEFAULT]).published
    assert target("ring", configfiles=[DEFAULT, mine]).published == []


def test_what_is_not_finite_counts_as_bad_and_is_told() -> None:
    points = np.zeros((10, 2))
    points[:3] = [[np.nan, 0], [np.inf, 0], [1e300, 0]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scored = score(points, "ring", measures=COUNTS)
    assert [value(scored, measure) for measure in COUNTS] == [0, 0, math.log(8)]
    lost, undefined = (next(note for note in scored.notes if word in note) for word in ("not finite", "no value"))
    assert lost == "samples: 3 of 10 samples are not finite, or beyond float32; they count as bad ones"
    assert undefined.endswith("which counts as the worst one: reverse_kl.")
    assert json.loads(scored.json())["table"][2]["value"] == pytest.approx(math.log(8))


def test_too_few_samples_for_distances_have_the_worst_value() -> None:
    scored = score(oracle(5, 0), "ring", measures=["coverage", "sliced_wasserstein"])
    assert (value(scored, "coverage"), value(scored, "sliced_wasserstein")) == (0, math.inf)
    assert json.loads(scored.json())["table"][1]["value"] is None


def test_one_seed_has_an_interval_of_its_samples_and_says_so() -> None:
    points = oracle(500, 0)
    points[:50] = 5.0
    scored = score(points, "ring", measures=[*COUNTS, "mmd"])
    rows = scored.table.set_index(["measure", "row"]).xs("yours", level="row")
    hits = round(5 * rows["value"]["high_quality_percent"])
    assert is_share_of_samples("high_quality_percent")
    expected = [100 * end for end in clopper_pearson(hits, 500)]
    assert rows.loc["high_quality_percent", ["lower", "upper"]].tolist() == pytest.approx(expected)
    assert rows.loc["modes", ["lower", "upper"]].isna().all()  # all halves have eight
    assert rows["lower"]["mmd"] < rows["value"]["mmd"] < rows["upper"]["mmd"]
    assert ONE_RUN in scored.notes


def test_the_interval_of_one_seed_covers_what_other_samples_score_on_average() -> None:
    """Also where a mode is so rare that some samples miss it, which resampling with replacement would not see."""
    reference, rng, n = target("ring", ["modes", "reverse_kl"]).reference, np.random.default_rng(0), 500
    shares = np.array([*np.full(6, 0.05), 3 / n, 1 / n, 0.7 - 4 / n])  # the last is between the modes
    places = np.concatenate([reference.dataset.means, [[0.0, 0.0]]])
    counts = rng.multinomial(n, shares, 4000)[:, :-1]
    truth = {"modes": np.count_nonzero(counts, axis=1).mean()}
    truth["reverse_kl"] = np.mean([kl_to_uniform(own) for own in counts])
    covered: dict[str, list[bool]] = {name: [] for name in truth}
    for _ in range(80):
        drawn = rng.multinomial(n, shares)
        values = {"modes": np.count_nonzero(drawn[:-1]), "reverse_kl": kl_to_uniform(drawn[:-1])}
        for name, (low, high) in intervals(np.repeat(places, drawn, axis=0), values, reference).items():
            covered[name].append(low <= truth[name] <= high)
    assert all(np.mean(own) > 0.85 for own in covered.values())
    assert len(covered["reverse_kl"]) == 80 > len(covered["modes"]) > 20  # none where all halves have the same modes


def test_seeds_of_unequal_size_are_measured_on_as_many_samples() -> None:
    sizes = (400, 300)
    scored = score([oracle(n, n) for n in sizes], "ring", measures=["modes"])
    assert (scored.n, set(scored.runs["n"])) == (300, {300})
    assert any("300 samples were drawn" in note for note in scored.notes)


def test_a_file_in_order_is_not_cut_at_its_beginning() -> None:
    """All of the first samples are in one mode; a draw has the others too."""
    ordered = np.concatenate([np.tile([1.0, 0.0], (3000, 1)), oracle(3000, 0)])
    scored = score(ordered, "ring", measures=["high_quality_percent", "precision", "recall"])
    assert value(scored, "recall") > 0.9


def test_a_doubt_of_the_scale_is_a_note() -> None:
    scored = score(np.full((9, 2), 200.0), "ring", measures=["modes"])
    [doubt] = [note for note in scored.notes if "scale" in note]
    assert doubt.startswith("samples: has float64 values from 200 to 200, where the data have")


def test_real_images_score_and_others_are_refused(digits: datasets.Dataset) -> None:
    images = digits.oracle(60, np.random.default_rng(0))
    scored = score(images, "stacked-digits", measures=["modes", "coverage"])
    assert value(scored, "modes") > 20
    with pytest.raises(StudyError, match="samples: has float32 values from 0 to 255; allowed: -1 to 1"):
        score((images + 1) * np.float32(127.5), "stacked-digits", measures=["modes"])


def test_the_further_rule_is_measured_where_there_is_one() -> None:
    noise = np.pad(0.2 * np.random.default_rng(0).standard_normal((300, 700)), ((0, 0), (0, 500)))
    names = ["modes", "high_quality_percent", "modes_shell", "high_quality_percent_shell"]
    scored = score((noise - 1).astype(np.float16), "gaussians-1200d", measures=names)  # a mode with little noise
    assert [value(scored, name) for name in names] == [1, 100, 0, 0]
    real = [value(scored, name, "oracle") for name in names]
    assert real == [0, 0, 10, pytest.approx(99, abs=2)]  # real data fail the published rule


def test_a_data_set_of_a_configuration_is_known_by_its_name(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        yaml.safe_dump({"definitions": {"datasets": {"wide": {"family": "ring", "options": {"radius": 3.0}}}}})
    )
    scored = score(np.tile([3.0, 0.0], (10, 1)), "wide", measures=["high_quality_percent"], configfiles=[DEFAULT, mine])
    assert (scored.data, value(scored, "high_quality_percent")) == ("wide", 100)
    with pytest.raises(StudyError, match="--data: 'wider' is unknown .*did you mean 'wide'"):
        score(np.zeros((9, 2)), "wider", configfiles=[DEFAULT, mine])


@pytest.mark.parametrize(
    ("data", "measures", "message"),
    [
        ("rnig", [], "--data: 'rnig' is unknown .did you mean 'ring'"),
        ("ring", ["mode"], "--measures: 'mode' is unknown"),
        ("ring", ["ivom_test"], "--measures: ivom_test is not decided by samples of ring; allowed: birthday_batch, "),
        ("ring", ["modes_shell"], "--measures: modes_shell is not decided by samples of ring"),
    ],
)
def test_a_wrong_name_is_one_line(data: str, measures: list[str], message: str) -> None:
    with pytest.raises(StudyError, match=message):
        score(np.zeros((9, 2)), data, measures=measures)
