"""Summary and printed tables, computed again."""
