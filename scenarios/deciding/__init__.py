"""Decisions: what must be true, what matters most, how likely it is."""
