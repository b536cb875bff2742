"""Figures of the claims' experiments, on results that are known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from blocks import RECIPE, make_block, write_data
from made_up_study import make_cell, make_entry, make_summary
from made_up_training import STEPS, rows, series, tidy
from matplotlib.figure import Figure
from planted import experiments, registry

from modecollapse.audit.checks.reexecution import figures_that_lack_files
from modecollapse.claims.judge import COLUMNS as JUDGED
from modecollapse.claims.parts import Scope
from modecollapse.claims.reconciliation import COLUMNS as RECONCILED
from modecollapse.files import WEIGHTS
from modecollapse.measures import supports
from modecollapse.measures.series import LABELS
from modecollapse.report import claimed, layout, style
from modecollapse.report.figures import Sources, gradients, mapped_latents, moved_points, reconciliation
from modecollapse.report.figures import separability as separability_figure
from modecollapse.report.findings import findings
from modecollapse.report.result_tables import SUMMARY_TYPES
from modecollapse.study import catalogue
from modecollapse.study.summary import StudySummary
from modecollapse.training.loop import train_block
from modecollapse.variants.point_distances import energy_distance

NOTHING = pd.DataFrame()


def sources(measures: pd.DataFrame = NOTHING, **others: object) -> Sources:
    """Those of a table, whose verdicts are none unless given."""
    tables = {"verdicts": pd.DataFrame(columns=JUDGED), **others.pop("tables", {})}
    return replace(Sources(measures, tables, [], {}, Path()), **others)


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts if text.get_text()]


def drawn(draw: object, *arguments: object) -> Figure:
    with style.styled():
        return draw(*arguments)


def found(key: str, summary: StudySummary, measures: pd.DataFrame, verdicts: pd.DataFrame | None = None) -> str:
    """The sentence of a figure."""
    judged = pd.DataFrame(columns=JUDGED) if verdicts is None else verdicts
    return findings(summary, measures, judged)[key].sentence


def one_variant(objective: str, options: dict, **cell: object) -> StudySummary:
    """The summary of a study with one run of an objective on the ring, in the experiment `test`."""
    summary = make_summary(["ring"], {objective: objective}, ["matched"])
    variant = replace(summary.variants[objective], options=options)
    cells = [replace(summary.cells[0], experiment="test", **cell)]
    return replace(summary, variants={objective: variant}, cells=cells)


@pytest.fixture(scope="module")
def inverted(tmp_path_factory: pytest.TempPathFactory) -> tuple[StudySummary, Sources]:
    """An F that was trained to invert a G of two modes."""
    folder = tmp_path_factory.mktemp("inverted")
    generator = {"kind": "ring", "kept": 2, "sd": 0.01}
    recipe = {"networks": RECIPE["networks"] | {"generator": generator}, "latent": 2, "batch": 128, "steps": 150}
    data = write_data(folder / "ring.npz")
    train_block(make_block("latent-map", (900, 901), **recipe, evaluations=10), data, folder / "run")
    trace = pd.read_parquet(folder / "run" / "trace.parquet")
    late = trace[trace["step"] == 150].sort_values("seed")
    key = {"step": 150, "n": 2500, "config_hash": "", "status": "ok", "experiment": "test", "dataset": "ring"}
    key |= {"variant": "latent-map"}
    found = [
        key | {"seed": seed, "measure": f"mean_aux_energy_{kind}", "value": value}
        for kind in ("data", "fake")
        for seed, value in zip(late["seed"], late[f"mean_aux_energy_{kind}"], strict=True)
    ]
    summary = one_variant("latent-map", {"aim": "invert"}, networks={"generator": generator}, steps=150)
    return summary, sources(pd.DataFrame(found), runs=[folder / "run"], data={"ring": data})


def test_the_two_properties_are_drawn_from_the_weights(inverted: tuple[StudySummary, Sources]) -> None:
    summary, known = inverted
    assert layout.study_figures(summary)["mapped"] == "mapped.svg"
    figure = drawn(mapped_latents.draw, summary, known)
    shown = [line.get_xydata() for line in figure.axes[0].lines]
    outputs = mapped_latents.mapped(summary, "test", "ring", "latent-map", known)
    for line, points in zip(shown, outputs.values(), strict=True):
        assert np.array_equal(line, points[: mapped_latents.SHOWN])
    means = known.measures.groupby("measure")["value"].mean()
    printed = [f"{means[f'mean_aux_energy_{kind}']:z.2f}" for kind in ("fake", "data")]
    assert figure.axes[0].get_xlabel().endswith(f"samples {printed[0]}, data {printed[1]}")
    assert found("mapped", summary, known.measures) == (
        "In energy distance from N(0, I), beside a G that lacks modes: an F that inverts it leaves samples of 2 of "
        f"the 8 modes at {printed[0]} and data at {printed[1]}."
    )


def test_outputs_of_f_are_as_far_from_normal_as_the_trace_says(inverted: tuple[StudySummary, Sources]) -> None:
    """By either kind and of either seed."""
    summary, known = inverted
    normal = torch.from_numpy(np.random.default_rng(1).standard_normal((2500, 2)))
    found = {}
    for seed in (900, 901):
        traced = known.measures[known.measures["seed"] == seed]
        own = replace(known, measures=traced)  # whose only seed is the one in the middle
        found[seed] = mapped_latents.mapped(summary, "test", "ring", "latent-map", own)
        for kind, measure in mapped_latents.ENERGIES.items():
            energy = energy_distance(torch.from_numpy(found[seed][kind]).double(), normal).item()
            assert abs(energy - traced.set_index("measure")["value"][measure]) < 0.05, (seed, kind)
    assert not np.allclose(found[900]["data"], found[901]["data"], atol=0.01)


def test_a_run_without_weights_is_said_to_have_none(inverted: tuple[StudySummary, Sources], tmp_path: Path) -> None:
    summary, known = inverted
    run = tmp_path / "run"
    run.mkdir()
    for file in known.runs[0].iterdir():
        if file.name != WEIGHTS and file.is_file():
            (run / file.name).write_bytes(file.read_bytes())
    assert mapped_latents.NO_WEIGHTS in texts(drawn(mapped_latents.draw, summary, replace(known, runs=[run])))


@pytest.fixture(scope="module")
def pushed(tmp_path_factory: pytest.TempPathFactory) -> tuple[StudySummary, Sources]:
    """Points in front of a D that least squares has trained."""
    folder = tmp_path_factory.mktemp("pushed")
    options = {"game": "equation-9", "fakes": -3.0, "pretraining_steps": 300}
    data = write_data(folder / "ring.npz")
    block = make_block("moved-points", (900,), options=options, steps=40, evaluations=8, batch=64)
    train_block(block, data, folder / "run")
    summary = one_variant("moved-points", options, networks={"discriminator": {"activation": "leaky-relu"}}, steps=40)
    values = [("mean_aux_moved", 2.5), ("mean_aux_gain_data", 1.25)]
    key = {"experiment": "test", "dataset": "ring", "variant": "moved-points", "seed": 900, "step": 40}
    table = pd.DataFrame([key | {"measure": measure, "value": value} for measure, value in values])
    return summary, sources(table, runs=[folder / "run"], data={"ring": data})


def test_points_are_drawn_from_where_they_start_to_where_they_end(pushed: tuple[StudySummary, Sources]) -> None:
    summary, known = pushed
    moved = moved_points.paths(known, ("test", "ring", "moved-points"))
    grid = {(x, y) for x in np.linspace(-3, 3, 4) for y in np.linspace(-1, 1, 4)}
    starts = {(round(x, 2), round(y, 2)) for x, y in moved[0]}
    assert starts == {(round(x, 2), round(y, 2)) for x, y in grid}  # as half precision has them
    axes = drawn(moved_points.draw, summary, known).axes[0]
    ends = [line.get_xydata() for line in axes.lines if line.get_color() == moved_points.END["color"]]
    assert np.array_equal(ends[0], moved[-1])
    assert len(axes.lines) == len(moved[0]) + 4


def test_the_shaded_side_is_where_d_takes_points_for_real(pushed: tuple[StudySummary, Sources]) -> None:
    """D's data lie within it, and its fakes do not."""
    summary, known = pushed
    axes = drawn(moved_points.draw, summary, known).axes[0]
    [real] = [path for path in axes.collections[0].get_paths() if len(path.vertices)]
    assert real.contains_point((0, 0))
    assert not real.contains_point((-3, 0))


