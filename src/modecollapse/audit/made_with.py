"""The versions that figures and PDF were made with: with others their bytes may differ without any fault."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

from modecollapse import reading
from modecollapse.audit.bundle import CHECKED, Bundle
from modecollapse.errors import StudyError

LIBRARIES = ("matplotlib", "numpy", "pandas", "scipy", "typst")


def here() -> dict[str, str]:
    """The versions that are installed."""
    return {name: version(name) for name in LIBRARIES}


def differences(bundle: Bundle, names: Sequence[str]) -> str:
    """Those of `names` that differ from what a study was made with, in words; empty where none does."""
    try:
        made_with = reading.json_file(bundle.folder / CHECKED)["made_with"]
        told = {name: str(made_with[name]) for name in names}
    except (StudyError, KeyError, TypeError):
        return ""
    installed = here()
    return ", ".join(
        f"{name} {told[name]} there, {installed[name]} here" for name in names if told[name] != installed[name]
    )
