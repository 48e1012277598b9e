"""A scenario as a file: what it may hold, its errors, and writing it back."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from ..changes.change import cross_problems
from ..changes.drivers import DRIVERS
from ..changes.kinds import KINDS, PLAIN, OneChange, tag_of
from ..costs import Costs
from .fields import Reason, Text
from .yamltext import Document, Problem, dump, load, parse, refuse, round_trip

Model = TypeVar("Model", bound=BaseModel)

LONGEST_NAME = 200
MOST_CHANGES = 500


class ScenarioFile(BaseModel):
    """What stands in a scenario file; `based_on` is a name here.

    Attributes
    ----------
    name
        Name of the scenario, unique in its folder.
    based_on
        Name of the scenario whose changes come first, or None.
    because
        Why it is looked at.
    costs
        What the company costs before the changes, for unit economics.
    changes
        In the order in which they are applied.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", title="arrcast scenario")

    name: Annotated[Text, Field(min_length=1, max_length=LONGEST_NAME, pattern=r"^\S(.*\S)?$")]
    based_on: Annotated[Text, Field(min_length=1, max_length=LONGEST_NAME)] | None = None
    because: Reason | None = None
    costs: Costs | None = None
    changes: Annotated[tuple[OneChange, ...], Field(max_length=MOST_CHANGES)] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain values, only the keys that are given, in file order."""
        found = self.model_dump(exclude_none=True, exclude={"changes", "costs"})
        if self.costs is not None:
            found["costs"] = self.costs.as_dict()
        return {**found, "changes": [change.as_dict() for change in self.changes]}


@dataclass(frozen=True)
class Read:
    """A scenario file and where its parts stand."""

    file: ScenarioFile
    document: Document


def read_file(path: str | Path) -> Read:
    """Read and check one scenario file.

    Parameters
    ----------
    path
        A YAML file.

    Returns
    -------
    Read
        Its content, with positions for later messages.

    Raises
    ------
    InputError
        Every problem at once, each as ``file:line:column: key: what to do``.
    """
    return check(load(Path(path)))


def check(document: Document) -> Read:
    """Check a parsed document; as `read_file`."""
    return Read(_validated(document, ScenarioFile), document)


def parse_yaml(path: str | Path, model: type[Model]) -> Model:
    """Read any YAML file of settings with the same care as a scenario.

    Parameters
    ----------
    path
        A YAML file.
    model
        What it has to hold; keys it does not know should be forbidden in it.

    Returns
    -------
    BaseModel
        An instance of `model`.

    Raises
    ------
    InputError
        Every problem at once, each as ``file:line:column: key: what to do``.
    """
    return _validated(load(Path(path)), model)


def render(file: ScenarioFile, source: bytes | None = None) -> bytes:
    """Give the bytes of a scenario file.

    Parameters
    ----------
    file
        What it shall say.
    source
        The file it was read from: returned as it is when it says the same already; otherwise its
        comments stay and only what differs is written.

    Returns
    -------
    bytes
        YAML 1.2 as UTF-8.
    """
    if source is None:
        return dump(_tree(file.as_dict()))
    document = parse(source, "source")
    before = check(document).file
    if before == file:
        return source
    tree = round_trip().load(source.decode("utf-8"))
    _patch(tree, before.as_dict(), file.as_dict())
    return dump(tree)


def _validated(document: Document, model: type[Model]) -> Model:
    if not isinstance(document.data, dict):
        said = "is empty" if document.data is None else "is not a list of key: value"
        needed = [key for key, field in model.model_fields.items() if field.is_required()]
        raise refuse([document.problem((), f"the file {said}; it needs {', '.join(needed)}")])
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise refuse(_problems(error.errors(), document, model)) from None


def _problems(
    errors: Sequence[ErrorDetails], document: Document, model: type[BaseModel]
) -> list[Problem]:
    found: list[tuple[tuple[str | int, ...], Problem]] = []
    broken: set[int] = set()
    places = [_place(error["loc"], document) for error in errors]
    for error, where in zip(errors, places, strict=True):
        inside = any(len(one) > len(where) and one[: len(where)] == where for one in places)
        if error["type"] == "too_short" and inside:
            continue  # a list is short of the parts that are wrong themselves
        if error["type"] == "extra_forbidden" and _of_unknown(where, places):
            continue  # what a change may say depends on its lever
        if model is ScenarioFile and where[:1] == ("changes",) and len(where) > 1:
            broken.add(int(where[1]))
        found.append((where, _problem(error, where, document, model)))
    changes = document.data.get("changes")
    for i in sorted(broken):
        # The rules across keys wait for the keys to be right: they are told at once all the same.
        item = changes[i] if isinstance(changes, list) else None
        told = any(where == ("changes", i) for where, _ in found)
        if isinstance(item, Mapping) and not told and tag_of(item) == PLAIN:
            for key, message in cross_problems(item):
                where = ("changes", i, key)
                if not any(known[:3] == where for known, _ in found):
                    found.append((where, document.problem(where, message)))
    return _in_order([problem for _, problem in found])


def _of_unknown(where: Sequence[str | int], places: Sequence[Sequence[str | int]]) -> bool:
    """Whether a key is a driver's, and the lever of its change is wrong."""
    keys = {key for kind in DRIVERS.values() for key in kind.model_fields}
    lever = (*where[:2], "lever")
    return where[:1] == ("changes",) and where[-1] in keys and lever in places


