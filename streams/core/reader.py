"""From a record's bytes to an entry: the one place where input is decoded."""

from collections.abc import Callable, Iterable
from typing import Any

from schemas.codec import Rejected, decoder
from schemas.mending import mender
from schemas.topics import Topic
from streams.core.lanes import NO_BOUND, Entry

TIMELESS = 0
"""Event time of what has none: reference records and rejected ones go first and hold nothing back."""
LOG_APPEND_TIME = 1
"""`timestamp_type` of a record whose time the broker wrote."""


class Reader:
    """Decodes records of the given topics; never raises.

    Args:
        topics: the topics it will be given.
        future_ms_max: how far an event may lie ahead of when its record came: by the broker's time where the broker
            writes it, by this process's clock where the feed may write what it likes; None to accept any that the
            schema accepts (a replay has no clock).
        clock: this process's, Unix ms; without one only the broker's time bounds events.
    """

    def __init__(
        self, topics: Iterable[Topic], future_ms_max: int | None = None, clock: Callable[[], int] = lambda: NO_BOUND
    ) -> None:
        topics = tuple(topics)
        self._decoders = {topic.name: decoder(topic) for topic in topics}
        self._menders = {topic.name: mender(topic) for topic in topics}
        self._deletable = {topic.name for topic in topics if topic.cleanup == "compact" and topic.code}
        self._future_ms_max = future_ms_max
        self._clock = clock
        self._by_now = 0
        """Event times up to here are not ahead of this process's clock: it is looked at for later ones only."""

    def __call__(self, record: Any) -> Entry:
        """The record's entry: with its event, mended where it had to be, or with the reason why there is none."""
        if record.value is None and record.topic in self._deletable:
            return Entry(record, TIMELESS, None)
        mended: tuple[str, ...] = ()
        try:
            event = self._decoders[record.topic](record.value)
        except Rejected as problem:
            taken = self._menders[record.topic](record.value, problem)
            if taken is None:
                return Entry(record, TIMELESS, None, problem)
            event, mended = taken
        except RecursionError:
            return Entry(record, TIMELESS, None, Rejected("not_json", "nested too deeply"))
        at = getattr(event, "occurred_at", TIMELESS)
        if self._future_ms_max is not None and self._is_ahead(record, at, self._future_ms_max):
            return Entry(
                record, TIMELESS, None, Rejected("time_implausible", "occurred_at: ahead of the time it came at")
            )
        return Entry(record, at, event, None, mended)

    def _is_ahead(self, record: Any, at: int, ms_max: int) -> bool:
        if record.timestamp_type == LOG_APPEND_TIME and at > record.timestamp + ms_max:
            return True
        if at <= self._by_now:
            return False
        self._by_now = self._clock() + ms_max
        return at > self._by_now
