"""The commands about finished results: sealing, auditing, explaining and publishing them."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from modecollapse import reading, stages, writing
from modecollapse.errors import StudyError
from modecollapse.study.config import Study
from modecollapse.study.load import read_spec

app = typer.Typer()
Folder = Annotated[Path, typer.Argument(help="Name the results of a finished study, such as results/reported.")]


@app.command("seal")
def seal_command(
    results: Folder,
    study: Annotated[str, typer.Option("--study", help="Give a study as `modecollapse plan --json` prints it.")],
    claims: Annotated[Path, typer.Option("--claims", help="Copy this file of published numbers and claims.")],
) -> None:
    """List the SHA-256 of every file of a finished study in its manifest, whose own SHA-256 the report prints."""
    print(f"manifest {stages.seal(results, read_spec(Study, study), claims)}")


@app.command("page")
def page_command(
    results: Folder,
    study: Annotated[
        str, typer.Option("--study", help="Give a study as JSON or a file; default: study.json there.")
    ] = "",
    out: Annotated[
        Path | None, typer.Option("--out", help="Write this HTML file; default: index.html in the folder.")
    ] = None,
) -> None:
    """Make the page of a finished study, which a browser opens from the disk; prints its path."""
    target = out or results / "index.html"
    writing.check_file("--out", target, "page (.html)")
    with reading.results(results):
        print(stages.page(results, read_spec(Study, study or str(results / "study.json")), target))


@app.command("audit")
def audit_command(
    results: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Name finished studies, such as results/reported; without one, all below results/ are audited."
        ),
    ] = None,
    level: Annotated[
        str,
        typer.Option(
            help="**quick** (seconds) checks files, records and seeds. **recompute** (minutes) also executes measures, "
            "statistics, verdicts, figures and PDF again. **rerun** also trains some blocks again."
        ),
    ] = "recompute",
    blocks: Annotated[int, typer.Option(min=1, help="Train so many blocks again at level rerun.")] = 2,
    write: Annotated[bool, typer.Option(help="Write audit.json and audit.html into the folder.")] = True,
    files: Annotated[
        Path | None,
        typer.Option(help="Take files that the study withholds from this folder; then nothing is written."),
    ] = None,
) -> None:
    """Check reported results without trusting them: on a CPU, offline.

    Exit status 0: all checks hold; 1: a check failed; 2: the audit could not run. Which blocks are trained again
    follows from the manifest's hash, so that nobody can choose easy ones.
    """
    from modecollapse.audit.bundle import finished
    from modecollapse.audit.levels import audit
    from modecollapse.audit.supplied import supplied

    statuses = []
    for folder in results or finished():
        try:
            with supplied(folder, files) if files else nullcontext(folder) as whole:
                statuses.append(audit(whole, level, blocks, write and not files))
        except (StudyError, OSError) as error:  # the other studies are audited all the same
            print(f"error: {error}", file=sys.stderr)
            statuses.append(2)
    raise typer.Exit(max(statuses))


@app.command("publish")
def publish_command(
    study: Annotated[Path, typer.Argument(help="Name the results of a finished study, such as results/release.")],
    to: Annotated[Path, typer.Option(help="Write the release into this folder, a new or an empty one.")] = Path(
        "results/reported"
    ),
    replace: Annotated[bool, typer.Option("--replace", help="Replace an earlier release there.")] = False,
    megabytes: Annotated[
        float,
        typer.Option(min=1, help="Withhold the largest samples and data until the rest has at most this size."),
    ] = 40,
) -> None:
    """Copy a finished study into the folder of its release, if it passes the audit."""
    from modecollapse.audit.publish import publish

    withheld = publish(study, to, megabytes, replace)
    print(f"{to}: released; {len(withheld)} files were withheld for their size, withheld.json names them")


@app.command("keep")
def keep_command(
    results: Annotated[Path, typer.Argument(help="Name the results of a study, which may still be running.")],
    to: Annotated[Path, typer.Option(help="Write into this results folder.")] = Path("results/kept"),
) -> None:
    """Copy the finished blocks that are not there yet, without weights, to where `train` looks for blocks first."""
    from modecollapse.audit.keep import keep

    copied = keep(results, to)
    print(f"{to}: {len(copied)} blocks were copied, {sum(copied.values()) / 1e6:.1f} MB")


@app.command("explain")
def explain_command(
    value: Annotated[
        str,
        typer.Argument(
            help="Give the id of a printed value, such as matched/ring/veegan/modes, or nothing to list all."
        ),
    ],
    results: Annotated[Path, typer.Option(help="Read the results of a finished study.")] = Path("results/reported"),
) -> None:
    """Print where a number of the report comes from, down to run files and their SHA-256."""
    from modecollapse.audit import explain
    from modecollapse.audit.bundle import Bundle
    from modecollapse.errors import printable

    with reading.results(results):
        bundle = Bundle(results)
        print("\n".join(map(printable, explain.explain(bundle, value) if value else explain.ids(bundle))))


@app.command("crate")
def crate_command(
    results: Folder,
    out: Annotated[Path, typer.Option("--out", help="Write this folder or .zip file.")],
) -> None:
    """Describe a finished study as an RO-Crate: the workflow, its runs, their inputs and outputs."""
    from modecollapse.audit.bundle import Bundle
    from modecollapse.audit.crate import write_crate

    with reading.results(results):
        print(write_crate(Bundle(results), out))
