"""Names that look like numbers or like nothing, and labels that look like markup, go through a study as they are."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import yaml
from default_config import DEFAULT
from matplotlib.figure import Figure
from pypdf import PdfReader
from small_study import make

from modecollapse import reading
from modecollapse.audit import levels
from modecollapse.audit.bundle import Bundle
from modecollapse.comparisons.comparison_tables import BASELINE
from modecollapse.report import figures, layout, published_numbers, result_tables, style, verdicts
from modecollapse.study.load import load_study
from modecollapse.study.summary import StudySummary, summary_of

VARIANTS = {"nan": "_GAN $x_$ <b> #[2]", "8": "*a* @b -- \\alpha ~ $", BASELINE: "Γ-ГАН, “No. 1”"}
DATASETS = {"null": "#panic() $$ ^{", "007": "= 007 //"}
RECIPE = {
    "datasets": [*DATASETS], "source": "$x_$ #panic() *a*", "latent": 2, "batch": 8, "steps": 6, "evaluations": 3,
    "schedule": "alternating", "optimizer": {"kind": "adam", "lr": 1e-3, "beta1": 0.5},
    "networks": dict.fromkeys(("generator", "discriminator", "reconstructor"), {"hidden": [8], "activation": "relu"}),
}  # fmt: skip
STUDY = {
    "study": "1e5", "seeds": 2, "block_size": 2, "datasets": [*DATASETS], "variants": [*VARIANTS],
    "measures": ["modes", "reverse_kl"], "calibration_replicates": 2,
    "definitions": {
        "datasets": {
            "null": {"family": "ring", "label": DATASETS["null"]}, "007": {"family": "grid", "label": DATASETS["007"]},
        },
        "variants": {
            "nan": {"objective": "wgan", "label": VARIANTS["nan"]},
            "8": {"objective": "veegan", "label": VARIANTS["8"]}, BASELINE: {"label": VARIANTS[BASELINE]},
        },
    },
    "experiments": {"matched": None, "2017": {"recipes": {"null": RECIPE}}},
}  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The finished study; matplotlib and Typst say nothing while it is made."""
    folder = tmp_path_factory.mktemp("names")
    (folder / "study.yaml").write_text(yaml.safe_dump(STUDY, allow_unicode=True), encoding="utf-8")
    return make(folder / "1e5", load_study([DEFAULT, folder / "study.yaml"]))


@pytest.fixture(scope="module")
def summary(made: Path) -> StudySummary:
    return summary_of(Bundle(made).study)


def names(table: pd.DataFrame) -> dict[str, set[str]]:
    return {name: set(table[name]) for name in ("experiment", "dataset", "variant") if name in table}


def test_in_every_table(made: Path, summary: StudySummary) -> None:
    planned = {"experiment": {"2017"}, "dataset": set(DATASETS), "variant": set(VARIANTS)}
    others = planned | {"variant": {"nan", "8"}}
    for name, expected in (("pairs", planned), ("ranks", planned), ("baseline", others)):
        found = names(reading.csv(made / "tables" / f"{name}.csv"))
        assert found == {column: expected[column] for column in found}, name
    for name in ("table1", "collapse"):
        table = reading.csv(made / "tables" / f"{name}.csv")
        assert names(table[table["variant"].isin(VARIANTS)]) == planned, name
        assert set(table["row"]) >= set(VARIANTS.values())
        assert set(table["data_set"]) == set(DATASETS.values())
    table = reading.csv(made / "tables" / "summary.csv", result_tables.SUMMARY_TYPES)
    assert names(table[table["experiment"] == "2017"])["variant"] == {*VARIANTS, layout.UNTRAINED}


def drawn(made: Path, summary: StudySummary, file: str) -> Figure:
    runs = sorted(path.parent for path in made.glob("runs/*/*/*/*/run.json"))
    sources = figures.Sources.of(made, runs, summary.datasets, {"2017": summary.seeds[0]})
    with style.styled():
        figure = figures.drawings(summary, sources)[file]()
        figure.draw_without_rendering()
    return figure


def test_in_every_figure(made: Path, summary: StudySummary) -> None:
    """All are there, and those that read tables show each variant under its label."""
    assert {path.name for path in (made / "figures").iterdir()} == set(layout.figure_names(summary))
    first = drawn(made, summary, "intervals_2017_null.svg").axes[0]
    assert [text.get_text() for text in first.get_yticklabels()] == list(VARIANTS.values())
    assert {float(y) for line in first.lines for y in line.get_ydata() if line.get_marker() == "o"} == {0.0, 1.0, 2.0}
    shown = [" ".join(axes.get_title().split()) for axes in drawn(made, summary, "density_2017_null.svg").axes]
    assert [title for title in shown if title in VARIANTS.values()] == list(VARIANTS.values())


def test_in_the_report(made: Path, summary: StudySummary) -> None:
    text = "".join(page.extract_text() for page in PdfReader(made / "report.pdf").pages)
    for label in (*VARIANTS.values(), *DATASETS.values(), "$x_$ #panic() *a*"):
        assert "".join(label.split()) in "".join(text.split()), label
    judged = verdicts.read(made / "tables")
    claims = verdicts.page(summary, judged)["claims"]
    rows = published_numbers.page(summary, judged["verdicts"], claims)["rows"]
    assert {row["group"] for row in rows} == {f"{label}: Modes captured" for label in DATASETS.values()}


def test_in_the_audit(made: Path) -> None:
    for outcome in levels.run(Bundle(made), levels.checks_of("recompute")):
        assert outcome.result.findings == [], outcome.title
