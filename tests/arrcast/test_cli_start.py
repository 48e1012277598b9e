"""The command line starts fast and speaks plainly: lazy imports, help, exit codes."""

import subprocess
import sys

import pytest

HEAVY = ("pandas", "numpy", "duckdb", "statsmodels", "scipy", "matplotlib", "pptx", "pydantic")
COMMANDS = (
    *("demo", "init", "check", "history", "cohorts", "metrics", "forecast", "backtest"),
    *("compare", "freeze", "verify", "variance", "report", "fetch"),
)


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from arrcast.cli.app import app\n"
        "sys.argv = ['arrcast', '--help']\n"
        "try:\n    app()\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)\n"
    )
    result = run_python(code)
    assert result.stderr.strip() == "[]"
    for command in COMMANDS:
        assert f"  {command}" in result.stdout


@pytest.mark.parametrize("floor", ["history", "forecast", "scenarios"])
def test_importing_a_floor_loads_no_model_and_no_drawing_library(floor: str) -> None:
    code = (
        f"import sys, {floor}\n"
        "heavy = ('statsmodels', 'scipy.stats', 'matplotlib', 'pptx', 'xlsxwriter')\n"
        "print([name for name in heavy if name in sys.modules])\n"
    )
    assert run_python(code).stdout.strip() == "[]"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "arrcast", command, "--help"], capture_output=True, text=True
    )
    assert result.returncode == 0
    assert "Usage: " in result.stdout


def test_an_unknown_command_or_option_is_a_wrong_call() -> None:
    for call in (["histroy"], ["history", "--legder", "x.csv"]):
        result = subprocess.run(
            [sys.executable, "-m", "arrcast", *call], capture_output=True, text=True
        )
        assert result.returncode == 2
        assert "Traceback" not in result.stderr
