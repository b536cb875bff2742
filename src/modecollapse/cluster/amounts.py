"""Numbers of a profile: as they stand, or arithmetic on `attempt`, or a time such as 2h."""

from __future__ import annotations

import ast
import operator
from typing import Any

import humanfriendly

NUMBERS = ("mem_mb", "mem_mb_per_cpu", "cpus_per_task", "cpus_per_gpu", "gpu", "nodes", "runtime")
ARITHMETIC = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
ARITHMETIC |= {ast.FloorDiv: operator.floordiv}
CHOICES = {"min": min, "max": max}


def evaluated(key: str, value: Any, attempt: int) -> Any:
    """A resource as it stands, or if it is a number (`runtime` in minutes) its value at `attempt`.

    None is a number that only Snakemake can evaluate, such as 2 * input.size_mb.
    """
    if key not in NUMBERS or value is None or isinstance(value, int | float):
        return _unquoted(value)
    try:
        number = _number(ast.parse(str(value), mode="eval").body, attempt)
        return int(number) if number == int(number) else number
    except (SyntaxError, ValueError, ArithmeticError):
        return _minutes(str(value)) if key == "runtime" else None


def _unquoted(value: Any) -> Any:
    """Snakemake evaluates text, so what is not to be evaluated may stand in quotes of its own: "'--signal=TERM'"."""
    if isinstance(value, str) and len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return value


def _minutes(value: str) -> float | None:
    try:
        return humanfriendly.parse_timespan(value) / 60  # what Snakemake reads a time with
    except humanfriendly.InvalidTimespan:
        return None


def _number(node: ast.expr, attempt: int) -> float:
    """Arithmetic without eval; ValueError for anything else."""
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.Name(id="attempt"):
            return attempt
        case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
            return ARITHMETIC[type(op)](_number(left, attempt), _number(right, attempt))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in CHOICES and args:
            return CHOICES[name](_number(argument, attempt) for argument in args)
    raise ValueError(ast.dump(node))
