"""The comparisons as the report prints them: what `compare` wrote -> the few tables of each experiment."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pandas as pd

from modecollapse import reading
from modecollapse.comparisons.comparison_tables import BASELINE, TYPES
from modecollapse.errors import StudyError
from modecollapse.report import layout
from modecollapse.report.layout import NONE
from modecollapse.study.summary import StudySummary

Tables = Mapping[str, pd.DataFrame]  # by name, as `read` returns them
Row = Mapping[str, Any]

FAMILY = ["dataset", "measure"]
TIMES = {"coverage_time:0.9": "90%", "coverage_time:0.5": "50%"}  # the first that some run comes to is printed
TAU, FLIP, CONCORDANCE, LEFT_OUT, OK = "tau_b", "flip", "kendall_w", "left_out", "ok"
FEWEST = 3  # variants: of two, a ranking says next to nothing
MOST_FLIPS = 8  # printed; the file has all


def read(tables: Path) -> dict[str, pd.DataFrame]:
    """What `compare` wrote into a folder, by name without `.csv`."""
    return {name.removesuffix(".csv"): reading.csv(Path(tables) / name, types) for name, types in TYPES.items()}


def check_complete(summary: StudySummary, tables: Tables) -> None:
    """StudyError unless every variant is ranked and set against the baseline by every printed measure.

    tables: those of `read`. The others are of the same families of variants.
    """
    key = ["experiment", *FAMILY, "variant"]
    there = {name: {*tables[name][key].itertuples(index=False, name=None)} for name in ("ranks", "baseline")}
    for experiment in layout.experiments(summary):
        for dataset in layout.compared(summary, experiment):
            variants = layout.variants(summary, experiment, dataset)
            for measure, variant in product(layout.ranked(summary, dataset), variants):
                against = BASELINE in variants and variant != BASELINE
                for name in ("ranks", "baseline") if against else ("ranks",):
                    if (experiment, dataset, measure, variant) not in there[name]:
                        cell = f"{experiment}/{dataset}/{variant}, {measure}"
                        raise StudyError(f"{name}.csv: {cell}: no row; allowed: a row for each planned cell")


def page(
    summary: StudySummary, experiment: str, tables: Tables, failed: Mapping[str, list[str]]
) -> dict[str, Any] | None:
    """Everything the section on an experiment prints; None where there is nothing to compare.

    tables: those of `read`; failed: data set -> the measures that real data fail.
    """
    printed = layout.compared(summary, experiment)
    own = {name: table[table["experiment"] == experiment] for name, table in tables.items()}
    if not printed:
        return None
    others = [name for name in layout.datasets(summary, experiment) if name not in printed]
    return {
        "numbers": _numbers(own),
        "others": [_dataset(summary, name) for name in others],
        "some_measures": any(_more_measures(summary, name) for name in printed),
        "baseline": _baseline(summary, printed, own["baseline"], failed),
        "agreement": _agreement(summary, experiment, printed, own["disagreements"]),
        "flips": _flips(summary, printed, own["disagreements"]),
        "stability": _stability(summary, experiment, printed, own["stability"]),
        "times": _times(summary, experiment, printed, own["coverage_times"]),
    }


def _more_measures(summary: StudySummary, dataset: str) -> bool:
    with_direction = [m for m in layout.measures(summary, [dataset]) if summary.measures[m].better]
    return len(with_direction) > len(layout.ranked(summary, dataset))


def _numbers(own: Tables) -> dict[str, str]:
    pairs, baseline = own["pairs"], own["baseline"]
    decided = baseline[baseline["better"] != ""]
    better = int((decided["better"] == decided["variant"]).sum())
    return {
        "pairs": f"{len(pairs):,}",
        "pairs_decided": f"{int((pairs['better'] != '').sum()):,}",
        "baseline": f"{len(baseline):,}",
        "better": f"{better:,}",
        "worse": f"{len(decided) - better:,}",
        "flips": str(int((own["disagreements"]["kind"] == FLIP).sum())),
    }


def _baseline(
    summary: StudySummary, printed: list[str], table: pd.DataFrame, failed: Mapping[str, list[str]]
) -> dict[str, Any] | None:
    """Each variant against the baseline: a block of rows a data set; None where the experiment has no baseline."""
    known = _by_key(table, [*FAMILY, "variant"])
    names = list(dict.fromkeys(table["baseline"]))
    blocks = []
    for dataset in printed:
        own = table[table["dataset"] == dataset]
        measures = [m for m in layout.ranked(summary, dataset) if m in set(own["measure"])]
        variants = [v for v in summary.variants if v in set(own["variant"])]
        if measures:
            heads = [
                {"name": m, "label": _measure(summary, m), "failed": m in failed.get(dataset, [])}
                | {"id": f"baseline/{own['experiment'].iloc[0]}/{dataset}/{m}/detectable"}
                | {"detectable": _detectable(own[own["measure"] == m])}
                for m in measures
            ]
            rows = [
                {"row": _variant(summary, v), "cells": [_against(known.get((dataset, m, v))) for m in measures]}
                for v in variants
            ]
            blocks.append({"dataset": dataset, "label": _dataset(summary, dataset), "measures": heads, "rows": rows})
    return {"label": _variant(summary, names[0]), "blocks": blocks} if blocks else None


def _against(row: Row | None) -> dict[str, str]:
    """A cell: the chance to be better with its interval, the corrected p, and which is better if one is."""
    if row is None:
        return {"id": "", "chance": NONE, "p": NONE, "wins": ""}
    chance = _with_interval(*(row[name] for name in ("superiority", "superiority_lower", "superiority_upper")))
    wins = {"": "", row["variant"]: "better"}.get(row["better"], "worse")
    return {"id": _id("baseline", row, "variant"), "chance": chance, "p": _p(row["p_holm"]), "wins": wins}


def _detectable(rows: pd.DataFrame) -> str:
    """The smallest chance that the tests of a family could have found; some range where runs differ in number."""
    if rows["detectable"].isna().all():
        return "none"
    ends = sorted({f"{value:.2f}" for value in rows["detectable"].dropna()})
    return ends[0] if len(ends) == 1 else f"{ends[0]} to {ends[-1]}"


def _agreement(summary: StudySummary, experiment: str, printed: list[str], table: pd.DataFrame) -> dict[str, Any]:
    """Kendall's tau-b between the rankings by two printed measures, a column a data set."""
    known, wide = {}, [d for d in printed if len(layout.variants(summary, experiment, d)) >= FEWEST]
    for row in table[(table["kind"] == TAU) & table["dataset"].isin(wide)].to_dict("records"):
        both = {row["measure"], row["second_measure"]}
        if both <= set(layout.ranked(summary, row["dataset"])):
            known[row["dataset"], frozenset(both)] = row
    pairs = [pair for pair in combinations(summary.measures, 2) if any(own == set(pair) for _, own in known)]
    datasets = [name for name in printed if any(dataset == name for dataset, _ in known)]
    return {
        "heads": [_dataset(summary, name) for name in datasets],
        "rows": [
            {"measures": [_measure(summary, name) for name in pair]}
            | {"cells": [_coefficient(known.get((dataset, frozenset(pair)))) for dataset in datasets]}
            for pair in pairs
        ],
    }


