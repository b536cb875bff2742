"""Modes captured under the shell rule: modes that are nearest to at least one sample on the shell around them.

In many dimensions the samples of a Gaussian lie on a shell; a rule that wants them near the centre accepts none of them
(see `datasets/gaussians_1200d.py`).
"""

from __future__ import annotations

from modecollapse.measures.modes import support, value

__all__ = ["support", "value"]

LABEL = "Modes (shell rule)"
DECIMALS = 2
BETTER = "more"
NOTE = "modes nearest to a sample as far from them as real data is; more is better"
RULE = "shell"
