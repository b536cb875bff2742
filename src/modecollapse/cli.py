"""`modecollapse <command>`: what the Snakemake rules call, usable by hand. Heavy imports stay inside the commands."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from modecollapse.errors import StudyError
from modecollapse.study import plan, show
from modecollapse.study.catalogue import Strict
from modecollapse.study.config import Study
from modecollapse.study.load import load_study
from modecollapse.study.problems import first_problem, key_path

app = typer.Typer(
    help="Train GAN variants, measure mode collapse, report what reproduces. `snakemake --cores all` calls these "
    "commands in the order of the list; each also works by hand. Start with `modecollapse plan`.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)

Model = TypeVar("Model", bound=Strict)
Config = Annotated[
    list[Path],
    typer.Option("--config", help="Configuration files; a later one replaces top-level keys of an earlier one."),
]
Out = Annotated[Path, typer.Option("--out", help="The file to write.")]
Data = Annotated[Path, typer.Option(help="The data file that `modecollapse data` made.")]
DatasetText = Annotated[
    str, typer.Argument(help="A data set as `modecollapse plan --dataset NAME` prints it: JSON or a file.")
]
StudyText = Annotated[
    str, typer.Option("--study", help="A study as `modecollapse plan --json` prints it: JSON or a file.")
]
PublishedFile = Annotated[Path, typer.Option("--published", help="The published numbers, config/claims.yaml.")]
Results = Annotated[Path, typer.Argument(help="The results folder of a study, results/default.")]
Measures = Annotated[str, typer.Option(help="The measures, separated by commas.")]


def main() -> None:
    """Run the command line; a StudyError or a file's trouble becomes one line on stderr and exit status 2."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    try:
        app()
    except (StudyError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)


@app.command("plan")
def plan_command(
    config: Config = [Path("config/config.yaml")],  # noqa: B006 (typer reads it, nothing changes it)
    as_json: Annotated[bool, typer.Option("--json", help="Print the resolved study as JSON.")] = False,
    block: Annotated[str, typer.Option(help="Print a block as JSON: experiment/dataset/variant/seeds-a-b.")] = "",
    dataset: Annotated[str, typer.Option(help="Print a data set as JSON.")] = "",
) -> None:
    """Print the cells, the blocks and the estimated cost, before anything runs."""
    study = load_study(config)
    if as_json:
        print(study.model_dump_json())
    elif dataset:
        print(_chosen("--dataset", dataset, {d: plan.dataset_spec(study, d) for d in study.datasets}).model_dump_json())
    elif block:
        blocks = {b.path: b for cell in plan.cells(study) for b in plan.blocks(study, cell)}
        print(_chosen("--block", block, blocks).model_dump_json())
    else:
        show.print_plan(study)


@app.command("options")
def options_command() -> None:
    """List every data set, variant and measure, with its options, defaults and allowed values."""
    show.print_options()


@app.command("data")
def data_command(dataset: DatasetText, out: Out) -> None:
    """Make the data file of a data set (and train the classifier it is measured with, if it needs one)."""
    from modecollapse import datasets, files
    from modecollapse.training import arithmetic

    arithmetic.configure()
    spec = _read(plan.DatasetSpec, dataset)
    arrays = datasets.create(spec.family, spec.options, spec.root_seed)
    if "accuracy" in arrays:
        print(f"{spec.name}: the classifier reads {float(arrays['accuracy']):.4f} of the held-out images")
    files.write_bytes(out, datasets.to_bytes(arrays))


@app.command("train")
def train_command(
    block: Annotated[str, typer.Argument(help="A block as `modecollapse plan --block` prints it: JSON or a file.")],
    data: Data,
    out: Annotated[Path, typer.Option("--out", help="The run folder.")],
    device: Annotated[str, typer.Option(help="A torch device: cpu, cuda, cuda:1.")] = "cpu",
) -> None:
    """Train one block of seeds; interrupted, the same command goes on where it stopped."""
    import torch

    from modecollapse.training.loop import train_block

    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError):
        raise StudyError(f"--device: {device!r} cannot be used; allowed: cpu, or cuda with a GPU at hand") from None
    train_block(_read(plan.Block, block), data, out, device)


@app.command("measure")
def measure_command(
    run: Annotated[Path, typer.Argument(help="A finished run folder.")],
    data: Data,
    measures: Measures,
    out: Out,
) -> None:
    """Measure a block's stored samples and trace: rows of the tidy table."""
    from modecollapse import datasets, files
    from modecollapse.measures.table import measure_block, to_parquet
    from modecollapse.training import arithmetic

    arithmetic.configure()
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    dataset = datasets.load(record["block"]["cell"]["dataset"]["family"], data)
    files.write_bytes(out, to_parquet(measure_block(run, dataset, measures.split(","))))


