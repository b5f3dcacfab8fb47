"""Prometheus: what it scrapes and when it raises an alarm, and a server of it for tests."""
