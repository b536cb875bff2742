"""What is known before any job: each fault of a site gives its finding, and a good site gives none."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from cluster.conftest import TRAINING

from modecollapse.cluster import site_checks, slurm
from modecollapse.cluster.check import check
from modecollapse.cluster.findings import Finding
from modecollapse.cluster.profile import OTHERS, Profile
from modecollapse.errors import StudyError

RULES = {OTHERS: [], "train": []}


def _findings(profile: Profile) -> list[Finding]:
    return list(check(profile, RULES, [], wait=0))


def _bad(profile: Profile, status: str = "PROBLEM") -> dict[str, Finding]:
    return {one.check: one for one in _findings(profile) if one.status == status}


def test_a_good_site_needs_no_change(site: Any) -> None:
    findings = _findings(site.profile())
    assert [one.line for one in findings[2:]] == [
        "OK       partition of other rules: cpu",
        "OK       partition of train: gpu",
        "WARNING  smoke job: not submitted (--no-jobs)",
    ]
    assert {one.status for one in findings[:2]} == {"OK"}
    assert not Path("results").exists()


def test_without_slurm_its_configuration_or_the_plugin(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    site.say("sbatch", error="sbatch: fatal: Could not establish a configuration source\n", status=1)
    monkeypatch.setattr(site_checks, "PLUGIN", "snakemake-executor-plugin-that-is-not")
    bad = _bad(site.profile())
    assert "SLURM_CONF" in bad["Slurm"].write
    assert bad["executor plugin"].write == "pip install snakemake-executor-plugin-that-is-not"
    (site.bin / "sbatch").unlink()
    with pytest.raises(StudyError, match="^no sbatch here: run this on the cluster's login node"):
        _findings(site.profile())


UNNAMED = {"default_resources": {"mem_mb": 1}, "set_resources": None}
NO_SACCT, NO_SACCTMGR = {"sacct": ("", "accounting storage is disabled\n", 1)}, {"sacctmgr": ("", "no data base", 1)}
NO_SSHARE = {"sshare": ("", "none either", 1)}
# fmt: off
# What commands say (out, error, status) and the profile has; which check finds a problem, what it says and to write.
FAULTS: list[tuple[dict[str, tuple], dict[str, Any], str, str, str]] = [
    (NO_SACCT, {}, "states of jobs", "accounting storage is disabled", "profile.yaml: slurm-status-command: squeue"),
    (NO_SACCT, {"slurm_status_command": "squeue"}, "", "", ""),
    ({}, {"executor": "local"}, "profile", "", "profile.yaml: executor: slurm"),
    ({}, {"slurm_array_jobs": "train"}, "profile", "", "profile.yaml: remove slurm-array-jobs"),
    ({"sacctmgr": ("other\nmine\n",)}, {}, "slurm_account", "proj appears to be invalid", ""),
    ({"sacctmgr": ("other\nmine\n",)}, {}, "slurm_account", "mine", ""),
    ({"sacctmgr": ("one\n",)}, {"default_resources": {"slurm_account": "one, two"}},
     "slurm_account", "two appears", ""),
    (NO_SACCTMGR | NO_SSHARE, {}, "slurm_account", "", "export SBATCH_ACCOUNT=proj"),
    (NO_SACCTMGR | {"sshare": ("  proj\n",)}, {}, "", "", ""),
    ({}, {"set_resources": {"train": {"slurm_partition": "gqu"}}},
     "partition of train", "'gqu' is no partition", "slurm_partition: one of cpu, gpu"),
    ({}, UNNAMED, "", "", ""),
    ({"sinfo": ("cpu|up|infinite|1000|(null)\n",)}, UNNAMED, "partition of other rules", "none is named", ""),
    ({"sinfo": ("PARTITION AVAIL\n",)}, {}, "partitions", "'PARTITION AVAIL'", ""),
    ({"sinfo": ("gpu|up|soon|1|(null)\n",)}, {}, "partitions", "'gpu|up|soon|1|(null)'", ""),
    ({"sinfo": ("", "Unable to contact slurm", 1)}, {}, "partitions", "Unable to contact slurm", ""),
]  # fmt: on


@pytest.mark.parametrize(("says", "profile", "name", "found", "write"), FAULTS)
def test_a_fault_of_the_site_or_the_profile_is_a_problem(
    site: Any, says: dict[str, tuple], profile: dict[str, Any], name: str, found: str, write: str
) -> None:
    for command, said in says.items():
        site.say(command, *said)
    problems = _bad(site.profile(**profile))
    assert bool(problems) == bool(name)
    if name:
        assert found in problems[name].found
        assert write in problems[name].write


def test_a_site_without_accounting_needs_none(site: Any) -> None:
    (site.bin / "sacct").unlink()
    assert _bad(site.profile()) == {}


# fmt: off
@pytest.mark.parametrize(
    ("line", "asked", "said"),
    [
        ("up|infinite|9999|(null)", {}, "GPUs of train: asks for 1 x gpu; a node has none (GRES)  ->  gpu, gpu_model"),
        ("up|infinite|9999|gpu:2", {"gpu": 4}, "GPUs of train: asks for 4 x gpu; a node has 2 x gpu"),
        ("up|infinite|9999|gpu:v100:2", {"gpu_model": "A100"}, "GPUs of train: asks for 1 x a100; a node has 2 x v100"),
        ("up|infinite|3999|gpu:2", {}, "memory of train: asks for 4000 MB; the largest node has 3999  ->  mem_mb"),
        ("up|59:00|9999|gpu:2", {}, "runtime of train: asks for 60 minutes; the partition allows 59  ->  runtime: 59"),
        ("down|infinite|9999|gpu:2", {}, "partition of train: it is not up  ->  wait, or slurm_partition"),
    ],
)  # fmt: on
def test_a_partition_that_cannot_do_what_is_asked(site: Any, line: str, asked: dict[str, Any], said: str) -> None:
    """Each line of sinfo differs in one thing from one that will do."""
    profile = site.profile(set_resources={"train": TRAINING | asked}, retries=0)
    cpu = "cpu*|up|infinite|64000|(null)\n"
    site.say("sinfo", f"{cpu}gpu|up|1:00:00|4000+|gpu:A100:4\n")
    assert _bad(profile) == {}
    site.say("sinfo", f"{cpu}gpu|{line}\n")
    [found] = _bad(profile).values()
    assert found.line.startswith(f"PROBLEM  {said}")


def test_a_runtime_that_grows_beyond_the_limit_is_a_warning(site: Any) -> None:
    site.say("sinfo", "cpu*|up|infinite|9999|(null)\ngpu|up|2:30:00|99999|gpu:4\n")
    assert _bad(site.profile()) == {}
    assert "asks for 180 minutes at the last attempt" in _bad(site.profile(), "WARNING")["runtime of train"].found


def test_times_of_slurm_are_minutes() -> None:
    limits = ("infinite", "30:00", "0:30", "45", "2:00:00", "1-00:00:00", "2-12", "2-12:30")
    assert [slurm.minutes(limit) for limit in limits] == [math.inf, 30, 0.5, 45, 120, 1440, 3600, 3630]
    for limit in ("n/a", "", "1:2:3:4", "1-2:3:4:5", "soon"):
        with pytest.raises(ValueError, match=".*"):
            slurm.minutes(limit)


def test_gpus_are_counted_by_model() -> None:
    gres = ("gpu:2", "gpu:a100:4(S:0-1),gpu:h100:2(S:0,1),nvme:1", "gpu:1g.10gb:7", "mps:gpu:3,fpga:2")
    found = [slurm.read_sinfo(f"p|up|infinite|1000+|{one}\n")[0].gpus for one in gres]
    assert found == [{"": 2}, {"a100": 4, "h100": 2}, {"1g.10gb": 7}, {}]


def test_a_command_that_hangs_or_is_missing_says_so(site: Any) -> None:
    site.command("slow", "exec sleep 60")
    assert "timed out" in slurm.ask("slow", timeout=0.2)[1]
    assert "no-such-command" in slurm.ask("no-such-command")[1]
    site.say("long", "b " * 999, "one\ntwo", status=1)
    works, said = slurm.ask("long")
    assert not works
    assert said.startswith("one; two")
    assert "\n" not in said
    assert len(said) <= 200
