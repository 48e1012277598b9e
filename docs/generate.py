"""The parts of docs/ that the code knows better: the file tree, the findings, the levers.

``python docs/generate.py`` rewrites them; a test holds the pages to it.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
FLOORS = ("arrcast", "reports", "scenarios", "forecast", "history")


def tree() -> Iterator[str]:
    """Yield the tree line by line: floors from the top, folders before files."""
    yield "```"
    for floor in FLOORS:
        yield from _folder(ROOT / floor, 0)
    for name in ("tests", "benchmarks", "notebooks", "docs"):
        yield f"{name}/"
    yield "```"


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


def findings() -> Iterator[str]:
    """Yield a table of every finding that a ledger can have."""
    import history.reading  # noqa: F401 - registers its rules
    from history import RULES
    from history.audit.rules import AUDIT_RULES, SKIPPED

    yield "| rule | what it means | cure |"
    yield "| --- | --- | --- |"
    for rule in RULES.values():
        audited = rule.code in (*AUDIT_RULES, SKIPPED)
        if not audited and not rule.code.startswith(("example", "stripe-")):
            yield f"| `{rule.code}` | {rule.meaning} | {rule.cure} |"


def stripe() -> Iterator[str]:
    """Yield a table of every finding of a download from Stripe."""
    from history import RULES
    from history.connectors.stripe import rules

    yield "| rule | what it means | cure |"
    yield "| --- | --- | --- |"
    for code in sorted(getattr(rules, name) for name in rules.__all__):
        yield f"| `{code}` | {RULES[code].meaning} | {RULES[code].cure} |"


def audit_rules() -> Iterator[str]:
    """Yield a table of what the audit looks for, with the confidence of clear and doubtful ones."""
    from history import RULES
    from history.audit.confidence import confidence_of
    from history.audit.rules import AUDIT_RULES

    yield "| rule | what it means | cure | clear | doubtful |"
    yield "| --- | --- | --- | --- | --- |"
    for code in AUDIT_RULES:
        rule = RULES[code]
        shares = " | ".join(f"{confidence_of(code, strength):.2f}" for strength in (2, 1))
        yield f"| `{code}` | {rule.meaning} | {rule.cure} | {shares} |"


def levers() -> Iterator[str]:
    """Yield a table of what a scenario can change."""
    from forecast import LEVERS

    yield "| lever | unit | from | to | meaning |"
    yield "| --- | --- | --- | --- | --- |"
    for each in LEVERS.values():
        bounds = f"{each.lower:g} | {each.upper:g}"
        yield f"| `{each.name}` | {each.unit} | {bounds} | {each.meaning} |"


def drivers() -> Iterator[str]:
    """Yield every driver: what it does, and a table of its keys."""
    from scenarios import DRIVERS, scenario_schema

    kinds = scenario_schema()["$defs"]
    for name, kind in DRIVERS.items():
        text = inspect.cleandoc(str(kind.__doc__)).partition("\nRaises\n")[0].strip()
        yield f"### `{name}`"
        yield ""
        yield from text.splitlines()
        yield ""
        yield "| key | value | default | meaning |"
        yield "| --- | --- | --- | --- |"
        for key, about in kinds[kind.__name__]["properties"].items():
            if key not in ("lever", "months", "where", "because"):
                default = kind.model_fields[key].get_default()
                shown = "needed" if kind.model_fields[key].is_required() else _default(default)
                meaning = about.get("description", "").replace("\n", " ")
                yield f"| `{key}` | {_values(about, kinds)} | {shown} | {meaning} |"
        yield ""


def _default(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(f"{each:g}" for each in value)
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _values(about: dict[str, Any], kinds: dict[str, Any]) -> str:
    """Say in words what a key may hold, from its JSON Schema."""
    if "$ref" in about:
        about = kinds[about["$ref"].rpartition("/")[2]]
        return "keys " + ", ".join(f"`{key}`" for key in about["properties"])
    if either := about.get("anyOf", about.get("oneOf")):
        found = [_values(each, kinds) for each in either if each.get("type") != "null"]
        return " or ".join(found)
    if "enum" in about:
        return ", ".join(f"`{each}`" for each in about["enum"])
    if about.get("type") == "array":
        return f"list of {_values(about['items'], kinds)}"
    if about.get("type") == "object":
        return "number by month" if "patternProperties" in about else "names"
    if about.get("type") == "string":
        return "month" if "pattern" in about else "text"
    if about.get("type") == "boolean":
        return "true or false"
    low, high = about.get("minimum"), about.get("maximum")
    bounds = f" {low:g} to {high:g}" if None not in (low, high) else ""
    return f"{about.get('type')}{bounds or ('' if low is None else f' from {low:g}')}"


PARTS = {"architecture.md": ("tree", tree), "audit.md": ("rules", audit_rules),
         "ledger.md": ("findings", findings), "levers.md": ("drivers", drivers),
         "scenarios.md": ("levers", levers), "stripe.md": ("findings", stripe)}  # fmt: skip


def generated(name: str) -> str:
    """Return a page with its generated part renewed."""
    page = (DOCS / name).read_text(encoding="utf-8")
    mark, make = PARTS[name]
    begin, end = f"<!-- {mark} -->\n", f"<!-- /{mark} -->"
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    return before + begin + "\n".join(make()) + "\n" + end + after


def main() -> int:
    """Rewrite the pages; with ``--check`` only say which are stale, and end with 1 if any is."""
    stale = [name for name in PARTS if generated(name) != (DOCS / name).read_text("utf-8")]
    if "--check" in sys.argv:
        print("stale:", stale)
        return int(bool(stale))
    for name in stale:
        (DOCS / name).write_text(generated(name), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
