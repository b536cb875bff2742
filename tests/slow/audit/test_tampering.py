"""An audit that cannot fail is worthless: every way to tamper is caught, by the checks that should and by no other."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from audit.mutations import (
    CLOSED,
    DIVERGED,
    FIRST,
    GATHERED,
    JUDGED,
    MEASURED,
    MEASURES,
    OTHER,
    PART,
    PLAIN,
    Mutation,
    added,
    another_learning_rate,
    better,
    better_samples,
    claims,
    csv,
    data_moved,
    diverged_forgiven,
    figure_moved_and_excused,
    flipped,
    identity_refuted,
    in_pdf,
    line_removed,
    of,
    of_record,
    on_a_gpu,
    oracle_lowered,
    put,
    real_samples_with_weights_withheld,
    record,
    relabelled_seeds,
    replaced,
    rows,
    run_copied,
    seed_copied,
    study_with,
    swap,
    table_withheld,
    text_of,
    tidy,
    trace_with_more_modes,
    variants_exchanged,
    weights_of_another_seed,
)
from small_study import CLAIMS, close, finish, gather, judge, measure

from modecollapse.audit import levels
from modecollapse.audit.bundle import Bundle

VERDICTS = "tables/verdicts.csv"
# Where nothing after it was made anew, a change of the tidy table does not fit what was made from it either.
AFTER_THE_TIDY_TABLE = ("measures_again", "tables_again", "comparisons_again", "verdicts_again", "figures_again")
MUTATIONS = [
    # The tidy table
    Mutation("a digit in the tidy table", tidy(better), PLAIN, ("integrity", *AFTER_THE_TIDY_TABLE), MEASURES),
    Mutation(
        "a digit in the tidy table, manifest and PDF made anew",
        tidy(better),
        CLOSED,
        AFTER_THE_TIDY_TABLE,
        MEASURES,
        "matched/ring/veegan/seed 1/step 60/high_quality_percent",
    ),
    Mutation(
        "a digit in the rows of a data set, all after it made anew",
        tidy(better, PART),
        GATHERED,
        ("measures_again",),
        MEASURES,
        "matched/ring/veegan/seed 1/step 60/high_quality_percent",
    ),
    Mutation(
        "a seed dropped from the tidy table",
        tidy(lambda table: table[(table["variant"] != "veegan") | (table["seed"] != 1)]),
        CLOSED,
        ("completeness", *AFTER_THE_TIDY_TABLE),
        MEASURES,
        "matched/ring/veegan",
    ),
    Mutation(
        "a row twice",
        tidy(lambda table: table.iloc[[*range(len(table)), 5]]),
        CLOSED,
        ("completeness", "measures_again", "tables_again"),
        MEASURES,
    ),
    Mutation(
        "a diverged run deleted from the tidy table",
        tidy(lambda table: table[(table["variant"] != "lsgan") | (table["seed"] != 2)]),
        CLOSED,
        ("completeness", *AFTER_THE_TIDY_TABLE),
        MEASURES,
        "matched/ring/lsgan",
    ),
    Mutation(
        "a status changed",
        tidy(lambda table: table.assign(status=table["status"].mask(rows(table, "lsgan", seed=2), "ok"))),
        CLOSED,
        ("completeness", "measures_again"),
        MEASURES,
        "matched/ring/lsgan/seed 2",
    ),
    # The runs
    Mutation(
        "a diverged run forgiven", diverged_forgiven, MEASURED, ("completeness", "bounds", "measures_again"), DIVERGED
    ),
    Mutation("a seed under another number as well", seed_copied, MEASURED, ("completeness", "samples_again"), FIRST),
    Mutation(
        "the samples of a better run",
        replaced("samples.npy", better_samples),
        CLOSED,
        ("completeness", "samples_again", "measures_again", "figures_again"),
        f"{FIRST}/samples.npy",
    ),
    Mutation(
        "a trace with more modes",
        replaced("trace.parquet", trace_with_more_modes),
        CLOSED,
        ("measures_again", "figures_again"),
        FIRST,
    ),
    Mutation(
        "a bit of a checkpoint",
        replaced("weights.safetensors", flipped, False),
        PLAIN,
        ("integrity",),
        f"{FIRST}/weights.safetensors",
    ),
    Mutation(
        "a bit of a checkpoint, manifest and PDF made anew",
        replaced("weights.safetensors", flipped, False),
        CLOSED,
        ("provenance",),
        FIRST,
    ),
    Mutation(
        "checkpoints of two seeds exchanged",
        replaced("weights.safetensors", weights_of_another_seed),
        CLOSED,
        ("samples_again",),
        f"{FIRST}/samples.npy",
        "seed 1",
    ),
    Mutation("other code", record(FIRST, of_record(code="0" * 64)), CLOSED, ("provenance",), f"{FIRST}/run.json"),
    Mutation(
        "another version of torch",
        record(FIRST, lambda content: content["versions"].update(torch="2.10.0")),
        CLOSED,
        ("provenance",),
        "matched/ring",
    ),
    Mutation("another device", record(FIRST, on_a_gpu), CLOSED, ("provenance", "measures_again"), "matched/ring"),
    Mutation("fewer steps", record(FIRST, of_record(steps=30)), CLOSED, ("bounds",), f"{FIRST}/run.json"),
    Mutation("no wall time", record(FIRST, of_record(wall_seconds=-1.0)), CLOSED, ("schema",), f"{FIRST}/run.json"),
    Mutation(
        "a stream of another seed",
        record(FIRST, lambda content: content["streams"][1].update(noise=content["streams"][0]["noise"])),
        CLOSED,
        ("seeds",),
        f"{FIRST}/run.json",
    ),
    Mutation(
        "a key that records do not have",
        record(FIRST, of_record(remark="checked")),
        CLOSED,
        ("schema",),
        f"{FIRST}/run.json",
    ),
    Mutation(
        "a run of other seeds added",
        run_copied,
        CLOSED,
        ("integrity", "completeness", "schema", "document"),
        "runs/matched/ring/veegan/seeds-6-8",
    ),
    Mutation(
        "altered data", data_moved, CLOSED, ("provenance", "measures_again", "figures_again"), "runs/matched/ring"
    ),
    # Declarations
    Mutation(
        "a margin widened after the run",
        claims("modes: {share: 0.1} ", "modes: {share: 0.5} "),
        JUDGED,
        ("declared",),
        "settings",
    ),
    Mutation(
        "a published value edited",
        claims('printed: "99.3"', 'printed: "9.3"'),
        GATHERED,
        ("declared",),
        "values",
    ),
    Mutation("a config edited", another_learning_rate, CLOSED, ("provenance", "measures_again"), FIRST),
    Mutation(
        "seeds selected afterwards",
        study_with(seeds=[0, 1, 2, 4, 5]),
        PLAIN,
        ("integrity", "completeness", "document", "samples_again", "measures_again", "verdicts_again", "figures_again"),
        "study.json",
    ),
    # Tables
    Mutation(
        "an interval's ends swapped",
        csv("summary.csv", of("veegan", "modes"), swap("lower", "upper")),
        CLOSED,
        ("bounds", "document", "tables_again", "figures_again"),
        "tables/summary.csv",
        "matched/ring/veegan",
    ),
    Mutation(
        "a mean rounded up",
        csv("table1.csv", lambda table: table["variant"] == "veegan", lambda row: row.update({"modes": "8.00"})),
        CLOSED,
        ("document", "tables_again"),
        "tables/table1.csv",
        "veegan",
    ),
    Mutation(
        "a p-value made smaller",
        csv("pairs.csv", lambda table: table["p"] != "", put(p="0.0001")),
        CLOSED,
        ("comparisons_again",),
        "tables/pairs.csv",
    ),
    Mutation(
        "a rank set shortened",
        csv("ranks.csv", lambda table: table["rank_low"] != table["rank_high"], put(rank_low="1", rank_high="1")),
        CLOSED,
        ("comparisons_again", "figures_again"),
        "tables/ranks.csv",
    ),
    Mutation(
        "a verdict turned round",
        csv("verdicts.csv", lambda table: table["verdict"].str.startswith("INCONCLUSIVE"), put(verdict="REPRODUCED")),
        CLOSED,
        ("verdicts_again",),
        VERDICTS,
    ),
    Mutation(
        "a claim counted twice",
        csv("verdict_counts.csv", lambda table: table["REPRODUCED"] != "0", put(REPRODUCED="30")),
        CLOSED,
        ("document", "verdicts_again"),
        "tables/verdict_counts.csv",
    ),
    Mutation(
        "what the published tables say of themselves",
        csv("published_audit.csv", lambda table: table["outcome"] == "consistent", put(outcome="inconsistent")),
        CLOSED,
        ("published_again",),
        "tables/published_audit.csv",
    ),
    # Figures, document, manifest
    Mutation(
        "a figure's data changed",
        text_of("figures/final_matched_ring.svg", "fill: #", "fill:  #"),
        CLOSED,
        ("figures_again",),
        "figures/final_matched_ring.svg",
    ),
    Mutation("a digit in the PDF", in_pdf, PLAIN, ("document",), "report.pdf"),
    Mutation("a line of the manifest removed", line_removed, PLAIN, ("integrity", "document"), "MANIFEST.sha256"),
    Mutation("a file added", added("tables/better.csv"), PLAIN, ("integrity",), "tables/better.csv"),
    Mutation(
        "a table withheld",
        table_withheld,
        PLAIN,
        ("integrity", "schema", "document", "comparisons_again"),
        "withheld.json",
    ),
    # What the first release's audit let pass
    Mutation("an identity's verdict invented", identity_refuted, CLOSED, (), VERDICTS),
    Mutation("a figure moved, another matplotlib claimed", figure_moved_and_excused, CLOSED, (), "figures/"),
    Mutation("runs of two variants exchanged", variants_exchanged, MEASURED, (), f"{FIRST}/trace.parquet"),
    Mutation(
        "runs of two variants exchanged, another torch claimed",
        lambda study: variants_exchanged(study, True),
        MEASURED,
        (),
        f"{FIRST}/trace.parquet",
    ),
    Mutation("real data as samples, weights withheld", real_samples_with_weights_withheld, CLOSED, (), "withheld.json"),
    Mutation("two seeds exchanged", relabelled_seeds, MEASURED, (), f"{FIRST}/trace.parquet"),
    Mutation("a lowered oracle", tidy(oracle_lowered, "measures/calibration/ring.parquet"), GATHERED, (), MEASURES),
    Mutation(
        "samples of another variant, hashes left",
        lambda study: shutil.copy(study / OTHER / "samples.npy", study / FIRST),
        PLAIN,
        ("integrity", "samples_again", "measures_again", "figures_again"),
        f"{FIRST}/samples.npy",
    ),
]


def cover(folder: Path, covered: str) -> None:
    """What the tamperer makes anew."""
    study = Bundle(folder).study
    claimed = folder / "claims.yaml"
    if covered == MEASURED:
        measure(folder, study)
    if covered in (MEASURED, GATHERED):
        gather(folder, study, claimed)
    if covered == JUDGED:
        judge(folder, study, claimed)
    if covered in (MEASURED, GATHERED, JUDGED):
        finish(folder, study, claimed)
    if covered == CLOSED:
        close(folder, study, claimed)


def failed(folder: Path) -> dict[str, list[str]]:
    """The findings of each check that fails, but for the level that trains."""
    names = levels.checks_of("recompute")
    found = levels.run(Bundle(folder), names)
    return {o.name: [str(finding) for finding in o.result.findings] for o in found if not o.holds}


def test_the_honest_study_passes(honest_study: Path) -> None:
    assert failed(honest_study) == {}


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_it_is_caught(honest_study: Path, tmp_path: Path, mutation: Mutation) -> None:
    folder = Path(shutil.copytree(honest_study, tmp_path / "small"))
    mutation.change(folder)
    cover(folder, mutation.covered)
    found = failed(folder)
    assert set(found) == set(mutation.caught_by), found
    told = [line for lines in found.values() for line in lines]
    assert any(mutation.file in line and mutation.where in line for line in told), told


def test_there_are_enough_of_them() -> None:
    assert len(MUTATIONS) >= 25
    assert CLAIMS.exists()
