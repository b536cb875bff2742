"""Where the default configuration is."""

from pathlib import Path

DEFAULT = Path(__file__).resolve().parents[2] / "config" / "config.yaml"
