"""Spark as an engine: a ledger computed on a cluster, in the user's own session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from ..errors import InputError
from .engine import Kind
from .renaming import RenamingEngine
from .rows import frame_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["SparkEngine"]

_TYPES: Mapping[str, tuple[Kind, str]] = {
    "boolean": ("boolean", "bool"),
    "tinyint": ("integer", "int8"),
    "smallint": ("integer", "int16"),
    "int": ("integer", "int32"),
    "bigint": ("integer", "int64"),
    "float": ("float", "float32"),
    "double": ("float", "float64"),
    "decimal": ("decimal", "decimal"),
    "string": ("text", "text"),
    "char": ("text", "text"),
    "varchar": ("text", "text"),
    "date": ("date", "date"),
    "timestamp_ntz": ("timestamp", "date"),
    "timestamp": ("zoned", "object"),
}
"""Spark's name of a type -> what it holds, and its type in a frame."""

_PLACE_BITS = 33
"""``monotonically_increasing_id`` counts in the lower 33 bits, the part is in those above."""


class SparkEngine(RenamingEngine):
    """Computes ledgers in a Spark session, on as many machines as it has.

    The rows of the user's table are read once and checkpointed, so that what is computed again
    after the loss of a machine comes from the same rows; everything else is kept in memory or
    on the executors' disks (``persist``) until its ledger is forgotten.

    Parameters
    ----------
    session
        An open session in ANSI mode (Spark 4's default), so that no sum overflows in silence.
    checkpoint
        "local" keeps the rows on the executors; "reliable" in the session's checkpoint directory,
        which survives the loss of an executor.

    Raises
    ------
    InputError
        The session is not in ANSI mode, or ``checkpoint`` is neither of the two.
    """

    def __init__(self, session: SparkSession, *, checkpoint: str = "local") -> None:
        if checkpoint not in ("local", "reliable"):
            raise InputError(f"checkpoint is {checkpoint!r}; write 'local' or 'reliable'")
        if session.conf.get("spark.sql.ansi.enabled") != "true":
            raise InputError(
                "set spark.sql.ansi.enabled to true: without it Spark lets sums overflow silently"
            )
        super().__init__(_SparkSession(session, reliable=checkpoint == "reliable"))


class _SparkSession:
    """Tables as temporary views over data frames that are kept."""

    dialect = "spark"

    def __init__(self, session: SparkSession, *, reliable: bool) -> None:
        self._session = session
        self._reliable = reliable
        self._kept: dict[str, DataFrame] = {}

    def columns(self, query: str, table: str) -> Mapping[str, Kind]:
        from pyspark.errors import AnalysisException

        try:
            schema = self._session.sql(query).schema
        except AnalysisException as error:
            said = str(error).strip().splitlines()[0]
            raise InputError(f"table {table} cannot be read: {said}") from None
        return {field.name: _type(field.dataType.simpleString())[0] for field in schema.fields}

    def create(self, name: str, query: str, *, numbered: bool) -> None:
        rows = self._session.sql(query)
        kept = self._numbered(rows) if numbered else self._fixed(rows)
        kept.createOrReplaceTempView(name)
        self._kept[name] = kept

    def _numbered(self, rows: DataFrame) -> DataFrame:
        """Sort and count on all machines: places within parts, then how many stand before."""
        from pyspark.sql import functions as f

        order = [f.col(_backticked(name)).asc_nulls_first() for name in rows.columns]
        placed = self._fixed(
            rows.orderBy(*order).withColumn("line_id", f.monotonically_increasing_id())
        )
        part = f.shiftright("line_id", _PLACE_BITS)
        sizes = placed.groupBy(part.alias("part")).count().collect()
        before, total = {}, 0
        for size in sorted(sizes, key=lambda row: int(row["part"])):
            before[int(size["part"])] = total
            total += int(size["count"])
        if not before:
            return placed
        pairs = [f.lit(value).cast("bigint") for pair in before.items() for value in pair]
        place = f.col("line_id").bitwiseAND((1 << _PLACE_BITS) - 1)
        counted = (f.create_map(*pairs)[part] + place + 1).cast("bigint")
        return placed.withColumn("line_id", counted)

    def _fixed(self, rows: DataFrame) -> DataFrame:
        return rows.checkpoint() if self._reliable else rows.localCheckpoint()

    def frame(self, query: str) -> pd.DataFrame:
        found = self._session.sql(query)
        dtypes = [_type(field.dataType.simpleString())[1] for field in found.schema.fields]
        return frame_of(found.columns, dtypes, found.collect())

    def drop(self, name: str) -> None:
        self._session.catalog.dropTempView(name)
        del self._kept[name]


def _backticked(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _type(name: str) -> tuple[Kind, str]:
    return _TYPES.get(name.partition("(")[0], ("other", "text"))
