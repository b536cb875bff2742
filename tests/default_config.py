"""Where the default configuration is."""

from pathlib import Path

DEFAULT = Path(__file__).resolve().parent.parent / "config" / "config.yaml"
