"""The versions that figures and PDF were made with: with others their bytes may differ without any fault."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import version

from modecollapse.audit.bundle import CHECKED, Bundle

LIBRARIES = ("matplotlib", "numpy", "pandas", "scipy", "typst")


def here() -> dict[str, str]:
    """The versions that are installed."""
    return {name: version(name) for name in LIBRARIES}


def differences(bundle: Bundle, names: Sequence[str]) -> str:
    """Those of `names` that differ from what a study was made with, in words; empty where none does."""
    try:
        made_with = json.loads((bundle.folder / CHECKED).read_text(encoding="utf-8"))["made_with"]
        told = {name: str(made_with[name]) for name in names}
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    installed = here()
    return ", ".join(
        f"{name} {told[name]} there, {installed[name]} here" for name in names if told[name] != installed[name]
    )
