"""What the tests of several floors share: the example company, made once."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from forecast import Forecaster
    from history import Ledger
    from history.synthetic import Simulated

ROOT = Path(__file__).parent.parent

# A loaded machine is slow, not wrong; and what is tested for a change is the same every time.
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")

SPARK = ("test_audit_engines.py", "test_engines_equal.py", "test_sources_spark.py")
"""The files that need a Spark session, which takes half a minute to start."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what is long begin first."""
    for item in items:
        if "spark" in getattr(item, "fixturenames", ()) and item.path.name not in SPARK:
            raise pytest.UsageError(f"{item.path.name} needs Spark: name it in tests/conftest.py")
    items.sort(key=lambda item: item.path.name not in SPARK)


@pytest.hookimpl(optionalhook=True, tryfirst=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Deal files to the workers, those that need Spark to one of them."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class OneSpark(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return "spark" if Path(file).name in SPARK else file

    return OneSpark(config, log)


@pytest.fixture(scope="session")
def simulated() -> Simulated:
    """The example company, known through 2026-09."""
    from history.synthetic import example_company

    return example_company().generate(seed=1, through="2026-09")


@pytest.fixture(scope="session")
def billing(simulated: Simulated, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example company's billing file as exported at the end of 2026-06."""
    path = tmp_path_factory.mktemp("example") / "billing.csv"
    simulated.ledger_frame("2026-06").to_csv(path, index=False)
    return path


@pytest.fixture(scope="session")
def example_ledger(billing: Path) -> Ledger:
    """The example company's ledger as of 2026-06."""
    from history import Ledger

    return Ledger.read(billing, as_of="2026-06")


@pytest.fixture(scope="session")
def by_size(example_ledger: Ledger) -> Forecaster:
    """A forecaster of the example company by size, without calibration."""
    from forecast import Forecaster

    return Forecaster.fit(example_ledger, by="size", calibrate=False)


@pytest.fixture(scope="session")
def run_arrcast() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command line in the given folder: the same entry point, without a new interpreter."""
    from arrcast.cli.app import main

    def call(*words: object, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        arguments = [str(word) for word in words]
        printed, said = io.StringIO(), io.StringIO()
        code: object = 0
        with (
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(said),
            contextlib.chdir(folder or Path.cwd()),
            pytest.MonkeyPatch.context() as patch,
        ):
            patch.setattr(sys, "argv", ["arrcast", *arguments])
            try:
                main()
            except SystemExit as end:
                code = end.code or 0
        assert isinstance(code, int)
        return subprocess.CompletedProcess(arguments, code, printed.getvalue(), said.getvalue())

    return call


@pytest.fixture
def arrcast(
    run_arrcast: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command line in a folder of its own."""
    return partial(run_arrcast, folder=tmp_path)
