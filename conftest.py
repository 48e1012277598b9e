"""Documentation that runs: Python and console blocks of README.md and docs/*.md.

The blocks of one page share a folder of their own, in which ``billing.csv`` (the example company
as of 2026-06) and ``billing-2026-07.csv`` (the same, a month later) stand ready. A console block
is compared with what is printed; ``...`` stands for any text. A yaml block that begins with a
file's name in a comment is written to that file.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser


def pytest_configure() -> None:
    os.environ.setdefault("MPLBACKEND", "Agg")


class ConsoleBlockParser(CodeBlockParser):
    """Runs each ``$ command`` of a console block and compares what it prints."""

    language = "console"

    def evaluate(self, example: Example) -> str | None:
        sessions = re.split(r"^\$ ", str(example.parsed), flags=re.MULTILINE)[1:]
        for session in sessions:
            command, _, wanted = session.partition("\n")
            problem = self._run(command.strip(), wanted)
            if problem:
                return problem
        return None

    @staticmethod
    def _run(command: str, wanted: str) -> str | None:
        if command.startswith(("git ", "make ", "cd ")):
            return None  # the frame itself: run by CI, not from within its own tests
        run = _in_process if _ARRCAST.fullmatch(command) else _in_shell
        result = run(command)
        if result.returncode not in (0, 1):
            return f"$ {command}\nended with {result.returncode}:\n{result.stderr}"
        if not wanted.strip():
            return None
        checker = doctest.OutputChecker()
        flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        if checker.check_output(wanted.strip() + "\n", result.stdout.strip() + "\n", flags):
            return None
        return f"$ {command}\nprinted\n{result.stdout}\ninstead of\n{wanted}"


_ARRCAST = re.compile(r"arrcast [^|<>&;$`*~]+")
"""A command of ours without anything that a shell would do with it."""


def _in_process(command: str) -> subprocess.CompletedProcess[str]:
    """Run the command line's own entry point: the same, without a new interpreter."""
    from arrcast.cli.app import main

    words = shlex.split(command)
    printed, said = io.StringIO(), io.StringIO()
    code: object = 0
    with (
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(said),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(sys, "argv", words)
        patch.setenv("COLUMNS", "120")
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
    return subprocess.CompletedProcess(words, int(str(code)), printed.getvalue(), said.getvalue())


def _in_shell(command: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(  # noqa: S602 - commands of our own documentation
        command,
        shell=True,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": path, "COLUMNS": "120"},
    )


class FileBlockParser(CodeBlockParser):
    """Writes a yaml block to the file that its first line names."""

    language = "yaml"

    def evaluate(self, example: Example) -> None:
        text = str(example.parsed)
        named = re.match(r"# (\S+\.yaml)\n", text)
        if named:
            path = Path(named.group(1))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def documentation_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Run the blocks of a page in a folder that holds the example company."""
    from history.synthetic import example_company

    folder = tmp_path_factory.mktemp("documentation")
    simulated = example_company().generate(seed=1, through="2026-09")
    simulated.ledger_frame("2026-06").to_csv(folder / "billing.csv", index=False)
    simulated.ledger_frame("2026-07").to_csv(folder / "billing-2026-07.csv", index=False)
    before = Path.cwd()
    os.chdir(folder)
    yield folder
    os.chdir(before)


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), ConsoleBlockParser(), FileBlockParser(), SkipParser()],
    patterns=["README.md", "docs/*.md"],
    fixtures=["documentation_folder"],
).pytest()
