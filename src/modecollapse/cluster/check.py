"""All checks of a site, in the order in which they can fail."""

from __future__ import annotations

import logging
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from modecollapse.cluster import accounts, environment, partitions
from modecollapse.cluster.answers import job_rows
from modecollapse.cluster.jobs import Patience, run_jobs
from modecollapse.cluster.needs import Needs
from modecollapse.cluster.profile import Profile
from modecollapse.cluster.request import Request
from modecollapse.cluster.rows import Row, Status, exit_status

log = logging.getLogger(__name__)


def check(
    profile: Profile,
    needs: Needs | None = None,
    jobs: bool = True,
    results: Path = Path("results"),
    patience: Patience | None = None,
) -> list[Row]:
    """Every answer about this site for a profile.

    `needs` is what the study asks for where the profile says nothing; `jobs` submits two short jobs, which write below
    `results`. Raises StudyError without Slurm, or where the profile is not what a profile is.
    """
    needs = needs or Needs()
    profile = replace(profile, rules=needs.rules)
    commands = environment.command_row()
    rows = [commands, environment.plugin_row(), environment.python_row(), *environment.profile_rows(profile)]
    if commands.status is Status.PROBLEM:
        return [*rows, Row("the site", "not tested without Slurm's commands", Status.SKIPPED)]
    rows += [environment.accounting_row(profile), *partitions.partition_rows(profile, needs.longest)]
    rows += accounts.account_rows(profile)
    trials = {request.rules: accounts.trial_row(request) for request in profile.requests()}
    rows += trials.values()
    able = [request for request in profile.requests() if trials[request.rules].status is Status.OK]
    return rows + list(_job_rows(profile, able, jobs, results, patience or Patience()))


def _job_rows(profile: Profile, able: list[Request], wanted: bool, results: Path, patience: Patience) -> Iterator[Row]:
    """The rows of the jobs; their folder is kept if there is a problem, for what they printed."""
    if not wanted:
        yield Row("jobs", "not submitted (--no-jobs)", Status.SKIPPED)
        return
    if not able:
        yield Row("jobs", "not submitted: Slurm takes none of them", Status.SKIPPED)
        return
    folder = results / f".cluster-check-{secrets.token_hex(4)}"
    try:
        done = run_jobs(_different(able), folder, patience)
        rows = [row for job in done for row in job_rows(job, profile.latency_wait)]
    except OSError as error:
        rows = [
            Row("jobs", f"{folder}: {error.strerror}", Status.PROBLEM, "results/ must be a folder that you can write")
        ]
    yield from rows
    if exit_status(rows):
        log.info("what the jobs printed and found is kept in %s", folder)
    else:
        shutil.rmtree(folder, ignore_errors=True)


def _different(requests: list[Request]) -> list[Request]:
    """One request for each partition and kind of job."""
    return list({(request.partition, request.kind): request for request in reversed(requests)}.values())[::-1]