def _in_order(problems: list[Problem]) -> list[Problem]:
    def line_and_column(problem: Problem) -> list[int]:
        return [int(part) for part in problem.place.rsplit(":", 2)[1:]]

    return sorted(dict.fromkeys(problems), key=line_and_column)


def _problem(
    error: ErrorDetails,
    where: tuple[str | int, ...],
    document: Document,
    model: type[BaseModel],
) -> Problem:
    kind, key = error["type"], where[-1] if where else ""
    if kind == "extra_forbidden":
        fields = list(_model(model, where, document).model_fields)
        near = difflib.get_close_matches(str(key), fields, n=1)
        hint = f'did you mean "{near[0]}"?' if near else f"known are {', '.join(fields)}"
        return document.problem(where, f'unknown key "{key}": {hint}', at_key=True)
    if kind == "missing":
        return document.problem(where[:-1], f'the key "{key}" is missing')
    if kind == "invalid_key":
        return document.problem(where[:-1], f"the key {key!r} is not a name")
    if kind in {"model_type", "dict_type", "mapping_type", "tuple_type", "list_type"}:
        wanted = "a list" if kind in {"tuple_type", "list_type"} else "key: value pairs"
        return document.problem(where, f"{_key(where)}must be {wanted}, not {error['input']!r:.60}")
    if kind in {"too_short", "too_long"}:
        bounds = error["ctx"]
        wanted = (
            f"at most {bounds['max_length']}"
            if kind == "too_long"
            else f"at least {bounds['min_length']}"
        )
        count = len(error["input"])
        return document.problem(where, f"{_key(where)}has {count} items, needs {wanted}")
    if where[:1] == ("changes",) and len(where) == 2 and isinstance(error["input"], Mapping):
        return _crossed(error, where, document)
    said = error["msg"].removeprefix("Value error, ").replace("Input should", "should")
    if kind in _OUT_OF_RANGE:
        field = _model(model, where, document).model_fields.get(str(key))
        said += f". {field.description}" if field is not None and field.description else ""
    return document.problem(where, f"{_key(where)}{said}")


_OUT_OF_RANGE = {"less_than_equal", "less_than", "greater_than_equal", "greater_than"}


def _place(loc: Sequence[str | int], document: Document) -> tuple[str | int, ...]:
    """Give where an error stands in the file: without the kinds that pydantic puts in between."""
    if len(loc) > 2 and loc[0] == "changes" and loc[2] == tag_of(_item(document, loc[1])):
        loc = (*loc[:2], *loc[3:])
    return tuple(part for part in loc if not (isinstance(part, str) and part.startswith("<")))


