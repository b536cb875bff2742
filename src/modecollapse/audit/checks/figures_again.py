"""Every figure, drawn again from tables, traces and samples, has the bytes of the one in the report."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt

from modecollapse import files
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.finding import Result
from modecollapse.audit.made_with import differences
from modecollapse.claims import load as load_claims
from modecollapse.report import layout, style
from modecollapse.report.figures import Sources, drawings

TITLE = "Figures, drawn again"
# What a figure shows besides tables and traces, which a release never lacks.
ALSO_READ = {"density": ("samples",), "sheet": ("samples", "data"), "nearest": ("inversions",)}


def check(bundle: Bundle) -> Result:
    """Draw what can be drawn, and compare."""
    result = Result(of="figures")
    runs = [bundle.folder / "runs" / path for path in bundle.blocks]
    sources = Sources.of(bundle.folder, runs, bundle.facts["datasets"], load_claims(bundle.claims))
    lacking = set(_lacking(bundle))
    other = differences(bundle, ("matplotlib", "numpy", "scipy"))
    with style.styled():
        for name, drawing in drawings(bundle.facts, sources).items():
            if name in lacking:
                continue
            figure = drawing()
            same = files.digest(style.svg(figure)) == _digest(bundle.folder / "figures" / name)
            plt.close(figure)
            problem = "is not what the tables and runs show: drawn again it has other bytes"
            if other and not same:
                result.notes.append(f"figures/{name}: other bytes, as may be with {other}")
                result.looked_at += 1
            else:
                result.expect(same, f"figures/{name}", "", problem)
    if lacking:
        result.notes.append(f"{len(lacking)} figures not drawn again, for what they show is withheld")
    return result


def _digest(path: Path) -> str | None:
    return files.sha256(path) if path.is_file() else None


def _lacking(bundle: Bundle) -> list[str]:
    """The figures that show files which a release lacks."""
    found = []
    for experiment in layout.experiments(bundle.facts):
        for kind, names in layout.figures(bundle.facts, experiment).items():
            for dataset, file in names.items():
                read = {
                    "samples": f"runs/{experiment}/{dataset}/",
                    "data": f"data/{dataset}.npz",
                    "inversions": f"inversions/{experiment}/{dataset}/",
                }
                ends = {"samples": "/samples.npy", "data": ".npz", "inversions": ".npz"}
                if any(
                    path.startswith(read[what]) and path.endswith(ends[what])
                    for what in ALSO_READ.get(kind, ())
                    for path in bundle.withheld
                ):
                    found.append(file)
    return found