def test_how_far_points_are_moved_is_a_range_over_the_experiments(pushed: tuple[StudySummary, Sources]) -> None:
    summary, known = pushed
    again = replace(summary.cells[0], experiment="again")
    other = known.measures.assign(experiment="again", value=known.measures["value"] * 2)
    cross = {"game": "non-saturating", "fakes": -3.0}
    variants = summary.variants | {"cross": replace(summary.variants["moved-points"], options=cross)}
    more = [replace(cell, variant="cross") for cell in (summary.cells[0], again)]
    both = replace(summary, variants=variants, cells=[*summary.cells, again, *more])
    table = pd.concat([known.measures, other])
    whole = pd.concat([table, table.assign(variant="cross", value=0.0)])
    assert found("moved", both, whole) == (
        "G's gradient by cross-entropy moves points that D takes for real by 0.00 and brings them 0.00 nearer to the "
        "data, that by least squares moves them by 2.50 to 5.00 and brings them 1.25 to 2.50 nearer, in 2 experiments."
    )


def test_gradients_compare_the_two_losses_by_geometric_means() -> None:
    summary = make_summary(["ring"], {"gan-nonsaturating": "GAN", "lsgan": "LSGAN", "veegan": "VEEGAN"}, ["matched"])
    norms = {"gan-nonsaturating": [[1.0, 4.0]] * 2, "lsgan": [[1.0, 1.0], [4.0, 4.0]], "veegan": [[9.0, 9.0]]}
    parts = [
        series(name, measure, runs) for name, runs in norms.items() for measure in (gradients.LOSS, gradients.NORM)
    ]
    table = tidy(*parts)
    known = sources(table)
    loss, norm = drawn(gradients.draw, summary, known).axes
    assert {line.get_color() for line in norm.lines} == {colour for colour, _ in style.looks(2)}  # VEEGAN is not shown
    thick = [list(line.get_ydata()) for line in norm.lines if line.get_linewidth() > 1]
    assert np.allclose(thick, [[1, 4], [2, 2]])
    assert norm.get_yscale() == "log"
    assert loss.get_yscale() == "linear"
    late = table.assign(step=STEPS)  # all at the end, of which the last value counts
    words = found("gradients", summary, late.drop_duplicates(["variant", "seed", "measure"], keep="last"))
    assert words.startswith("At the end of the training G's gradient by cross-entropy is 2 times as long")


