"""Measurements on this machine: throughput and latency, recovery, timers."""
