"""A folder of scenario files, read together."""

from collections.abc import Mapping
from pathlib import Path

from history.errors import InputError, unknown_name

from ..scenario import Scenario, from_file
from .file import Read, read_file
from .yamltext import Problem


def read_scenarios(
    folder: str | Path, known: Mapping[str, Scenario] | None = None
) -> dict[str, Scenario]:
    """Read every scenario file of a folder and resolve `based_on` between them.

    Parameters
    ----------
    folder
        A folder; its files ending in .yaml or .yml are read, in the order of their names.
    known
        Scenarios on which files may be based without a file of their own, such as
        ``{"Base": Scenario("Base")}``; a file of the same name takes its place.

    Returns
    -------
    dict
        Name to Scenario, those of the files alone; each stands after the one it is based on.

    Raises
    ------
    InputError
        Every problem of every file at once: what is wrong inside a file, two files with one
        name, a `based_on` that is not there, a cycle.
    """
    place = Path(folder)
    if not place.is_dir():
        raise InputError(f"{place}: there is no such folder of scenarios")
    paths = sorted(p for p in place.iterdir() if p.suffix in {".yaml", ".yml"} and p.is_file())
    found: dict[str, Read] = {}
    problems: list[str] = []
    for path in paths:
        try:
            read = read_file(path)
        except InputError as error:
            problems.append(str(error).partition(":\n")[2])
            continue
        if (other := found.get(read.file.name)) is not None:
            message = f"the name {read.file.name!r} stands in {other.document.name} as well"
            problems.append(str(read.document.problem(("name",), message)))
        else:
            found[read.file.name] = read
    outside = {name: one for name, one in (known or {}).items() if name not in found}
    problems += [str(problem) for problem in _links(found, outside, complete=not problems)]
    if problems:
        count = "1 problem" if len(problems) == 1 else "problems"
        raise InputError(f"{place}: {count}:\n" + "\n".join(problems))
    scenarios: dict[str, Scenario] = {}
    for name in found:
        _build(name, found, outside, scenarios)
    return scenarios


def _links(
    found: Mapping[str, Read], outside: Mapping[str, Scenario], *, complete: bool
) -> list[Problem]:
    """Parents that are missing and cycles; a broken file may hold the missing parent."""
    problems = []
    for name, read in found.items():
        parent = read.file.based_on
        if parent is None or parent in outside:
            continue
        if parent not in found:
            if complete:
                said = str(unknown_name("scenario", parent, [*found, *outside]))
                problems.append(read.document.problem(("based_on",), f"based_on: {said}"))
            continue
        chain = _ancestry(name, found)
        if chain[-1] == name and name == min(chain):
            said = " -> ".join(f"{n} ({found[n].document.name})" for n in chain)
            problems.append(read.document.problem(("based_on",), f"a cycle of based_on: {said}"))
    return problems


def _ancestry(name: str, found: Mapping[str, Read]) -> list[str]:
    """Give the names met going up from `name`, until the top, a missing one, or one met before."""
    chain = [name]
    parent = found[name].file.based_on
    while parent is not None and parent in found:
        chain.append(parent)
        if parent in chain[:-1]:
            break
        parent = found[parent].file.based_on
    return chain


def _build(
    name: str,
    found: Mapping[str, Read],
    outside: Mapping[str, Scenario],
    scenarios: dict[str, Scenario],
) -> None:
    """Make the scenario of a file and those it is based on, the oldest first."""
    chain = [name]
    while (parent := found[chain[-1]].file.based_on) is not None and parent in found:
        chain.append(parent)
    for step in reversed(chain):
        if step not in scenarios:
            parent = found[step].file.based_on
            below = None if parent is None else scenarios.get(parent, outside.get(parent))
            scenarios[step] = from_file(found[step], below)
