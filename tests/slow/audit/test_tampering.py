"""An audit that cannot fail is worthless: every way to tamper is caught, by the checks that should and by no other.

A row is a mutation, how far it is covered, the checks that fail while all others hold, and the file and the place that
one of their findings names. Where the checks are none, no audit without training can tell, and a point that is left
open, or a note, names them instead; where there is "rerun", all blocks are trained again as well.
"""

# ruff: noqa: E501  (a mutation is a line)
from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from audit import mutations as m
from audit.mutations import DIVERGED, FIGURE, FIRST, MEASURES, PART, WITHHELD
from pypdf import PdfWriter
from pypdf.generic import ByteStringObject, ContentStream, NameObject

from modecollapse.audit import levels
from modecollapse.audit.bundle import Bundle

AGAIN, HEADLINE = "reexecution", "reexecution headline"
TRACE, SAMPLES, RECORD = f"{FIRST}/trace.parquet", f"{FIRST}/samples.npy", f"{FIRST}/run.json"
WEIGHTS, VERDICTS = f"{FIRST}/weights.safetensors", "tables/verdicts.csv"
WIDER = m.claims("modes: {share: 0.1} ", "modes: {share: 0.3} ")
HIDDEN = m.withhold("runs/**/weights.safetensors", "runs/**/samples.npy")


def another_digit_of_the_pdf(study: Path) -> None:
    """The last 2 of the second page is an 8, in the content stream that Typst wrote."""
    pdf, old, new = study / "report.pdf", "2", "8"
    writer = PdfWriter(clone_from=pdf)
    sheet = writer.pages[1]
    content = ContentStream(sheet.get_contents(), writer)
    fonts = {name: _codes(font.get_object()) for name, font in sheet["/Resources"]["/Font"].items()}
    font, places = {}, []
    for operands, operator in content.operations:
        font = fonts[operands[0]] if operator == b"Tf" else font
        texts = operands[0] if operator == b"TJ" else operands
        for i, text in enumerate(texts if operator in (b"TJ", b"Tj") else []):
            if hasattr(text, "original_bytes") and {old, new} <= font.keys():
                codes = text.original_bytes
                places += [(texts, i, at, font) for at in range(0, len(codes), 2) if codes[at : at + 2] == font[old]]
    texts, i, at, font = places[-1]
    codes = texts[i].original_bytes
    texts[i] = ByteStringObject(codes[:at] + font[new] + codes[at + 2 :])
    sheet[NameObject("/Contents")] = writer._add_object(content)
    writer.write(pdf)


def _codes(font: dict) -> dict[str, bytes]:
    """The code of each character of a font that has a map to them."""
    lines = font["/ToUnicode"].get_object().get_data().decode("latin-1")
    found = re.findall(r"<([0-9a-fA-F]{4})> <([0-9a-fA-F]{4})>", lines)
    return {chr(int(char, 16)): bytes.fromhex(code) for code, char in found}


