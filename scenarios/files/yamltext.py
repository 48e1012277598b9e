"""YAML 1.2 read with care: no anchors, no tags, no duplicate keys, and a line for every problem."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from history.errors import InputError

MOST_BYTES = 256 * 1024
"""Largest file that is read; a scenario of a hundred changes has about 20 kB."""

_DEEPEST = 16
# The reader of YAML takes these for whole numbers and stumbles over them.
_NO_DIGITS = re.compile(r"[-+]?(?:0[box])?_+")


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a file.

    Attributes
    ----------
    place
        ``file:line:column``, both counted from 1; the file alone where no line is known.
    message
        What is wrong and what to do.
    line
        The line of the file, for the caret; empty where none is known.
    column
        Column counted from 1; 0 where none is known.
    """

    place: str
    message: str
    line: str = ""
    column: int = 0

    def __str__(self) -> str:
        text = f"{self.place}: {self.message}"
        if self.line.strip() and self.column:
            text += f"\n    {self.line.rstrip()}\n    {' ' * (self.column - 1)}^"
        return text


def refuse(problems: Sequence[Problem]) -> InputError:
    """One error that lists every problem, in the order given."""
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return InputError(f"{count}:\n" + "\n".join(str(problem) for problem in problems))


@dataclass(frozen=True)
class Document:
    """A parsed file: its data, its bytes, and where everything stands.

    Attributes
    ----------
    name
        How the file is called in messages.
    content
        The bytes as in the file.
    data
        Mappings, lists and scalars, without anything of the YAML library.
    """

    name: str
    content: bytes
    data: Any
    _tree: Any

    def problem(self, path: Sequence[str | int], message: str, *, at_key: bool = False) -> Problem:
        """Give a problem at a place in the data.

        Parameters
        ----------
        path
            Keys and positions from the top, such as ``("changes", 0, "months")``; what is not
            there is answered with the nearest thing above it.
        message
            What is wrong.
        at_key
            Point at the key and not at its value.
        """
        line, column = _position(self._tree, path, at_key=at_key)
        lines = self.content.decode("utf-8").lstrip("\ufeff").splitlines()
        text = lines[line] if line < len(lines) else ""
        return Problem(f"{self.name}:{line + 1}:{column + 1}", message, text, column + 1)


def load(path: Path) -> Document:
    """Read a YAML file.

    Parameters
    ----------
    path
        The file; at most `MOST_BYTES`.

    Returns
    -------
    Document
        Its data with positions.

    Raises
    ------
    InputError
        Not readable, too large, not UTF-8, not YAML, or with anchors, tags, directives, duplicate
        keys or several documents.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    return parse(content, str(path))


def parse(content: bytes, name: str) -> Document:
    """Parse YAML from bytes; as `load`, with the file's name for messages."""
    if len(content) > MOST_BYTES:
        raise refuse(
            [Problem(name, f"larger than {MOST_BYTES // 1024} kB, which is not a setting")]
        )
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        column = error.start - (content.rfind(b"\n", 0, error.start) + 1) + 1
        raise refuse(
            [Problem(f"{name}:{line}:{column}", "not UTF-8: save the file as UTF-8")]
        ) from (None)
    try:
        if found := _forbidden(text, name):
            raise refuse(found)
        tree = round_trip().load(text)
    except MarkedYAMLError as error:
        raise refuse([_marked(error, name, text)]) from None
    except ReaderError as error:
        raise refuse([_unprintable(error, name, text)]) from None
    except (YAMLError, ValueError) as error:
        raise refuse([Problem(name, f"not YAML: {error}")]) from None
    return Document(name, content, _plain(tree), tree)


def round_trip() -> YAML:
    """Give the reader and writer that keeps comments, quotes and order."""
    yaml = YAML(typ="rt", pure=True)
    yaml.preserve_quotes = True
    yaml.allow_duplicate_keys = False
    yaml.width = 100
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def dump(tree: Any) -> bytes:
    """YAML text of a tree, as UTF-8 with line feeds."""
    text = StringIO()
    round_trip().dump(tree, text)
    return text.getvalue().encode("utf-8")


def _forbidden(text: str, name: str) -> list[Problem]:
    """Give what a setting never needs and what has been used against readers of YAML."""
    problems: list[Problem] = []
    lines = text.lstrip("\ufeff").splitlines()
    depth = documents = 0
    for event in round_trip().parse(text):
        documents += isinstance(event, DocumentStartEvent)
        depth += isinstance(event, (MappingStartEvent, SequenceStartEvent))
        depth -= isinstance(event, (MappingEndEvent, SequenceEndEvent))
        message = _complaint(event, documents)
        if depth > _DEEPEST:
            message = f"nested more than {_DEEPEST} deep"
        if message:
            mark = event.start_mark
            line = lines[mark.line] if mark.line < len(lines) else ""
            place = f"{name}:{mark.line + 1}:{mark.column + 1}"
            problems.append(Problem(place, message, line, mark.column + 1))
        if depth > _DEEPEST:
            break
    return problems


def _complaint(event: Event, documents: int) -> str | None:
    if isinstance(event, AliasEvent):
        return f"the alias *{event.anchor} is not allowed: write the value out"
    if isinstance(event, NodeEvent) and event.anchor:
        return f"the anchor &{event.anchor} is not allowed: write the value where it is needed"
    if isinstance(event, DocumentStartEvent):
        if documents > 1:
            return "a second document begins here: one file holds one"
        if event.version or event.tags:
            return "a % directive is not allowed: the file is YAML 1.2"
    if isinstance(event, ScalarEvent) and event.implicit[0] and _NO_DIGITS.fullmatch(event.value):
        return f"{event.value} would be a number without digits: write it in quotes"
    tag = getattr(event, "tag", None)
    if tag:
        return f"the tag {tag} is not allowed: write the plain value"
    return None


def _marked(error: MarkedYAMLError, name: str, text: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    said = str(error.problem or error.context or "not YAML").splitlines()[0].strip()
    if mark is None:
        return Problem(name, f"not YAML: {said}")
    lines = text.lstrip("\ufeff").splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    return Problem(f"{name}:{mark.line + 1}:{mark.column + 1}", said, line, mark.column + 1)


def _unprintable(error: ReaderError, name: str, text: str) -> Problem:
    before = text[: error.position]
    line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    return Problem(f"{name}:{line}:{column}", "a character that does not print: delete it")


def _position(tree: Any, path: Sequence[str | int], *, at_key: bool) -> tuple[int, int]:
    line, column = 0, 0
    node = tree
    for depth, step in enumerate(path):
        if isinstance(node, CommentedMap) and step in node:
            marks = node.lc.data[step]
            last = depth == len(path) - 1
            line, column = marks[:2] if at_key and last else marks[2:4]
        elif isinstance(node, CommentedSeq) and isinstance(step, int) and step < len(node):
            line, column = node.lc.data[step][:2]
        else:
            break
        node = node[step]
    return int(line), int(column)


def _plain(node: Any) -> Any:
    if isinstance(node, CommentedMap):
        return {_plain(key): _plain(value) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        return [_plain(item) for item in node]
    for kind in (bool, str, int, float):
        # Scalars come as subclasses that remember how they were written.
        if isinstance(node, kind):
            return kind(node)
    return node
