"""Where the default configuration is, and the files of each shipped study."""

from pathlib import Path

DEFAULT = Path(__file__).resolve().parents[2] / "config" / "config.yaml"
OVERRIDES = ("reported", "plane", "images", "paper", "paper-images")
EXPERIMENTS = sorted((DEFAULT.parent / "experiments").glob("*.yaml"))  # that go together as one study
SHIPPED = {
    "default": [DEFAULT],
    "experiments": [DEFAULT, *EXPERIMENTS],
} | {name: [DEFAULT, DEFAULT.with_name(f"{name}.yaml")] for name in OVERRIDES}
SHIPPED["release"] = [*SHIPPED["paper"], *EXPERIMENTS, *SHIPPED["plane"], DEFAULT.with_name("release.yaml")]
