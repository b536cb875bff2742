"""Which numbers of the published tables can be what they are said to be; no run of ours is needed."""

from modecollapse.claims.published_consistency.table import consistency_rows

__all__ = ["consistency_rows"]
