"""`modecollapse <command>`: what the Snakemake rules call, usable by hand. Heavy imports stay inside the commands."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from modecollapse import __version__, cli_audit, cli_score, cli_tools, stages, writing
from modecollapse.errors import StudyError
from modecollapse.reading import shown
from modecollapse.study import plan, show
from modecollapse.study.catalogue import Strict
from modecollapse.study.config import Study
from modecollapse.study.declared import declared_hashes
from modecollapse.study.fingerprint import training_code
from modecollapse.study.inversion import Inversion
from modecollapse.study.load import load_study, read_spec, to_yaml
from modecollapse.study.problems import unknown
from modecollapse.study.specs import Block, DatasetSpec
from modecollapse.study.summary import summary_of

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)

app.add_typer(cli_score.app)
app.add_typer(cli_tools.app)
app.add_typer(cli_audit.app)
DEFAULT_CONFIG = Path("config/config.yaml")
Model = TypeVar("Model", bound=Strict)
Out = Annotated[Path, typer.Option("--out", help="Write this file.")]
Data = Annotated[Path, typer.Option(help="Read the data file that `modecollapse data` made.")]
DatasetText = Annotated[
    str, typer.Argument(help="Give a data set as `modecollapse plan --dataset NAME` prints it: JSON or a file.")
]
StudyText = Annotated[
    str, typer.Option("--study", help="Give a study as `modecollapse plan --json` prints it: JSON or a file.")
]
ClaimsFile = Annotated[
    Path, typer.Option("--claims", help="Read the published numbers, the claims and how they are judged.")
]
Results = Annotated[Path, typer.Argument(help="Name the results folder of a study, such as results/default.")]
Device = Annotated[str, typer.Option(help="Compute on this torch device: cpu, cuda, cuda:1.")]
Execution = Annotated[str, typer.Option(help="Execute steps eager, compiled or, on cuda, captured.")]
Settings = Annotated[str, typer.Option(help="Give the key `inversion` of a study as JSON, or a file with it.")]
Measures = Annotated[str, typer.Option(help="Compute these measures, separated by commas.")]


def _print_version(asked: bool) -> None:
    if asked:
        print(f"modecollapse {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Train GAN variants, measure mode collapse, and compare the results with the published ones.

    `snakemake --cores all` calls `data` to `report`; each command also works by hand. Start with `modecollapse plan`.
    """