def _coefficient(row: Row | None) -> dict[str, str]:
    """A cell: tau-b, or why there is none."""
    if row is None:
        return {"id": "", "value": NONE}
    value = f"{row['value']:z.2f}" if pd.notna(row["value"]) else row["status"]
    return {"id": _id("agreement", row, "second_measure"), "value": value}


def _flips(summary: StudySummary, printed: list[str], table: pd.DataFrame) -> list[dict[str, Any]]:
    """Pairs of variants of which each is significantly better by another measure.

    The clearest first, and of each variant and measure on a data set only the clearest.
    """
    rows = table[(table["kind"] == FLIP) & table["dataset"].isin(printed)]
    least = rows[["superiority"]].assign(other=1 - rows["second_superiority"]).min(axis=1)
    order = rows.assign(least=least).sort_values("least", ascending=False, kind="stable")
    clearest = order.drop_duplicates(["dataset", "measure", "variant"])
    return [_flip(summary, row) for row in clearest.head(MOST_FLIPS).to_dict("records")]


def _flip(summary: StudySummary, row: Row) -> dict[str, Any]:
    """Two variants, each with the measure by which it is better, and the chance that it is."""
    sides = [
        (row["variant"], row["measure"], row["superiority"]),
        (row["second_variant"], row["second_measure"], 1 - row["second_superiority"]),
    ]
    return {
        "id": _id("flips", row, "second_measure", "variant", "second_variant"),
        "label": _dataset(summary, row["dataset"]),
        "sides": [
            {"row": _variant(summary, variant), "measure": _measure(summary, measure), "chance": f"{chance:.2f}"}
            for variant, measure, chance in sides
        ],
    }


