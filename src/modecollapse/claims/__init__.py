"""What was published, and what this study's results say of it."""

from modecollapse.claims.published import Published, Value
from modecollapse.claims.registry import Registry, load

__all__ = ["Published", "Registry", "Value", "load"]
