"""Rows of the tidy table, computed again from samples and traces."""
