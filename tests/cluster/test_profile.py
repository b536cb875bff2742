"""A profile: found where Snakemake finds it, and its amounts read as Snakemake reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from default_config import DEFAULT

from modecollapse.cluster.profile import OTHERS, Refused, evaluated, needs, read_profile
from modecollapse.cluster.site_checks import settings
from modecollapse.errors import StudyError
from modecollapse.study import cost, plan
from modecollapse.study.cost import time_limit
from modecollapse.study.load import load_study


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, and no profile anywhere else."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "etc"))
    return tmp_path


def _put(file: Path, content: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(content))


def test_a_profile_is_found_as_snakemake_finds_it(here: Path) -> None:
    """This folder before the user's, and in a folder the file for the newest version."""
    for jobs, name in enumerate(("home/snakemake/slurm/config.yaml", "slurm/config.yaml", "slurm/config.v9+.yaml")):
        _put(here / name, {"jobs": jobs})
        assert read_profile("slurm").content["jobs"] == jobs
    assert read_profile("slurm/config.yaml").content["jobs"] == 1


def test_a_broken_profile_is_one_line(here: Path) -> None:
    for text, words in (
        ("jobs: 1\njobs: 2\n", "'jobs' appears twice"),
        ("set-resources: {train: 1}\n", "Snakemake cannot read it"),
        ("default-resources: [7]\n", "allowed: a mapping"),
    ):
        (here / "broken.yaml").write_text(text)
        with pytest.raises(StudyError, match=words):
            read_profile("broken.yaml")
    with pytest.raises(StudyError, match="'missing' is not to be found"):
        read_profile("missing")


def test_the_profile_goes_before_the_rules_and_these_before_the_defaults(here: Path) -> None:
    """Memory goes by one name, whatever its unit."""
    own = {"train": {"slurm_partition": "g", "mem_mib": 1000}, "judge": {"mem_mb": "input.size_mb"}}
    default = {"slurm_partition": "c", "mem": "1GB", "runtime": 1}
    _put(here / "p.yaml", {"default-resources": default, "set-resources": own})
    rules = {OTHERS: [], "train": ["gpu=1", "mem_mb=2", "runtime=2 * attempt"]}
    assert read_profile("p.yaml").requests(rules, 2) == {
        OTHERS: {"slurm_partition": "c", "mem_mb": 1000, "runtime": 1},
        "train": {"slurm_partition": "g", "mem_mb": 1048, "runtime": 4, "gpu": 1},
        "judge": {"slurm_partition": "c", "mem_mb": 1000, "runtime": 1},  # only its job can tell its memory
    }


def test_a_study_needs_time_for_its_longest_block() -> None:
    study = load_study([DEFAULT])
    blocks = [block for cell in plan.cells(study) for block in plan.blocks(study, cell)]
    longest = max(cost.block_seconds(block, study.device) for block in blocks)
    for attempt in (1, 2, 4):
        [gpu, _, runtime] = [evaluated(one, attempt) for one in needs(study)["train"]]
        assert (gpu, runtime) == ({"gpu": 0}, {"runtime": time_limit(longest, attempt)})
    assert needs(study.model_copy(update={"device": "cuda"}))["invert"][0] == "gpu=1"


def test_the_configurations_of_a_profile(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Snakemake expands a home folder alone, and none in a list."""
    monkeypatch.setenv("HOME", "/home/me")
    for named, expected in (("~/a.yaml", ["/home/me/a.yaml"]), (["~/a.yaml", "b"], ["~/a.yaml", "b"]), (None, [])):
        _put(here / "p.yaml", {"configfile": named})
        assert read_profile("p.yaml").configfiles == [Path(name) for name in expected]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("mem_mb=4000 * attempt", {"mem_mb": 8000}),
        ("mem=16GB", {"mem_mb": 16000}),
        ("runtime=2h", {"runtime": 120}),
        ("runtime=90.4 * attempt", {"runtime": 181}),
        ("slurm_extra='--signal=TERM@120'", {"slurm_extra": "--signal=TERM@120"}),
        ("mem_mb=2 * input.size_mb", {}),
        ("mem_mb=9 if wildcards.variant == 'ali' else 8", {}),
        *((bad, None) for bad in ("gpu=one", "mem_mb=-1", "mem_mb=1 - attempt", "runtime=1 / 0", "mem=16GB * 2")),
    ],
)
def test_amounts_are_those_of_snakemake_and_others_are_refused(expression: str, value: dict[str, Any] | None) -> None:
    if value is None:
        with pytest.raises(Refused, match=f"^{expression.partition('=')[0]}: "):
            evaluated(expression, 2)
    else:
        assert evaluated(expression, 2) == value


@pytest.mark.parametrize(
    ("line", "found", "write"),
    [
        ("runtime: 2:00:00", "default-resources.runtime: 2:00:00 is read as 7200 (", "runtime: 120 (minutes)"),
        ("runtime: 1:30", "default-resources.runtime: 1:30 is read as 90 (sexagesimal", "runtime: 120 (minutes), or a"),
        ("runtime: 0720", "default-resources.runtime: 0720 is read as 464 (octal)", "runtime: 720 (minutes)"),
        ("runtime: 1-12:00:00", "default-resources: runtime: '1-12:00:00'", "runtime: 2160 (minutes)"),
        ("mem_mb: 16G", "default-resources: mem_mb: '16G'", "mem_mb: 16000"),
        ("mem_mb: 0x10", "default-resources.mem_mb: 0x10 is read as 16 (hexadecimal)", "mem_mb: 16"),
        ("mem: lots", "default-resources: mem: 'lots'", "mem: 16GB"),
        ("mem_mb: '16000'", "default-resources: mem_mb: \"'16000'\"", "mem_mb: 16000"),
        ("gpu: one", "default-resources: gpu: 'one'", "gpu: a whole number"),
    ],
)
def test_what_snakemake_refuses_or_misreads_is_a_problem(here: Path, line: str, found: str, write: str) -> None:
    """The cases of the first release among them."""
    text = f"executor: slurm\nslurm-status-command: squeue\ndefault-resources:\n  {line}\n"
    (here / "site.yaml").write_text(text)
    [finding] = settings(read_profile("site.yaml"))
    assert finding.status == "PROBLEM"
    assert finding.found.startswith(found)
    assert finding.write.startswith(f"site.yaml: {write}")