@app.command("calibrate")
def calibrate_command(
    dataset: DatasetText,
    data: Data,
    measures: Measures,
    replicates: Annotated[int, typer.Option(min=2, help="Independent draws behind each row.")],
    out: Out,
) -> None:
    """Measure what needs no training: the oracle (unseen real data) and two structure-free nulls."""
    from modecollapse import datasets, files
    from modecollapse.measures.table import calibrate, to_parquet
    from modecollapse.training import arithmetic

    arithmetic.configure()
    spec = _read(plan.DatasetSpec, dataset)
    loaded = datasets.load(spec.family, data)
    files.write_bytes(out, to_parquet(calibrate(spec, loaded, measures.split(","), replicates, spec.samples)))


@app.command("score")
def score_command(
    dataset: Annotated[str, typer.Option(help="The data set the samples imitate, such as ring.")],
    samples: Annotated[Path, typer.Option(help="A .npy file of (n, *shape) numbers.")],
    data: Annotated[Path | None, typer.Option(help="A study's data file, if not the default definition.")] = None,
) -> None:
    """Score anybody's samples: JSON with the oracle's and the nulls' values at the same n beside them."""
    from modecollapse.measures.score import score
    from modecollapse.training import arithmetic

    arithmetic.configure()
    print(json.dumps(score(dataset, samples, data), indent=2))


@app.command("summarise")
def summarise_command(
    measures: Annotated[list[Path], typer.Argument(help="What `measure` and `calibrate` wrote.")],
    study: StudyText,
    published: PublishedFile,
    out: Annotated[Path, typer.Option("--out", help="The folder for the tables.")],
) -> None:
    """Gather the tidy table and make the tables that the report prints."""
    from modecollapse import files
    from modecollapse.claims import load as load_published
    from modecollapse.measures import support
    from modecollapse.measures.table import gather, to_parquet
    from modecollapse.report import tables

    overview = plan.overview(_read(Study, study))
    table = gather(measures, overview["cells"])
    files.write_bytes(out / "measures.parquet", to_parquet(table))
    modes = {name: dataset["modes"] for name, dataset in overview["datasets"].items()}
    tables.write(overview, table, load_published(published), lambda d, m: support(m, modes[d]), out)


@app.command("figures")
def figures_command(results: Results, study: StudyText, published: PublishedFile) -> None:
    """Draw the figures of the report (SVG) from the tables, samples and data."""
    import pandas as pd

    from modecollapse.claims import load as load_published
    from modecollapse.report import figures

    resolved = _read(Study, study)
    overview = plan.overview(resolved)
    data = {name: results / "data" / f"{name}.npz" for name in overview["datasets"]}
    measures = pd.read_parquet(results / "tables" / "measures.parquet")
    summary = pd.read_csv(results / "tables" / "summary.csv")
    published_numbers = load_published(published)
    folders = (_runs(resolved, results), data, results / "figures")
    figures.draw(overview, measures, summary, published_numbers, *folders)


@app.command("report")
def report_command(results: Results, study: StudyText, published: PublishedFile) -> None:
    """Typeset the report from tables, figures and run records; prints the path of the PDF."""
    from modecollapse.claims import load as load_published
    from modecollapse.report import document

    resolved = _read(Study, study)
    folders = (results / "tables", results / "figures", _runs(resolved, results))
    print(document.build(plan.overview(resolved), *folders, load_published(published), results / "report.pdf"))


def _runs(study: Study, results: Path) -> list[Path]:
    """The run folders of a study."""
    blocks = (block for cell in plan.cells(study) for block in plan.blocks(study, cell))
    return [results / "runs" / block.path for block in blocks]


def _chosen(option: str, name: str, offered: dict[str, Model]) -> Model:
    if name not in offered:
        raise StudyError(f"{option}: {name!r} is not in the plan; allowed: {', '.join(offered)}")
    return offered[name]


def _read(model: type[Model], text: str) -> Model:
    """A model from JSON text, or from a file of it."""
    where = "the argument" if text.lstrip().startswith("{") else text
    try:
        content = json.loads(text if where == "the argument" else Path(text).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StudyError(f"{where}: {error}; allowed: JSON as `modecollapse plan` prints it") from None
    problem = first_problem(model, content)
    if problem:
        raise StudyError(": ".join(filter(None, [where, key_path(problem[0]), problem[1]])))
    return model.model_validate(content)
