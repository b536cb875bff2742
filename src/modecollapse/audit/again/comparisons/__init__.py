"""Comparisons of the variants, computed again."""
