"""A profile: found where Snakemake finds it, and turned into what the plugin would submit."""

from __future__ import annotations

import shlex
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from default_config import DEFAULT

from modecollapse.cluster.amounts import STANDARD, Refused, evaluated
from modecollapse.cluster.environment import profile_rows
from modecollapse.cluster.needs import OTHERS, needs
from modecollapse.cluster.profile import Profile, read_profile
from modecollapse.cluster.request import Request
from modecollapse.cluster.rows import Status
from modecollapse.errors import StudyError
from modecollapse.study import cost, plan
from modecollapse.study.config import Study
from modecollapse.study.cost import time_limit
from modecollapse.study.load import load_study


@pytest.fixture
def study() -> Study:
    """The default study."""
    return load_study([DEFAULT])


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, and no profile anywhere else."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "etc"))
    return tmp_path


def _put(file: Path, jobs: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"jobs: {jobs}\n")


def test_the_profile_of_this_folder_hides_the_users(here: Path) -> None:
    _put(here / "home" / "snakemake" / "slurm" / "config.yaml", 2)
    assert read_profile("slurm").content["jobs"] == 2
    _put(here / "slurm" / "config.yaml", 1)
    assert read_profile("slurm").content["jobs"] == 1


def test_the_newest_file_of_a_folder_and_a_file_by_name(here: Path) -> None:
    _put(here / "slurm" / "config.yaml", 1)
    _put(here / "slurm" / "config.v9+.yaml", 9)
    _put(here / "slurm" / "config.v8+.yaml", 8)
    assert read_profile("slurm").content["jobs"] == 9
    assert read_profile("slurm/config.yaml").content["jobs"] == 1


def test_a_missing_or_broken_profile_is_one_line(here: Path) -> None:
    with pytest.raises(StudyError, match="'slurm' is not to be found"):
        read_profile("slurm")
    (here / "twice.yaml").write_text("jobs: 1\njobs: 2\n")
    with pytest.raises(StudyError, match="'jobs' appears twice"):
        read_profile("twice.yaml")
    with pytest.raises(StudyError, match="set-resources: 'train: 1' is not allowed"):
        Profile(here, {"set-resources": "train: 1"}).requests()


@pytest.mark.parametrize(
    ("key", "value", "attempt", "number"),
    [
        ("mem_mb", 4000, 2, 4000),
        ("mem_mb", "4000 * attempt", 3, 12000),
        ("mem_mb", "min(64000, 8000 * 2 // 1 + attempt)", 1, 16001),
        ("runtime", "2h", 1, 120),
        ("runtime", "90 * attempt", 2, 180),
        ("mem_mb", "2 * input.size_mb", 1, None),
        ("mem_mb", "__import__('os').getpid()", 1, None),
        ("slurm_partition", "attempt", 1, "attempt"),
        ("slurm_extra", "'--signal=TERM@120'", 1, "--signal=TERM@120"),
    ],
)
def test_numbers_are_evaluated_and_nothing_else(key: str, value: Any, attempt: int, number: Any) -> None:
    assert evaluated(key, value, attempt) == number


def test_rules_that_ask_for_the_same_stand_together(here: Path) -> None:
    gpu = {"slurm_partition": "g", "gpu": 1, "runtime": "60 * attempt"}
    content = {"default-resources": {"slurm_partition": "c", "mem_mb": 1000}}
    content["set-resources"] = {"train": gpu, "invert": gpu, "judge": {"mem_mb": "input.size_mb"}}
    profile = Profile(here, content)
    assert [request.rules for request in profile.requests()] == [(OTHERS,), ("train", "invert"), ("judge",)]
    first, train, _ = profile.requests(attempt=2)
    assert (first.kind, train.kind) == ("CPU", "GPU")
    assert train.resources == {"slurm_partition": "g", "gpu": 1, "runtime": 120, "mem_mb": 1000}
    assert profile.unreadable() == ["judge: mem_mb: input.size_mb"]


def test_the_profile_goes_before_the_rules_and_these_before_the_defaults(here: Path) -> None:
    content = {"default-resources": {"slurm_partition": "c", "mem_mb": 1, "runtime": 1}}
    content["set-resources"] = {"train": {"slurm_partition": "g", "mem_mb": 3}}
    rules = {"train": {"gpu": 1, "mem_mb": 2, "runtime": "2 * attempt"}, "invert": {"gpu": 1}}
    found = {request.title: request.resources for request in Profile(here, content, rules).requests(2)}
    assert found == {
        OTHERS: {"slurm_partition": "c", "mem_mb": 1, "runtime": 1},
        "train": {"slurm_partition": "g", "mem_mb": 3, "runtime": 4, "gpu": 1},
        "invert": {"slurm_partition": "c", "mem_mb": 1, "runtime": 1, "gpu": 1},
    }


