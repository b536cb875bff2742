"""The versions and the processor that decide the last digits of tables, figures, PDF and page (environment.json)."""

from __future__ import annotations

import platform
from contextlib import suppress
from importlib import metadata
from typing import Any

NAME = "environment.json"
LIBRARIES = ("jinja2", "matplotlib", "numpy", "pandas", "pot", "pyarrow", "scikit-learn", "scipy", "seaborn", "torch",
             "typst", "vl-convert-python")  # fmt: skip


def describe() -> dict[str, Any]:
    """`versions` by the name of the library, `python` among them, `cpu`, `platform`, and torch's `cpu_capability`."""
    import torch

    from modecollapse.training import arithmetic

    versions = {"python": platform.python_version()}
    for name in LIBRARIES:
        with suppress(metadata.PackageNotFoundError):
            versions[name] = metadata.version(name)
    machine = {"cpu": arithmetic.processor(), "platform": f"{platform.system()} {platform.machine()}"}
    return {"versions": versions, **machine, "cpu_capability": torch.backends.cpu.get_cpu_capability()}
