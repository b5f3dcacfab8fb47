"""Settings under which Apache Kafka compacts while a test waits, and how long that may take."""

EAGER = {"log.roll.ms": "300", "log.cleaner.min.cleanable.ratio": "0.01", "log.cleaner.max.compaction.lag.ms": "1000"}
"""Segments are closed and compacted as soon as they can be."""
