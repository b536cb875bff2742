"""The command that scores samples which the study did not make."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from modecollapse import reading, writing
from modecollapse.errors import StudyError
from modecollapse.study.load import DEFAULT

app = typer.Typer()


@app.command("score")
def score_command(
    samples: Annotated[
        list[str],
        typer.Argument(
            help="Name a file (.npy, .npz, .csv, .pt) or a folder of images for each seed, or a function "
            "package.module:function of (n, seed)."
        ),
    ],
    data: Annotated[str, typer.Option(help="Name the data set that the samples imitate, such as ring.")],
    against: Annotated[
        Path | None, typer.Option(help="Find their place among the variants of a finished study: results/reported.")
    ] = None,
    measures: Annotated[
        str, typer.Option(help="Compute these measures, separated by commas; default: all that samples decide.")
    ] = "",
    configfile: Annotated[
        list[Path], typer.Option(help="Read a configuration that defines the data set, as in plan.")
    ] = [],  # noqa: B006
    name: Annotated[str, typer.Option(help="Call the samples so.")] = "yours",
    n: Annotated[int | None, typer.Option("--n", min=1, help="Ask a function for so many samples a seed.")] = None,
    seeds: Annotated[int, typer.Option(min=1, max=1000, help="Call a function with the seeds 0, 1, ...")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print one table as CSV, and the notes on stderr.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
    figure: Annotated[Path | None, typer.Option(help="Draw a figure into this .svg file as well.")] = None,
) -> None:
    """Score samples of your own beside oracle, nulls and published numbers, and find their place in a study."""
    if as_json + as_csv + as_markdown > 1:
        raise StudyError("--json, --csv and --markdown are given together; allowed: one of them")
    if figure:
        writing.check_file("--figure", figure, "figure (.svg)", [Path(source) for source in samples])
    from modecollapse.scoring import printing
    from modecollapse.scoring.score import score

    base = [DEFAULT] if DEFAULT.exists() and not against else []
    chosen = measures.split(",") if measures else []
    options = {"measures": chosen, "configfiles": [*base, *configfile], "n": n, "seeds": seeds, "name": name}
    with reading.results(against) if against else nullcontext():
        found = score(samples, data, against=against, **options)
    if figure:
        from modecollapse.scoring import figure as drawing

        drawing.save(found, figure)
    if as_json:
        print(found.json())
    elif as_csv:
        print(found.table.to_csv(index=False, lineterminator="\n"), end="")
        print(*found.notes, sep="\n", file=sys.stderr)
    elif as_markdown:
        print(printing.markdown(found))
    else:
        printing.print_tables(found)
