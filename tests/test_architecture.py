"""The shape of the house: the page that describes it, and what each floor shows."""

import importlib
import importlib.util
import inspect
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = ("history", "forecast", "scenarios", "reports")


@pytest.mark.parametrize("page", ["architecture.md", "ledger.md", "scenarios.md"])
def test_the_generated_parts_of_the_docs_are_up_to_date(page: str) -> None:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    assert module.generated(page) == text, "run: python docs/generate.py"


@pytest.mark.parametrize("floor", FLOORS)
def test_a_floor_shows_exactly_what_it_names(floor: str) -> None:
    module = importlib.import_module(floor)
    visible = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert visible == set(module.__all__)


@pytest.mark.parametrize("floor", FLOORS)
def test_every_public_name_is_documented(floor: str) -> None:
    module = importlib.import_module(floor)
    missing = [
        name
        for name in module.__all__
        if inspect.isroutine(value := getattr(module, name)) or inspect.isclass(value)
        if not (value.__doc__ or "").strip()
    ]
    assert missing == []


def test_no_file_names_a_registry_host() -> None:
    for name in ("constraints.txt", "pyproject.toml"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "http" not in text, name
