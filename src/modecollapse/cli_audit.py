"""The commands about finished results: sealing, auditing, explaining and publishing them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from modecollapse.study.config import Study
from modecollapse.study.load import read_spec

app = typer.Typer()
Folder = Annotated[Path, typer.Argument(help="The results of a finished study: results/default, results/reported.")]


@app.command("seal")
def seal_command(
    results: Folder,
    study: Annotated[str, typer.Option("--study", help="A study as `modecollapse plan --json` prints it.")],
    published: Annotated[Path, typer.Option("--published", help="The published numbers and claims.")],
) -> None:
    """List the SHA-256 of every file of a finished study, check it quickly, for the report to print."""
    from modecollapse.audit.seal import seal

    sealed = seal(results, read_spec(Study, study), published)
    print(f"{sealed['files']} files, manifest {sealed['manifest_sha256']}")
    for check in sealed["checks"]:
        print(f"{check['title']}: looked at {check['looked_at']} {check['of']}, found {check['findings']}")


@app.command("audit")
def audit_command(
    results: Annotated[list[Path], typer.Argument(help="Finished studies: results/reported, results/default.")],
    level: Annotated[
        str,
        typer.Option(
            help="**quick** (seconds): files, records, seeds, document. **recompute** (minutes): measures, statistics "
            "and verdicts, by a second implementation. **rerun**: trains some blocks again."
        ),
    ] = "recompute",
    blocks: Annotated[int, typer.Option(min=1, help="How many blocks the level rerun trains again.")] = 2,
    write: Annotated[bool, typer.Option(help="Write audit.json and audit.html into the folder.")] = True,
) -> None:
    """Check reported results without trusting them: on a CPU, offline.

    Exit status 0: all checks hold; 1: a check failed; 2: the audit could not run. Which blocks are trained again
    follows from the manifest's hash, so that nobody can choose easy ones.
    """
    from modecollapse.audit.run import audit

    statuses = [audit(folder, level, blocks, write) for folder in results]
    raise typer.Exit(max(statuses))
