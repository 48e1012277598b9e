"""The engine's memory limit: the same figures with less memory, and a clear word where none fit."""

import pytest

from history import InputError, Ledger
from history.engines import DuckEngine
from history.synthetic import large_company

LIMIT = "ARRCAST_MEMORY_LIMIT"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("large") / "lines.parquet"
    large_company(path, customers=10_000)
    return path


def read(file):
    return Ledger.read(file, as_of="2026-06", currency="EUR")


def test_figures_do_not_depend_on_the_limit(file, monkeypatch):
    free = read(file)
    monkeypatch.setenv(LIMIT, "30MB")
    bounded = read(file)
    assert bounded.movements().minor.equals(free.movements().minor)
    assert bounded.cohorts().minor.equals(free.cohorts().minor)


def test_what_exceeds_the_limit_waits_in_files_that_go_with_the_engine(monkeypatch):
    monkeypatch.setenv(LIMIT, "20MB")
    engine = DuckEngine()
    engine.make("numbers", "SELECT i, hash(i) AS h FROM range(5000000) AS r(i)")
    (spill,) = engine.connection.execute("SELECT current_setting('temp_directory')").fetchone()
    assert engine.frame("SELECT COUNT(*) AS n FROM numbers")["n"].tolist() == [5_000_000]
    from pathlib import Path

    assert list(Path(spill).iterdir())
    engine.connection.close()
    del engine
    assert not Path(spill).exists()


def test_a_limit_too_small_is_said(file, monkeypatch):
    monkeypatch.setenv(LIMIT, "5MB")
    with pytest.raises(InputError, match="set ARRCAST_MEMORY_LIMIT higher"):
        read(file).movements()


@pytest.mark.parametrize("limit", ["plenty", "2XB"])
def test_a_limit_that_is_none_is_refused(monkeypatch, limit):
    monkeypatch.setenv(LIMIT, limit)
    with pytest.raises(InputError, match=f"ARRCAST_MEMORY_LIMIT is '{limit}'"):
        DuckEngine()