def _stability(summary: StudySummary, experiment: str, printed: list[str], table: pd.DataFrame) -> list[dict[str, Any]]:
    """Of each measure on several data sets: their concordance, the lowest and the highest tau-b, one left out."""
    shown = {measure for dataset in printed for measure in layout.ranked(summary, dataset)}
    rows = []
    table = table[table["variants"] >= FEWEST]
    for measure in [m for m in summary.measures if m in shown and m in set(table["measure"])]:
        own = table[table["measure"] == measure]
        together = _by_key(own, ["statistic"])
        taus = own[own["statistic"] == TAU].dropna(subset="value").sort_values("value", kind="stable")
        name = f"stability/{experiment}/{measure}"
        rows.append(
            {"id": name, "label": _measure(summary, measure), "concordance": _concordance(together.get((CONCORDANCE,)))}
            | {"taus": [_tau(summary, name, row) for row in _ends(taus)]}
            | {"left_out": _left_out(summary, together.get((LEFT_OUT,)))}
        )
    return rows


def _ends(taus: pd.DataFrame) -> list[Row]:
    """The first and the last row, if there are two."""
    rows = taus.to_dict("records")
    return rows if len(rows) < 2 else [rows[0], rows[-1]]


def _tau(summary: StudySummary, name: str, row: Row) -> dict[str, str]:
    between = ", ".join(_dataset(summary, row[key]) for key in ("dataset", "second_dataset"))
    value = _with_interval(row["value"], row["lower"], row["upper"])
    return {"id": f"{name}/{row['dataset']}/{row['second_dataset']}", "value": value, "between": between}


def _concordance(row: Row | None) -> str:
    if row is None:
        return NONE
    return f"{row['value']:.2f} ({_p(row['p'])})" if pd.notna(row["value"]) else row["status"]


def _left_out(summary: StudySummary, row: Row | None) -> dict[str, str] | None:
    """The variant whose mean rank changes most, by how much, and without which data set."""
    if row is None or pd.isna(row["value"]) or row["value"] == 0:
        return None
    names = {"row": _variant(summary, row["variant"]), "without": _dataset(summary, row["dataset"])}
    return names | {"change": f"{row['value']:+.1f}"}


def _times(summary: StudySummary, experiment: str, printed: list[str], table: pd.DataFrame) -> dict[str, Any]:
    """How soon the variants cover the modes: the data sets that some run does on, and a row a variant."""
    events = table[(table["reached"] > 0) & table["dataset"].isin(printed)]
    measure = next((measure for measure in TIMES if measure in set(events["measure"])), None)
    if measure is None:
        return {"share": "", "heads": [], "rows": [], "never": []}
    own = table[table["measure"] == measure]
    reached = [d for d in printed if d in set(events.loc[events["measure"] == measure, "dataset"])]
    known = _by_key(own, ["dataset", "variant"])
    variants = [v for v in layout.variants(summary, experiment) if any((d, v) in known for d in reached)]
    return {
        "share": TIMES[measure],
        "heads": [
            {"label": _dataset(summary, d), "id": f"times/{experiment}/{d}/budget"}
            | {"budget": f"{own.loc[own['dataset'] == d, 'budget'].max():,.0f}"}
            for d in reached
        ],
        "rows": [{"row": _variant(summary, v), "cells": [_time(known.get((d, v))) for d in reached]} for v in variants],
        "never": [_dataset(summary, d) for d in printed if d not in reached and d in set(own["dataset"])],
    }


def _time(row: Row | None) -> dict[str, str]:
    """A cell: runs that got there, the mean wait, and the p of its difference from the baseline's."""
    if row is None:
        return {"id": "", "reached": NONE, "wait": NONE, "p": NONE}
    return {
        "id": _id("times", row, "variant"),
        "reached": f"{row['reached']}/{row['n']}",
        "wait": f"{row['restricted_mean']:,.0f}",
        "p": _p(row["p_holm"]),
    }


def _by_key(table: pd.DataFrame, columns: list[str]) -> dict[tuple, Row]:
    return {tuple(row[name] for name in columns): row for row in table.to_dict("records")}


def _id(what: str, row: Row, *columns: str) -> str:
    return "/".join([what, *(row[name] for name in ("experiment", *FAMILY, *columns))])


def _with_interval(value: float, lower: float, upper: float) -> str:
    return f"{value:z.2f}" if pd.isna(lower) else f"{value:z.2f} [{lower:z.2f}, {upper:z.2f}]"


def _p(value: float) -> str:
    """`0.012`, `<0.001`; never a zero."""
    if pd.isna(value):
        return NONE
    return f"{value:.3f}" if value >= 0.0005 else "<0.001"


def _dataset(summary: StudySummary, name: str) -> str:
    return summary.datasets[name].label


def _variant(summary: StudySummary, name: str) -> str:
    return summary.variants[name].label


def _measure(summary: StudySummary, name: str) -> str:
    return summary.measures[name].label
