"""From a record's bytes to an entry: the one place where input is decoded."""

from collections.abc import Iterable
from typing import Any

from schemas.codec import Rejected, decoder
from schemas.mending import mender
from schemas.topics import Topic
from streams.lanes import Entry

TIMELESS = 0
"""Event time of what has none: reference records and rejected ones go first and hold nothing back."""


class Reader:
    """Decodes records of the given topics; never raises.

    Args:
        topics: the topics it will be given.
        future_ms_max: how far an event may lie ahead of its record's own timestamp; None to accept any that the
            schema accepts (a replay has no record timestamps).
    """

    def __init__(self, topics: Iterable[Topic], future_ms_max: int | None = None) -> None:
        topics = tuple(topics)
        self._decoders = {topic.name: decoder(topic) for topic in topics}
        self._menders = {topic.name: mender(topic) for topic in topics}
        self._future_ms_max = future_ms_max

    def __call__(self, record: Any) -> Entry:
        """The record's entry: with its event, mended where it had to be, or with the reason why there is none."""
        try:
            event = self._decoders[record.topic](record.value)
            mended: tuple[str, ...] = ()
        except Rejected as problem:
            taken = self._menders[record.topic](record.value, problem)
            if taken is None:
                return Entry(record, TIMELESS, None, problem)
            event, mended = taken
        at = getattr(event, "occurred_at", TIMELESS)
        if self._future_ms_max is not None and at > record.timestamp + self._future_ms_max:
            return Entry(
                record, TIMELESS, None, Rejected("time_implausible", "occurred_at: ahead of its record's time")
            )
        return Entry(record, at, event, None, mended)
