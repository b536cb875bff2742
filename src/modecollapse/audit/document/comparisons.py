"""The variants beside each other: what the tables of `compare` hold, after the rounding of the report."""

from __future__ import annotations

import pandas as pd

from modecollapse.audit.bundle import Bundle
from modecollapse.audit.document import format as form
from modecollapse.audit.document.sources import Entries, Source
from modecollapse.report import layout

FAMILY = ("experiment", "dataset", "measure")
NAMES = ("pairs", "baseline", "disagreements", "stability", "coverage_times")
TIMES = {"coverage_time:0.9": "90%", "coverage_time:0.5": "50%"}
HOLM = "p of a permutation test, after Holm over the variants"


def entries(bundle: Bundle) -> Entries:
    """Every number of the sections "Variants beside each other"."""
    tables = {name: bundle.table(f"{name}.csv") for name in NAMES}
    yield from _baseline(tables["baseline"])
    yield from _disagreements(bundle, tables["disagreements"])
    yield from _stability(tables["stability"])
    for experiment in dict.fromkeys(cell["experiment"] for cell in bundle.facts["cells"]):
        own = {name: table[table["experiment"] == experiment] for name, table in tables.items()}
        yield from _counts(experiment, own)
        yield from _times(bundle, experiment, own["coverage_times"])


def _key(row: dict[str, str], *columns: str) -> str:
    return "/".join(row[name] for name in (*FAMILY, *columns))


def _counts(experiment: str, own: dict[str, pd.DataFrame]) -> Entries:
    pairs, against = own["pairs"], own["baseline"]
    decided = against[against["better"] != ""]
    better = int((decided["better"] == decided["variant"]).sum())
    counted = {
        "pairs": ("pairs", len(pairs)),
        "pairs_decided": ("pairs", int((pairs["better"] != "").sum())),
        "baseline": ("baseline", len(against)),
        "better": ("baseline", better),
        "worse": ("baseline", len(decided) - better),
        "flips": ("disagreements", int((own["disagreements"]["kind"] == "flip").sum())),
    }
    for name, (table, number) in counted.items():
        source = Source(f"tables/{table}.csv", experiment, "better", "a count of rows", form.whole(number))
        yield f"comparisons/{experiment}/{name}", source


def _baseline(table: pd.DataFrame) -> Entries:
    file = "tables/baseline.csv"
    for row in table.to_dict("records"):
        where = _key(row, "variant")
        key = (row["experiment"], row["dataset"], row["variant"], row["measure"])
        chance = form.within(*(row[name] for name in ("superiority", "superiority_lower", "superiority_upper")))
        words = f"chance that a run of {row['variant']} is better than one of {row['baseline']}, with its 95% interval"
        yield f"baseline/{where}/chance", Source(file, where, "superiority", words, chance, key=key)
        yield f"baseline/{where}/p", Source(file, where, "p_holm", HOLM, form.probability(row["p_holm"]), key=key)
    for family, rows in table.groupby(list(FAMILY), sort=False):
        ends = sorted({form.fixed(text, 2) for text in rows["detectable"] if text})
        text = " to ".join(dict.fromkeys([ends[0], ends[-1]])) if ends else "none"
        words = "smallest chance that a test of so many runs would find four times in five"
        where = "/".join(family)
        yield f"baseline/{where}/detectable", Source(file, where, "detectable", words, text)


def _disagreements(bundle: Bundle, table: pd.DataFrame) -> Entries:
    file, labels = "tables/disagreements.csv", bundle.facts["variants"]
    for row in table.to_dict("records"):
        where = _key(row, "second_measure")
        if row["kind"] == "tau_b":
            text = form.fixed(row["value"], 2) if row["value"] else row["status"]
            source = Source(file, where, "value", "Kendall's tau-b of the means of the variants by two measures", text)
            yield f"agreement/{where}", source
        elif row["kind"] == "flip":
            id = _key(row, "second_measure", "variant", "second_variant")
            sides = (("variant", "superiority", 0), ("second_variant", "second_superiority", 1))
            for name, column, flipped in sides:
                value = abs(flipped - float(row[column]))
                source = Source(file, id, column, "chance that a run of it is better", form.fixed(value, 2))
                yield f"flips/{id}/{labels[row[name]]['label']}", source


def _stability(table: pd.DataFrame) -> Entries:
    file = "tables/stability.csv"
    for row in table.to_dict("records"):
        id = f"stability/{row['experiment']}/{row['measure']}"
        where = f"{row['experiment']}/{row['measure']}/{row['statistic']}"
        if row["statistic"] == "tau_b":
            text = form.within(row["value"], row["lower"], row["upper"])
            pair = f"{row['dataset']}/{row['second_dataset']}"
            words = "Kendall's tau-b of the rankings on two data sets, with a 95% interval over resampled seeds"
            yield f"{id}/{pair}", Source(file, f"{where}/{pair}", "value", words, text)
        elif row["statistic"] == "kendall_w":
            text = f"{form.fixed(row['value'], 2)} ({form.probability(row['p'])})" if row["value"] else row["status"]
            yield f"{id}/concordance", Source(file, where, "value", "Kendall's W and its p", text)
        elif row["statistic"] == "left_out" and row["value"]:
            change = form.fixed(row["value"], 1)
            text = change if change.startswith("-") else f"+{change}"
            words = "the largest change of a mean rank when a data set is left out"
            yield f"{id}/left_out", Source(file, where, "value", words, text)
    for family in table[["experiment", "measure"]].drop_duplicates().itertuples(index=False):
        none = Source(file, "/".join(family), "value", "Kendall's W: of two data sets there is none", form.NONE)
        yield f"stability/{family.experiment}/{family.measure}/concordance", none


def _times(bundle: Bundle, experiment: str, table: pd.DataFrame) -> Entries:
    file = "tables/coverage_times.csv"
    for row in table.to_dict("records"):
        where = _key(row, "variant")
        key = (row["experiment"], row["dataset"], row["variant"], row["measure"])
        wait = "mean number of steps, a run that did not get there counted with the budget"
        shown = {
            "reached": (f"{row['reached']}/{row['n']}", "runs that covered the modes, of all"),
            "wait": (form.whole(row["restricted_mean"]), wait),
            "p": (form.probability(row["p_holm"]), HOLM),
        }
        for field, (text, words) in shown.items():
            yield f"times/{where}/{field}", Source(file, where, field, words, text, key=key)
    printed = layout.compared(bundle.facts, experiment)
    events = table[(table["reached"].map(int) > 0) & table["dataset"].isin(printed)] if len(table) else table
    measure = next((name for name in TIMES if name in set(events["measure"])), None)
    if measure:
        share = Source(file, measure, "measure", "the share that the measure is about", TIMES[measure])
        yield f"times/{experiment}/share", share
        for dataset, rows in table[table["measure"] == measure].groupby("dataset"):
            most = form.whole(max(rows["budget"].map(float)))
            source = Source(file, f"{experiment}/{dataset}", "budget", "steps of the longest training", most)
            yield f"times/{experiment}/{dataset}/budget", source
