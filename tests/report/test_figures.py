"""Figures of all kinds: the same bytes twice, no crash on degenerate samples, and only what the study has."""

from __future__ import annotations

import shutil
import warnings
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from made_up_training import STEPS, rows, tidy
from matplotlib.figure import Figure
from planted import experiments

from modecollapse import stages
from modecollapse.errors import StudyError
from modecollapse.report import figures, layout, style
from modecollapse.report.figures import density_maps, images, intervals, panels, strip
from modecollapse.report.figures.images import SIDE, mosaic
from modecollapse.study.config import Study
from modecollapse.study.labels import MOST, MOST_IN_WORD
from modecollapse.study.load import read_spec
from modecollapse.study.summary import summary_of


def titles(figure: Figure) -> list[str]:
    """The titles of the panels, without line breaks."""
    return [" ".join(axes.get_title().split()) for axes in figure.axes]


@pytest.mark.parametrize("name", ["report", "image_report"])
def test_bytes_repeat_whatever_the_users_settings_and_the_order_of_rows(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """The report's figures, drawn again from its tables in another order; only the contours in them are pictures."""
    made = request.getfixturevalue(name)
    measures = made.sources.measures.sample(frac=1, random_state=0)
    kept = ("verdicts", "claims")  # what a registry says is in its order
    tables = {
        name: table if name in kept else table.sample(frac=1, random_state=0)
        for name, table in made.sources.tables.items()
    }
    with mpl.rc_context({"font.size": 20, "svg.hashsalt": None, "lines.linewidth": 9}):
        again = figures.draw(made.summary, replace(made.sources, measures=measures, tables=tables), tmp_path)
    assert [path.name for path in again] == layout.figure_names(made.summary)
    for path in again:
        assert path.read_bytes() == (made.inputs.figures / path.name).read_bytes(), path.name
        assert b"<dc:date>" not in path.read_bytes()
        ElementTree.parse(path)
        if path.name.startswith("density"):
            assert path.read_bytes().count(b"<image ") == 4
            assert path.stat().st_size < 300_000


@pytest.mark.parametrize(
    ("fill", "note"),
    [(0.5, ""), (1e30, "100% outside"), (np.nan, "2500 of 2500 not finite"), (np.inf, "2500 of 2500 not finite")],
)
def test_degenerate_samples_are_drawn_without_a_warning(
    report: SimpleNamespace, tmp_path: Path, fill: float, note: str
) -> None:
    """All samples equal, all far away, or none finite; the panels of the density say so."""
    runs = [Path(shutil.copytree(run, tmp_path / f"run-{i}")) for i, run in enumerate(report.runs)]
    for run in runs:
        samples = np.load(run / "samples.npy")
        with np.errstate(over="ignore"):
            np.save(run / "samples.npy", np.full_like(samples, fill))
    drawings = figures.drawings(report.summary, replace(report.sources, runs=runs))
    with warnings.catch_warnings(), style.styled():
        warnings.simplefilter("error")
        density, sheet = (
            drawings[f"{name}.svg"]() for name in ("density_matched_ring", "sheet_matched_stacked-digits")
        )
        for figure in (density, sheet):
            style.save(figure, tmp_path / "figure.svg")
    assert [axes.texts[0].get_text() for axes in density.axes[1:]] == [note] * 3
    pictures = pictures_of(sheet)[1:]
    assert all(len(np.unique(picture)) <= 2 for picture in pictures)  # the images and the gap between them


def test_a_variant_may_be_missing_on_a_data_set(report: SimpleNamespace, tmp_path: Path) -> None:
    left_out = {("grid", "veegan"), ("stacked-digits", "veegan"), ("stacked-digits", "gan-minimax")}
    cells = [cell for cell in report.summary.cells if (cell.dataset, cell.variant) not in left_out]
    made = figures.draw(replace(report.summary, cells=cells), report.sources, tmp_path)
    assert len(made) == len(layout.figure_names(report.summary))


def test_every_figure_is_drawn_in_one_go_with_those_that_need_no_more(large_study: SimpleNamespace) -> None:
    groups = layout.figure_groups(large_study.summary)
    assert sorted(sum(groups.values(), [])) == sorted(layout.figure_names(large_study.summary))
    assert groups.pop(layout.WHOLE_STUDY) == ["profile.svg", "gradients.svg"]
    assert groups.pop(layout.WITH_VERDICTS) == ["published.svg", "claims.svg"]
    assert list(groups) == ["ring", "grid", "stacked-digits"]  # as many as MOST_SHOWN says
    assert all(name.endswith(f"_{dataset}.svg") for dataset, names in groups.items() for name in names)


def test_there_is_a_drawer_for_every_kind_of_figure(large_study: SimpleNamespace, image_study: SimpleNamespace) -> None:
    summaries = [large_study.summary, image_study.summary, experiments()]
    kinds = {kind for s in summaries for name in layout.experiments(s) for kind in layout.figures(s, name)}
    assert kinds == set(figures.DRAWERS)
    assert {kind for s in summaries for kind in layout.study_figures(s)} == set(figures.STUDY_DRAWERS)


def test_an_experiment_about_a_single_claim_has_no_figures_by_data_set(large_study: SimpleNamespace) -> None:
    s = large_study.summary
    few = {"gan-minimax", "began"}
    cells = [cell for cell in s.cells if cell.experiment == "matched" or cell.variant in few]
    assert list(layout.compared(s)) == ["matched", "published"]
    assert list(layout.compared(replace(s, cells=cells))) == ["matched"]
    assert layout.figures(replace(s, cells=cells), "published") == {}
    assert list(layout.compared(replace(s, cells=cells[::-1]))) == ["published", "matched"]  # the first has them anyway
    other = [replace(cell, experiment="other" if cell.experiment == "published" else "matched") for cell in s.cells]
    assert layout.figures(replace(s, cells=other), "other") == {}  # it is not of the main text
    assert layout.figures(replace(s, cells=[c for c in other if c.experiment == "other"]), "other")  # it is alone


def test_the_data_sets_as_published_come_first_where_there_are_many(large_study: SimpleNamespace) -> None:
    s, ring = large_study.summary, large_study.summary.datasets["ring"]
    others = {f"ring-{i}": replace(ring, as_published=False) for i in range(4)}
    moved = [replace(cell, dataset=f"ring-{i}") for i in range(4) for cell in s.cells if cell.dataset == "ring"]
    summary = replace(s, datasets=others | {**s.datasets}, cells=moved + list(s.cells))
    assert layout.compared(summary)["matched"] == list(s.datasets)


def test_the_figures_of_a_data_set_are_drawn_before_there_are_verdicts(honest_study: Path, tmp_path: Path) -> None:
    study = Path(shutil.copytree(honest_study, tmp_path / "study"))
    resolved = read_spec(Study, str(study / "study.json"))
    (study / "tables" / "verdicts.csv").unlink()
    groups = layout.figure_groups(summary_of(resolved))
    names = groups["ring"] + groups[layout.WHOLE_STUDY]
    for name in names:
        (study / "figures" / name).unlink()
    stages.figures(study, resolved, names)
    assert names
    for name in names:
        assert (study / "figures" / name).read_bytes() == (honest_study / "figures" / name).read_bytes(), name
    with pytest.raises(StudyError, match="verdicts.csv"):
        stages.figures(study, resolved)
    with pytest.raises(StudyError, match=r"'strip_matched_rin.svg' is unknown \(did you mean 'strip_matched_ring"):
        stages.figures(study, resolved, ["strip_matched_rin.svg"])


def test_density_is_a_gaussian_around_each_point() -> None:
    window = (np.array([-1.0, -2.0]), np.array([1.0, 2.0]))
    heights = density_maps.density(np.array([[0.5, -1.0]]), window)
    row, column = np.unravel_index(heights.argmax(), heights.shape)
    centres = (np.arange(density_maps.BINS) + 0.5) / density_maps.BINS
    assert centres[column] * 2 - 1 == pytest.approx(0.5, abs=0.01)
    assert centres[row] * 4 - 2 == pytest.approx(-1.0, abs=0.02)
    assert heights.sum() == pytest.approx(1.0)


def test_contours_enclose_the_shares_they_name() -> None:
    points = np.random.default_rng(0).normal(size=(20_000, 2))
    heights = density_maps.density(points, (np.full(2, -5.0), np.full(2, 5.0)))
    levels = density_maps.contour_levels(heights)
    assert (np.diff(levels) > 0).all()
    inside = [heights[heights >= level].sum() / heights.sum() for level in levels]
    assert inside == pytest.approx(list(density_maps.ENCLOSED), abs=0.01)


@pytest.mark.parametrize("low", [-1.0, 0.0])
def test_a_mosaic_shows_images_in_reading_order_from_black_to_white(low: float) -> None:
    pictures = np.full((9, 3, 8, 8), low)
    pictures[1, 0] = 1.0  # the second image is red
    pictures[2] = (low + 1) / 2
    pictures[7] = 9.0  # beyond the range
    pictures[8, 1] = np.nan  # the ninth cannot be shown, and a tenth is not there
    picture = mosaic(pictures, 2, 5, low, 1.0)
    assert picture.shape == (17 * 8, 44 * 8, 3)  # an image of 8 pixels is enlarged to 64
    picture = picture[3::8, 3::8]
    assert [picture[0, x].tolist() for x in (0, 8, 9, 18)] == [[0] * 3, [255] * 3, [255, 0, 0], [128] * 3]
    assert [picture[9, x].tolist() for x in (18, 27, 36)] == [[255] * 3, [225] * 3, [225] * 3]
    grey = mosaic(np.stack([np.full((1, 28, 28), level) for level in (low, 1.0)]).astype(np.float16), 1, 2, low, 1.0)
    assert [grey[0, x * (SIDE // 28)].tolist() for x in (0, 29)] == [[0] * 3, [255] * 3]


def pictures_of(figure: Figure) -> list[np.ndarray]:
    return [np.asarray(axes.images[0].get_array()) for axes in figure.axes]


def test_a_sheet_shows_the_images_of_the_data_and_of_the_samples(image_report: SimpleNamespace) -> None:
    figure = images.draw_sheet(image_report.summary, "matched", "cifar10", image_report.sources)
    real, *others = pictures_of(figure)
    assert titles(figure) == ["Real images", *(entry.label for entry in image_report.summary.variants.values())]
    assert real.shape == ((4 * 33 - 1) * (SIDE // 32), (4 * 33 - 1) * (SIDE // 32), 3)
    shown = image_report.sources.samples("matched", "cifar10", "gan-nonsaturating", 16)
    assert np.array_equal(others[0], mosaic(shown, 4, 4, -1.0, 1.0))  # the data's range of pixels


def test_nearest_has_a_row_a_variant_below_the_targets(image_report: SimpleNamespace, tmp_path: Path) -> None:
    s, sources = image_report.summary, image_report.sources
    figure = images.draw_nearest(s, "matched", "cifar10", sources)
    assert titles(figure) == ["Nearest sample", "Inference via optimisation"]
    names = [[text.get_text() for text in axes.get_yticklabels()] for axes in figure.axes]
    labels = [entry.label for entry in s.variants.values()]
    assert names == [["Test images", *labels], [""] * 6]
    with np.load(image_report.inversions / "matched" / "cifar10" / "veegan" / "seeds-0-4.npz") as found:
        shown = {name: mosaic(found[f"test_{name}"], 1, 8, 0.0, 1.0) for name in ("targets", "nearest")}
    left, right = pictures_of(figure)
    height, pitch = 32 * (SIDE // 32), 33 * (SIDE // 32)
    assert np.array_equal(left[:height], shown["targets"])
    assert np.array_equal(left[:height], right[:height])
    assert np.array_equal(left[4 * pitch : 4 * pitch + height], shown["nearest"])
    assert (left[5 * pitch] == 225).any(axis=1).sum() == 8 * 32 * (SIDE // 32)  # BEGAN's samples are not finite
    with pytest.raises(StudyError, match=r"seeds-0-4.npz: missing; run `modecollapse invert`"):
        images.draw_nearest(s, "matched", "cifar10", replace(sources, inversions=tmp_path))


def test_thirteen_variants_fill_rows_and_columns(large_report: SimpleNamespace) -> None:
    s, sources = large_report, large_report.sources
    ring = density_maps.draw(s.summary, "matched", "ring", sources)
    digits = images.draw_sheet(s.summary, "matched", "stacked-digits", sources)
    for figure, first in ((ring, "True data"), (digits, "Real images")):
        assert len(figure.axes) == 14
        assert titles(figure)[0] == first
        assert figure.get_figheight() < panels.TALLEST


@pytest.mark.parametrize(
    ("ends", "median"),
    [([3, 1, 2, 5, 4], 0), ([1, 9, 2, 8], 2), ([7, 7, 7, 7, 7], 0), ([0, 8, 8, 8, 0], 1)],
    ids=["odd", "even: the lower", "equal: the first", "equal in the middle"],
)
def test_the_median_seed_is_shown(report: SimpleNamespace, ends: list[int], median: int) -> None:
    """A planted measure, covered modes, counts before others; the mean over the last tenth, not the last step."""
    late = [(step, [end + shift for end in ends]) for step, shift in ((STEPS - 20, 50), (STEPS, -50))]
    planted = [
        row | {"step": step, "dataset": "grid"}
        for step, values in late
        for row in rows("veegan", "covered_modes", [float(value) for value in values])
    ]
    planted[-1]["value"] += 0.0
    measures = pd.concat([report.sources.measures, tidy(planted)], ignore_index=True)
    sources = replace(report.sources, measures=measures)
    run = next(run for run in report.runs if run.parts[-3:-1] == ("grid", "veegan"))
    assert sources.median_seed("matched", "grid", "veegan") == median
    assert np.array_equal(sources.samples("matched", "grid", "veegan", 7), np.load(run / "samples.npy")[median, :7])
    assert np.array_equal(sources.snapshots("matched", "grid", "veegan"), np.load(run / "snapshots.npy")[median])
    with pytest.raises(StudyError, match=f"matched/grid/veegan: no run folder holds seed {median}"):
        replace(sources, runs=[]).samples("matched", "grid", "veegan")


def test_a_strip_has_the_snapshots_of_five_steps(report: SimpleNamespace, large_report: SimpleNamespace) -> None:
    [axes] = strip.draw(report.summary, "matched", "ring", report.sources).axes
    assert [text.get_text() for text in axes.get_xticklabels()] == ["0", "40", "100", "200", "400"]
    assert axes.get_xlabel() == "Generator step"
    names = [text.get_text().replace("-\n", "-") for text in axes.get_yticklabels()]
    assert names == [entry.label for entry in report.summary.variants.values()]
    cells = [replace(cell, steps=cell.steps * (1 + (cell.variant == "veegan"))) for cell in report.summary.cells]
    [axes] = strip.draw(replace(report.summary, cells=cells), "matched", "ring", report.sources).axes
    assert [text.get_text() for text in axes.get_xticklabels()] == ["0", "1/8", "1/4", "1/2", "1"]
    assert axes.get_xlabel() == "Share of the training"
    figure = strip.draw(large_report.summary, "matched", "stacked-digits", large_report.sources)
    assert [len(axes.images) for axes in figure.axes] == [5 * 13]
    assert figure.get_figheight() < panels.TALLEST


def test_points_of_a_strip_lie_where_they_are_in_the_window(report: SimpleNamespace) -> None:
    axes = Figure().subplots()
    truth = np.random.default_rng(0).uniform(-1, 1, size=(4000, 2))
    (low, high), none = density_maps.window(truth), np.empty((0, 2))
    points = np.array([[0.0, 0.0], low, high, high + 1, [np.nan, 0.0]])
    strip._points(axes, 3, 5, points, none, truth)
    drawn = np.column_stack(axes.lines[0].get_data())
    assert drawn == pytest.approx(np.array([[3.5, 5.5], [3.02, 5.98], [3.98, 5.02]]), abs=0.02)
    strip._points(axes, 0, 0, points[-1:], none, truth)
    assert axes.texts[0].get_text() == "not finite"


def test_the_longest_labels_fit_wherever_variants_are_named(large_report: SimpleNamespace, tmp_path: Path) -> None:
    """Matplotlib warns where the labels leave no room; none is cut off, and no panel is too narrow to be read."""
    s, long = large_report, " ".join(["W" * MOST_IN_WORD, "W" * (MOST - MOST_IN_WORD - 1)])
    summary = replace(s.summary, variants={v: replace(e, label=long) for v, e in s.summary.variants.items()})
    with style.styled():
        ends, way = (module.draw(summary, "matched", "ring", s.sources) for module in (intervals, strip))
        for figure in (ends, way):
            style.save(figure, tmp_path / "figure.svg")
            assert min(axes.get_position().width * figure.get_figwidth() for axes in figure.axes) > 0.2
        assert min(text.get_window_extent().x0 for text in ends.axes[0].get_yticklabels()) > -1
