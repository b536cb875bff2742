"""The published results this study is set beside, as data."""

from modecollapse.claims.published import Published, Value, load

__all__ = ["Published", "Value", "load"]
