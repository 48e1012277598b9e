"""The file tree of docs/architecture.md, from the first sentence of each module.

``python docs/tree.py`` rewrites it; a test holds the page to it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "architecture.md"
FLOORS = ("arrcast", "reports", "scenarios", "forecast", "history")
BEGIN, END = "<!-- tree -->\n```\n", "```\n<!-- /tree -->"


def lines() -> Iterator[str]:
    """Yield the tree line by line: floors from the top, folders before files."""
    for floor in FLOORS:
        yield from _folder(ROOT / floor, 0)
    for name in ("tests", "benchmarks", "notebooks", "docs"):
        yield f"{name}/"


def _folder(folder: Path, depth: int) -> Iterator[str]:
    yield _line(f"{folder.name}/", folder / "__init__.py", depth)
    entries = sorted(folder.iterdir(), key=lambda entry: (entry.is_file(), entry.name))
    for entry in entries:
        if entry.is_dir() and any(entry.rglob("*.py")):
            yield from _folder(entry, depth + 1)
        elif entry.suffix == ".sql" or (entry.is_dir() and any(entry.glob("*.sql"))):
            yield _line(entry.name + ("/" if entry.is_dir() else ""), entry, depth + 1)
        elif entry.suffix == ".py" and entry.name != "__init__.py":
            yield _line(entry.name, entry, depth + 1)


def _line(name: str, source: Path, depth: int) -> str:
    text = ""
    if source.suffix == ".py" and source.is_file():
        text = (ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or "").strip()
    elif source.is_dir():
        text = "portable SQL texts: " + ", ".join(
            sorted(each.stem for each in source.glob("*.sql"))
        )
    sentence = text.split("\n\n")[0].replace("\n", " ")
    return f"{'  ' * depth}{name:<{26 - 2 * depth}}{sentence}".rstrip()


def tree() -> str:
    """Return the whole tree as it stands on the page."""
    return "\n".join(lines()) + "\n"


def page_with_tree(page: str) -> str:
    """Return the page with its tree replaced."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + tree() + END + after


if __name__ == "__main__":
    PAGE.write_text(page_with_tree(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
