"""Dead letters: a record that could not be read, byte for byte as it came, with the reason in headers.

Where the bytes are not to be had, or are more than a broker takes, a *stub* stands for them: an empty letter that says
where the record lies, how large it is, and what it hashes to.
"""

from hashlib import sha256
from typing import Any

from typing_extensions import Buffer

from schemas.codec import Rejected

PREFIX = "__streams.errors."
"""Header names of KIP-1034 (Kafka Streams' dead letter queue)."""

REASON = "interdict_reason"
PLACE = (*(PREFIX + name for name in ("exception", "message", "topic", "partition", "offset")), REASON)
"""What every letter says: where its record lies, and why it is here."""
LAST_OFFSET = "interdict_last_offset"
"""Of a stub for more than one record: the last offset that it stands for; the first is where KIP-1034 has it."""
SHA256 = "interdict_sha256"
BYTES = "interdict_bytes"
"""Of a stub: the hash, in hexadecimal, and the size of what could not be passed on. Of a batch that is its own bytes,
of a letter too large its record's value."""

Headers = list[tuple[str, bytes]]


class Unreadable:
    """Stands where a record or several could not be unpacked: whoever passes records on takes it for one, whoever looks
    into them asks first. See `streams.kafka.unpacking`.

    Args:
        topic: where it lies.
        partition: where in the topic.
        first: the first offset that it stands for.
        offset: the last one; reading goes on after it.
        problem: why.
        raw: what bytes there are of it; only their hash and size are kept.
        timestamp: when it was met, Unix ms: what it says of its own time is not to be trusted.
    """

    __slots__ = ("first", "offset", "partition", "problem", "sha256", "size", "timestamp", "topic")

    key = None
    value = None
    headers: tuple[()] = ()

    def __init__(
        self, topic: str, partition: int, first: int, offset: int, problem: Rejected, raw: Buffer, timestamp: int
    ) -> None:
        self.topic = topic
        self.partition = partition
        self.first = first
        self.offset = offset
        self.problem = problem
        self.sha256 = sha256(raw).hexdigest()
        self.size = len(memoryview(raw))
        self.timestamp = timestamp

    def __str__(self) -> str:
        where = f"offset {self.first}" if self.first == self.offset else f"offsets {self.first} to {self.offset}"
        return f"{self.topic}, partition {self.partition}, {where}: {self.problem}"


def letter_headers(record: Any, problem: Rejected) -> Headers:
    """Headers of a record's dead letter. The record's own are kept in front; none of its content is repeated."""
    if isinstance(record, Unreadable):
        place = place_headers(record.topic, record.partition, record.first, problem)
        return [*place, (LAST_OFFSET, b"%d" % record.offset), *_of_bytes(record.sha256, record.size)]
    return [*record.headers, *place_headers(record.topic, record.partition, record.offset, problem)]


def place_headers(topic: str, partition: int, offset: int, problem: Rejected) -> Headers:
    """Where a record lies, and why it was refused."""
    said = (type(problem).__name__, problem.detail, topic, str(partition), str(offset), problem.reason)
    return [(name, word.encode()) for name, word in zip(PLACE, said, strict=True)]


def _of_bytes(digest: str, size: int) -> Headers:
    return [(SHA256, digest.encode()), (BYTES, b"%d" % size)]


def stub_headers(headers: Headers, value: bytes | None) -> Headers:
    """Headers of the stub for a letter that is too large: what we say of its record, nothing that the record says."""
    said = dict(headers)  # ours stand behind the record's own, which may have the same names
    ours = [(name, said[name]) for name in PLACE if name in said]
    return [*ours, *_of_bytes(sha256(value or b"").hexdigest(), len(value or b""))]
