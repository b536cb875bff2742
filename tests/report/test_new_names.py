"""A measure and a data set that nothing in `report/` has heard of show up everywhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from made_up_study import build_report, write_run
from pypdf import PdfReader

from modecollapse.report import layout, tables
from modecollapse.report.figures import curves, final
from modecollapse.report.figures.measured import Measured
from modecollapse.study.summary import DatasetSummary, MeasureSummary

NEW = "spheres"
PLACE = {"dataset": NEW, "label": "1200D Spheres"}
MEASURE = MeasureSummary("Invented distance", 4, "less is better", "counts", "less")


@pytest.fixture(scope="module")
def extended(study: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The made-up study, a points data set of shape [1200], and a measure that only it and the ring have."""
    own = study.summary
    ring = replace(own.datasets["ring"], measures=[*own.datasets["ring"].measures, "invented"])
    new = DatasetSummary(
        label=PLACE["label"],
        family=NEW,
        as_published=False,
        options={},
        shape=[1200],
        modes=25,
        samples=100,
        measures=["modes", "invented"],
    )
    summary = replace(
        own,
        measures=own.measures | {"invented": MEASURE},
        datasets=own.datasets | {"ring": ring, NEW: new},
        cells=[*own.cells, *(replace(cell, dataset=NEW) for cell in own.cells if cell.dataset == "grid")],
    )
    modes = study.measures[study.measures["measure"] == "modes"]
    invented = modes.assign(measure="invented", value=modes["value"] / 2000)
    measured = pd.concat([study.measures, invented])
    measured = pd.concat([measured, measured[measured["dataset"] == "grid"].assign(dataset=NEW)])

    cells = pd.concat([study.cells, study.cells[study.cells["dataset"] == "grid"].assign(dataset=NEW)])
    runs = list(study.runs)
    for cell in summary.cells:
        if cell.dataset == NEW:
            runs.append(tmp_path_factory.mktemp("run"))
            write_run(runs[-1], cell, np.zeros((5, 2, 1200), np.float32), modes=25)

    def support(dataset: str, measure: str) -> tuple[float, float]:
        known = "grid" if dataset == NEW else dataset
        return (0.0, 0.5) if measure == "invented" else study.support(known, measure)

    return SimpleNamespace(
        **{**vars(study), "summary": summary, "measures": measured, "cells": cells, "support": support, "runs": runs}
    )


def test_in_the_tables(extended: SimpleNamespace, tmp_path: Path) -> None:
    s = extended
    tables.write(s.summary, s.measures, s.cells, s.published, s.support, tmp_path)
    table = pd.read_csv(tmp_path / "table1.csv", dtype=str, keep_default_na=False)
    assert list(dict.fromkeys(table["dataset"])) == ["ring", "grid", NEW]
    shown = table.groupby("dataset")["invented"].agg(lambda cells: (cells != layout.NONE).all())
    assert shown.to_dict() == {"ring": True, "grid": False, NEW: True}
    assert (table.loc[table["dataset"] == NEW, "reverse_kl"] == layout.NONE).all()
    assert table["invented"].str.fullmatch(r"0\.\d{4} \[0\.\d{4}, 0\.\d{4}\]|–").all()
    assert "invented" in set(pd.read_csv(tmp_path / "summary.csv")["measure"])


def test_in_the_figures(extended: SimpleNamespace) -> None:
    s = extended
    measured = Measured(s.measures, tables.summarise(s.summary, s.measures, s.support), s.published)
    for draw in (final.draw, curves.draw):
        for name, shown in ((NEW, ["Modes captured", MEASURE.label]), ("grid", ["Modes captured"])):
            figure = draw(s.summary, "matched", name, measured)
            assert [axes.get_title() for axes in figure.axes][:: max(1, len(figure.axes) - 1)][: len(shown)] == shown
            assert all(axes.lines for axes in figure.axes)
    assert f"final_matched_{NEW}.svg" in layout.figure_names(s.summary)


def test_in_the_report(extended: SimpleNamespace, tmp_path: Path) -> None:
    s = extended
    pdf = build_report(s, tmp_path)
    text = " ".join(" ".join(page.extract_text() for page in PdfReader(pdf).pages).split())
    assert f"{PLACE['label']} 25 modes" in text
    assert MEASURE.label in text
    assert "On 2D Ring and 2D Grid, a sample is of high quality" in text
    table = pd.read_csv(tmp_path / "tables" / "table1.csv", dtype=str, keep_default_na=False)
    for cell in table.loc[table["dataset"] == NEW, "invented"]:
        assert cell in text