def _item(document: Document, at: str | int) -> object:
    changes = document.data.get("changes")
    return changes[at] if isinstance(changes, list) and isinstance(at, int) else None


def _model(
    model: type[BaseModel], where: Sequence[str | int], document: Document
) -> type[BaseModel]:
    """Give the model of which a place in a file is a key."""
    steps = list(where[:-1])
    if model is ScenarioFile and len(steps) > 1 and steps[0] == "changes":
        model, steps = KINDS[tag_of(_item(document, steps[1]))], steps[2:]
    for step in steps:
        if isinstance(step, str) and step in model.model_fields:
            inner = _kinds(model.model_fields[step].annotation)
            if not inner:
                break
            model = inner[0]
    return model


def _kinds(annotation: Any) -> list[type[BaseModel]]:
    """Give the models in an annotation such as tuple[Change, ...]."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [kind for part in get_args(annotation) for kind in _kinds(part)]


def _crossed(error: ErrorDetails, where: tuple[str | int, ...], document: Document) -> Problem:
    key = error.get("ctx", {}).get("key")
    said = error["msg"].removeprefix("Value error, ")
    return document.problem((*where, key) if key else where, said)


def _key(where: Sequence[str | int]) -> str:
    names = [part for part in where if isinstance(part, str) and part != "[key]"]
    if len(names) > 1 and names[0] == "changes":
        names = names[1:]
    return f"{'.'.join(names)}: " if names else ""


def _tree(content: Mapping[str, Any]) -> CommentedMap:
    tree = CommentedMap()
    for key, value in content.items():
        if key == "changes":
            tree[key] = CommentedSeq([_change_tree(change) for change in value])
        elif key == "costs":
            tree[key] = _change_tree(value)
        else:
            tree[key] = value
    return tree


def _change_tree(change: Mapping[str, Any]) -> CommentedMap:
    return CommentedMap({key: _node(value) for key, value in change.items()})


# Other texts are quoted: inside brackets more characters mean something than the writer knows.
_SIMPLE = re.compile(r"\w[\w .+/()%-]*")


def _node(value: Any) -> Any:
    """Give a value as it is written: lists and mappings of plain values on one line."""
    if not isinstance(value, (dict, list)):
        return value
    parts = list(value.values()) if isinstance(value, dict) else value
    flow = not any(isinstance(part, (dict, list)) for part in parts)
    inner = _quoted if flow else _node
    made = (
        CommentedMap({_quoted(key): inner(part) for key, part in value.items()})
        if isinstance(value, dict)
        else CommentedSeq([inner(part) for part in value])
    )
    if flow:
        made.fa.set_flow_style()
    return made


def _quoted(value: Any) -> Any:
    plain = not isinstance(value, str) or _SIMPLE.fullmatch(value)
    return value if plain else DoubleQuotedScalarString(value)


def _patch(tree: CommentedMap, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    for position, key in enumerate(("name", "based_on", "because", "costs")):
        if key in after and before.get(key) != after[key]:
            value = _change_tree(after[key]) if key == "costs" else after[key]
            if key in tree:
                tree[key] = value
            else:
                tree.insert(min(position, len(tree)), key, value)
        elif key not in after and key in tree:
            del tree[key]
    if before["changes"] != after["changes"]:
        _patch_changes(tree, before["changes"], after["changes"])


def _patch_changes(
    tree: CommentedMap, old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]
) -> None:
    if not isinstance(tree.get("changes"), CommentedSeq):
        tree["changes"] = CommentedSeq()
    rows = tree["changes"]
    for i in range(len(rows) - 1, len(new) - 1, -1):
        del rows[i]
    for i, change in enumerate(new):
        if i >= len(rows):
            rows.append(_change_tree(change))
        elif old[i] != change:
            rows[i] = _change_tree(change)
