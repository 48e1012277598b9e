"""The SQL texts: portable, all in use, and free of the forms that do not port."""

import re
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

import history
from history.engines import bound, sql_text
from history.engines.dialect import said

FOLDER = Path(history.__file__).parent
TEXTS = sorted(path.stem for path in (FOLDER / "sql").glob("*.sql"))


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("dialect", ["postgres", "spark"])
def test_each_text_can_be_said_in_other_dialects(name, dialect):
    numbers = dict.fromkeys(re.findall(r"(?<![:\w]):([a-z_]+)", sql_text(name)), 1)
    again = sqlglot.parse_one(said(sql_text(name), dialect, {}, **numbers), read=dialect)
    assert isinstance(again, exp.Query)
    assert "INT128" not in again.sql()


@pytest.mark.parametrize("name", TEXTS)
def test_each_text_keeps_to_the_portable_forms(name):
    tree = sqlglot.parse_one(sql_text(name), read="duckdb")
    calls = {type(node).__name__.lower() for node in tree.find_all(exp.Func)}
    calls -= {"and", "or", "case", "if"}
    portable = {
        "sum",
        "min",
        "max",
        "count",
        "coalesce",
        "nullif",
        "cast",
        "extract",
        "mod",
        "rownumber",
        "exists",
        "argmin",  # PostgreSQL has none: the dialect says it otherwise
    }
    assert calls <= portable
    assert not list(tree.find_all(exp.Explode, exp.Unnest, exp.Qualify))


@pytest.mark.parametrize("name", TEXTS)
def test_each_text_begins_with_what_it_is(name):
    assert (FOLDER / "sql" / f"{name}.sql").read_text("utf-8").startswith("-- ")
    assert "-- " not in sql_text(name)


def test_each_text_is_used():
    code = "\n".join(path.read_text("utf-8") for path in FOLDER.rglob("*.py"))
    assert [name for name in TEXTS if f'"{name}"' not in code] == []


def test_a_number_that_is_not_given_is_missed():
    with pytest.raises(KeyError):
        bound("SELECT :as_of")
    assert bound("SELECT CAST(x AS DATE)::DATE, :n", n=3) == "SELECT CAST(x AS DATE)::DATE, 3"
