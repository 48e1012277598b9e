"""The kinds of change that a scenario may hold, told apart by `lever`."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import GetCoreSchemaHandler, TypeAdapter
from pydantic_core import CoreSchema, core_schema

from .any_change import AnyChange
from .change import Change
from .drivers import DRIVERS

PLAIN: Final = "change"
"""Tag of a plain `Change`, whose `lever` is that of the forecast; the others are tagged by it."""

KINDS: Final[Mapping[str, type[AnyChange]]] = {PLAIN: Change, **DRIVERS}


def tag_of(value: object) -> str:
    """Give the kind that a change is meant to be; a plain `Change` in doubt, which says why not.

    Examples
    --------
    >>> tag_of({"lever": "price_rise"}), tag_of({"lever": "churn"}), tag_of(17)
    ('price_rise', 'change', 'change')
    """
    lever = value.get("lever") if isinstance(value, Mapping) else getattr(value, "lever", None)
    return lever if isinstance(lever, str) and lever in DRIVERS else PLAIN


class _ByLever:
    """Reads a change as the kind that its `lever` names."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        del source
        kinds: dict[Any, CoreSchema] = {
            tag: handler.generate_schema(kind) for tag, kind in KINDS.items()
        }
        return core_schema.tagged_union_schema(kinds, discriminator=tag_of)


OneChange = Annotated[AnyChange, _ByLever()]
"""Any kind of change, as a field of a model reads it."""

_READER: Final[TypeAdapter[AnyChange]] = TypeAdapter(OneChange)


def change_of(content: Mapping[str, Any]) -> AnyChange:
    """Give the change of plain values, as `AnyChange.as_dict` writes them.

    Raises
    ------
    ValidationError
        With every problem at once.

    Examples
    --------
    >>> change_of({"lever": "churn", "times": 0.9}).label
    'churn x 0.9'
    """
    return _READER.validate_python(dict(content))
