"""Presets: the policies that products publish, each with the pages that say so."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType

from .errors import unknown_name
from .policy import Policy

__all__ = ["PRESETS", "Preset", "preset"]


@dataclass(frozen=True)
class Preset:
    """How a product reads a ledger, as it says itself.

    Parameters
    ----------
    name
        Short name, as in ``Policy.preset(name)``.
    product
        The product, and which of its settings are meant.
    policy
        Its switches; where no page says anything, the default.
    nrr, grr
        Its published formulas as names of the definitions of the spread; None where none is
        published.
    sources
        Addresses of the pages.

    Examples
    --------
    >>> PRESETS["stripe"].policy.discounts, PRESETS["baremetrics"].nrr
    ('deduct_permanent', 'nrr_all_flows_without_reactivation')
    """

    name: str
    product: str
    policy: Policy
    sources: tuple[str, ...]
    nrr: str | None = None
    grr: str | None = None


def _read() -> Mapping[str, Preset]:
    text = (files("history") / "presets.toml").read_text("utf-8")
    return MappingProxyType(
        {
            name: Preset(
                name=name,
                product=told["product"],
                policy=Policy(**told["policy"]),
                sources=tuple(told["sources"]),
                nrr=told.get("nrr"),
                grr=told.get("grr"),
            )
            for name, told in tomllib.loads(text).items()
        }
    )


PRESETS = _read()
"""Name -> preset, in the order of ``presets.toml``."""


def preset(name: str) -> Preset:
    """Give a preset by its name.

    Raises
    ------
    UnknownNameError
        There is none of this name.
    """
    if name not in PRESETS:
        raise unknown_name("preset of a policy", name, list(PRESETS))
    return PRESETS[name]
