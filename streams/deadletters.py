"""Dead letters: a record that could not be read, byte for byte as it came, with the reason in headers."""

from typing import Any

from schemas.codec import Rejected

PREFIX = "__streams.errors."
"""Header names of KIP-1034 (Kafka Streams' dead letter queue)."""

REASON = "interdict_reason"


def letter_headers(record: Any, problem: Rejected) -> list[tuple[str, bytes]]:
    """Headers of a record's dead letter. The record's own are kept in front; none of its content is repeated."""
    return [
        *record.headers,
        (PREFIX + "exception", type(problem).__name__.encode()),
        (PREFIX + "message", problem.detail.encode()),
        (PREFIX + "topic", record.topic.encode()),
        (PREFIX + "partition", b"%d" % record.partition),
        (PREFIX + "offset", b"%d" % record.offset),
        (REASON, problem.reason.encode()),
    ]