# fmt: off
MUTATIONS = {
    # The tidy table and its parts
    "a digit in the tidy table": (m.tidy(m.better), "plain", "integrity reexecution", MEASURES),
    "the same, closed": (m.tidy(m.better), "closed", AGAIN, MEASURES, "ring, veegan, 1, 60, high_quality_percent"),
    "a digit in the rows of a data set": (m.tidy(m.better, PART), "gathered", HEADLINE, PART, "ring, veegan, 1, 60"),
    "a seed dropped": (m.tidy(lambda t: t[(t.variant != "veegan") | (t.seed != 1)]), "closed", AGAIN, MEASURES, "ring, veegan"),
    "a diverged run deleted": (m.tidy(lambda t: t[(t.variant != "lsgan") | (t.seed != 2)]), "closed", AGAIN, MEASURES, "ring, lsgan"),
    "a row twice": (m.tidy(lambda t: t.iloc[[*range(len(t)), 5]]), "closed", AGAIN, MEASURES),
    "a status changed": (m.tidy(lambda t: t.assign(status=t.status.mask(m.rows(t, "lsgan", seed=2), "ok"))), "closed", AGAIN, MEASURES, "ring, lsgan, 2"),
    "a lowered oracle": (m.tidy(m.oracle_lowered, "measures/calibration/ring.parquet"), "gathered", AGAIN, "measures/calibration/ring.parquet", "oracle"),
    # Runs
    "a diverged run forgiven": (m.diverged_forgiven, "measured", "completeness headline", DIVERGED, "seed 0"),
    "a seed under another number as well": (m.seed_copied, "measured", "completeness generators", TRACE, "seed 2"),
    "two seeds exchanged": (m.seeds_exchanged(True), "measured", "generators", TRACE, "step 0"),
    "two seeds exchanged, but for step 0": (m.seeds_exchanged(False), "measured", "generators rerun", TRACE),
    "two variants exchanged": (m.variants_exchanged, "measured", "generators", TRACE, "step 0"),
    "two variants exchanged, another torch claimed": (m.both(m.variants_exchanged, m.other_torch), "measured", "generators", TRACE),
    "two variants exchanged, but for step 0": (m.variants_exchanged_but_for_step_zero, "measured", "generators", WEIGHTS, "networks"),
    "the samples of a better run": (m.then_vouched(m.samples_of_another_variant), "closed", "completeness generators reexecution headline", SAMPLES),
    "samples of another variant, hashes left": (m.samples_of_another_variant, "plain", "integrity generators reexecution headline", SAMPLES),
    "a trace with more modes at its end": (m.better_trace(60), "closed", "generators reexecution headline", TRACE, "step 60"),
    "a trace with more modes on its way": (m.better_trace(30, 36, 42, 48, 54), "measured", "rerun", TRACE),
    "a bit of the weights": (m.flipped, "plain", "provenance", WEIGHTS),
    "a bit of the weights, closed": (m.flipped, "closed", "provenance", WEIGHTS),
    "weights of two seeds exchanged": (m.then_vouched(m.weights_of_another_seed), "closed", "generators", SAMPLES, "seed 1"),
    "a run of other seeds added": (m.run_copied, "closed", "integrity completeness schema headline", "runs/matched/ring/veegan/seeds-6-8"),
    # Records
    "other code": (m.in_first(code="0" * 64), "closed", "provenance", RECORD),
    "another torch": (m.edit(RECORD, lambda r: r["versions"].update(torch="2.10.0")), "closed", "provenance", RECORD),
    "another torch everywhere": (m.other_torch, "closed", "", "torch: environment.yml asks"),
    "another device": (m.on_a_gpu, "closed", "provenance reexecution", RECORD),
    "fewer steps": (m.in_first(steps=30), "closed", "provenance reexecution headline", RECORD, "steps"),
    "no wall time": (m.in_first(wall_seconds=-1.0), "closed", "schema", RECORD),
    "a stream of another seed": (m.edit(RECORD, lambda r: r["streams"][1]["draws"].update(z=r["streams"][0]["draws"]["z"])), "closed", "seeds", RECORD),
    "a key that records do not have": (m.in_first(remark="checked"), "closed", "schema", RECORD),
    # Data
    "altered data": (m.data_moved, "closed", "provenance reexecution", "data/ring.npz"),
    "altered data, records made anew": (m.both(m.data_moved, m.data_vouched), "measured", HEADLINE, "data/ring.npz"),
    "altered data, withheld": (m.both(m.data_moved, m.data_vouched, m.covering("closed"), m.withhold("data/ring.npz", size=10**9)), "plain", AGAIN, "data/ring.npz"),
    # Declarations
    "a margin widened": (WIDER, "judged", "declared", "claims.yaml", "settings"),
    "a margin widened, hashes made anew": (m.both(WIDER, m.hashes_vouched), "judged", "", "claims.yaml", "nothing shows that it came before"),
    "a published value edited": (m.claims('printed: "99.3"', 'printed: "9.3"'), "gathered", "declared", "claims.yaml", "values"),
    "a configuration edited": (m.another_learning_rate, "closed", "provenance reexecution headline", FIRST),
    "seeds selected afterwards": (m.edit("study.json", lambda c: c.update(seeds=[0, 1, 2, 4, 5])), "plain", "integrity completeness reexecution headline", "runs/matched/ring/veegan/seeds-3-5"),
    "a plan that nobody committed": (m.declared(seeds=60), "closed", "", "declared/", "nothing shows that it came before"),
    "a variant dropped": (m.variant_dropped, "measured", "", "study.json", "variants was"),
    # Tables
    "an interval's ends exchanged": (m.csv("summary.csv", m.of("veegan", "modes"), lower="upper", upper="lower"), "closed", HEADLINE, "tables/summary.csv"),
    "a mean rounded up": (m.csv("table1.csv", lambda t: t.variant == "veegan", modes="8.00"), "closed", AGAIN, "tables/table1.csv"),
    "a p-value made smaller": (m.csv("pairs.csv", lambda t: t.p != "", p="0.0001"), "closed", AGAIN, "tables/pairs.csv"),
    "a rank set shortened": (m.csv("ranks.csv", lambda t: t.rank_low != t.rank_high, rank_low="1", rank_high="1"), "closed", AGAIN, "tables/ranks.csv"),
    "a verdict reversed": (m.csv("verdicts.csv", lambda t: t.outcome == "INCONCLUSIVE", outcome="REPRODUCED"), "closed", AGAIN, VERDICTS),
    "an identity's verdict invented": (m.identity_refuted, "closed", AGAIN, VERDICTS),
    "a claim counted twice": (m.csv("verdict_counts.csv", lambda t: t.REPRODUCED != "0", REPRODUCED="30"), "closed", AGAIN, "tables/verdict_counts.csv"),
    "a published table that contradicts itself": (m.csv("published_audit.csv", lambda t: t.outcome == "consistent", outcome="inconsistent"), "closed", AGAIN, "tables/published_audit.csv"),
    # Figures, PDF, manifest
    "a point of a figure moved": (m.figure_moved, "closed", AGAIN, FIGURE),
    "the same, another matplotlib claimed": (m.both(m.figure_moved, m.environment(versions={"matplotlib": "3.9.0"})), "closed", "environment reexecution", FIGURE),
    "the same, another processor claimed": (m.both(m.figure_moved, m.environment(cpu="Intel Xeon", cpu_capability="AVX2")), "closed", AGAIN, FIGURE),
    "the same, both claimed": (m.both(m.figure_moved, m.environment(versions={"matplotlib": "3.9.0"}, cpu="Intel Xeon")), "closed", "environment reexecution", FIGURE),
    "the figure of something else": (lambda s: shutil.copy(s / "figures/strip_matched_ring.svg", s / FIGURE), "closed", AGAIN, FIGURE),
    "a digit in the PDF": (another_digit_of_the_pdf, "plain", AGAIN, "report.pdf"),
    "a digit in the PDF, another processor claimed": (m.both(m.environment(cpu="Intel Xeon"), m.covering("closed"), another_digit_of_the_pdf), "plain", AGAIN, "report.pdf"),
    "a line of the manifest removed": (m.one_line_less, "plain", "integrity reexecution", "MANIFEST.sha256"),
    "a file added": (lambda s: (s / "tables/better.csv").touch(), "plain", "integrity", "tables/better.csv"),
    # What is withheld
    "a table withheld": (m.withhold("tables/pairs.csv", size=10**9), "plain", "integrity reexecution", WITHHELD, "tables/pairs.csv"),
    "samples withheld, weights kept": (m.both(m.better_trace(60), m.withhold(SAMPLES)), "measured", "integrity generators", WITHHELD, SAMPLES),
    "real data as samples, weights withheld": (m.both(m.real_samples, m.withhold(WEIGHTS)), "measured", "generators rerun", SAMPLES),
    "a better end, samples and weights withheld": (m.both(m.better_trace(60), HIDDEN), "measured", "rerun", TRACE),
    "better rows, withheld": (m.both(m.tidy(m.better, PART), HIDDEN, m.covering("gathered"), m.withhold(PART, size=10**9)), "closed", HEADLINE, PART),
}  # fmt: on


def failed(folder: Path, names: tuple[str, ...]) -> dict[str, list[str]]:
    """The findings of each check that fails, and under "" what is left open or noted."""
    outcomes = list(levels.run(Bundle(folder), names, blocks=99))
    found = {o.name: [str(finding) for finding in o.result.findings] for o in outcomes if not o.holds}
    return found | {"": [line for o in outcomes for line in (*o.result.left_open, *o.result.notes)]}


def test_the_honest_study_passes(honest_study: Path) -> None:
    assert len(MUTATIONS) == 65
    assert failed(honest_study, levels.checks_of("rerun")).keys() == {""}


@pytest.mark.parametrize("name", MUTATIONS)
def test_it_is_caught(honest_study: Path, tmp_path: Path, name: str) -> None:
    change, covered, caught_by, *place = MUTATIONS[name]
    folder = Path(shutil.copytree(honest_study, tmp_path / "small"))
    change(folder)
    m.cover(folder, covered)
    found = failed(folder, levels.checks_of("rerun" if "rerun" in caught_by else "recompute"))
    assert found.keys() - {""} == set(caught_by.split()), found
    lines = [line for check in caught_by.split() or [""] for line in found[check]]
    assert any(all(part in line for part in place) for line in lines), lines
