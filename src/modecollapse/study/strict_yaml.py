"""Strict YAML: no number in another base, no date, no key twice, no anchors without end.

YAML 1.1 reads 010 as 8, 1:30 as 90 and 2020-01-01 as a date. This module reads text, plain numbers, true, false, null,
lists and mappings alone.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from modecollapse import reading
from modecollapse.errors import StudyError
from modecollapse.reading import MOST_DEPTH
from modecollapse.study.problems import key_path, shown

MOST_BYTES = 200_000  # of a file, which takes some seconds to read; the largest of the study has a fifth of it
MOST_VALUES = 100_000  # of a file, each anchor counted wherever it is used
MOST_DIGITS = 40
TAG = "tag:yaml.org,2002:"
TEXT = "text"  # what YAML 1.1 makes of 0o10 and of 08
SCALARS = {"str", "int", "float", "bool", "null", "timestamp", "merge"}
# ValueError, TypeError: what PyYAML lets through; RecursionError: a stack that was deep before
BROKEN = (yaml.YAMLError, ValueError, TypeError, RecursionError)


class Odd(NamedTuple):
    """A number or date that YAML reads as something else than it looks like."""

    key: str  # where it stands
    text: str  # as it is written
    meaning: str  # what YAML makes of it
    write: str  # the plain number, or two that may be meant; "" of a date

    @property
    def line(self) -> str:
        """`seeds: 010 is read by YAML as 8 (octal); write 8 or 10, or '010' where it is text`."""
        start = f"{self.key}: " if self.key else ""
        plain = f"{self.write}, or " if self.write else ""
        return f"{start}{self.text} is read by YAML as {self.meaning}; write {plain}{self.text!r} where it is text"


class _Loader(yaml.SafeLoader):
    """Checks each value as it is read: its depth, its key, its tag, its number, and how many values it stands for."""

    def __init__(self, text: str, path: tuple[str | int, ...], odd: list[Odd] | None) -> None:
        super().__init__(text)
        self.odd = odd
        self.path: list[Any] = [*path]  # that leads to the value which is read
        self.keys: dict[int, set[Any]] = {}  # of each mapping
        self.counts: dict[int, int] = {}  # of the values of each node that is read, its anchors spelt out

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node:
        """The next value: of a mapping `index` is the node of its key (None for the key itself), of a list a number."""
        if isinstance(index, yaml.Node):
            self._check_key(self.keys.setdefault(id(parent), set()), index)
        self.path.append(index.value if isinstance(index, yaml.Node) else index)
        if len(self.path) > MOST_DEPTH:
            raise yaml.YAMLError(f"is nested too deeply; allowed: {MOST_DEPTH} levels")
        is_alias = self.check_event(yaml.AliasEvent)
        node = super().compose_node(parent, index)
        of_key = [node.value] if isinstance(parent, yaml.MappingNode) and index is None else []
        key = key_path(tuple(part for part in (*self.path, *of_key) if part is not None))
        where = key or f"line {node.start_mark.line + 1}"
        if is_alias and id(node) not in self.counts:
            raise StudyError(f"{where}: holds itself; allowed: no anchor inside of what it names")
        if not is_alias:
            self.counts[id(node)] = 1 + self._values_inside(node, where, key)
        self.path.pop()
        return node

    def _values_inside(self, node: yaml.Node, where: str, key: str) -> int:
        """How many values a node has inside; StudyError for a tag or a number that is not allowed."""
        kind = node.tag.removeprefix(TAG)
        if kind == "map" and isinstance(node, yaml.MappingNode):
            return sum(self.counts[id(one)] for entry in node.value for one in entry)
        if kind == "seq" and isinstance(node, yaml.SequenceNode):
            return sum(self.counts[id(one)] for one in node.value)
        if kind in SCALARS and isinstance(node, yaml.ScalarNode) and self._is_plain(node):
            self._check_number(node, where, key)
            return 0
        tag = shown(node.tag.replace(TAG, "!!"))
        raise StudyError(f"{where}: the tag {tag} is not allowed; allowed: none but !!str")

    def _check_key(self, keys: set[Any], key: yaml.Node) -> None:
        """StudyError where a key of a mapping is no text or number, or is one of those before it."""
        line = f"line {key.start_mark.line + 1}"
        if not isinstance(key, yaml.ScalarNode):
            raise StudyError(f"{line}: a list or a mapping is a key; allowed: text")
        if key.tag != f"{TAG}merge":
            found = self.construct_object(key)
            if found in keys:
                raise StudyError(f"{line}: key {shown(found)} appears twice; allowed: each key once")
            keys.add(found)

    def _is_plain(self, node: yaml.ScalarNode) -> bool:
        """Whether the tag of a value is the one that its text has without a tag, or that of text."""
        return node.tag in (f"{TAG}str", self.resolve(yaml.ScalarNode, node.value, (True, False)))

    def _check_number(self, node: yaml.ScalarNode, where: str, key: str) -> None:
        """Refuse, or note in `odd`, a number or date that YAML reads as something else than it looks like."""
        kind, text = node.tag.removeprefix(TAG), node.value
        if kind not in ("int", "float", "timestamp"):
            return
        if len(text) > MOST_DIGITS:
            raise StudyError(f"{where}: a number has {len(text)} digits; allowed: {MOST_DIGITS}")
        meaning, write = ("a date", "") if kind == "timestamp" else _odd(text)
        found = Odd(key, text, meaning, write)
        if meaning and self.odd is None:
            raise StudyError(found.line)
        if meaning:
            self.odd.append(found)
            node.tag = f"{TAG}str" if meaning in ("a date", TEXT) else node.tag


_Loader.add_implicit_resolver(f"{TAG}int", re.compile(r"[-+]?0(?:o[0-7_]+|[0-9_]+)$"), list("-+0"))


def read(text: str, path: tuple[str | int, ...] = (), odd: list[Odd] | None = None) -> Any:
    """The content of a YAML text; `path` leads to the key that it is the value of, if there is one.

    Raises StudyError with the key or the line of what is wrong: of numbers and dates that are odd the first, unless
    there is a list `odd`, to which they are added while their value is what YAML makes of them.
    """
    try:
        loader = _Loader(text, path, odd)
        node = loader.get_single_node()
        if node is None:
            return None
        if (values := loader.counts[id(node)]) > MOST_VALUES:
            raise StudyError(f"has {values:,} values, anchors counted wherever they are used; allowed: {MOST_VALUES:,}")
        return loader.construct_document(node)
    except BROKEN as error:
        raise StudyError(_sentence(error, text)) from None


def read_yaml(path: Path, odd: list[Odd] | None = None) -> dict[str, Any]:
    """A YAML mapping, as `read` reads it; StudyError with the path for anything else. `~` is the home."""
    try:
        content = reading.text(path.expanduser(), MOST_BYTES)
    except RuntimeError:  # no such user
        raise StudyError(f"{path}: cannot be read: there is no such home folder") from None
    try:
        content = read(content, odd=odd)
    except StudyError as error:
        raise StudyError(f"{path}: {error}") from None
    if not isinstance(content, dict):
        raise StudyError(f"{path}: holds {type(content).__name__}; allowed: a mapping of keys to values")
    return content


def _odd(text: str) -> tuple[str, str]:
    """What YAML makes of a number that is not plain, and the plain ones that may be meant; twice "" for a plain one."""
    digits = text.lstrip("+-").replace("_", "")
    sign = "-" if text.startswith("-") else ""
    for start, base, name in (("0x", 16, "hexadecimal"), ("0b", 2, "binary"), ("0o", 8, "octal")):
        if digits.startswith(start):
            number = f"{sign}{int(digits[2:] or '0', base)}"
            return TEXT if start == "0o" else f"{number} ({name})", number
    if ":" in digits:
        plain = f"{sign}{sum(float(part) * 60**power for power, part in enumerate(reversed(digits.split(':')))):.15g}"
        return f"{plain} (sexagesimal, base 60)", plain
    if re.fullmatch("0[0-7]+", digits):
        octal, decimal = f"{sign}{int(digits, 8)}", f"{sign}{int(digits)}"
        return f"{octal} (octal)", octal if octal == decimal else f"{octal} or {decimal}"
    if re.fullmatch("0[0-9]+", digits):
        return TEXT, f"{sign}{int(digits)}"
    return (f"{sign}{digits}", f"{sign}{digits}") if "_" in text else ("", "")


def _sentence(error: Exception, text: str) -> str:
    """What PyYAML found, in one line that begins with the line of the file where it is known."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:
        position = getattr(error, "position", None)
        if isinstance(position, int):  # of a character that no text has
            line = text.count("\n", 0, position) + 1
            return f"line {line}: a control character, {shown(text[position : position + 1])}; allowed: text"
        return " ".join(str(error).split())
    message = ", ".join(filter(None, [error.context, error.problem]))
    line = text.split("\n")[mark.line : mark.line + 1]
    if "\\t" in message or (line and "\t" in line[0][: len(line[0]) - len(line[0].lstrip())]):
        return f"line {mark.line + 1}: a tab; YAML wants blanks"
    return f"line {mark.line + 1}: {' '.join(message.split())}"
