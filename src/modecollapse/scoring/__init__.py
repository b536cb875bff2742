"""Anybody's samples in the study's terms: its measures, oracle and nulls, and their place among its variants."""
