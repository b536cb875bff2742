"""Per cent high-quality samples under the shell rule: samples as far from their nearest mode as real data is.

Samples that lie too close to the centre, as those of a shrunken Gaussian do, are no better than those too far from it.
"""

from __future__ import annotations

from modecollapse.measures.high_quality_percent import support, value

__all__ = ["support", "value"]

LABEL = "% high quality (shell rule)"
DECIMALS = 2
BETTER = "more"
NOTE = "share of samples as far from a mode as real data is; more is better up to the oracle"
RULE = "shell"
