"""Fits the rules' weights, offline, on recordings with truth. See docs/fitting.md."""
