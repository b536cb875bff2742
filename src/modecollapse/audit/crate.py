"""A study as a Workflow Run RO-Crate: JSON-LD that says what each file is, and which run made it from which files.

Sources: RO-Crate 1.1, Workflow RO-Crate 1.0, Process and Workflow Run Crate 0.5. The workflow's run is an action whose
instrument is the Snakefile; that of each block of seeds is one of its own, whose instrument is `modecollapse train`.
All content comes from the manifest, the plan and the run records, dates too, so one study always gives the same bytes.
"""

from __future__ import annotations

import mimetypes
import os
import shutil
import tempfile
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

from rocrate.model.contextentity import ContextEntity
from rocrate.model.entity import Entity
from rocrate.model.file import File
from rocrate.rocrate import ROCrate

from modecollapse import __version__, files, manifest
from modecollapse.audit.bundle import CLAIMS, MANIFEST, PAGE, PDF, STUDY, WITHHELD, Bundle
from modecollapse.audit.source_at_commit import REPOSITORY
from modecollapse.errors import StudyError
from modecollapse.report.layout import RUN, planned_files
from modecollapse.study.specs import Block

NAME = "ro-crate-metadata.json"
WORKFLOW = "workflow/Snakefile"
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
TERMS = "https://w3id.org/ro/terms/workflow-run/context"  # where sha256 is defined
COMPLETED = {"@id": "http://schema.org/CompletedActionStatus"}
LICENCE = "https://spdx.org/licenses/MIT"
FORMATS = mimetypes.MimeTypes()  # Python's own table, the same on every machine
FORMATS.add_type("application/vnd.apache.parquet", ".parquet")
FORMATS.add_type("application/yaml", ".yaml")
DATE = (1980, 1, 1, 0, 0, 0)  # of every file in a zip


def write_crate(bundle: Bundle, out: Path) -> Path:
    """Describe a study as a crate at `out`, which is returned.

    The study's own folder gets ro-crate-metadata.json alone. A path that ends in .zip becomes an archive, and any other
    a folder, with copies of all files and of the workflow. Withheld files are described with their SHA-256, and are
    not there. Nothing that exists is replaced. Raises StudyError where something exists, where a file is missing
    or is not the one of the manifest, or where a record is not one of a finished run; then nothing is written.
    """
    within = out.is_dir() and out.samefile(bundle.folder)
    if not within:
        _check_free(out, bundle.folder)
    crate = describe(bundle)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".crate-") as folder:
        copy = Path(folder) / "copy"
        copy.mkdir()
        (crate.metadata if within else crate).write(copy)
        if within:
            (copy / NAME).replace(out / NAME)
        else:
            (_zipped(copy) if out.suffix == ".zip" else copy).rename(out)
    return out


def _check_free(out: Path, study: Path) -> None:
    """StudyError where something other than an empty folder exists at a path, or where it lies inside of the study."""
    if study.resolve() in out.resolve().parents:
        raise StudyError(f"--out: {out} is inside of the study; allowed: a path outside of it, or its own folder")
    empty = out.is_dir() and not out.is_symlink() and not any(out.iterdir()) and out.suffix != ".zip"
    if os.path.lexists(out) and not empty:
        problem = "is there already, and nothing is replaced: move it away or choose another name"
        raise StudyError(f"--out: {out} {problem}; allowed: a new folder or .zip file, or the study's own folder")


def _zipped(folder: Path) -> Path:
    """An archive of a folder beside it: the same bytes for the same files."""
    with zipfile.ZipFile(folder.with_suffix(".zip"), "w") as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), DATE)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            with open(path, "rb") as source, archive.open(entry, "w") as target:
                shutil.copyfileobj(source, target)
    return folder.with_suffix(".zip")


def describe(bundle: Bundle) -> ROCrate:
    """The crate of a study, with the local path of every file that is there. Raises as `write_crate` does."""
    crate = ROCrate(version="1.1")
    crate.metadata.extra_contexts.append(TERMS)
    listed = _add_files(crate, bundle)
    tools = _add_tools(crate, bundle)
    workflow = _add_workflow(crate, tools)
    actions = [_block_action(crate, bundle, name, block, tools) for name, block in sorted(bundle.blocks.items())]
    began, ended = (pick(action[key] for action in actions) for pick, key in ((min, "startTime"), (max, "endTime")))
    run = _add_action(
        crate,
        "#study",
        name=f"The study {bundle.study.study}",
        description="All stages, from the data to the report; the times are those of the training.",
        instrument=workflow,
        object=[entity for path, entity in listed.items() if path in (STUDY, CLAIMS)],
        result=[entity for path, entity in listed.items() if path not in (STUDY, CLAIMS)],
        startTime=began,
        endTime=ended,
    )
    root = crate.root_dataset
    root["name"] = f"Mode Collapse Study: {bundle.study.study}"
    root["description"] = (
        f"Generative adversarial networks, trained in {len(actions)} blocks of seeds, and how many modes their samples "
        "cover, beside what was published: runs, tables, figures and the report."
    )
    root["datePublished"] = ended
    root["license"] = _add(crate, LICENCE, "CreativeWork", name="MIT License")
    root["conformsTo"] = [
        _add(crate, id_, "CreativeWork", name=name, version=version) for id_, (name, version) in PROFILES.items()
    ]
    root["mentions"] = [run, *actions]
    return crate


