# The study and its plan, validated before any job starts. Never imports torch.

import os
import shutil
import sys
from collections import Counter
from functools import cache
from importlib.metadata import version
from os.path import dirname
from pathlib import Path

from snakemake.logging import logger

# As a module of another workflow, the study is `config` on top of the default; results go to that workflow's folder.
IS_MODULE = not workflow.modifier.is_main_snakefile()
ROOT = dirname(dirname(str(workflow.current_basedir)))  # of this repository


def own(path):
    """A file of this repository, which is the working directory unless this is a module."""
    return os.path.join(ROOT, path) if IS_MODULE else path


# The plan and the jobs use the package of this repository, whatever else is installed.
SOURCES = os.path.join(ROOT, "src")
sys.path.insert(0, SOURCES)
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [SOURCES, os.environ.get("PYTHONPATH")]))

from modecollapse.errors import StudyError
from modecollapse.report.layout import (
    TABLES,
    TIDY,
    WHOLE_STUDY,
    WITH_VERDICTS,
    figure_groups,
    figure_names,
    released_comparisons,
    released_verdicts,
)
from modecollapse import files
from modecollapse.study import cost, declared, fingerprint, plan, progress
from modecollapse.study.cost import MEMORY_MB, measuring_minutes, time_limit
from modecollapse.study.load import load_study
from modecollapse.study.summary import summary_of

SETTINGS = workflow.config_settings
CONFIGURED = [own("config/config.yaml"), *([] if IS_MODULE else map(str, SETTINGS.configfiles))]
OVERRIDES = config if IS_MODULE else SETTINGS.config
CLAIMS, REPORTED = own("config/claims.yaml"), own("results/reported")


def load():
    """The study, its cells and its summary: the default file, then --configfile, then --config or a module's config."""
    try:
        study = load_study(CONFIGURED, OVERRIDES)
        if workflow.is_main_process:  # not once more in every job
            from modecollapse.claims import load as load_claims

            load_claims(Path(CLAIMS), study)
        return study, plan.cells(study), summary_of(study)
    except StudyError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)


STUDY, CELLS, SUMMARY = load()
RESULTS = f"results/{STUDY.study}"
STUDY_JSON = STUDY.model_dump_json()
PLAN = declared.plan_text(STUDY, CONFIGURED, OVERRIDES)
if workflow.is_main_process:  # a job has it from there
    os.environ[declared.VARIABLE] = files.digest(PLAN.encode())
    # Snakemake does not call the `onstart` of a module, and knows nothing of a dry run before it.
    if IS_MODULE and not {"-n", "--dry-run", "--dryrun"} & {*sys.argv}:
        declared.declare(Path(RESULTS), PLAN)
BLOCKS = {block.path: block for cell in CELLS for block in plan.blocks(STUDY, cell)}
MEASURED = plan.measured_folders(STUDY)
DATASETS = {cell.dataset.name: cell.dataset for cell in CELLS}
COMPARISONS = released_comparisons(STUDY)
VERDICTS = released_verdicts(STUDY)
MEASURES = plan.measures(STUDY)
GPUS = int(STUDY.device == "cuda")  # of a job that trains or inverts

# Where the official files lie decides no number, so it is no parameter of a job.
if STUDY.data_root:
    os.environ.update(MODECOLLAPSE_DATA=STUDY.data_root)


envvars:
    "PYTHONPATH",
    declared.VARIABLE,


wildcard_constraints:
    experiment="[a-z0-9-]+",
    dataset="[a-z0-9-]+",
    variant="[a-z0-9-]+",
    seeds="seeds-[0-9]+-[0-9]+",


def block_of(wildcards):
    """The block a job trains."""
    return BLOCKS[f"{wildcards.experiment}/{wildcards.dataset}/{wildcards.variant}/{wildcards.seeds}"]


# A fingerprint reads the package: once for all blocks of a cell, for all jobs of a data set, for a study.
@cache
def training_code(experiment, dataset, variant):
    """The fingerprint of the code that decides a cell's numbers."""
    path = f"{experiment}/{dataset}/{variant}"
    return fingerprint.training_code(next(cell for cell in CELLS if cell.path == path))