def main() -> None:
    """Run the command line; a StudyError or an OSError becomes one line on stderr and exit status 2."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    try:
        app(args=[_at_home(argument) for argument in sys.argv[1:]])
    except (StudyError, OSError) as error:
        print(f"error: {shown(str(error), 2000)}", file=sys.stderr)
        sys.exit(2)


@app.command("plan")
def plan_command(
    configfile: Annotated[list[Path], typer.Option(help="Merge a file on top; may be repeated.")] = [],  # noqa: B006
    config: Annotated[list[str], typer.Option(help="Merge KEY=VALUE on top of the files; may be repeated.")] = [],  # noqa: B006
    as_json: Annotated[bool, typer.Option("--json", help="Print the resolved study as JSON.")] = False,
    resolved: Annotated[bool, typer.Option("--resolved", help="Print the merged configuration as YAML.")] = False,
    block: Annotated[str, typer.Option(help="Print a block as JSON: experiment/dataset/variant/seeds-a-b.")] = "",
    dataset: Annotated[str, typer.Option(help="Print a data set as JSON.")] = "",
    claims: Annotated[bool, typer.Option("--claims", help="Print the verdicts that each claim can reach.")] = False,
) -> None:
    """Print the cells, the blocks and the estimated cost, and with --claims the verdicts that each claim can reach.

    Reads config/config.yaml, then the files and keys given, as `snakemake --configfile ... --config ...` does.
    """
    base = [DEFAULT_CONFIG] if DEFAULT_CONFIG.exists() or not configfile else []
    study = load_study([*base, *configfile], dict(_key_value(item) for item in config))
    if as_json:
        print(study.model_dump_json())
    elif resolved:
        print(to_yaml(study), end="")
    elif dataset:
        specs = {cell.dataset.name: cell.dataset for cell in plan.cells(study)}
        print(_chosen("--dataset", dataset, specs).model_dump_json())
    elif block:
        blocks = {b.path: b for cell in plan.cells(study) for b in plan.blocks(study, cell)}
        print(_chosen("--block", block, blocks).model_dump_json())
    else:
        show.print_plan(study)
        if claims:
            _print_reachable(study, DEFAULT_CONFIG.with_name("claims.yaml"))


@app.command("options")
def options_command() -> None:
    """List every data set, variant and measure, with its options, defaults and allowed values."""
    show.print_options()


@app.command("data")
def data_command(dataset: DatasetText, out: Out) -> None:
    """Make the data file of a data set (and train the classifier it is measured with, if it needs one).

    Official files are looked for in the folder that MODECOLLAPSE_DATA names, then in the cache, then downloaded.
    """
    writing.check_file("--out", out, "data file (.npz)")
    accuracy = stages.data(spec := read_spec(DatasetSpec, dataset), out)
    if accuracy is not None:
        print(f"{spec.name}: the classifier reads {accuracy:.4f} of the held-out images")


@app.command("train")
def train_command(
    block: Annotated[
        str, typer.Argument(help="Give a block as `modecollapse plan --block` prints it: JSON or a file.")
    ],
    data: Data,
    out: Annotated[Path, typer.Option("--out", help="Write into this run folder.")],
    device: Device = "cpu",
    execution: Execution = "eager",
    wait: Annotated[bool, typer.Option("--wait", help="Wait while another process trains in the folder.")] = False,
    claims: Annotated[
        Path | None, typer.Option(help="Record the hashes of this file of claims, as declared before the run.")
    ] = None,
    reuse: Annotated[
        list[Path], typer.Option(help="Copy the block if this results folder has it; may be repeated.")
    ] = [],  # noqa: B006
) -> None:
    """Train one block of seeds; after an interruption the same command resumes it."""
    from modecollapse.training.interrupts import Interrupted

    _check_device(device)
    writing.check_folder("--out", out, writing.is_run_file, "a new folder, or one that holds a run alone")
    try:
        specification = read_spec(Block, block)
        declared = declared_hashes(claims) if claims else None
        code = training_code(specification.cell)
        stages.train(specification, data, out, device, wait, code, declared, execution, reuse)
    except Interrupted as stopped:
        raise typer.Exit(stopped.status) from None


@app.command("measure")
def measure_command(
    runs: Annotated[list[Path], typer.Argument(help="Name finished run folders of one data set.")],
    data: Data,
    measures: Measures,
    out: Out,
    cells: Annotated[Path | None, typer.Option(help="Write the measures of whole cells into this file.")] = None,
) -> None:
    """Measure the stored samples and traces of blocks, and write rows of the tidy table."""
    for option, path in (("--out", out), ("--cells", cells)):
        if path:
            writing.check_file(option, path, "table (.parquet)", [*runs, data, *([out] if path is cells else [])])
    stages.measure(runs, data, measures.split(","), out, cells)


@app.command("invert")
def invert_command(
    run: Annotated[Path, typer.Argument(help="Name a finished run folder of an image data set.")],
    data: Data,
    settings: Settings,
    out: Out,
    pictures: Annotated[Path, typer.Option(help="Write errors, latents and pictures into this .npz file.")],
    device: Device = "cpu",
) -> None:
    """Search for the latents whose images come nearest to given ones (IvOM), and write rows of the tidy table."""
    _check_device(device)
    writing.check_file("--out", out, "table (.parquet)", [run, data])
    writing.check_file("--pictures", pictures, "data file (.npz)", [run, data, out])
    stages.invert(run, data, read_spec(Inversion, settings), out, pictures, device)


@app.command("invert-controls")
def invert_controls_command(
    dataset: DatasetText,
    data: Data,
    settings: Settings,
    latents: Annotated[str, typer.Option(help="Fit PCAs with these numbers of components, separated by commas.")],
    out: Out,
) -> None:
    """Measure the controls of IvOM: the mean training image, PCA, the nearest training image."""
    writing.check_file("--out", out, "table (.parquet)", [data])
    components = _whole_numbers("--latents", latents)
    stages.invert_controls(read_spec(DatasetSpec, dataset), data, read_spec(Inversion, settings), components, out)


@app.command("calibrate")
def calibrate_command(
    dataset: DatasetText,
    data: Data,
    measures: Measures,
    replicates: Annotated[int, typer.Option(min=2, help="Average each row over so many independent draws.")],
    out: Out,
) -> None:
    """Measure the calibration rows, which need no training: the oracle (unseen real data) and two nulls."""
    writing.check_file("--out", out, "table (.parquet)", [data])
    stages.calibrate(read_spec(DatasetSpec, dataset), data, measures.split(","), replicates, out)


@app.command("cluster-check")
def cluster_check_command(
    profile: Annotated[str, typer.Option(help="Check the profile that `snakemake --profile` is given.")] = "slurm",
    configfile: Annotated[
        list[Path], typer.Option(help="Read this in place of the profile's configuration; may be repeated.")
    ] = [],  # noqa: B006
    no_jobs: Annotated[bool, typer.Option("--no-jobs", help="Submit no smoke job.")] = False,
    wait: Annotated[float, typer.Option(min=0.1, help="Wait so many minutes for the smoke job.")] = 10,
) -> None:
    """Test whether this Slurm site can run the study, and say what to change; exit status 1 if anything must change."""
    from modecollapse.cluster.check import check
    from modecollapse.cluster.profile import needs, read_profile

    chosen = read_profile(profile)
    study = load_study([DEFAULT_CONFIG, *(configfile or chosen.configfiles)])
    failed = False
    for finding in check(chosen, needs(study), configfile, 0 if no_jobs else 60 * wait):
        print(finding.line, flush=True)
        failed |= finding.status == "PROBLEM"
    raise typer.Exit(int(failed))


@app.command("cluster-smoke")
def cluster_smoke_command(
    folder: Annotated[Path, typer.Argument(help="The folder of cluster-check.")], device: Device, out: Out
) -> None:
    """Look at the machine that this job runs on; called by the rule of `cluster-check`."""
    from modecollapse.cluster.smoke import smoke

    smoke(folder, device, out)


@app.command("summarise")
def summarise_command(results: Results, study: StudyText, claims: ClaimsFile) -> None:
    """Gather the tidy table and write the tables that the report prints."""
    stages.summarise(results, read_spec(Study, study), claims)


@app.command("compare")
def compare_command(results: Results, study: StudyText, claims: ClaimsFile) -> None:
    """Compare the variants in pairs and by ranks over data sets, and list where measures disagree."""
    stages.compare(results, read_spec(Study, study), claims)


@app.command("judge")
def judge_command(results: Results, study: StudyText, claims: ClaimsFile) -> None:
    """Judge the published claims by the results; prints how many of each document have which verdict."""
    print(stages.judge(results, read_spec(Study, study), claims).to_string(index=False))


@app.command("figures")
def figures_command(
    results: Results,
    study: StudyText,
    only: Annotated[str, typer.Option(help="Draw only these files, separated by commas; default: all.")] = "",
) -> None:
    """Draw the figures of the report (SVG) from the tables, samples and data."""
    stages.figures(results, read_spec(Study, study), only.split(",") if only else None)


@app.command("report")
def report_command(
    results: Results,
    study: Annotated[
        str, typer.Option("--study", help="Give a study as JSON or a file; default: study.json there.")
    ] = "",
    out: Annotated[
        Path | None, typer.Option("--out", help="Write this PDF; default: report.pdf in the folder.")
    ] = None,
) -> None:
    """Typeset the report from tables, figures and run records; prints the path of the PDF."""
    from modecollapse import reading

    writing.check_file("--out", out or results / "report.pdf", "PDF")
    with reading.results(results):
        resolved = read_spec(Study, study or str(results / "study.json"))
        print(stages.typeset(results, resolved, out or results / "report.pdf"))


def _at_home(argument: str) -> str:
    """An argument with `~` as the home folder; in `--option=~/path`, too, where the shell leaves it."""
    option, equals, value = argument.partition("=") if argument.startswith("--") else ("", "", argument)
    return option + equals + os.path.expanduser(value)


def _print_reachable(study: Study, published: Path) -> None:
    from modecollapse.claims import load as load_claims
    from modecollapse.claims.reachable import print_reachable, reachable_verdicts
    from modecollapse.measures import supports

    summary = summary_of(study)
    print_reachable(reachable_verdicts(summary, load_claims(published, study), supports(summary)), show.console())


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


def _key_value(item: str) -> tuple[str, str]:
    key, equals, value = item.partition("=")
    if not equals:
        raise StudyError(f"--config: {item!r} has no value; allowed: KEY=VALUE")
    return key, value


def _chosen(option: str, name: str, offered: dict[str, Model]) -> Model:
    if name not in offered:
        raise StudyError(f"{option}: {unknown(name, offered)}")
    return offered[name]