GAPS = {"ring": 0.01, "ring-10": 0.1, "ring-40": 0.4, "circle": 0.05}
SEPARABLE = "separability"


def separable() -> tuple[StudySummary, Sources]:
    """BEGAN and LSGAN on rings; the one covers .2, .4, .6 and .8, the other .5 of each."""
    entries, cells, table, means = {}, [], [], []
    for place, (name, sd) in enumerate(GAPS.items()):
        options = {"radius": 1.0, "sd": sd, "angles": "circle" if name == "circle" else "eight"}
        modes = 256 if name == "circle" else 8
        entries[name] = replace(make_entry("ring"), label=name, options=options, modes=modes, measures=["coverage"])
        for variant, level in {"began": 0.2 * (place + 1), "lsgan": 0.5}.items():
            cells.append(replace(make_cell(SEPARABLE, name, variant), dataset=name))
            table += rows(variant, "coverage", [level - 0.01, level + 0.01], dataset=name)
            means.append((SEPARABLE, name, variant, "coverage", level))
        means.append(("calibration", name, "oracle", "coverage", 0.97))
    summary = make_summary([], {"began": "BEGAN", "lsgan": "LSGAN"}, [])
    described = [
        dict.fromkeys(SUMMARY_TYPES, 0)
        | dict(zip(["experiment", "dataset", "variant", "measure", "mean"], row, strict=True))
        for row in means
    ]
    judged = [
        dict.fromkeys(JUDGED, "") | {"rule": "trend", "measure": "coverage", "experiment": SEPARABLE} | own
        for own in (
            {"variant": "began", "outcome": "INCONCLUSIVE", "at_budget_outcome": "REPRODUCED", "p": "0.0001"},
            {"variant": "lsgan", "outcome": "INCONCLUSIVE", "reason": "still_moving"},
        )
    ]
    made = tidy(table).assign(experiment=SEPARABLE)
    others = {"summary": pd.DataFrame(described).assign(lower=lambda t: t["mean"], upper=lambda t: t["mean"])}
    return replace(summary, datasets=entries, cells=cells), sources(
        made, tables=others | {"verdicts": pd.DataFrame(judged)}
    )


