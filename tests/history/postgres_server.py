"""A PostgreSQL server of the tests' own: on a unix socket in a temporary folder, never as root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PASSWORD = "s3cret-of-the-tests"  # noqa: S105 - the server lives as long as the tests
_USERS = ("postgres", "nobody")


@dataclass(frozen=True)
class PostgresServer:
    """A running server.

    Parameters
    ----------
    folder
        Where its socket stands.
    user, password
        A superuser; the password is asked for (scram-sha-256), also on the socket.
    """

    folder: Path
    user: str = "arrcast"
    password: str = PASSWORD

    def url(self, database: str = "postgres", password: str | None = None) -> str:
        """Give the address of a database as SQLAlchemy takes it; "" for no password in it."""
        word = self.password if password is None else password
        who = f"{self.user}:{word}" if word else self.user
        return f"postgresql+psycopg://{who}@/{database}?host={self.folder}"

    def connect(self, database: str = "postgres") -> Any:
        """Open a psycopg connection that commits each statement."""
        import psycopg

        return psycopg.connect(
            host=str(self.folder),
            user=self.user,
            password=self.password,
            dbname=database,
            autocommit=True,
        )

    def new_database(self, name: str) -> str:
        """Make an empty database (replacing one of that name) and give its address."""
        with self.connect() as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Start a server, and stop and remove it at the end.

    Raises
    ------
    RuntimeError
        There is no PostgreSQL on this machine.
    """
    # Not below pytest's folder: that is closed to other users, and a socket's path is short.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    who: dict[str, Any] = {}
    if os.geteuid() == 0:
        account = _account()
        os.chown(folder, account.pw_uid, account.pw_gid)
        who = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    data = folder / "data"
    secret = folder / "password"
    secret.write_text(PASSWORD)
    server = None
    try:
        _run(
            [_binary("initdb"), "-D", data, "-U", "arrcast", "--auth=scram-sha-256",
             f"--pwfile={secret}", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"],
            folder, who,
        )  # fmt: skip
        options = (
            f"-k {folder} -c listen_addresses= -c fsync=off -c full_page_writes=off "
            "-c synchronous_commit=off"
        )
        _run(
            [_binary("pg_ctl"), "-D", data, "-l", folder / "log", "-o", options, "-w", "start"],
            folder, who,
        )  # fmt: skip
        server = PostgresServer(folder)
        yield server
    finally:
        if server is not None:
            _run([_binary("pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop"], folder, who)
        shutil.rmtree(folder, ignore_errors=True)


def _account() -> pwd.struct_passwd:
    """Give an account that is not root's: the server refuses to run as root."""
    for name in _USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError(f"PostgreSQL cannot run as root, and there is no user of {_USERS}")


def _binary(name: str) -> Path:
    """Find a program of the server: Debian keeps them apart from the path."""
    found = shutil.which(name)
    if found:
        return Path(found)
    installed = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"),
        key=lambda path: int(path.parts[-3]),
    )
    if not installed:
        raise RuntimeError(f"{name} is missing: run tests/system-packages (PostgreSQL)")
    return installed[-1]


def _run(command: list[str | Path], folder: Path, who: dict[str, Any]) -> None:
    said = folder / "said"
    with said.open("a") as stream:  # no pipe: the server would inherit it and keep it open
        ended = subprocess.run(
            [str(word) for word in command],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            check=False,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            **who,
        )
    if ended.returncode:
        log = folder / "log"
        more = log.read_text() if log.exists() else ""
        raise RuntimeError(f"{command[0]} ended with {ended.returncode}:\n{said.read_text()}{more}")
