"""`modecollapse <command>`: what the Snakemake rules call, usable by hand. Heavy imports stay inside the commands."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from modecollapse import cli_audit
from modecollapse.claims import load as load_claims
from modecollapse.errors import StudyError
from modecollapse.study import catalogue, plan, show
from modecollapse.study.catalogue import Strict
from modecollapse.study.config import Study
from modecollapse.study.declared import declared_hashes
from modecollapse.study.inversion import Inversion
from modecollapse.study.load import load_study, read_spec
from modecollapse.study.overview import overview
from modecollapse.study.problems import unknown

app = typer.Typer(
    help="Train GAN variants, measure mode collapse, set the results beside the published ones. `snakemake --cores "
    "all` calls `data` to `report`; each command also works by hand. Start with `modecollapse plan`.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)

app.add_typer(cli_audit.app)
DEFAULT_CONFIG = Path("config/config.yaml")
Model = TypeVar("Model", bound=Strict)
Out = Annotated[Path, typer.Option("--out", help="The file to write.")]
Data = Annotated[Path, typer.Option(help="The data file that `modecollapse data` made.")]
DatasetText = Annotated[
    str, typer.Argument(help="A data set as `modecollapse plan --dataset NAME` prints it: JSON or a file.")
]
StudyText = Annotated[
    str, typer.Option("--study", help="A study as `modecollapse plan --json` prints it: JSON or a file.")
]
PublishedFile = Annotated[
    Path, typer.Option("--published", help="The published numbers, the claims and how they are judged.")
]
Results = Annotated[Path, typer.Argument(help="The results folder of a study, results/default.")]
Device = Annotated[str, typer.Option(help="A torch device: cpu, cuda, cuda:1.")]
Settings = Annotated[str, typer.Option(help="The key `inversion` of a study as JSON, or a file with it.")]
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
    configfile: Annotated[list[Path], typer.Option(help="A file that replaces top-level keys; may be repeated.")] = [],  # noqa: B006
    config: Annotated[list[str], typer.Option(help="KEY=VALUE, replaces a key; may be repeated.")] = [],  # noqa: B006
    as_json: Annotated[bool, typer.Option("--json", help="Print the resolved study as JSON.")] = False,
    block: Annotated[str, typer.Option(help="Print a block as JSON: experiment/dataset/variant/seeds-a-b.")] = "",
    dataset: Annotated[str, typer.Option(help="Print a data set as JSON.")] = "",
    published: PublishedFile = Path("config/claims.yaml"),
) -> None:
    """Print the cells, the blocks, the estimated cost, and the verdicts in reach, before anything runs.

    Reads config/config.yaml, then the files and keys given, as `snakemake --configfile ... --config ...` does.
    """
    base = [DEFAULT_CONFIG] if DEFAULT_CONFIG.exists() or not configfile else []
    study = load_study([*base, *configfile], dict(_key_value(item) for item in config))
    if as_json:
        print(study.model_dump_json())
    elif dataset:
        print(_chosen("--dataset", dataset, {d: plan.dataset_spec(study, d) for d in study.datasets}).model_dump_json())
    elif block:
        blocks = {b.path: b for cell in plan.cells(study) for b in plan.blocks(study, cell)}
        print(_chosen("--block", block, blocks).model_dump_json())
    else:
        show.print_plan(study)
        _print_reachable(study, published)


@app.command("options")
def options_command() -> None:
    """List every data set, variant and measure, with its options, defaults and allowed values."""
    show.print_options()


@app.command("data")
def data_command(dataset: DatasetText, out: Out) -> None:
    """Make the data file of a data set (and train the classifier it is measured with, if it needs one).

    Official files are looked for in the folder that MODECOLLAPSE_DATA names, then in the cache, then downloaded.
    """
    from modecollapse import datasets, files
    from modecollapse.training import arithmetic

    arithmetic.configure()
    spec = read_spec(plan.DatasetSpec, dataset)
    arrays = datasets.create(spec.family, spec.options, spec.root_seed)
    if "accuracy" in arrays:
        print(f"{spec.name}: the classifier reads {float(arrays['accuracy']):.4f} of the held-out images")
    files.write_bytes(out, datasets.to_bytes(arrays, spec.config_hash))


@app.command("train")
def train_command(
    block: Annotated[str, typer.Argument(help="A block as `modecollapse plan --block` prints it: JSON or a file.")],
    data: Data,
    out: Annotated[Path, typer.Option("--out", help="The run folder.")],
    device: Device = "cpu",
    wait: Annotated[bool, typer.Option("--wait", help="Wait while another process trains in the folder.")] = False,
    declared: Annotated[
        Path | None, typer.Option(help="The file of claims: its hashes go into run.json, as declared before the run.")
    ] = None,
) -> None:
    """Train one block of seeds; interrupted, the same command goes on where it stopped."""
    from modecollapse.training.interrupts import Interrupted
    from modecollapse.training.loop import train_block

    _check_device(device)
    try:
        hashes = declared_hashes(declared) if declared else None
        train_block(read_spec(plan.Block, block), data, out, device, wait, hashes)
    except Interrupted as stopped:
        raise typer.Exit(stopped.status) from None


@app.command("measure")
def measure_command(
    runs: Annotated[list[Path], typer.Argument(help="Finished run folders of one data set.")],
    data: Data,
    measures: Measures,
    out: Out,
    cells: Annotated[Path | None, typer.Option(help="A file for what all seeds of a cell show together.")] = None,
) -> None:
    """Measure the stored samples and traces of blocks: rows of the tidy table."""
    from modecollapse import datasets, files
    from modecollapse.measures.of_traces import cell_table
    from modecollapse.measures.table import measure_blocks, to_parquet
    from modecollapse.training import arithmetic, record

    arithmetic.configure()
    spec = record.read_block(runs[0]).cell.dataset
    for run in runs:
        if record.read_block(run).cell.dataset != spec:
            raise StudyError(f"{run}: is not of the data of {runs[0]}; allowed: run folders of one data set")
    dataset = datasets.load(spec.family, data, spec.config_hash)
    if cells:
        files.write_bytes(cells, to_parquet(cell_table(runs, dataset)))
    files.write_bytes(out, to_parquet(measure_blocks(runs, spec, dataset, _measured(measures, spec))))


@app.command("invert")
def invert_command(
    run: Annotated[Path, typer.Argument(help="A finished run folder of an image data set.")],
    data: Data,
    settings: Settings,
    out: Out,
    pictures: Annotated[Path, typer.Option(help="The .npz file for what was found: errors, latents, pictures.")],
    device: Device = "cpu",
) -> None:
    """Seek the latents whose images come nearest to given ones (IvOM): rows of the tidy table."""
    from modecollapse import datasets, files
    from modecollapse.measures.inversion import invert_block, to_bytes
    from modecollapse.measures.table import to_parquet
    from modecollapse.training import arithmetic, record

    _check_device(device)
    arithmetic.configure()
    spec = record.read_block(run).cell.dataset
    dataset = datasets.load(spec.family, data, spec.config_hash)
    rows, found = invert_block(run, dataset, read_spec(Inversion, settings), device)
    files.write_bytes(pictures, to_bytes(found))
    files.write_bytes(out, to_parquet(rows))


@app.command("invert-controls")
def invert_controls_command(
    dataset: DatasetText,
    data: Data,
    settings: Settings,
    latents: Annotated[str, typer.Option(help="Components of the PCAs, separated by commas.")],
    out: Out,
) -> None:
    """What IvOM is read against: the mean training image, PCA, the nearest training image."""
    from modecollapse import datasets, files
    from modecollapse.measures.inversion_controls import control_rows
    from modecollapse.measures.table import to_parquet
    from modecollapse.training import arithmetic

    arithmetic.configure()
    spec = read_spec(plan.DatasetSpec, dataset)
    loaded = datasets.load(spec.family, data, spec.config_hash)
    rows = control_rows(spec, loaded, read_spec(Inversion, settings), _whole_numbers("--latents", latents))
    files.write_bytes(out, to_parquet(rows))


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
    spec = read_spec(plan.DatasetSpec, dataset)
    loaded = datasets.load(spec.family, data, spec.config_hash)
    files.write_bytes(out, to_parquet(calibrate(spec, loaded, _measured(measures, spec), replicates, spec.samples)))


@app.command("cluster-check")
def cluster_check_command(
    profile: Annotated[str, typer.Option(help="The profile that `snakemake --profile` is given.")] = "slurm",
    configfile: Annotated[list[Path], typer.Option(help="In place of the profile's; may be repeated.")] = [],  # noqa: B006
    no_jobs: Annotated[bool, typer.Option("--no-jobs", help="Submit no test jobs.")] = False,
    wait: Annotated[float, typer.Option(min=0.1, help="Minutes to wait for the test jobs.")] = 10,
) -> None:
    """Test whether this Slurm site runs the study, and say what to change; exit status 1 if something must change."""
    from modecollapse.cluster.check import check
    from modecollapse.cluster.jobs import Patience
    from modecollapse.cluster.needs import needs
    from modecollapse.cluster.profile import read_profile
    from modecollapse.cluster.rows import exit_status
    from modecollapse.cluster.show import print_rows

    chosen = read_profile(profile)
    study = load_study([DEFAULT_CONFIG, *(configfile or chosen.configfiles)])
    rows = check(chosen, needs(study), jobs=not no_jobs, patience=Patience(wait=60 * wait))
    print_rows(rows)
    raise typer.Exit(exit_status(rows))


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
def summarise_command(results: Results, study: StudyText, published: PublishedFile) -> None:
    """Gather the tidy table and make the tables that the report prints."""
    import pandas as pd

    from modecollapse import files
    from modecollapse.measures import supports
    from modecollapse.measures.table import gather, to_parquet
    from modecollapse.report import tables

    resolved = read_spec(Study, study)
    facts = overview(resolved)
    parts = [f"calibration/{name}" for name in facts["datasets"]]
    places = plan.places(resolved)
    parts += [f"{place}/runs" for place in places]
    paths = [results / "measures" / f"{part}.parquet" for part in parts]
    paths += [results / "inversions" / f"{part}.parquet" for part in plan.inversions(resolved)]
    table = gather(paths, facts["cells"])
    files.write_bytes(results / "tables" / "measures.parquet", to_parquet(table))
    of_cells = pd.concat(
        [pd.read_parquet(results / "measures" / place / "cells.parquet") for place in places], ignore_index=True
    )
    files.write_bytes(results / "tables" / "cells.parquet", to_parquet(of_cells))
    tables.write(facts, table, of_cells, load_claims(published), supports(facts), results / "tables")


@app.command("compare")
def compare_command(results: Results, study: StudyText, published: PublishedFile) -> None:
    """Compare the variants: pairs, ranks over data sets, where measures disagree."""
    import pandas as pd

    from modecollapse import files
    from modecollapse.comparisons import write
    from modecollapse.comparisons.endpoints import endpoints
    from modecollapse.measures import supports

    facts, settings = overview(read_spec(Study, study)), load_claims(published).settings
    rows = pd.read_parquet(results / "tables" / "measures.parquet")
    better = {name: entry["better"] for name, entry in facts["measures"].items()}
    ends = endpoints(rows, settings.window, supports(facts), better)
    chosen = {"alpha": settings.alpha, "draws": settings.draws, "root": facts["root_seed"]}
    for name, table in write.tables(rows, ends, better, supports(facts), **chosen).items():
        files.write_text(results / "tables" / name, table.to_csv(index=False, lineterminator="\n"))


@app.command("judge")
def judge_command(results: Results, study: StudyText, published: PublishedFile) -> None:
    """Judge the published claims by the results; prints how many of each document have which verdict."""
    import pandas as pd

    from modecollapse import files
    from modecollapse.claims import audits, sets
    from modecollapse.claims.judge import judge
    from modecollapse.measures import supports

    facts, registry = overview(read_spec(Study, study)), load_claims(published)
    rows = pd.read_parquet(results / "tables" / "measures.parquet")
    verdicts = judge(facts, rows, registry, files.sha256(published), supports(facts))
    claims = sets.claim_verdicts(verdicts, registry)
    tables = {
        "verdicts": verdicts,
        "claims": claims,
        "verdict_counts": sets.counts(claims),
        "flips": sets.flips(verdicts),
    }
    tables["published_audit"] = pd.DataFrame(audits.audit_rows(registry.values))
    for name, table in tables.items():
        files.write_text(results / "tables" / f"{name}.csv", table.to_csv(index=False, lineterminator="\n"))
    print(tables["verdict_counts"].to_string(index=False))


@app.command("figures")
def figures_command(results: Results, study: StudyText, published: PublishedFile) -> None:
    """Draw the figures of the report (SVG) from the tables, samples and data."""
    from modecollapse.report.figures import Sources, draw

    resolved = read_spec(Study, study)
    facts = overview(resolved)
    sources = Sources.of(results, _runs(resolved, results), facts["datasets"], load_claims(published))
    draw(facts, sources, results / "figures")


@app.command("report")
def report_command(
    results: Results,
    study: Annotated[str, typer.Option("--study", help="A study as JSON or a file; default: study.json there.")] = "",
    out: Annotated[Path | None, typer.Option("--out", help="The PDF; default: report.pdf in the folder.")] = None,
) -> None:
    """Typeset the report from tables, figures and run records; prints the path of the PDF."""
    from modecollapse.audit import seal
    from modecollapse.report import document

    resolved = read_spec(Study, study or str(results / "study.json"))
    folders = (results / "tables", results / "figures", _runs(resolved, results))
    print(document.build(overview(resolved), *folders, out or results / "report.pdf", seal.read(results)))


def _print_reachable(study: Study, published: Path) -> None:
    from modecollapse.claims.reachable import reachable_verdicts
    from modecollapse.claims.show import print_reachable
    from modecollapse.measures import supports

    facts = overview(study)
    print_reachable(reachable_verdicts(facts, load_claims(published, study), supports(facts)), show.console())


def _runs(study: Study, results: Path) -> list[Path]:
    """The run folders of a study."""
    return [results / "runs" / path for path in plan.block_paths(study)]


def _check_device(device: str) -> None:
    import torch

    try:
        if torch.empty(0, device=device).device.type not in ("cpu", "cuda"):
            raise RuntimeError("not a device whose arithmetic is fixed and recorded")
    except (RuntimeError, AssertionError):
        raise StudyError(f"--device: {device!r} cannot be used; allowed: cpu, or cuda with a GPU at hand") from None


def _whole_numbers(option: str, listed: str) -> list[int]:
    numbers = listed.split(",")
    if not all(number.isdecimal() and int(number) > 0 for number in numbers):
        raise StudyError(f"{option}: {listed!r} is not allowed; allowed: whole numbers from 1, separated by commas")
    return [int(number) for number in numbers]


def _measured(listed: str, spec: plan.DatasetSpec) -> list[str]:
    """The listed measures but for those that are not about such data; unknown ones are refused where they are used."""
    known = catalogue.names("measures")
    return [measure for measure in listed.split(",") if measure not in known or spec.has(measure)]


def _key_value(item: str) -> tuple[str, str]:
    key, equals, value = item.partition("=")
    if not equals:
        raise StudyError(f"--config: {item!r} has no value; allowed: KEY=VALUE")
    return key, value


def _chosen(option: str, name: str, offered: dict[str, Model]) -> Model:
    if name not in offered:
        raise StudyError(f"{option}: {unknown(name, offered)}")
    return offered[name]