def test_gaps_are_in_standard_deviations_from_the_widest_to_the_circle() -> None:
    summary, _ = separable()
    [gaps] = claimed.separated(summary).values()
    assert list(gaps) == list(GAPS)
    assert list(gaps.values()) == pytest.approx([76.54, 7.654, 1.913, 0.491], rel=1e-3)  # 2 sin(pi / K) / sd
    assert claimed.is_circle(summary.datasets["circle"])
    fewer = replace(summary, cells=[cell for cell in summary.cells if cell.dataset in ("ring", "circle")])
    assert not claimed.separated(fewer)


def test_coverage_is_drawn_over_the_gap_with_what_the_trend_test_says() -> None:
    summary, known = separable()
    figure = drawn(separability_figure.draw, summary, known)
    assert [axes.get_title() for axes in figure.axes] == ["BEGAN\nrises (p < 0.001)", "LSGAN\nno trend shown"]
    [mean] = [line for line in figure.axes[0].lines if line.get_marker() == "o" and line.get_markersize() == 3]
    assert list(mean.get_ydata()) == pytest.approx([0.2, 0.4, 0.6, 0.8])
    assert [text.get_text() for text in figure.axes[0].get_xticklabels()] == ["77", "7.7", "1.9", "none"]
    points = [line for line in figure.axes[0].lines if line.get_markersize() == separability_figure.RUN["markersize"]]
    assert [len(line.get_ydata()) for line in points] == [2] * 4
    assert found("separability", summary, known.measures, known.tables["verdicts"]) == (
        "By test, coverage rises as the modes come nearer for 1 of 2 variants: BEGAN from 0.20 to 0.80, from a gap of "
        "77 standard deviations to a circle; the runs of 1 still move."
    )


def test_without_a_test_a_trend_is_not_claimed() -> None:
    summary, known = separable()
    figure = drawn(
        separability_figure.draw, summary, sources(known.measures, tables={"summary": known.tables["summary"]})
    )
    assert {axes.get_title().split("\n")[1] for axes in figure.axes} == {separability_figure.UNTESTED}


def factor(name: str, effect: str = "", outcome: str = "not found", measure: str = "modes") -> dict[str, str]:
    row = dict.fromkeys(RECONCILED, "") | {"method": "GAN", "dataset": "ring", "measure": measure, "factor": name}
    row |= {"first_source": "veegan-poster", "first": "1", "second_source": "pacgan", "second": "6.3"}
    ends = {"lower": str(float(effect) - 0.5), "upper": str(float(effect) + 0.5)} if effect else {}
    return row | {"effect": effect, "outcome": outcome} | ends


def test_effects_stand_beside_the_difference_of_the_two_numbers() -> None:
    summary = make_summary(["ring"], {"gan-nonsaturating": "GAN"}, ["reconciliation"])
    parts = [factor("latent size", "4.0", "found"), factor("batch", "-0.25"), factor("budget", outcome="not varied")]
    known = sources(tables={"reconciliation": pd.DataFrame(parts)})
    [axes] = drawn(reconciliation.draw, summary, known).axes
    marks = {line.get_marker(): line.get_xydata()[0].tolist() for line in axes.lines if line.get_marker() != "None"}
    assert marks == {"D": [4.0, 0.0], "o": [-0.25, 1.0]}
    assert [text.get_text() for text in axes.get_yticklabels()] == ["latent size", "batch"]
    dashed = [line.get_xdata()[0] for line in axes.lines if line.get_linestyle() == "--"]
    assert dashed == pytest.approx([5.3])
    assert axes.get_title() == "GAN, 2D Ring: Modes captured\n1 (VEEGAN poster) against 6.3 (PacGAN)"


def test_nothing_run_is_said_in_a_line() -> None:
    summary = make_summary(["ring"], {"gan-nonsaturating": "GAN"}, ["reconciliation"])
    assert drawn(reconciliation.draw, summary, sources()).texts[0].get_text() == "No factor was run."


