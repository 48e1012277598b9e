"""Scenario files: read with care, checked, written back; every error with its line."""
