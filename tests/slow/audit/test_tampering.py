"""An audit that cannot fail is worthless: every way to tamper is caught, by the checks that should and by no other.

A row is a mutation, how far it is covered, the checks that fail while all others hold, and the file and the place that
one of their findings names. Where the checks are none, no audit without training can tell, and a point that is left
open, or a note, names them instead; where there is "rerun", all blocks are trained again as well.
"""

# ruff: noqa: E501  (a mutation is a line)
from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from audit import mutations as m
from audit.mutations import (
    CLOSED,
    DIVERGED,
    FIGURE,
    FIRST,
    GATHERED,
    JUDGED,
    MEASURED,
    MEASURES,
    OTHER,
    PART,
    PLAIN,
    WITHHELD,
    both,
    claims,
    csv,
    environment,
    of,
    put,
    record,
    rows,
    seeds_exchanged,
    swap,
    tidy,
    withhold,
    withhold_all,
)

from modecollapse.audit import levels
from modecollapse.audit.bundle import Bundle

AGAIN, HEADLINE = "reexecution", "reexecution headline"
TRACE, SAMPLES, RECORD = f"{FIRST}/trace.parquet", f"{FIRST}/samples.npy", f"{FIRST}/run.json"
WEIGHTS, VERDICTS = f"{FIRST}/weights.safetensors", "tables/verdicts.csv"
WIDER = claims("modes: {share: 0.1} ", "modes: {share: 0.3} ")
HIDDEN = withhold_all("weights.safetensors", "samples.npy")
# fmt: off
MUTATIONS = {
    # The tidy table and its parts
    "a digit in the tidy table": (tidy(m.better), PLAIN, "integrity reexecution", MEASURES),
    "the same, closed": (tidy(m.better), CLOSED, AGAIN, MEASURES, "ring, veegan, 1, 60, high_quality_percent"),
    "a digit in the rows of a data set": (tidy(m.better, PART), GATHERED, HEADLINE, PART, "ring, veegan, 1, 60"),
    "a seed dropped": (tidy(lambda t: t[(t.variant != "veegan") | (t.seed != 1)]), CLOSED, AGAIN, MEASURES, "ring, veegan"),
    "a diverged run deleted": (tidy(lambda t: t[(t.variant != "lsgan") | (t.seed != 2)]), CLOSED, AGAIN, MEASURES, "ring, lsgan"),
    "a row twice": (tidy(lambda t: t.iloc[[*range(len(t)), 5]]), CLOSED, AGAIN, MEASURES),
    "a status changed": (tidy(lambda t: t.assign(status=t.status.mask(rows(t, "lsgan", seed=2), "ok"))), CLOSED, AGAIN, MEASURES, "ring, lsgan, 2"),
    "a lowered oracle": (tidy(m.oracle_lowered, "measures/calibration/ring.parquet"), GATHERED, AGAIN, "measures/calibration/ring.parquet", "oracle"),
    # Runs
    "a diverged run forgiven": (m.diverged_forgiven, MEASURED, "completeness headline", DIVERGED, "seed 0"),
    "a seed under another number as well": (m.seed_copied, MEASURED, "completeness generators", TRACE, "seed 2"),
    "two seeds exchanged": (seeds_exchanged(True), MEASURED, "generators", TRACE, "step 0"),
    "two seeds exchanged, but for step 0": (seeds_exchanged(False), MEASURED, "rerun", TRACE),
    "two variants exchanged": (m.variants_exchanged, MEASURED, "generators", TRACE, "step 0"),
    "two variants exchanged, another torch claimed": (both(m.variants_exchanged, m.other_torch), MEASURED, "generators", TRACE),
    "two variants exchanged, but for step 0": (m.variants_exchanged_but_for_step_zero, MEASURED, "generators", WEIGHTS, "networks"),
    "the samples of a better run": (m.replaced("samples.npy", m.better_samples), CLOSED, "completeness generators reexecution headline", SAMPLES),
    "samples of another variant, hashes left": (lambda s: shutil.copy(s / OTHER / "samples.npy", s / FIRST), PLAIN, "integrity generators reexecution headline", SAMPLES),
    "a trace with more modes at its end": (m.better_trace(60), CLOSED, "generators reexecution headline", TRACE, "step 60"),
    "a trace with more modes on its way": (m.better_trace(30, 36, 42, 48, 54), MEASURED, "rerun", TRACE),
    "a bit of the weights": (m.replaced("weights.safetensors", m.flipped, False), PLAIN, "integrity", WEIGHTS),
    "a bit of the weights, closed": (m.replaced("weights.safetensors", m.flipped, False), CLOSED, "provenance", FIRST),
    "weights of two seeds exchanged": (m.replaced("weights.safetensors", m.weights_of_another_seed), CLOSED, "generators", SAMPLES, "seed 1"),
    "a run of other seeds added": (m.run_copied, CLOSED, "integrity completeness schema headline", "runs/matched/ring/veegan/seeds-6-8"),
    # Records
    "other code": (record(FIRST, m.of_record(code="0" * 64)), CLOSED, "provenance", RECORD),
    "another torch": (record(FIRST, lambda r: r["versions"].update(torch="2.10.0")), CLOSED, "provenance", RECORD),
    "another torch everywhere": (m.other_torch, CLOSED, "", "torch: environment.yml asks"),
    "another device": (record(FIRST, m.on_a_gpu), CLOSED, "provenance reexecution", RECORD),
    "fewer steps": (record(FIRST, m.of_record(steps=30)), CLOSED, "provenance reexecution headline", RECORD, "steps"),
    "no wall time": (record(FIRST, m.of_record(wall_seconds=-1.0)), CLOSED, "schema", RECORD),
    "a stream of another seed": (record(FIRST, lambda r: r["streams"][1].update(noise=r["streams"][0]["noise"])), CLOSED, "seeds", RECORD),
    "a key that records do not have": (record(FIRST, m.of_record(remark="checked")), CLOSED, "schema", RECORD),
    # Data
    "altered data": (m.data_moved, CLOSED, "provenance reexecution", "data/ring.npz"),
    "altered data, records made anew": (both(m.data_moved, m.data_vouched), MEASURED, HEADLINE, "data/ring.npz"),
    "altered data, withheld": (both(m.data_moved, m.data_vouched, m.closed, withhold("data/ring.npz", size=10**9)), PLAIN, AGAIN, "data/ring.npz"),
    # Declarations
    "a margin widened": (WIDER, JUDGED, "declared", "claims.yaml", "settings"),
    "a margin widened, hashes made anew": (both(WIDER, m.hashes_again), JUDGED, "", "claims.yaml", "nothing shows that it came before"),
    "a published value edited": (claims('printed: "99.3"', 'printed: "9.3"'), GATHERED, "declared", "claims.yaml", "values"),
    "a configuration edited": (m.another_learning_rate, CLOSED, "provenance reexecution", FIRST),
    "seeds selected afterwards": (m.study_with(seeds=[0, 1, 2, 4, 5]), PLAIN, "integrity completeness reexecution headline", "runs/matched/ring/veegan/seeds-3-5"),
    "a plan that nobody committed": (m.another_plan, CLOSED, "", "declared/", "nothing shows that it came before"),
    "a variant dropped": (m.variant_dropped, MEASURED, "", "study.json", "variants was"),
    # Tables
    "an interval's ends exchanged": (csv("summary.csv", of("veegan", "modes"), swap("lower", "upper")), CLOSED, HEADLINE, "tables/summary.csv"),
    "a mean rounded up": (csv("table1.csv", lambda t: t.variant == "veegan", put(modes="8.00")), CLOSED, AGAIN, "tables/table1.csv"),
    "a p-value made smaller": (csv("pairs.csv", lambda t: t.p != "", put(p="0.0001")), CLOSED, AGAIN, "tables/pairs.csv"),
    "a rank set shortened": (csv("ranks.csv", lambda t: t.rank_low != t.rank_high, put(rank_low="1", rank_high="1")), CLOSED, AGAIN, "tables/ranks.csv"),
    "a verdict reversed": (csv("verdicts.csv", lambda t: t.outcome == "INCONCLUSIVE", put(outcome="REPRODUCED")), CLOSED, AGAIN, VERDICTS),
    "an identity's verdict invented": (m.identity_refuted, CLOSED, AGAIN, VERDICTS),
    "a claim counted twice": (csv("verdict_counts.csv", lambda t: t.REPRODUCED != "0", put(REPRODUCED="30")), CLOSED, AGAIN, "tables/verdict_counts.csv"),
    "a published table that contradicts itself": (csv("published_audit.csv", lambda t: t.outcome == "consistent", put(outcome="inconsistent")), CLOSED, AGAIN, "tables/published_audit.csv"),
    # Figures, PDF, manifest
    "a point of a figure moved": (m.figure_moved, CLOSED, AGAIN, FIGURE),
    "the same, another matplotlib claimed": (both(m.figure_moved, environment(versions={"matplotlib": "3.9.0"})), CLOSED, "environment reexecution", FIGURE),
    "the same, another processor claimed": (both(m.figure_moved, environment(cpu="Intel Xeon", cpu_capability="AVX2")), CLOSED, AGAIN, FIGURE),
    "the figure of something else": (m.figure_of_another, CLOSED, AGAIN, FIGURE),
    "a digit in the PDF": (m.in_pdf, PLAIN, AGAIN, "report.pdf"),
    "a digit in the PDF, another processor claimed": (both(environment(cpu="Intel Xeon"), m.closed, m.in_pdf), PLAIN, AGAIN, "report.pdf"),
    "a line of the manifest removed": (m.line_removed, PLAIN, "integrity reexecution", "MANIFEST.sha256"),
    "a file added": (m.added("tables/better.csv"), PLAIN, "integrity", "tables/better.csv"),
    # What is withheld
    "a table withheld": (withhold("tables/pairs.csv", size=10**9), PLAIN, "integrity reexecution", WITHHELD, "tables/pairs.csv"),
    "weights withheld that are not so large": (withhold(WEIGHTS, size=600_000_000), PLAIN, "integrity", WITHHELD, WEIGHTS),
    "samples withheld, weights kept": (both(m.better_trace(60), withhold(SAMPLES)), MEASURED, "integrity generators", WITHHELD, SAMPLES),
    "real data as samples, weights withheld": (both(m.real_samples, withhold(WEIGHTS)), MEASURED, "rerun", SAMPLES),
    "a better end, samples and weights withheld": (both(m.better_trace(60), HIDDEN), MEASURED, "rerun", TRACE),
    "better rows, withheld": (both(tidy(m.better, PART), HIDDEN, m.gathered, withhold(PART, size=10**9)), CLOSED, HEADLINE, PART),
}  # fmt: on


