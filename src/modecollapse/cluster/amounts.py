"""Numbers of a profile as Snakemake reads them: plain, arithmetic on `attempt`, a time such as 2h, a size such as 16GB.

Snakemake writes each value as text, reads `mem` and `runtime` with humanfriendly, evaluates the rest as Python, and
leaves what it cannot evaluate as text, which no number may be.
"""

from __future__ import annotations

import ast
import builtins
import math
import operator
from typing import Any

import humanfriendly

from modecollapse.cluster import slurm

STANDARD = {"mem": "mem_mb", "mem_mib": "mem_mb"}  # one resource, which the plugin reads in MB
NUMBERS = ("mem", "mem_mb", "mem_mib", "mem_mb_per_cpu", "cpus_per_task", "cpus_per_gpu", "gpu", "nodes", "runtime")
MB_OF_A_MIB = 1.048576
ARITHMETIC = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
ARITHMETIC |= {ast.FloorDiv: operator.floordiv}
CHOICES = {"min": min, "max": max}
NAMES = {"attempt", "input", "threads", "wildcards", "system_tmpdir", "shutil", "async_run", *dir(builtins)}


class Refused(ValueError):
    """What Snakemake would not take; the message is the line to write."""


def evaluated(key: str, value: Any, attempt: int) -> Any:
    """A resource as it stands, or if it is a number its value at `attempt` (`runtime` in minutes, memory in MB).

    None is a number that only Snakemake can evaluate, such as 2 * input.size_mb. Raises Refused.
    """
    if key not in NUMBERS or value is None:
        return _unquoted(value)
    number = _whole(key, value, attempt)
    return math.floor(number * MB_OF_A_MIB) if key == "mem_mib" and number is not None else number


def instead(key: str, text: str, plain: str = "") -> str:
    """The line in place of one that Snakemake refuses or misreads; `plain` is the number that may be meant."""
    try:
        if key == "runtime" and text.count(":") != 1:  # 1:30 may be of hours or of minutes
            return f"runtime: {math.ceil(slurm.minutes(text))} (minutes)"
        if key in ("mem_mb", "mem_mb_per_cpu") and not plain:
            return f"{key}: {math.ceil(humanfriendly.parse_size(text) / 1e6)}"
    except (ValueError, OverflowError, humanfriendly.InvalidSize):
        pass
    if key == "runtime":
        return "runtime: 120 (minutes), or a number with one unit, 2h or 1d"
    return f"{key}: {plain or {'mem': '16GB', 'mem_mb': '16000'}.get(key, 'a whole number')}"


def _whole(key: str, value: Any, attempt: int) -> int | None:
    text = str(value).strip()
    if isinstance(value, int) and value >= 0:
        return value
    friendly = _friendly(key, text.strip("'\""))
    if friendly is not None:
        return friendly
    if isinstance(value, str) and _is_number(text.strip("'\"")):  # Snakemake keeps it as the text that it is
        raise Refused(f"{key}: {text.strip(chr(39) + chr(34))} without quotes")
    try:
        tree = ast.parse(text, mode="eval").body
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        number = round(_number(tree, attempt))
    except (SyntaxError, ArithmeticError, RecursionError, MemoryError):
        raise Refused(instead(key, text)) from None
    except ValueError:
        if isinstance(tree, ast.Constant) or not names <= NAMES:
            raise Refused(instead(key, text)) from None
        return None
    if number < 0:
        raise Refused(instead(key, text))
    return number


def _friendly(key: str, text: str) -> int | None:
    """A time in minutes or a size in MB; None for what is neither."""
    if key not in ("runtime", "mem"):
        return None
    if text.isdecimal():
        return int(text)
    try:
        if key == "mem":
            return max(math.ceil(humanfriendly.parse_size(text) / 1e6), 1)
        return max(int(round(humanfriendly.parse_timespan(text)) / 60), 1)  # without a unit, seconds
    except (humanfriendly.InvalidTimespan, humanfriendly.InvalidSize):
        return None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _unquoted(value: Any) -> Any:
    """Snakemake evaluates text, so what is not to be evaluated may stand in quotes of its own: "'--signal=TERM'"."""
    if isinstance(value, str) and len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return value


def _number(node: ast.expr, attempt: int) -> float:
    """Arithmetic without eval; ValueError for anything else."""
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.Name(id="attempt"):
            return attempt
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_number(operand, attempt)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
            return ARITHMETIC[type(op)](_number(left, attempt), _number(right, attempt))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in CHOICES and args:
            return CHOICES[name](_number(argument, attempt) for argument in args)
    raise ValueError(ast.dump(node))
