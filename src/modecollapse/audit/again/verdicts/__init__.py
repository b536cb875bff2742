"""Verdicts, computed again."""
