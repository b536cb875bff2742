"""Everything the template prints, as one JSON-able dictionary: it holds numbers, the template words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from modecollapse import reading
from modecollapse.claims.registry import Registry
from modecollapse.comparisons.rankings import TYPES as RANK_TYPES
from modecollapse.report import (
    calibration,
    collapse_answer,
    layout,
    published_numbers,
    recipes,
    run_findings,
    run_records,
    verdicts,
)
from modecollapse.report.attainable import attainable
from modecollapse.report.findings import findings
from modecollapse.report.layout import COUNTS, NONE
from modecollapse.report.printed import count, duration, experiment_label
from modecollapse.report.result_tables import SUMMARY_TYPES
from modecollapse.study.summary import StudySummary

Failed = dict[str, list[str]]  # data set -> the measures that real data fail


def content(summary: StudySummary, tables: Path, records: list[dict], registry: Registry) -> dict[str, Any]:
    """What is printed: `numbers` (id -> printed string), verdicts, experiments with their tables, and the rest."""
    results = pd.concat([reading.csv(tables / f"{name}.csv") for name in layout.PRINTED]).fillna(NONE)
    answers = {
        "collapse": reading.csv(tables / f"{layout.COLLAPSE}.csv"),
        "summary": reading.csv(tables / "summary.csv", SUMMARY_TYPES),
        "ranks": reading.csv(tables / "ranks.csv", RANK_TYPES),
    }
    failed, judged = calibration.failed(summary, results), verdicts.read(tables)
    works, claims = recipes.source_works(judged["verdicts"]), verdicts.page(summary, judged)
    rows = reading.parquet(tables / layout.TIDY[0])
    found = findings(summary, rows, judged["verdicts"])
    found |= run_findings.findings(summary, rows, reading.csv(tables / "baseline.csv"))
    experiments = [
        {
            "name": name,
            "label": experiment_label(name),
            "main": name in layout.MAIN,
            "seeds": count(len(summary.seeds_of(name))),
            "datasets": layout.datasets(summary, name),
            "figures": layout.figures(summary, name),
            "tables": _tables(summary, name, results, failed),
            "collapse": collapse_answer.page(summary, name, answers, failed),
            "recipes": recipes.recipes(summary, name, works),
        }
        for name in layout.experiments(summary)
    ]
    return {
        "study": summary.study,
        "numbers": _numbers(summary, records, works),
        "labels": {name: entry.label for name, entry in [*summary.datasets.items(), *summary.variants.items()]},
        "objectives": list(dict.fromkeys(entry.objective for entry in summary.variants.values())),
        "datasets": [
            {"dataset": name, "label": entry.label, "modes": count(entry.modes), "samples": count(entry.samples)}
            | {"shape": " × ".join(map(count, entry.shape))}
            for name, entry in summary.datasets.items()
        ],
        "measures": [
            {"name": name, "label": m.label, "note": m.note} for name, m in summary.measures.items() if m.better
        ],
        "options": [
            {"variant": name, "label": entry.label, "options": {key: str(v) for key, v in entry.options.items()}}
            for name, entry in summary.variants.items()
            if entry.options and any(name in layout.variants(summary, e) for e in layout.compared(summary))
        ],
        "experiments": experiments,
        "figures": layout.study_figures(summary),
        "findings": {figure: finding.pieces for figure, finding in found.items()},
        "verdicts": claims,
        "published": published_numbers.page(summary, judged["verdicts"], claims["claims"]),
        "reconciliation": _reconciliation(summary, tables / f"{layout.RECONCILIATION}.csv"),
        "attainable": attainable(summary, registry),
        "rejected": calibration.rejected(summary, results),
        "blind": calibration.blind(summary, results),
        "environment": run_records.environment(summary, records),
    }


def _tables(summary: StudySummary, experiment: str, results: pd.DataFrame, failed: Failed) -> list[dict[str, Any]]:
    """The tables of results of an experiment, a data set each: columns, and rows with their cells.

    Those of the main text and others that compare variants; of the rest, which summary.csv has, verdicts are printed.
    """
    if experiment not in (*layout.MAIN, *layout.compared(summary)):
        return []
    own = results[results["experiment"] == experiment]
    tables = [_table(summary, dataset, rows, failed) for dataset, rows in own.groupby("dataset", sort=False)]
    return [table for table in tables if table["measures"]]


def _table(summary: StudySummary, dataset: str, rows: pd.DataFrame, failed: Failed) -> dict[str, Any]:
    """A printed table about one data set; rows and columns without a value are left out."""
    measures = [m for m in layout.measures(summary, [dataset]) if (rows[m] != NONE).any()]
    kept = rows[(rows[measures] != NONE).any(axis=1)] if measures else rows.iloc[:0]
    printed = []
    for row in kept.to_dict("records"):
        printed.append({"id": "/".join(row[name] for name in ("experiment", "dataset", "variant"))})
        printed[-1] |= {"row": row["row"], "kind": row["kind"], "n": row["n"], "n_diverged": row["n_diverged"]}
        printed[-1] |= {"values": {m: row[m] for m in measures}}
    return {
        "dataset": dataset,
        "label": summary.datasets[dataset].label,
        "modes": count(summary.datasets[dataset].modes) if layout.measures(summary, [dataset], COUNTS) else None,
        "measures": [
            {"name": m, "label": summary.measures[m].label, "failed": m in failed.get(dataset, [])} for m in measures
        ],
        "rows": printed,
    }


def _reconciliation(summary: StudySummary, path: Path) -> list[dict[str, Any]]:
    """The rows of reconciliation.csv, numbers as they are printed; none where the study has no such experiment."""
    found = []
    for row in reading.csv(path).to_dict("records") if path.is_file() else []:
        places = summary.measures[row["measure"]].decimals if row["measure"] in summary.measures else 2
        ends = [f"{float(row[name]):+.{places}f}" for name in ("effect", "lower", "upper") if row[name]]
        found.append(
            row
            | {"id": "/".join(["reconciliation", *(row[k] for k in ("method", "dataset", "measure", "factor"))])}
            | {"effect": "{} [{}, {}]".format(*ends) if ends else NONE, "factor": row["factor"].replace(" x ", " × ")}
            | {"share": f"{100 * float(row['share_of_gap']):.0f}%" if row["share_of_gap"] else NONE}
            | {"group": f"{row['method']}, {verdicts.label(summary, row['dataset'])}"}
            | {"measure_label": verdicts.label(summary, row["measure"])}
        )
    return found


def _numbers(summary: StudySummary, records: list[dict], works: recipes.Works) -> dict[str, str]:
    """The numbers in the text by the id they leave as a trace."""
    diverged = sum(run["status"] != "ok" for record in records for run in record["status"])
    seeds = {len(cell.seeds) for cell in summary.cells}
    return {
        "variants": count(len(summary.variants)),
        "datasets": count(len(summary.datasets)),
        "experiments": count(len(layout.experiments(summary))),
        "seeds": " to ".join(str(n) for n in sorted({min(seeds), max(seeds)})),
        "runs": count(sum(len(cell.seeds) for cell in summary.cells)),
        "diverged": count(diverged),
        "root_seed": str(summary.root_seed),
        "wall": duration(sum(record["wall_seconds"] for record in records)),
        **calibration.NUMBERS,
        **published_numbers.NUMBERS,
        **recipes.below(summary, works),
    }
