"""Scenarios side by side: differences, bridges, and which change makes how much."""
