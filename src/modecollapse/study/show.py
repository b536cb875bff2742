"""The plan and the catalogue as tables on a terminal."""

from __future__ import annotations

import sys
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Column, Table

from modecollapse.study import catalogue, cost, plan
from modecollapse.study.config import Study


def print_plan(study: Study) -> None:
    """The blocks with their seeds, steps, work (G's learning rate times the steps), batch and estimated minutes."""
    table = Table(Column("cell", no_wrap=True), title=f"Study {study.study}")
    for column in ("seeds", "steps", "rate x steps", "batch", "minutes"):
        table.add_column(column, justify="right")
    jobs: list[float] = []
    for cell in plan.cells(study):
        work = cell.training.optimizer_of("generator").lr * cell.training.steps
        for block in plan.blocks(study, cell):
            minutes = cost.block_seconds(block, study.device) / 60
            jobs.append(minutes)
            seeds = block.name.removeprefix("seeds-")
            steps, batch = str(cell.training.steps), str(cell.training.batch)
            table.add_row(cell.path, seeds, steps, f"{work:.3g}", batch, f"{minutes:.1f}")
    terminal = console()
    terminal.print(table)
    unit, of_a_job = ("GPU", "one GPU") if study.device == "cuda" else ("CPU", "one thread")
    total = sum(jobs)
    estimate = f"{_minutes(total)} {unit} minutes" if total < 600 else f"{total / 60:,.0f} {unit} hours"
    right = "right to a factor of two" if unit == "CPU" else "not measured on a GPU: right to a factor of three"
    terminal.print(f"About {estimate} of training in {len(jobs)} jobs, {of_a_job} a job ({right}).")
    shortest, longest, middle = map(_minutes, (min(jobs), max(jobs), median(jobs)))
    terminal.print(f"A job lasts {shortest} to {longest} minutes, half of them over {middle}.")
    _print_inversions(study, terminal, unit)


def _print_inversions(study: Study, terminal: Console, unit: str) -> None:
    """What seeking latents costs (IvOM), if the study has images and a measure that needs it."""
    inverted = set(plan.inversions(study))
    blocks = [block for cell in plan.cells(study) for block in plan.blocks(study, cell) if block.path in inverted]
    if blocks:
        hours = sum(cost.inversion_seconds(block, study.inversion, study.device) for block in blocks) / 3600
        terminal.print(f"Inverting {len(blocks)} blocks: at most {hours:,.1f} {unit} hours more.")


def print_options() -> None:
    """Every data set, variant and measure with its options, defaults, allowed values and presets."""
    for folder in ("datasets", "variants", "measures"):
        options = [Column("options and presets", overflow="fold")] if folder != "measures" else []
        table = Table("name", "label", *options, title=folder, show_lines=bool(options))
        for name in catalogue.names(folder):
            facts = catalogue.declarations(folder, name)
            rules = [f"{option}: {_allowed(rule)}" for option, rule in facts.get("OPTIONS", {}).items()]
            rules += [f"preset {preset}: {_listed(chosen)}" for preset, chosen in facts.get("PRESETS", {}).items()]
            table.add_row(name, facts["LABEL"], *["\n".join(rules) for _ in options])
        console().print(table)


def _minutes(minutes: float) -> str:
    """With a digit after the point where a whole number would be 0 or coarse; at least 0.1."""
    return f"{max(minutes, 0.1):.1f}" if minutes < 10 else f"{minutes:.0f}"


def _listed(options: dict[str, Any]) -> str:
    return ", ".join(f"{option} {value}" for option, value in options.items()) or "the defaults"


def console() -> Console:
    """As wide as the terminal; in a file or a pipe wide enough for every column."""
    return Console() if sys.stdout.isatty() else Console(width=110)


def _allowed(rule: list[Any] | dict[str, Any]) -> str:
    if isinstance(rule, list):
        return f"{rule[0]}, or {', '.join(map(str, rule[1:]))}"
    bounds = ", ".join(f"{word} {rule[word]}" for word in ("above", "least", "most") if word in rule)
    return f"{rule['default']} ({bounds})" if bounds else f"{rule['default']}"