@cache
def data_code(stage, dataset, *measures):
    """The fingerprint of a stage that works on one data set."""
    return fingerprint.data_code(stage, DATASETS[dataset], measures)


@cache
def study_code(stage):
    """The fingerprint of a stage that works on the whole study."""
    return fingerprint.study_code(stage, STUDY)


def before_submission():
    """Declare the plan; with Slurm, tell what is about to be submitted and what it costs, or that there is no Slurm."""
    if {job.rule.name for job in workflow.dag.needrun_jobs()} == {"cluster_smoke"}:
        return  # trains nothing, so no plan is declared
    remote = [job for job in workflow.dag.needrun_jobs() if not job.is_local]
    if workflow.executor_plugin.name != "slurm" or not remote:
        declared.declare(Path(RESULTS), PLAN)
        return
    counts = Counter(sorted(job.rule.name for job in remote))
    jobs = ", ".join(f"{count} {rule}" for rule, count in counts.items())
    if shutil.which("sbatch") is None:
        print(
            f"error: no sbatch here to submit {jobs}; start it on the cluster's login node, or add --executor local"
            f"{' --resources gpu=1' if GPUS else ''}",
            file=sys.stderr,
        )
        sys.exit(2)
    declared.declare(Path(RESULTS), PLAN)
    trained = [block_of(job.wildcards) for job in remote if job.rule.name == "train"]
    inverted = [block_of(job.wildcards) for job in remote if job.rule.name == "invert"]
    hours = sum(cost.block_seconds(block, STUDY.device) for block in trained) / 3600
    hours += sum(cost.inversion_seconds(block, STUDY.inversion, STUDY.device) for block in inverted) / 3600
    unit = "GPU" if GPUS else "CPU"
    print(f"Jobs for Slurm: {jobs}; about {hours:,.1f} {unit} hours.", file=sys.stderr)


def job_seconds(job):
    """The estimated seconds of a job on this study's device."""
    if job.rule.name == "train":
        return progress.STARTING + cost.block_seconds(block_of(job.wildcards), STUDY.device)
    if job.rule.name == "invert":
        inverting = cost.inversion_seconds(block_of(job.wildcards), STUDY.inversion, STUDY.device)
        return progress.STARTING + inverting
    stage, about = progress.stage_of(job.rule.name), BLOCKS.values()
    if stage == "figures":
        about = [block for block in about if job.rule.name == f"figures_{block.cell.dataset.name}"]
    return progress.rule_seconds(stage, sum(len(block.seeds) for block in about))


def speak_briefly():
    """Say how long all jobs will take; from now on the terminal tells what is left, and failures in one line."""
    jobs = [job for job in workflow.dag.needrun_jobs() if progress.stage_of(job.rule.name) in progress.RULES]
    left = None
    if jobs and workflow.executor_plugin.name == "local":
        at_once = (workflow.global_resources.get("gpu") if GPUS else workflow.resource_settings.cores) or 1
        alone = {job.jobid for job in jobs if job.rule.name in progress.IN_A_ROW}
        left = progress.TimeLeft({job.jobid: job_seconds(job) for job in jobs}, alone, at_once)
        print(f"{len(jobs)} jobs, {at_once} at a time: {progress.in_words(left.left())}.", file=sys.stderr)
    for handler in logger.handlers:
        if handler.name == "DefaultStreamHandler":
            handler.setFormatter(progress.Terminal(handler.formatter, left))


def growing(amount):
    """A resource that is asked for twice at the second attempt, three times at the third."""
    return lambda wildcards, attempt: amount * attempt


def shown(category, caption):
    """Where `snakemake --report` shows a file, and the text beside it."""
    return {"category": category, "caption": f"../report/{caption}.rst"}


def files_on(wildcards, name):
    """This file of every run folder of an experiment on a data set."""
    place = f"{wildcards.experiment}/{wildcards.dataset}/"
    return [f"{RESULTS}/runs/{path}/{name}" for path in BLOCKS if path.startswith(place)]


def run_files(name):
    """This file of every run folder."""
    return [f"{RESULTS}/runs/{path}/{name}" for path in BLOCKS]
