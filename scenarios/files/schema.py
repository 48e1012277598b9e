"""The JSON Schema of a scenario file, with which editors complete and check it."""

from typing import Any, Final

from forecast.levers import LEVERS

from ..changes.change import WAYS
from ..changes.kinds import KINDS, PLAIN
from .fields import MONTH_PATTERN
from .file import ScenarioFile


def scenario_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a scenario file, for editors.

    Returns
    -------
    dict
        Ready for ``json.dump``.

    Examples
    --------
    >>> sorted(scenario_schema()["properties"])
    ['based_on', 'because', 'changes', 'costs', 'name']
    """
    schema = ScenarioFile.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["description"] = "A named set of changes to the levers of the forecast."
    change = schema["$defs"]["Change"]
    change["description"] = "One lever, changed by exactly one of times, plus or set."
    change["properties"]["lever"] = {
        "title": "Lever",
        "oneOf": [
            {"const": lever.name, "description": f"{lever.meaning} Unit: {lever.unit}."}
            for lever in LEVERS.values()
        ],
    }
    change["oneOf"] = [{"required": [way], "properties": {way: {"type": "number"}}} for way in WAYS]
    for tag, kind in KINDS.items():
        found = schema["$defs"][kind.__name__]
        found["properties"] |= {"months": _MONTHS, "where": _WHERE}
        if tag != PLAIN:
            found["required"] = ["lever", *(k for k in found.get("required", []) if k != "lever")]
            found["description"] = str(kind.__doc__).partition("\n")[0]
    return dict(_bounded(schema))


_BOUNDS: Final = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum"}


def _bounded(node: Any) -> Any:
    """Write bounds as JSON Schema does; pydantic leaves its own words where a validator stands."""
    if isinstance(node, list):
        return [_bounded(part) for part in node]
    if not isinstance(node, dict):
        return node
    number = node.get("type") in ("number", "integer")
    return {(_BOUNDS.get(k, k) if number else k): _bounded(v) for k, v in node.items()}


_M: Final = MONTH_PATTERN
_MONTHS: Final = {
    "type": ["string", "null"],
    "pattern": f"^({_M}|{_M}/|/{_M}|{_M}/{_M})$",
    "description": "2026-10/2027-06, open on either side, or one month; blank: all months",
}
_WHERE: Final = {
    "type": ["object", "null"],
    "minProperties": 1,
    "additionalProperties": {
        "anyOf": [
            {"type": "string"},
            {"type": "array", "items": {"type": "string"}, "minItems": 1},
        ]
    },
    "description": "Dimension to the value or values touched; blank: all segments",
}
