"""The commands of `modecollapse` beside the stages: scores of your samples, curves of a running study, new files."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from modecollapse.study.load import DEFAULT

app = typer.Typer()


@app.command("score")
def score_command(
    samples: Annotated[
        list[str],
        typer.Argument(
            help="Name a .npy, .npz, .csv or .pt file or a folder of images for each seed, or a function "
            "package.module:function(n, seed), which is executed."
        ),
    ],
    dataset: Annotated[str, typer.Option(help="Name the data set that the samples imitate, such as ring.")],
    against: Annotated[
        Path | None, typer.Option(help="Compare with the variants of a finished study, such as results/reported.")
    ] = None,
    experiment: Annotated[str | None, typer.Option(help="Compare with this experiment of the study.")] = None,
    measures: Annotated[str | None, typer.Option(help="Compute these measures, separated by commas.")] = None,
    configfile: Annotated[
        list[Path], typer.Option(help="Read a configuration that defines the data set, as in plan.")
    ] = [],  # noqa: B006
    seeds: Annotated[int, typer.Option(min=1, help="Call a function with so many seeds.")] = 5,
    n: Annotated[int | None, typer.Option(min=1, help="Measure the first N samples of each seed.")] = None,
    name: Annotated[str, typer.Option(help="Call the samples so.")] = "yours",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print CSV: a row for each measure and who it is about.")
    ] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print the table as Markdown.")] = False,
    figure: Annotated[Path | None, typer.Option(help="Draw the scores into this .png, .pdf or .svg file.")] = None,
) -> None:
    """Score your own samples: beside oracle, nulls and published numbers, and placed among the variants of a study."""
    from modecollapse.scoring import show
    from modecollapse.scoring.score import score
    from modecollapse.training import arithmetic

    arithmetic.configure()
    options: dict[str, Any] = {"against": against, "experiment": experiment, "seeds": seeds, "n": n, "name": name}
    options |= {"configfiles": [*([DEFAULT] if DEFAULT.exists() and configfile else []), *configfile]}
    chosen = [part.strip() for part in measures.split(",")] if measures else None
    found = score(samples, dataset, chosen=chosen, **options)
    if figure:
        show.figure(found, figure)
    if as_json or as_csv or as_markdown:
        text = show.as_json(found) if as_json else show.as_markdown(found)
        print(found.table.to_csv(index=False, lineterminator="\n") if as_csv else text, end="" if as_csv else "\n")
    else:
        show.to_terminal(found)


@app.command("curves")
def curves_command(
    results: Annotated[Path, typer.Argument(help="Name the results folder of a study that trains, or has trained.")],
    column: Annotated[str, typer.Option(help="Show this column of the traces, such as loss_D, or modes.")] = "modes",
    follow: Annotated[
        bool, typer.Option("--follow", help="Show it anew every two seconds, until interrupted.")
    ] = False,
) -> None:
    """Print the training curve of each block, the mean over its seeds, while the study runs or afterwards."""
    from rich.console import Console
    from rich.live import Live

    from modecollapse.measures import running

    console = Console()
    found = running.table(running.curves(results, column), column)
    if not follow:
        console.print(found)
        return
    with Live(found, console=console, auto_refresh=False) as live:
        try:
            while True:
                time.sleep(2)
                live.update(running.table(running.curves(results, column), column), refresh=True)
        except KeyboardInterrupt:
            pass


@app.command("new")
def new_command(
    kind: Annotated[str, typer.Argument(help="Add a variant, dataset, measure, experiment or claim.")],
    name: Annotated[str, typer.Argument(help="Call it so, in lower case with hyphens.")],
) -> None:
    """Write a skeleton that runs and its test, which fails until you write what the paper says; print what to paste."""
    from modecollapse.skeletons import new

    written, entry = new(kind, name, Path())
    for path in written:
        print(f"wrote {path}")
    test = written[-1]
    print(f"\n{entry}\n\nThe test fails until its numbers are written: python -m pytest {test}")