def _add_files(crate: ROCrate, bundle: Bundle) -> dict[str, Entity]:
    """Add every file of the manifest and those beside it, present or withheld; returns them by path.

    StudyError where one is missing, differs from the manifest, or is no file of the study.
    """
    digests = manifest.read(bundle.folder / MANIFEST)
    if others := set(digests) ^ set(planned_files(bundle.study)):
        problem = "is no file of the study" if min(others) in digests else "is a file of the study and not listed"
        raise StudyError(f"{bundle.folder / MANIFEST}: {min(others)} {problem}; allowed: all files of the study")
    digests |= {
        name: files.sha256(bundle.folder / name) for name in (MANIFEST, PDF, PAGE, WITHHELD) if bundle.has(name)
    }
    found = {}
    for path, digest in sorted(digests.items()):
        source = bundle.folder / path
        if bundle.has(path):
            if files.sha256(source) != digest:
                raise StudyError(f"{source}: its SHA-256 is not that of the manifest; allowed: an unchanged study")
            found[path] = _add_file(crate, path, digest, source)
        elif path in bundle.withheld:
            found[path] = _add_file(crate, path, digest, None)
            found[path]["description"] = f"Not in this release: {bundle.withheld[path]:,} bytes"
        else:
            raise StudyError(f"{source}: missing, though the manifest lists it; allowed: a whole study")
    return found


def _add_file(crate: ROCrate, path: str, digest: str, source: Path | None) -> Entity:
    about = {"name": path, "sha256": digest}
    if media_type := FORMATS.guess_type(path)[0]:
        about["encodingFormat"] = media_type
    if source:
        about["contentSize"] = str(source.stat().st_size)
    return crate.add(File(crate, source, path, properties=about))


def _add_tools(crate: ROCrate, bundle: Bundle) -> list[Entity]:
    """Add the program that trains, then the versions that the records name."""
    of_records = [record.get("versions") for record in bundle.records.values()]
    versions = {(name, str(text)) for of in of_records if isinstance(of, dict) for name, text in of.items()}
    required = [
        _add(crate, f"#{name}-{version}", "SoftwareApplication", name=name, softwareVersion=version)
        for name, version in sorted(versions)
    ]
    about = {"name": "modecollapse train", "softwareVersion": __version__, "softwareRequirements": required}
    return [_add(crate, "#modecollapse-train", "SoftwareApplication", **about), *required]


def _add_workflow(crate: ROCrate, tools: list[Entity]) -> Entity:
    """Add the Snakefile, with its rules and the list of versions where the package is in its repository."""
    source: Path | None = REPOSITORY / WORKFLOW
    about: dict[str, Any] = {"name": "Mode Collapse Study", "softwareRequirements": tools}
    if source and source.is_file():
        paths = sorted([*(REPOSITORY / "workflow" / "rules").glob("*.smk"), *REPOSITORY.glob("environment.yml")])
        names = {path.relative_to(REPOSITORY).as_posix(): path for path in paths}
        about["hasPart"] = [_add_file(crate, name, files.sha256(path), path) for name, path in names.items()]
        about |= {"sha256": files.sha256(source), "contentSize": str(source.stat().st_size)}
    else:
        source = None
    return crate.add_workflow(source, WORKFLOW, main=True, lang="snakemake", properties=about)


def _block_action(crate: ROCrate, bundle: Bundle, name: str, block: Block, tools: list[Entity]) -> Entity:
    """Add the training of a block of seeds. A diverged seed is a result: the action is completed and names the seed."""
    try:
        record = bundle.records[name]
        began, ended = (datetime.fromisoformat(record[key]).isoformat() for key in ("started", "ended"))
        bad = [f"seed {seed['seed']} at step {seed['step']}" for seed in record["status"] if seed["status"] != "ok"]
        device, cpu, code, commit = (record[key] for key in ("device", "cpu", "code", "commit"))
    except (KeyError, TypeError, ValueError) as error:
        raise StudyError(f"{bundle.folder / 'runs' / name / 'run.json'}: {error!r}; allowed: a finished run") from None
    values = {
        f"#configuration-{block.cell.config_hash}": ("configuration", block.cell.model_dump_json()),
        f"#{block.name}": ("seeds", ", ".join(map(str, block.seeds))),
        f"#code-{code}": ("SHA-256 of the code that trains", str(code)),
    }
    if commit:
        values[f"#commit-{commit}"] = ("git commit", str(commit))
    parameters = [_add(crate, id_, "PropertyValue", name=what, value=value) for id_, (what, value) in values.items()]
    return _add_action(
        crate,
        f"#train/{name}",
        name=f"Training of {name}",
        description=f"{block.name}: {block.cell.training.steps} steps, device {device}, processor {cpu}. "
        + (f"Diverged: {', '.join(bad)}." if bad else "No seed diverged."),
        instrument=tools[0],
        object=[crate.get(f"data/{block.cell.dataset.name}.npz"), *parameters],
        result=[crate.get(f"runs/{name}/{file}") for file in RUN],
        startTime=began,
        endTime=ended,
    )


def _add_action(crate: ROCrate, id_: str, **properties: Any) -> Entity:
    return _add(crate, id_, "CreateAction", **properties, actionStatus=COMPLETED)


def _add(crate: ROCrate, id_: str, kind: str, **properties: Any) -> Entity:
    return crate.add(ContextEntity(crate, id_, {"@type": kind, **properties}))