def failed(folder: Path, names: tuple[str, ...]) -> dict[str, list[str]]:
    """The findings of each check that fails, and under "" what is left open or noted."""
    outcomes = list(levels.run(Bundle(folder), names, blocks=99))
    told = {o.name: [str(finding) for finding in o.result.findings] for o in outcomes if not o.holds}
    return told | {"": [line for o in outcomes for line in (*o.result.left_open, *o.result.notes)]}


def test_the_honest_study_passes(honest_study: Path) -> None:
    assert failed(honest_study, levels.checks_of("rerun")).keys() == {""}


@pytest.mark.parametrize("name", MUTATIONS)
def test_it_is_caught(honest_study: Path, tmp_path: Path, name: str) -> None:
    change, covered, caught_by, *place = MUTATIONS[name]
    folder = Path(shutil.copytree(honest_study, tmp_path / "small"))
    change(folder)
    m.cover(folder, covered)
    found = failed(folder, levels.checks_of("rerun" if "rerun" in caught_by else "recompute"))
    assert found.keys() - {""} == set(caught_by.split()), found
    told = [line for check in caught_by.split() or [""] for line in found[check]]
    assert any(all(part in line for part in place) for line in told), told


def test_there_are_enough_of_them() -> None:
    assert len(MUTATIONS) >= 50
