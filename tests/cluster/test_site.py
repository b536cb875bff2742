"""What the head finds out before any job: each fault of a site gives its row, and a good site gives none."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from rich.console import Console

from modecollapse.cluster import environment, show
from modecollapse.cluster.check import check
from modecollapse.cluster.needs import Needs
from modecollapse.cluster.profile import Profile
from modecollapse.cluster.rows import Row, Status, exit_status
from modecollapse.errors import StudyError


def _rows(profile: Profile, longest: float = 50) -> list[Row]:
    """Without jobs; the longest block takes so many minutes."""
    return check(profile, Needs(longest={"train": longest}), jobs=False)


def _bad(rows: list[Row], status: Status = Status.PROBLEM) -> dict[str, Row]:
    return {row.check: row for row in rows if row.status is status}


def test_a_good_site_needs_no_change(site: Any) -> None:
    rows = _rows(site.profile())
    assert _bad(rows) == _bad(rows, Status.WARNING) == {}
    assert set(_bad(rows, Status.SKIPPED)) == {"jobs"}
    assert exit_status(rows) == 0
    found = {row.check: row.found for row in rows}
    assert found["partition of train, invert"] == "gpu: 2 of 3 nodes take jobs"
    assert found["time limit for train, invert"] == "limit 1440 min; asks 60; longest predicted 50"
    assert not Path("results").exists()


def test_without_slurm_one_line_says_where_to_go(site: Any) -> None:
    (site.bin / "sbatch").unlink()
    with pytest.raises(StudyError, match="^no sbatch here: run this on the cluster's login node"):
        _rows(site.profile())


def test_a_missing_command_or_configuration_ends_the_tests(site: Any) -> None:
    site.say("sbatch", error="sbatch: fatal: Could not establish a configuration source\n", status=1)
    rows = _rows(site.profile())
    assert "configuration source" in _bad(rows)["Slurm's commands"].found
    (site.bin / "scancel").unlink()
    rows = _rows(site.profile())
    assert _bad(rows)["Slurm's commands"].found == "not found: scancel"
    assert rows[-1].status is Status.SKIPPED


def test_accounting_that_does_not_work_asks_for_squeue(site: Any) -> None:
    site.say("sacct", error="Slurm accounting storage is disabled\n", status=1)
    row = _bad(_rows(site.profile()))["states of jobs"]
    assert "Slurm accounting storage is disabled" in row.found
    assert row.change.endswith("profile.yaml: slurm-status-command: squeue")
    assert _bad(_rows(site.profile(slurm_status_command="squeue"))) == {}


def test_squeue_where_sacct_works_or_forgets_is_a_warning(site: Any) -> None:
    profile = site.profile(slurm_status_command="squeue")
    assert _bad(_rows(profile), Status.WARNING)["states of jobs"].change == "remove slurm-status-command"
    (site.bin / "sacct").unlink()
    assert _bad(_rows(profile), Status.WARNING) == {}
    site.say("scontrol", "MinJobAge               = 60 sec\n")
    assert "after 60 s" in _bad(_rows(profile), Status.WARNING)["states of jobs"].found
    site.say("scontrol", "MinJobAge = ?\n")
    assert _bad(_rows(profile), Status.WARNING) == {}


def test_a_status_command_that_is_none(site: Any) -> None:
    assert "allowed: sacct, squeue" in _bad(_rows(site.profile(slurm_status_command="qstat")))["states of jobs"].change


def test_a_misspelt_partition_names_those_that_exist(site: Any) -> None:
    rows = _rows(site.profile(set_resources={"train": {"slurm_partition": "gqu", "gpu": 1}}))
    row = _bad(rows)["partition of train"]
    assert row.found == "'gqu' is no partition"
    assert row.change.endswith("allowed: cpu, gpu")


def test_without_a_partition_the_default_is_looked_at(site: Any) -> None:
    profile = site.profile(default_resources={"mem_mb": 1}, set_resources=None)
    assert {row.check: row.found for row in _rows(profile)}["partition of other rules"].startswith("cpu: 6 of 6")
    site.say("sinfo", "cpu|up|infinite|1000|16|(null)|idle|3\n")
    assert "no default" in _bad(_rows(profile))["partition of other rules"].found


@pytest.mark.parametrize(
    ("line", "gpu", "check", "found"),
    [
        ("up|infinite|9999|64|(null)|idle|2", {"gpu": 1}, "GPUs for train", "has no GPUs"),
        ("up|infinite|9999|64|gpu:2|idle|2", {"gpu": 4}, "GPUs for train", "asks 4 x gpu a node; gpu has 2 x gpu"),
        ("up|infinite|9999|64|gpu:v100:2|idle|2", {"gpu_model": "a100"}, "GPUs for train", "gpu has 2 x v100"),
        ("up|infinite|7999|64|gpu:2|idle|2", {"gpu": 1}, "mem_mb of train", "the largest node has 7999"),
        ("up|infinite|9999|1|gpu:2|idle|2", {"gpu": 1, "cpus_per_task": 2}, "cpus_per_task of train", "asks 2 cores"),
        (
            "up|59:00|9999|64|gpu:2|idle|2",
            {"gpu": 1},
            "time limit for train",
            "limit 59 min; asks 60;",
        ),
        ("down|infinite|9999|64|gpu:2|idle|2", {"gpu": 1}, "partition of train", "gpu is not up"),
        ("up|infinite|9999|64|gpu:2|drained*|2", {"gpu": 1}, "partition of train", "0 of 2 nodes take jobs (drained*)"),
    ],
)
def test_a_partition_that_cannot_do_what_is_asked(
    site: Any, line: str, gpu: dict[str, Any], check: str, found: str
) -> None:
    """Each line of sinfo differs in one thing from one that will do."""
    train = {"slurm_partition": "gpu", "mem_mb": 8000, "runtime": 60} | gpu
    profile = site.profile(set_resources={"train": train}, retries=0)
    cpu = "cpu*|up|infinite|64000|32|(null)|idle|6\n"
    site.say("sinfo", f"{cpu}gpu|up|1:31:00|8000|2|gpu:a100:4|idle|1\n")
    assert _bad(_rows(profile)) == {}
    site.say("sinfo", f"{cpu}gpu|{line}\n")
    bad = _bad(_rows(profile))
    assert set(bad) == {check}
    assert found in bad[check].found
    assert bad[check].change


def test_a_gpu_model_that_the_plugin_refuses(site: Any) -> None:
    site.say("sinfo", "cpu*|up|infinite|9999|9|(null)|idle|6\ngpu|up|infinite|9999|9|gpu:a100-sxm4-80gb:4|idle|1\n")
    train = {"slurm_partition": "gpu", "gpu": 1, "gpu_model": "a100-sxm4-80gb"}
    row = _bad(_rows(site.profile(set_resources={"train": train})))["GPUs for train"]
    assert "--gres=gpu:a100-sxm4-80gb:1" in row.change


def test_several_gpu_models_and_none_named_is_a_warning(site: Any) -> None:
    site.say("sinfo", "cpu*|up|infinite|9999|9|(null)|idle|6\ngpu|up|infinite|9999|9|gpu:a100:4,gpu:v100:2|idle|1\n")
    train = {"slurm_partition": "gpu", "gpu": 1}
    assert (
        "gpu_model"
        in _bad(_rows(site.profile(set_resources={"train": train})), Status.WARNING)["GPUs for train"].change
    )
    named = site.profile(set_resources={"train": train | {"gpu_model": "v100"}})
    assert "GPUs for train" not in _bad(_rows(named), Status.WARNING)


def test_a_block_that_takes_longer_than_the_limit_or_the_runtime(site: Any) -> None:
    profile = site.profile(retries=0)
    site.say("sinfo", "cpu*|up|infinite|9999|9|(null)|idle|6\ngpu|up|1:30:00|99999|64|gpu:4|idle|2\n")
    check, warnings = "time limit for train, invert", Status.WARNING
    assert _bad(_rows(profile, 60)) == _bad(_rows(profile, 60), warnings) == {}
    assert _bad(_rows(profile, 61), warnings)[check].change.startswith("runtime: over 61")
    assert _bad(_rows(profile, 91))[check].change.startswith("smaller blocks")


def test_a_runtime_that_grows_over_the_limit_is_a_warning(site: Any) -> None:
    site.say("sinfo", "cpu*|up|infinite|9999|9|(null)|idle|6\ngpu|up|2:30:00|99999|64|gpu:4|idle|2\n")
    rows = _rows(site.profile())
    assert _bad(rows) == {}
    assert "grows to 180" in _bad(rows, Status.WARNING)["time limit for train, invert"].change


@pytest.mark.parametrize("printed", ["PARTITION AVAIL\n", "gpu|up|soon|1|1|(null)|idle|1\n"])
def test_sinfo_that_cannot_be_read_is_a_row(site: Any, printed: str) -> None:
    site.say("sinfo", printed)
    row = _bad(_rows(site.profile()))["partitions"]
    assert repr(printed.strip()) in row.found


def test_a_controller_that_does_not_answer_is_a_row(site: Any) -> None:
    site.say("sinfo", error="slurm_load_partitions: Unable to contact slurm controller\n", status=1)
    assert "Unable to contact" in _bad(_rows(site.profile()))["partitions"].found


def test_a_wrong_account_names_the_users(site: Any) -> None:
    site.say("sacctmgr", "other\nmine\nother\n")
    row = _bad(_rows(site.profile()))["slurm_account"]
    assert row.found == "'proj' is not one of yours"
    assert row.change.endswith("allowed: mine, other")


def test_an_account_that_the_plugin_cannot_check_stops_it(site: Any) -> None:
    (site.bin / "sacctmgr").unlink()
    row = _bad(_rows(site.profile()))["slurm_account"]
    assert "export SBATCH_ACCOUNT=proj" in row.change
    site.say("sshare", "  proj\n")
    assert _bad(_rows(site.profile())) == {}
    site.say("sshare", "\n")
    rows = _rows(site.profile())
    assert (_bad(rows), set(_bad(rows, Status.WARNING))) == ({}, {"slurm_account"})


def test_a_site_that_wants_an_account_says_so_through_sbatch(site: Any) -> None:
    refusal = "sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified\n"
    site.command("sbatch", f'case "$*" in *account=*|*version*) exit 0 ;; esac\necho "{refusal.strip()}" >&2; exit 1')
    assert _bad(_rows(site.profile())) == {}
    bad = _bad(_rows(site.profile(default_resources={"slurm_partition": "cpu"})))
    assert {row.change for row in bad.values()} == {"set slurm_account to one of yours"}
    assert all("Invalid account" in row.found for row in bad.values())


def test_the_profile_itself_is_looked_at(site: Any) -> None:
    rows = _rows(site.profile(executor="local", jobs=None, slurm_array_jobs="train"))
    found = [row.found for row in rows if row.check == "profile"]
    assert found == ["executor: local", "no `jobs`", "slurm-array-jobs: train"]
    Path("workflow/profiles/default").mkdir(parents=True)
    Path("workflow/profiles/default/config.yaml").write_text("scheduler: greedy\n")
    assert _bad(_rows(site.profile())) == {}
    Path("workflow/profiles/default/config.yaml").write_text("default-resources: {mem_mb: 1}\n")
    assert "replaces default-resources" in _bad(_rows(site.profile()))["profile"].found


def test_a_number_for_snakemake_alone_is_a_warning(site: Any) -> None:
    rows = _rows(site.profile(set_resources={"judge": {"mem_mb": "input.size_mb"}}))
    assert _bad(rows, Status.WARNING)["profile"].found == "judge: mem_mb: input.size_mb"


def test_another_python_on_the_path(site: Any) -> None:
    site.command("python", "echo /opt/other")
    assert _bad(_rows(site.profile()))["python on the PATH"].found.startswith("/opt/other, not ")
    (site.bin / "python").unlink()
    assert "PATH=" in _bad(_rows(site.profile()))["python on the PATH"].change


@pytest.mark.parametrize(("wanted", "good"), [("0.1", True), ("99.0", False), (None, True)])
def test_the_plugin_is_as_new_as_the_list_of_versions_has_it(
    site: Any, monkeypatch: pytest.MonkeyPatch, wanted: str | None, good: bool
) -> None:
    pins = [f"{environment.PLUGIN}=={wanted}"] if wanted else []
    Path("environment.yml").write_text(yaml.safe_dump({"dependencies": ["pip", {"pip": ["rich==1", *pins]}]}))
    monkeypatch.setattr(environment.metadata, "version", lambda name: "2.8.0")
    row = environment.plugin_row()
    assert (row.status is Status.OK) is good
    assert good or row.change == f"pip install {environment.PLUGIN}==99.0"


def test_no_plugin_is_a_problem(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "PLUGIN", "snakemake-executor-plugin-that-is-not")
    assert environment.plugin_row().status is Status.PROBLEM


def test_the_table_shows_brackets_and_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    written = Console(width=110, record=True, quiet=False, file=open("/dev/null", "w"))  # noqa: SIM115
    monkeypatch.setattr(show, "console", lambda: written)
    show.print_rows([Row("a", "nodes n[1-2]"), Row("b", "[red]x", Status.WARNING, "c"), Row("d", "e", Status.SKIPPED)])
    text = written.export_text()
    assert "nodes n[1-2]" in text
    assert "[red]x" in text
    assert re.search(r"1 WARNING, 1 SKIPPED: nothing here stops the study\.", text)
    assert show.summary([Row("a", "b")]) == "This site is ready for the study."
    assert show.summary([Row("a", "b", Status.PROBLEM)]).startswith("1 PROBLEM")