def test_modes_over_the_latent_size() -> None:
    """Of the experiments that differ from `matched` in it alone; dashed, the numbers of the papers."""
    summary = make_summary(["ring"], {"gan-nonsaturating": "GAN", "veegan": "VEEGAN"}, ["matched", "latent-2", "other"])
    sizes = {"matched": 256, "latent-2": 2, "other": 7}
    summary = replace(summary, cells=[replace(cell, latent=sizes[cell.experiment]) for cell in summary.cells])
    assert claimed.sized(summary) == {"ring": {2: "latent-2", 256: "matched"}}
    levels = {"matched": 1.0, "latent-2": 6.0}
    parts = [rows("gan-nonsaturating", "modes", [level] * 3) for level in levels.values()]
    table = pd.concat([tidy(part).assign(experiment=e) for part, e in zip(parts, levels, strict=True)])
    means = [
        dict.fromkeys(SUMMARY_TYPES, 0.0)
        | {"experiment": e, "dataset": "ring", "variant": "gan-nonsaturating", "measure": "modes", "mean": level}
        for e, level in levels.items()
    ]
    published = dict.fromkeys(JUDGED, "") | {"rule": "values", "dataset": "ring", "variant": "gan-nonsaturating"}
    published |= {"measure": "modes", "published": "1", "source": "veegan-poster"}
    published |= {"remeasured": '[{"title": "PacGAN", "printed": "6.3"}]'}
    known = sources(table, tables={"summary": pd.DataFrame(means), "verdicts": pd.DataFrame([published])})
    [axes] = drawn(reconciliation.draw, summary, known).axes
    [mean] = [line for line in axes.lines if line.get_marker() == "o" and line.get_markersize() == 3]
    assert mean.get_xydata().tolist() == [[2, 6], [256, 1]]
    assert texts(axes.figure) == ["VEEGAN poster: 1", "PacGAN: 6.3"]


def test_every_experiment_has_its_figure() -> None:
    summary = experiments()
    assert list(layout.study_figures(summary))[-5:] == [
        "mapped", "moved", "gradients", "separability", "reconciliation",
    ]  # fmt: skip
    strips = {e: [*layout.figures(summary, e).get("strip", {})] for e in ("collapse", "began-classes")}
    assert strips == {"collapse": ["mnist"], "began-classes": ["mnist"]}
    assert claimed.mapped(summary) == [("latent-map", "ring-wide")]
    assert [experiment for experiment, _ in claimed.moved(summary)] == [
        "moved-points", "moved-points-tanh", "moved-points-adam",
    ]  # fmt: skip
    assert list(claimed.separated(summary)) == [SEPARABLE]


@pytest.mark.parametrize("lacking", ["latent-map", "moved-points-adam"])
def test_an_audit_does_not_draw_again_what_shows_weights_that_a_release_lacks(lacking: str) -> None:
    """The runs of all three experiments stand in one figure."""
    summary = experiments()
    blocks = dict.fromkeys(["/".join([*cell.key, "seeds-0-9"]) for cell in summary.cells])
    bundle = SimpleNamespace(summary=summary, blocks=blocks, withheld={}, has=lambda file: f"/{lacking}/" not in file)
    assert figures_that_lack_files(bundle) == ["mapped.svg" if lacking == "latent-map" else "moved.svg"]


def test_the_swing_of_k_has_no_upper_bound() -> None:
    """As a share of its mean it was 2.0 in a run on the circle; other numbers of k are shares of the steps."""
    scope = Scope(registry(), experiments(), supports(experiments()))
    assert scope.limits("circle", "began_k_swing") == (-np.inf, np.inf)
    assert {scope.limits("circle", f"began_k_{name}") for name in ("at_0", "at_1", "settling")} == {(0.0, 1.0)}


def test_every_measure_of_the_claims_has_a_name_in_words() -> None:
    known = {*LABELS, *catalogue.names("measures"), *registry().methods}

    def named(content: object) -> set[str]:
        if isinstance(content, dict):
            own = {content[key] for key in ("measure", "first", "second") if isinstance(content.get(key), str)}
            listed = content.get("measures") or ()
            return own.union(listed, *map(named, content.values()))
        return set().union(*map(named, content)) if isinstance(content, list) else set()

    assert named([claim.model_dump(mode="json") for claim in registry().claims]) <= known
    assert all(" " in label or not label.startswith("mean_") for label in LABELS.values())
