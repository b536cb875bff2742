"""Variants beside each other: one value a run, tests of pairs, ranks over data sets, and where measures disagree."""
