"""Connectors: billing histories fetched from where they are made, read only, into files of ours."""

from .stripe import StripeFetch, fetch_stripe

__all__ = ["StripeFetch", "fetch_stripe"]
