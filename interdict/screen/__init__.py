"""Screens a carrier's numbers by their monthly usage, offline. See docs/screening.md."""
