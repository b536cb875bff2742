"""Scoring: the study's measures of anybody's samples, beside calibration, published numbers and a study's variants."""
