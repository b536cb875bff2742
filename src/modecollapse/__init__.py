"""Mode Collapse Study: train GAN variants, measure mode collapse, set the results beside published ones.

As a library: `score` measures samples of your own, `load_study` opens a finished study. Both are loaded when they are
first used, so that a command which needs neither starts quickly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modecollapse.scoring.score import score as score
    from modecollapse.scoring.target import load_study as load_study

__version__ = "0.1.0"
_OFFERED = {"score": "modecollapse.scoring.score", "load_study": "modecollapse.scoring.target"}


def __getattr__(name: str) -> Any:
    if name not in _OFFERED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_OFFERED[name]), name)
