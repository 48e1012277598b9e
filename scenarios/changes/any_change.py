"""What every change has, whatever its kind: where, why, its words, and what it does to levers."""

import json
from collections.abc import Iterator, Mapping
from functools import reduce
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, field_serializer, field_validator, model_validator
from pydantic_core import PydanticCustomError

from history.language import say

from ..files.fields import Reason, Span, Text, is_month, span_words

if TYPE_CHECKING:
    from forecast.forecaster import Forecaster
    from forecast.levers import Levers
    from forecast.newcomers import Newcomer

Floats = NDArray[np.float64]
_LAST = ("months", "ramp", "where", "because")


class AnyChange(BaseModel):
    """One assumption of a scenario: a plain `Change` of a lever, or a driver of several levers.

    Attributes
    ----------
    lever
        What it is; tells the kinds apart.
    months
        Span of months, both ends included; what it means for a driver stands there.
    where
        Segments it touches: dimension to one or several values. None is all of them.
    because
        The reason, in a sentence.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )

    lever: Text
    months: Span | None = None
    where: Mapping[Text, tuple[Text, ...]] | None = None
    because: Reason | None = None

    @field_validator("where", mode="before")
    @classmethod
    def _lists(cls, where: object) -> object:
        if not isinstance(where, Mapping):
            return where
        return {key: [value] if _single(value) else value for key, value in where.items()}

    @field_validator("where")
    @classmethod
    def _filled(
        cls, where: Mapping[str, tuple[str, ...]] | None
    ) -> Mapping[str, tuple[str, ...]] | None:
        if where is None:
            return None
        if not where or not all(where.values()):
            raise ValueError("names no value: leave `where` out to touch every segment")
        return MappingProxyType(dict(where))

    @field_serializer("where")
    def _plain(self, where: Mapping[str, tuple[str, ...]] | None) -> dict[str, Any] | None:
        if where is None:
            return None
        return {key: v[0] if len(v) == 1 else list(v) for key, v in where.items()}

    @model_validator(mode="after")
    def _together(self) -> Self:
        if problems := self.problems():
            said = "; ".join(message for _, message in problems)
            raise PydanticCustomError("crossed", "{said}", {"said": said, "key": problems[0][0]})
        return self

    def problems(self) -> list[tuple[str, str]]:
        """Give problems that concern several keys, as (key, message)."""
        return []

    @property
    def effect(self) -> str:
        """What it does, without where and when."""
        raise NotImplementedError

    @property
    def drives(self) -> tuple[str, ...]:
        """Levers that a driver works out; a plain change has none and moves its `lever`."""
        return ()

    @property
    def touches(self) -> Mapping[str, tuple[str, ...]]:
        """Segments that it acts on; empty is all of them."""
        return self.where or {}

    def newcomer(self, forecaster: "Forecaster") -> "Newcomer | None":
        """Give the segment that it launches; none by default."""
        del forecaster
        return None

    def apply(self, levers: "Levers", forecaster: "Forecaster", months: pd.PeriodIndex) -> "Levers":
        """Give the levers with this change after those already made.

        Parameters
        ----------
        levers
            Changes made before it.
        forecaster
            Whose segments, shares and expectations are used.
        months
            The months of the projection.

        Raises
        ------
        InputError
            No month of the change is projected, or its segments are not there.
        """
        raise NotImplementedError

    def costs(self, forecaster: "Forecaster", months: pd.PeriodIndex) -> Mapping[str, Floats]:
        """Give what it costs beyond today's costs: kind of cost to array (months,), major units.

        Kinds are those of `scenarios.costs.KINDS`; a saving is negative. Nothing by default.
        """
        del forecaster, months
        return {}

    @property
    def label(self) -> str:
        """The whole change in a few words, without its reason."""
        parts = [self.effect]
        if self.months:
            parts.append(span_words(self.months))
        if (ramp := getattr(self, "ramp", None)) and isinstance(ramp, int) and ramp > 1:
            parts.append(say("phased in over {n} months", n=ramp))
        for dimension, values in (self.where or {}).items():
            first, *others = values
            told = reduce(lambda a, b: say("{one} or {other}", one=a, other=b), others, first)
            parts.append(f"{dimension} {told}")
        return ", ".join(parts)

    def named_months(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Give the last month of its span and each month that a key tells: keys and YYYY-MM.

        Examples
        --------
        >>> from scenarios import Change
        >>> list(Change(lever="churn", times=0.9, months="2026-10/2027-03").named_months())
        [(('months',), '2027-03')]
        """
        if self.months and (last := self.months.rpartition("/")[2]):
            yield ("months",), last
        for key in type(self).model_fields:
            told = getattr(self, key)
            if isinstance(told, Mapping) and all(map(is_month, told)):
                yield from (((key,), month) for month in told)

    def told(self) -> dict[str, object]:
        """Give `way`, `number` and `unit` for a table of inputs; a driver tells its effect."""
        return {"way": self.effect, "number": float("nan"), "unit": None}

    def as_dict(self) -> dict[str, Any]:
        """Give the keys that differ from their defaults, as plain values in the order of a file."""
        found = self.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
        given = {"lever": self.lever, **found}
        last = {key: given.pop(key) for key in _LAST if key in given}
        return {**given, **last}

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).model_validate, (self.as_dict(),)

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        return self

    def __hash__(self) -> int:
        return hash(json.dumps(self.as_dict(), sort_keys=True))


def _single(value: object) -> bool:
    return not isinstance(value, (list, tuple))
