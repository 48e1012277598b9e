"""The shape of the house: the page that describes it, and what each floor shows."""

import importlib
import inspect
import subprocess
import sys
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = ("history", "forecast", "scenarios", "reports")


def test_the_generated_parts_of_the_docs_are_up_to_date() -> None:
    check = [sys.executable, str(ROOT / "docs" / "generate.py"), "--check"]
    result = subprocess.run(check, capture_output=True, text=True)
    assert result.returncode == 0, f"{result.stdout}{result.stderr}\nrun: python docs/generate.py"


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
