"""Profiles: the exports of billing products, recognised by their columns."""

from .applied import PROFILES, apply_profile

__all__ = ["PROFILES", "apply_profile"]
