"""`modecollapse new`: a file that runs, its test, and the entry to paste, for each kind of thing that can be added."""

from __future__ import annotations

import re
from pathlib import Path

from modecollapse import files
from modecollapse.errors import StudyError
from modecollapse.study import catalogue

TEMPLATES = Path(__file__).parent
NAME = re.compile(r"[a-z]([a-z0-9-]{0,30}[a-z0-9])?")
PASTE = """Put into my.yaml:

    study: mine
    datasets: [{dataset}]
    variants: [{variant}]
    measures: [{measures}]

and try it, from data to the report, in about a minute:

    modecollapse plan --configfile my.yaml --config steps=30 --config seeds=2
    snakemake --cores all --configfile my.yaml --config steps=30 seeds=2"""
# The file of each kind below the repository, its test, and what to paste into my.yaml or elsewhere.
KINDS = {
    "variant": ("src/modecollapse/variants/@FILE@.py", "tests/variants/test_@FILE@.py"),
    "dataset": ("src/modecollapse/datasets/@FILE@.py", "tests/datasets/test_@FILE@.py"),
    "measure": ("src/modecollapse/measures/@FILE@.py", "tests/measures/test_@FILE@.py"),
    "experiment": ("config/experiments/@NAME@.yaml", "tests/study/test_experiment_@FILE@.py"),
    "claim": (None, "tests/claims/test_claim_@FILE@.py"),
}


def new(kind: str, name: str, repository: Path) -> tuple[list[Path], str]:
    """Write the skeleton of a kind and its test into a clone of the repository; returns them and what to paste.

    Raises StudyError for another kind, a name that cannot be one, a name that is taken, and outside of a clone; then
    nothing is written.
    """
    if kind not in KINDS:
        raise StudyError(f"new {kind!r}: allowed: {', '.join(KINDS)}")
    if not NAME.fullmatch(name):
        raise StudyError(f"new {kind} {name!r}: allowed: lower-case letters, digits and hyphens, from a letter on")
    if not (repository / "src/modecollapse/stages.py").is_file() or not (repository / "tests").is_dir():
        raise StudyError(f"{repository}: is no clone of the study; allowed: to work in the repository's folder")
    written = {}
    for template, place in zip(_templates(kind), KINDS[kind], strict=True):
        if place:
            text = (TEMPLATES / template).read_text(encoding="utf-8")
            written[repository / _filled(place, name)] = _filled(text, name)
    taken = [path for path in written if path.exists()]
    if taken or (kind in ("variant", "dataset", "measure") and _is_known(kind, name)):
        where = f"{taken[0]} is there already" if taken else "the name is taken"
        raise StudyError(f"new {kind} {name}: {where}; allowed: another name")
    for path, text in written.items():
        files.write_text(path, text)
    return list(written), entry(kind, name)


def entry(kind: str, name: str) -> str:
    """What to paste, and the commands that try it."""
    chosen = {"dataset": "ring", "variant": "gan-nonsaturating, veegan", "measures": "modes, high_quality_percent"}
    if kind == "experiment":
        file = f"--configfile config/experiments/{name}.yaml"
        return f"Try it:\n\n    modecollapse plan --claims {file}\n    snakemake --cores all {file} --config steps=30"
    if kind == "claim":
        text = _filled((TEMPLATES / "claim_entry.txt").read_text(encoding="utf-8"), name)
        return f"{text}\nand see what it can reach:\n\n    modecollapse plan --claims"
    key = "measures" if kind == "measure" else kind
    chosen[key] = (
        name if kind == "dataset" else f"{chosen[key]}, {_filled('@FILE@', name) if kind == 'measure' else name}"
    )
    return PASTE.format(**chosen)


def _templates(kind: str) -> tuple[str, str]:
    return f"{kind}.{'yaml' if kind == 'experiment' else 'py'}.txt", f"{kind}_test.py.txt"


def _is_known(kind: str, name: str) -> bool:
    return (name if kind != "measure" else _filled("@FILE@", name)) in catalogue.names(f"{kind}s")


def _filled(text: str, name: str) -> str:
    label = name.replace("-", " ").capitalize()
    return text.replace("@FILE@", name.replace("-", "_")).replace("@NAME@", name).replace("@LABEL@", label)
