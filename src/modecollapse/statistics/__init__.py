"""Intervals, tests, effect sizes, ranks and verdict rules for few runs; knows nothing of GANs."""

from modecollapse.statistics.intervals import gaffke, reach_of_perfect_runs
from modecollapse.statistics.summary import Description, describe

__all__ = ["Description", "describe", "gaffke", "reach_of_perfect_runs"]
