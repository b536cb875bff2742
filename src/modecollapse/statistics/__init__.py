"""Intervals, tests, effect sizes, ranks and verdict rules for few runs; knows nothing of GANs.

These modules `import scipy` alone, which loads scipy.stats (a second) where it is first used: a plan uses none of it.
"""

from modecollapse.statistics.intervals import gaffke, reach_of_perfect_runs
from modecollapse.statistics.summary import Description, describe

__all__ = ["Description", "describe", "gaffke", "reach_of_perfect_runs"]
