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
import pytest
from matplotlib.figure import Figure

from modecollapse import stages
from modecollapse.errors import StudyError
from modecollapse.report import figures, layout, style
from modecollapse.report.figures import curves, density_maps, final, images, panels, rank_sets
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
    tables = {part: getattr(made.sources, part) for part in ("measures", "summary", "judged", "ranked")}
    shuffled = {part: table.sample(frac=1, random_state=0) for part, table in tables.items()}
    with mpl.rc_context({"font.size": 20, "svg.hashsalt": None, "lines.linewidth": 9}):
        again = figures.draw(made.summary, replace(made.sources, **shuffled), tmp_path)
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
    summary, sources = replace(report.summary, cells=cells), report.sources
    assert len(figures.draw(summary, replace(sources, judged=sources.judged.iloc[:0]), tmp_path)) == 17
    with pytest.raises(StudyError, match="verdicts.csv: matched/grid/veegan: not in the plan; allowed: planned cells"):
        figures.draw(summary, sources, tmp_path)


def test_every_figure_is_drawn_in_one_go_with_those_of_its_data_set(large_study: SimpleNamespace) -> None:
    groups, forests = layout.figure_groups(large_study.summary), layout.forests(large_study.summary).values()
    assert sorted(name for names in groups.values() for name in names) == sorted(
        layout.figure_names(large_study.summary)
    )
    assert groups.pop(layout.PUBLISHED_NUMBERS) == [*forests]
    assert list(groups) == [*large_study.summary.datasets]
    assert all(name.endswith(f"_{dataset}.svg") for dataset, names in groups.items() for name in names)


def test_the_figures_of_a_data_set_are_drawn_before_there_are_verdicts(honest_study: Path, tmp_path: Path) -> None:
    study = Path(shutil.copytree(honest_study, tmp_path / "study"))
    resolved = read_spec(Study, str(study / "study.json"))
    (study / "tables" / "verdicts.csv").unlink()
    names = layout.figure_groups(summary_of(resolved))["ring"]
    for name in names:
        (study / "figures" / name).unlink()
    stages.figures(study, resolved, names)
    assert names
    for name in names:
        assert (study / "figures" / name).read_bytes() == (honest_study / "figures" / name).read_bytes(), name
    with pytest.raises(StudyError, match="verdicts.csv"):
        stages.figures(study, resolved)
    with pytest.raises(
        StudyError, match=r"figures: 'final_matched_rin.svg' is unknown \(did you mean 'final_matched_ring"
    ):
        stages.figures(study, resolved, ["final_matched_rin.svg"])


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


def test_a_panel_a_measure_and_names_once_in_a_row(report: SimpleNamespace) -> None:
    labels, sources = [entry.label for entry in report.summary.measures.values()], report.sources
    figure = final.draw(report.summary, "matched", "ring", sources)
    assert titles(figure) == labels
    names = [[t.get_text() for t in axes.get_yticklabels()] for axes in figure.axes]
    assert names == [["GAN (minimax)", "GAN (non-saturating)", "VEEGAN"], [""] * 3, [""] * 3]
    bars = [line.get_xdata() for line in figure.axes[0].lines if line.get_linewidth() == final.BAR["linewidth"]]
    means = [sources.mean("matched", "ring", variant, "modes") for variant in report.summary.variants]
    assert [list(ends) for ends in bars] == [[mean["lower"], mean["upper"]] for mean in means]
    figure = curves.draw(report.summary, "matched", "stacked-digits", sources)
    assert [" ".join(axes.get_ylabel().split()) for axes in figure.axes] == [labels[0], labels[2]]
    with pytest.raises(StudyError, match="summary.csv: calibration/ring/oracle, modes: no row"):
        final.draw(report.summary, "matched", "ring", replace(sources, summary=sources.summary.iloc[:0]))


def test_thirteen_variants_fill_rows_and_columns(large_report: SimpleNamespace) -> None:
    s, sources = large_report, large_report.sources
    ring = density_maps.draw(s.summary, "matched", "ring", sources)
    digits = images.draw_sheet(s.summary, "matched", "stacked-digits", sources)
    for figure, first in ((ring, "True data"), (digits, "Real images")):
        assert len(figure.axes) == 14
        assert titles(figure)[0] == first
        assert figure.get_figheight() < panels.TALLEST
    grid = np.array(curves.draw(s.summary, "matched", "gaussians-1200d", sources).axes).reshape(5, 4)
    named = [[text.get_text() for text in axes.get_legend().get_texts()] for axes in grid[0]]
    assert [len(names) for names in named] == [4, 3, 3, 3]
    assert sum(named, []) == [entry.label for entry in s.summary.variants.values()]
    for axes, names in zip(grid[-1], named, strict=True):
        assert len([line for line in axes.lines if line.get_color() == style.FAINT]) == 13 - len(names)
    assert len({axes.get_ylim() for axes in grid[-1]}) == 1


def test_samples_are_those_of_the_seed(report: SimpleNamespace) -> None:
    run = next(run for run in report.runs if run.parts[-3:-1] == ("grid", "veegan"))
    third, none = (replace(report.sources, seeds={"matched": seed}) for seed in (2, 99))
    assert np.array_equal(third.samples("matched", "grid", "veegan", 7), np.load(run / "samples.npy")[2, :7])
    assert set(third.trace("matched", "grid", "veegan")["seed"]) == {2}
    with pytest.raises(StudyError, match="no run folder holds seed 99"):
        none.samples("matched", "grid", "veegan")


def test_the_longest_labels_fit_wherever_variants_are_named(large_report: SimpleNamespace, tmp_path: Path) -> None:
    """Matplotlib warns where the labels leave no room; none is cut off, and no panel is too narrow to be read."""
    s, long = large_report, " ".join(["W" * MOST_IN_WORD, "W" * (MOST - MOST_IN_WORD - 1)])
    summary = replace(s.summary, variants={v: replace(e, label=long) for v, e in s.summary.variants.items()})
    with style.styled():
        ranks, way = (module.draw(summary, "matched", "ring", s.sources) for module in (rank_sets, curves))
        for figure in (ranks, way):
            style.save(figure, tmp_path / "figure.svg")
            assert min(axes.get_position().width * figure.get_figwidth() for axes in figure.axes) > 0.2
        assert min(text.get_window_extent().x0 for text in ranks.axes[0].get_yticklabels()) > -1
        assert way.axes[3].get_legend().get_window_extent().x1 < style.PAGE * way.dpi
        assert way.legends[0].get_window_extent().width / way.dpi < style.PAGE