def test_a_study_needs_time_for_its_longest_block(study: Study) -> None:
    found = needs(study)
    blocks = [block for cell in plan.cells(study) for block in plan.blocks(study, cell)]
    longest = max(cost.block_seconds(block, study.device) for block in blocks)
    assert found.longest["train"] == pytest.approx(longest / 60)
    for attempt in (1, 2, 4):
        assert evaluated("runtime", found.rules["train"]["runtime"], attempt) == time_limit(longest, attempt)
    assert found.rules["train"]["gpu"] == 0
    assert needs(study.model_copy(update={"device": "cuda"})).rules["invert"]["gpu"] == 1


def test_the_configurations_of_a_profile(here: Path) -> None:
    assert Profile(here, {"configfile": ["a.yaml"]}).configfiles == [Path("a.yaml")]
    assert Profile(here, {"configfile": "a.yaml"}).configfiles == [Path("a.yaml")]
    assert Profile(here, {}).configfiles == []


def test_a_configuration_in_the_home_folder_as_snakemake_finds_it(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert Profile(here, {"configfile": "~/a.yaml"}).configfiles == [Path("/home/me/a.yaml")]
    assert Profile(here, {"configfile": ["~/a.yaml"]}).configfiles == [Path("~/a.yaml")]


@pytest.mark.parametrize(
    ("resources", "gpus", "model"),
    [
        ({}, 0, ""),
        ({"gpu": 2}, 2, ""),
        ({"gpu_model": "a100"}, 1, "a100"),
        ({"gpu_model": "a100", "gpu": 2}, 2, "a100"),
        ({"gres": "gpu"}, 1, ""),
        ({"gres": "gpu:3"}, 3, ""),
        ({"gres": "gpu:a100"}, 1, "a100"),
        ({"gres": "gpu:a100:2"}, 2, "a100"),
        ({"gres": "nvme:1"}, 0, ""),
    ],
)
def test_gpus_asked_for(resources: dict[str, Any], gpus: int, model: str) -> None:
    request = Request(("train",), resources)
    assert (request.gpus, request.gpu_model) == (gpus, model)


@pytest.mark.parametrize(
    "resources",
    [
        {"slurm_partition": "cpu", "mem_mb": 2000, "runtime": 30},
        {"slurm_partition": "gpu", "gpu": 2, "cpus_per_task": 4, "mem_mb": 9000, "runtime": 60},
        {"gpu": 1, "gpu_model": "a100", "cpus_per_gpu": 8, "constraint": "ib&nvme", "qos": "long"},
        {"gres": "gpu:a100:2", "cpus_per_task": 1, "mem_mb_per_cpu": 500, "mem_mb": 9000, "nodes": 1},
        {"gpu": 1, "cpus_per_task": 2, "slurm_extra": "--mail-type=FAIL --exclude=n[1-2]"},
    ],
)
def test_the_options_are_those_of_the_plugin(resources: dict[str, Any]) -> None:
    pytest.importorskip("snakemake_executor_plugin_slurm")
    from snakemake_executor_plugin_slurm.submit_string import get_submit_command
    from snakemake_executor_plugin_slurm.utils import set_gres_string

    class Resources(dict):
        __getattr__ = dict.__getitem__

    job = SimpleNamespace(resources=Resources(resources), threads=1)
    partition = f"-p {resources['slurm_partition']}" if "slurm_partition" in resources else ""
    own = {"run_uuid": "u", "slurm_logfile": "l", "comment_str": "c", "account": "", "partition": partition}
    command = get_submit_command(job, own | {"workdir": ""}) + set_gres_string(job)
    ours = {f"{option}=1" for option in ("--cpus-per-task",)} if _says_no_cores(resources) else set()
    ours |= set(Request(("train",), resources).options())
    assert ours == _long_options(command)


def _says_no_cores(resources: dict[str, Any]) -> bool:
    """The plugin then asks for as many cores as the rule has threads, which only the workflow knows."""
    return not {"cpus_per_task", "cpus_per_gpu"} & set(resources)


def _long_options(command: str) -> set[str]:
    """A command's options, each as --name=value, but for those that every job has."""
    short = {"-p": "--partition", "-t": "--time", "-C": "--constraint", "--mem": "--mem"}
    short |= {"--mem-per-cpu": "--mem-per-cpu", "--job-name": "", "--output": "", "--comment": ""}
    words, found = iter(shlex.split(command)[2:]), set()
    for word in words:
        if word in short:
            found.add(f"{short[word]}={next(words)}")
        elif not word.startswith("--export"):
            found.add(word)
    return {option for option in found if not option.startswith("=")}


def test_of_several_accounts_the_first_is_submitted_under() -> None:
    request = Request(("train",), {"slurm_account": "one, two"})
    assert request.accounts == ["one", "two"]
    assert "--account=one" in request.options()
    assert Request(("train",), {"slurm_account": 12345}).options() == ["--account=12345", "--ntasks=1"]


AMOUNTS = [
    ("runtime", "2h"), ("runtime", "1d"), ("runtime", "90"), ("runtime", 90), ("runtime", 90.5), ("runtime", "1.5h"),
    ("runtime", "90 * attempt"), ("runtime", "90.4 * attempt"), ("runtime", "2:00:00"), ("runtime", "1-12:00:00"),
    ("runtime", "2h30m"), ("runtime", "'120'"), ("runtime", "soon"), ("runtime", "1 / 0"),
    ("mem", "16GB"), ("mem", "16G"), ("mem", "16 GiB"), ("mem", 16000), ("mem", "16000"), ("mem", "lots"),
    ("mem", "16GB * attempt"), ("mem", "8000 * attempt"), ("mem_mb", "16G"), ("mem_mb", "16000"), ("mem_mb", 16000),
    ("mem_mb", "4000 * attempt"), ("mem_mb", 16000.7), ("mem_mb", "1.6e4"), ("mem_mb", "min(64000, 8000 * attempt)"),
    ("mem_mb", "lots"), ("mem_mb", "-1"), ("mem_mb", -1), ("mem_mib", 1000), ("mem_mib", "1000 * attempt"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value"), AMOUNTS)
def test_amounts_are_those_of_snakemake(tmp_path: Path, key: str, value: Any) -> None:
    """Snakemake's own reader of profiles, its resources and their evaluation at the second attempt."""
    resources = pytest.importorskip("snakemake.resources")
    from snakemake.profiles import ProfileConfigFileParser

    (tmp_path / "config.yaml").write_text(yaml.safe_dump({"default-resources": {key: value}}))
    try:
        with (tmp_path / "config.yaml").open() as stream:
            listed = ProfileConfigFileParser().parse(stream)["default-resources"]
        [resource] = resources.Resources.parse(listed, allow_expressions=True).values()
        theirs = resource.evaluate(wildcards={}, input=[], attempt=2, threads=1, rulename="r", async_run=None).value
    except Exception:
        theirs = "refused"
    try:
        ours = evaluated(key, value, 2)
    except Refused:
        ours = "refused"
    assert ours == theirs
    assert theirs == "refused" or resource.name == STANDARD.get(key, key)


@pytest.mark.parametrize(
    ("line", "found", "write"),
    [
        ("runtime: 2:00:00", "default-resources.runtime: 2:00:00 is read as 7200 (", "runtime: 120 (minutes)"),
        ("runtime: 1:30", "default-resources.runtime: 1:30 is read as 90 (sexagesimal", "runtime: 120 (minutes), or a"),
        ("runtime: 0720", "default-resources.runtime: 0720 is read as 464 (octal)", "runtime: 720 (minutes)"),
        ("runtime: 1-12:00:00", "default-resources: runtime: '1-12:00:00'", "runtime: 2160 (minutes)"),
        ("runtime: 2h30m", "default-resources: runtime: '2h30m'", "runtime: 120 (minutes), or a number with one unit"),
        ("mem_mb: 16G", "default-resources: mem_mb: '16G'", "mem_mb: 16000"),
        ("mem_mb: 0x10", "default-resources.mem_mb: 0x10 is read as 16 (hexadecimal)", "mem_mb: 16"),
        ("mem: lots", "default-resources: mem: 'lots'", "mem: 16GB"),
        ("mem_mb: '16000'", "default-resources: mem_mb: '16000'", "mem_mb: 16000 without quotes"),
        ("gpu: one", "default-resources: gpu: 'one'", "gpu: a whole number"),
    ],
)
def test_what_snakemake_refuses_or_misreads_is_a_problem(here: Path, line: str, found: str, write: str) -> None:
    (here / "site.yaml").write_text(f"executor: slurm\njobs: 1\ndefault-resources:\n  {line}\n")
    [row] = profile_rows(read_profile("site.yaml"))
    assert row.status is Status.PROBLEM
    assert row.found.startswith(found)
    assert row.change.startswith(f"site.yaml: {write}")


def test_memory_goes_by_one_name(here: Path) -> None:
    content = {"default-resources": {"mem": "16GB"}, "set-resources": {"judge": {"mem_mb": 3}, "train": {"mem": "1GB"}}}
    profile = Profile(here, content, {"train": {"mem_mb": 2}})
    assert profile.refused() == []
    found = {request.title: request.resources for request in profile.requests()}
    assert found == {OTHERS: {"mem_mb": 16000}, "judge": {"mem_mb": 3}, "train": {"mem_mb": 1000}}


@pytest.mark.parametrize("line", ["retries: often", "latency-wait: [1]", "retries: -1", "latency-wait: 0.5"])
def test_counts_of_a_profile_are_whole_numbers(here: Path, line: str) -> None:
    (here / "site.yaml").write_text(line)
    profile = read_profile("site.yaml")
    with pytest.raises(StudyError, match=f"{line.split(':')[0]}: .* is not allowed; allowed: a whole number"):
        print(profile.latency_wait, profile.attempts)
