"""A made-up study as the audit reads it."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

from made_up_study import CLAIMS

from modecollapse.audit.bundle import Bundle


def bundle_of(study: SimpleNamespace, folder: Path) -> Bundle:
    """The bundle of a made-up study whose runs, tables, figures and report.pdf are in `folder`.

    It has a summary, but not the configuration that one would come from.
    """
    study.measures.to_parquet(folder / "tables" / "measures.parquet")
    study.cells.to_parquet(folder / "tables" / "cells.parquet")
    shutil.copyfile(CLAIMS, folder / "claims.yaml")
    return opened(study, folder)


def opened(study: SimpleNamespace, folder: Path) -> Bundle:
    """A bundle of a folder that has everything."""
    bundle = Bundle.__new__(Bundle)
    bundle.folder = folder
    bundle.__dict__["summary"] = study.summary
    bundle.__dict__["blocks"] = {run.relative_to(folder / "runs").as_posix(): None for run in study.runs}
    return bundle
