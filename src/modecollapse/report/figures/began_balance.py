"""BEGAN's equilibrium over the training: M_global, the losses and k_t beside quality and coverage."""

from __future__ import annotations

from functools import partial

from matplotlib.figure import Figure

from modecollapse.report import layout, style
from modecollapse.report.figures import panels
from modecollapse.report.figures.sources import Sources
from modecollapse.study.summary import StudySummary

HEIGHT = 1.5  # inches of a row of panels
M_GLOBAL, REAL, FAKE, K = "mean_state_M_global", "mean_aux_L_x", "mean_aux_L_G", "mean_state_k"
AGREES = "rank_correlation:state_M_global:"
FIRST, SECOND = style.COLOURS[:2]


def draw(summary: StudySummary, experiment: str, dataset: str, sources: Sources) -> Figure:
    """A row of panels for each variant that is held in balance: thin lines for seeds, a thick one for their mean.

    L(x) stands there times gamma too, where L(G(z)) is in equilibrium; and beside quality and coverage Spearman's rank
    correlation with M_global, the median over seeds with its ends.
    """
    held = layout.held(summary, experiment, dataset)
    aims = _aims(summary, dataset)
    columns = 4 if aims else 3
    figure, grid = panels.rows(columns * len(held), columns, style.PAGE, HEIGHT)
    for row, variant in zip(grid.reshape(-1, columns), held, strict=True):
        rows = partial(sources.rows, experiment, dataset, variant)
        row[0].set_ylabel(panels.wrapped(summary.variants[variant].label, HEIGHT))
        shown = [(row[0], M_GLOBAL, FIRST, r"$M_{global}$"), (row[1], REAL, FIRST, r"$L(x)$")]
        shown += [(row[1], FAKE, SECOND, r"$L(G(z))$"), (row[2], K, FIRST, r"$k_t$")]
        for axes, measure, colour, label in shown:
            own = rows(measure)
            panels.runs_and_mean(axes, own, colour, label if len(own) else f"{label}: no finite value")
        if (gamma := summary.variants[variant].options.get("gamma")) is not None:
            mean = rows(REAL).sort_values("seed").groupby("step")["value"].mean()
            label = rf"$\gamma\,L(x)$, $\gamma$ = {gamma:g}"
            row[1].plot(mean.index, gamma * mean, color=FIRST, linestyle=(0, (3, 2)), linewidth=0.8, label=label)
        for aim, (measure, best, name, colour) in aims.items():
            own, agrees = rows(measure), rows(AGREES + aim)["value"]
            if len(agrees):
                name += f", ρ = {agrees.median():z.2f} [{agrees.min():z.2f}, {agrees.max():z.2f}]"
            panels.runs_and_mean(row[3], own.assign(value=own["value"] / best), colour, name)
            row[3].set_ylim(-0.04, 1.04)
        for axes in row:
            axes.locator_params(nbins=4)
            axes.ticklabel_format(style="plain", useOffset=False)
            place = {"loc": "lower left", "bbox_to_anchor": (0, 1.0), "borderaxespad": 0.2}
            for text in axes.legend(**place, handlelength=1.6, fontsize=6.2).get_texts():
                text.set_parse_math(True)
    for axes in grid[-columns:]:
        axes.set_xlabel("Generator step")
    return figure


def _aims(summary: StudySummary, dataset: str) -> dict[str, tuple[str, float, str, str]]:
    """What M_global may tell: the measure of it on a data set, its best value, name and colour.

    Of several rules for counting the last is the one that the correlations are of.
    """
    own = layout.measures(summary, [dataset], layout.COUNTS)
    modes = summary.datasets[dataset].modes
    kinds = {"hq": ("high_quality_percent", 100, "quality", FIRST), "modes": ("modes", modes, "coverage", SECOND)}
    found = {}
    for aim, (first, *facts) in kinds.items():
        if rules := [measure for measure in own if measure == first or measure.startswith(f"{first}_")]:
            found[aim] = (rules[-1], *facts)
    return found
