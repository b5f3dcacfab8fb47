"""A Kafka that compacts as soon as it can."""

EAGER = {"log.roll.ms": "300", "log.cleaner.min.cleanable.ratio": "0.01", "log.cleaner.max.compaction.lag.ms": "1000"}
"""Segments are closed and compacted as soon as they can be."""
COMPACTION_S = 60.0
