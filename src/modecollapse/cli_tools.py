"""The commands of `modecollapse` beside the stages: scores of your samples, curves of a running study, new files."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


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
