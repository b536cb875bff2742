"""Figures: the same bytes twice, no crash on degenerate samples, and only what the study has."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from made_up_study import make_cell
from matplotlib.figure import Figure

from modecollapse.claims.judge import COLUMNS as JUDGED
from modecollapse.comparisons.rankings import TYPES as RANKS
from modecollapse.errors import StudyError
from modecollapse.report import figures, layout, style, tables
from modecollapse.report.figures import curves, density, final, nearest, panels, ranks, sheet
from modecollapse.report.figures.measured import Measured
from modecollapse.report.figures.tiles import SIDE, mosaic
from modecollapse.report.samples import FirstSamples
from modecollapse.study.labels import MOST, MOST_IN_WORD
from modecollapse.study.summary import StudySummary, VariantSummary


def same_rank(summary: StudySummary) -> pd.DataFrame:
    """The ranks where all variants share one."""
    shared = [(*cell.key, measure) for cell in summary.cells for measure in summary.measures]
    table = pd.DataFrame(shared, columns=["experiment", "dataset", "variant", "measure"])
    return table.reindex(columns=[*RANKS]).fillna({"rank": 2.0, "rank_low": 1, "rank_high": 3})


def draw(study: SimpleNamespace, out: Path) -> list[Path]:
    """All figures; those of verdicts and ranks have tests of their own, so here all variants share a rank."""
    s, summarised = study, tables.summarise(study.summary, study.measures, study.support)
    judged, ranked = pd.DataFrame(columns=JUDGED), same_rank(s.summary)
    sources = (s.measures, summarised, judged, ranked, s.published, s.runs, s.data, s.inversions)
    return figures.draw(s.summary, figures.Sources(*sources), out)


def test_bytes_repeat_whatever_the_users_settings(study: SimpleNamespace, tmp_path: Path) -> None:
    first = draw(study, tmp_path / "a")
    with mpl.rc_context({"font.size": 20, "svg.hashsalt": None, "lines.linewidth": 9}):
        second = draw(study, tmp_path / "b")
    assert [path.name for path in first] == layout.figure_names(study.summary)
    for one, two in zip(first, second, strict=True):
        assert one.read_bytes() == two.read_bytes(), one.name
        assert b"<dc:date>" not in one.read_bytes()
        ElementTree.parse(one)


def test_bytes_do_not_depend_on_the_order_of_the_rows(ring_study: SimpleNamespace, tmp_path: Path) -> None:
    shuffled = copy.copy(ring_study)
    shuffled.measures = ring_study.measures.sample(frac=1, random_state=0)
    for one, two in zip(draw(ring_study, tmp_path / "a"), draw(shuffled, tmp_path / "b"), strict=True):
        assert one.read_bytes() == two.read_bytes(), one.name


def test_a_study_of_the_ring_has_no_sample_sheet(ring_study: SimpleNamespace, tmp_path: Path) -> None:
    names = {path.name for path in draw(ring_study, tmp_path)}
    shown = ("density", "final", "curves", "convergence", "losses", "visits", "ranks")
    assert names == {"forest_matched.svg", *(f"{figure}_matched_ring.svg" for figure in shown)}


@pytest.mark.parametrize("fill", [0.5, 1e30, np.nan, np.inf])
def test_degenerate_samples_are_drawn_without_a_warning(make_study: Callable, tmp_path: Path, fill: float) -> None:
    """All samples equal, all far away, or none finite."""
    study = make_study(tmp_path, ["ring", "stacked-digits"])
    for run in study.runs:
        samples = np.load(run / "samples.npy")
        with np.errstate(over="ignore"):
            np.save(run / "samples.npy", np.full_like(samples, fill))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(draw(study, tmp_path / "figures")) == 14


def test_a_variant_may_be_missing_on_a_data_set(study: SimpleNamespace, tmp_path: Path) -> None:
    left_out = {("grid", "veegan"), ("stacked-digits", "veegan"), ("stacked-digits", "gan-minimax")}
    cells = [cell for cell in study.summary.cells if (cell.dataset, cell.variant) not in left_out]
    partial = SimpleNamespace(**{**vars(study), "summary": replace(study.summary, cells=cells)})
    assert len(draw(partial, tmp_path)) == 20


def test_density_is_a_gaussian_around_each_point() -> None:
    window = (np.array([-1.0, -2.0]), np.array([1.0, 2.0]))
    heights = density.density(np.array([[0.5, -1.0]]), window)
    row, column = np.unravel_index(heights.argmax(), heights.shape)
    centres = (np.arange(density.BINS) + 0.5) / density.BINS
    assert centres[column] * 2 - 1 == pytest.approx(0.5, abs=0.01)
    assert centres[row] * 4 - 2 == pytest.approx(-1.0, abs=0.02)
    assert heights.sum() == pytest.approx(1.0)


def test_contours_enclose_the_shares_they_name() -> None:
    points = np.random.default_rng(0).normal(size=(20_000, 2))
    heights = density.density(points, (np.full(2, -5.0), np.full(2, 5.0)))
    levels = density.contour_levels(heights)
    assert (np.diff(levels) > 0).all()
    inside = [heights[heights >= level].sum() / heights.sum() for level in levels]
    assert inside == pytest.approx(list(density.ENCLOSED), abs=0.01)


def test_a_mosaic_shows_images_in_reading_order() -> None:
    images = np.full((9, 3, 8, 8), -1.0)
    images[1, 0] = 1.0  # the second image is red
    images[7] = 9.0  # beyond the range
    images[8, 1] = np.nan  # the ninth cannot be shown, and a tenth is not there
    picture = mosaic(images, 2, 5, -1.0, 1.0)[3::8, 3::8]  # an image of 8 pixels is enlarged to 64
    assert picture[0, 0].tolist() == [0, 0, 0]
    assert picture[0, 9].tolist() == [255, 0, 0]
    assert picture[9, 18].tolist() == [255, 255, 255]
    assert picture[9, 27].tolist() == picture[9, 36].tolist() == [225, 225, 225]
    assert picture[0, 8].tolist() == [255, 255, 255]


@pytest.mark.parametrize(("low", "high"), [(-1.0, 1.0), (0.0, 1.0)])
def test_the_ends_of_the_range_are_black_and_white(low: float, high: float) -> None:
    images = np.stack([np.full((1, 28, 28), level) for level in (low, (low + high) / 2, high)])
    picture = mosaic(images.astype(np.float16), 1, 3, low, high)
    assert picture.shape == (28 * (SIDE // 28), (3 * 29 - 1) * (SIDE // 28), 3)
    assert [picture[0, at * (SIDE // 28)].tolist() for at in (0, 29, 58)] == [[0] * 3, [128] * 3, [255] * 3]


@pytest.mark.parametrize(("width", "grid"), [(8, (6, 7)), (28, (4, 4)), (32, (4, 4)), (128, (3, 3))])
def test_a_sheet_has_fewer_images_where_they_are_larger(width: int, grid: tuple[int, int]) -> None:
    assert sheet.grid_of(width) == grid


def pictures_of(figure: Figure) -> list[np.ndarray]:
    return [np.asarray(axes.images[0].get_array()) for axes in figure.axes]


def test_sheets_read_the_range_of_the_data(image_study: SimpleNamespace, tmp_path: Path) -> None:
    """The same pixels in [0, 1] and [-1, 1] make the same sheet of real images."""
    s, path = image_study, tmp_path / "unit.npz"
    stored = dict(np.load(s.data["cifar10"]))
    np.savez(path, **{**stored, "pixels": np.array([0.0, 1.0])})
    samples = FirstSamples(s.runs, 0)
    symmetric = pictures_of(sheet.draw(s.summary, "matched", "cifar10", samples, s.data["cifar10"]))
    unit = pictures_of(sheet.draw(s.summary, "matched", "cifar10", samples, path))
    assert len(symmetric) == 6
    assert np.array_equal(symmetric[0], unit[0])
    assert not np.array_equal(symmetric[1], unit[1])  # samples are as they are stored


def test_nearest_has_a_row_a_variant_below_the_targets(image_study: SimpleNamespace) -> None:
    figure = nearest.draw(image_study.summary, "matched", "cifar10", image_study.inversions, "seeds-0-4")
    assert titles(figure) == ["Nearest sample", "Inference via optimisation"]
    names = [[text.get_text() for text in axes.get_yticklabels()] for axes in figure.axes]
    labels = [entry.label for entry in image_study.summary.variants.values()]
    assert names == [["Test images", *labels], [""] * 6]
    with np.load(image_study.inversions / "matched" / "cifar10" / "veegan" / "seeds-0-4.npz") as found:
        shown = {name: mosaic(found[f"test_{name}"], 1, 8, 0.0, 1.0) for name in ("targets", "nearest")}
    left, right = pictures_of(figure)
    height, pitch = 32 * (SIDE // 32), 33 * (SIDE // 32)
    assert np.array_equal(left[:height], shown["targets"])
    assert np.array_equal(left[:height], right[:height])
    assert np.array_equal(left[4 * pitch : 4 * pitch + height], shown["nearest"])
    assert (left[5 * pitch] == 225).any(axis=1).sum() == 8 * 32 * (SIDE // 32)  # BEGAN's samples are not finite


def test_nearest_of_thirteen_variants_fits_on_a_page(image_study: SimpleNamespace, tmp_path: Path) -> None:
    names = [f"v{number}" for number in range(13)]
    own = image_study.inversions / "matched" / "cifar10" / "ali" / "seeds-0-4.npz"
    for name in names:
        (tmp_path / "matched" / "cifar10" / name).mkdir(parents=True)
        (tmp_path / "matched" / "cifar10" / name / own.name).write_bytes(own.read_bytes())
    cells = [make_cell("matched", "cifar10", name) for name in names]
    variants = {name: VariantSummary(name, name, {}) for name in names}
    summary = replace(image_study.summary, cells=cells, variants=variants)
    figure = nearest.draw(summary, "matched", "cifar10", tmp_path, "seeds-0-4")
    assert figure.get_figheight() < panels.TALLEST
    assert figure.get_figwidth() <= style.PAGE + 1e-9


def test_nearest_names_what_is_missing(image_study: SimpleNamespace, tmp_path: Path) -> None:
    with pytest.raises(
        StudyError, match=r"matched/cifar10/gan-nonsaturating/seeds-0-4.npz: missing; run `modecollapse invert`"
    ):
        nearest.draw(image_study.summary, "matched", "cifar10", tmp_path, "seeds-0-4")


def test_nearest_is_drawn_where_generators_are_inverted(image_study: SimpleNamespace, study: SimpleNamespace) -> None:
    assert layout.figures(image_study.summary, "matched")["nearest"] == {"cifar10": "nearest_matched_cifar10.svg"}
    assert "nearest" not in layout.figures(image_study.summary, "published")
    assert "nearest" not in layout.figures(study.summary, "matched")


def measured(study: SimpleNamespace) -> Measured:
    summarised = tables.summarise(study.summary, study.measures, study.support)
    return Measured(study.measures, summarised, study.published)


def titles(figure: Figure) -> list[str]:
    """The titles of the panels, without line breaks."""
    return [" ".join(axes.get_title().split()) for axes in figure.axes]


def test_a_panel_a_measure(study: SimpleNamespace) -> None:
    labels = [entry.label for entry in study.summary.measures.values()]
    for draw_one in (final.draw, curves.draw):
        assert titles(draw_one(study.summary, "matched", "ring", measured(study))) == labels
        assert titles(draw_one(study.summary, "matched", "stacked-digits", measured(study))) == [labels[0], labels[2]]


def test_variants_are_named_once_in_a_row_of_panels(study: SimpleNamespace) -> None:
    figure = final.draw(study.summary, "matched", "ring", measured(study))
    names = [[t.get_text() for t in axes.get_yticklabels()] for axes in figure.axes]
    assert names == [["GAN (minimax)", "GAN (non-saturating)", "VEEGAN"], [""] * 3, [""] * 3]


@pytest.mark.parametrize(("panels_", "most", "lengths"), [(14, 7, [7, 7]), (15, 7, [5, 5, 5]), (4, 7, [4])])
def test_panels_stay_wide_enough(panels_: int, most: int, lengths: list[int]) -> None:
    """At least two centimetres, in rows of about equal length."""
    figure, axes = panels.rows(panels_, most, style.PAGE, 1.0)
    row_of = [a.get_subplotspec().rowspan.start for a in axes]
    assert [row_of.count(row) for row in range(len(lengths))] == lengths
    assert figure.get_figwidth() / lengths[0] > 2 / 2.54


def test_thirteen_densities_and_sheets_fill_rows(large_study: SimpleNamespace) -> None:
    s = large_study
    samples = FirstSamples(s.runs, 0)
    ring = density.draw(s.summary, "matched", "ring", samples, s.data["ring"])
    digits = sheet.draw(s.summary, "matched", "stacked-digits", samples, s.data["stacked-digits"])
    for figure, first in ((ring, "True data"), (digits, "Real images")):
        assert len(figure.axes) == 14
        assert titles(figure)[0] == first
        assert figure.get_figheight() < panels.TALLEST


def test_many_variants_share_a_column_of_curves_among_few(large_study: SimpleNamespace) -> None:
    s = large_study
    figure = curves.draw(s.summary, "matched", "gaussians-1200d", measured(s))
    rows, columns = 5, 4
    grid = np.array(figure.axes).reshape(rows, columns)
    named = [[text.get_text() for text in axes.get_legend().get_texts()] for axes in grid[0]]
    assert [len(names) for names in named] == [4, 3, 3, 3]
    assert sum(named, []) == [entry.label for entry in s.summary.variants.values()]
    for axes, names in zip(grid[-1], named, strict=True):
        grey = [line for line in axes.lines if line.get_color() == style.FAINT]
        assert len(grey) == 13 - len(names)
    assert len({axes.get_ylim() for axes in grid[-1]}) == 1


def test_samples_are_those_of_the_first_seed(study: SimpleNamespace) -> None:
    run = next(run for run in study.runs if run.parts[-3:-1] == ("grid", "veegan"))
    stored = np.load(run / "samples.npy")
    assert np.array_equal(FirstSamples(study.runs, 2).of("matched", "grid", "veegan", 7), stored[2, :7])
    with pytest.raises(StudyError, match="no run folder holds seed 99"):
        FirstSamples(study.runs, 99).of("matched", "grid", "veegan")


def test_looks_of_many_lines_differ() -> None:
    assert len(set(style.looks(30))) == 30


def test_the_first_colours_stay_apart_in_grey() -> None:
    grey = [np.dot(mpl.colors.to_rgb(colour), [0.299, 0.587, 0.114]) for colour in style.COLOURS[:3]]
    assert min(abs(a - b) for i, a in enumerate(grey) for b in grey[:i]) > 0.15


def test_the_longest_labels_fit_wherever_variants_are_named(large_study: SimpleNamespace) -> None:
    """Matplotlib warns where the labels leave no room; none is cut off, and no panel is too narrow to be read."""
    s, long = large_study, " ".join(["W" * MOST_IN_WORD, "W" * (MOST - MOST_IN_WORD - 1)])
    summary = replace(s.summary, variants={v: replace(e, label=long) for v, e in s.summary.variants.items()})
    with style.styled():
        named = (
            ranks.draw(summary, "matched", "ring", same_rank(summary)),
            curves.draw(summary, "matched", "ring", measured(s)),
        )
        for figure in named:
            style.svg(figure)
            widths = [axes.get_position().width * figure.get_figwidth() for axes in figure.axes]
            assert min(widths) > 0.2
        assert min(text.get_window_extent().x0 for text in named[0].axes[0].get_yticklabels()) > -1
        assert named[1].axes[3].get_legend().get_window_extent().x1 < style.PAGE * named[1].dpi


def test_a_legend_of_long_labels_has_fewer_columns(study: SimpleNamespace) -> None:
    variants = {name: replace(entry, label="M" * MOST) for name, entry in study.summary.variants.items()}
    summary = replace(study.summary, variants=variants)
    with style.styled():
        figure = curves.draw(summary, "matched", "ring", measured(study))
        style.svg(figure)
        assert figure.legends[0].get_window_extent().width / figure.dpi < style.PAGE
