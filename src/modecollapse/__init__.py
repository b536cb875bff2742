"""Mode Collapse Study: train GAN variants, measure mode collapse, set the results beside published ones.

As a library: `score` measures samples of your own, `load_study` opens the tables of a finished study.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modecollapse.scoring.released import load_study
    from modecollapse.scoring.score import score

__version__ = "0.1.0"
__all__ = ["load_study", "score"]


def __getattr__(name: str) -> Any:
    """The functions of the library, imported when they are asked for, so that commands start quickly."""
    if name == "score":
        from modecollapse.scoring.score import score as found
    elif name == "load_study":
        from modecollapse.scoring.released import load_study as found
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return found
