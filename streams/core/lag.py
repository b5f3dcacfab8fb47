"""How far behind each input is: how many records wait to be decided, and how old the oldest of them is.

    written  ──●──●──●──●──●──●──●──●──┤ end, as the broker last told it
    read     ──●──●──●──●──●──●──┤ position         the next record that will be handed out
    decided  ──●──●──●──┤
                        └──── lag ─────┘            read and held back or under way, and not yet read

Pure: where a partition stands and what time it is are told. Written to by the event loop, asked from another thread.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from streams.core.duty import Sample
from streams.core.lanes import TP, Batch, Entry

Where = Callable[[TP], tuple[int, int] | None]
"""The next offset of a partition to be handed out, and its end; None while either is unknown."""


@dataclass(slots=True)
class _Input:
    """One input partition."""

    waiting: deque[tuple[int, int, int]] = field(default_factory=deque)
    """Runs read and not wholly decided: first offset, the one after the last, event time of the first. There are no
    more of them than the lanes hold records."""
    read_to: int = 0
    """The offset after the last one handed out; 0 before any."""
    decided_to: int = 0
    oldest_at: int = 0
    """Event time of the oldest record that was read and not decided; 0 for none."""
    heard_at: int = 0
    """Event time of the last record read, or when there last was nothing more to read, whichever is later: what has
    not been read yet is no older than that."""

    def handed_out(self, first: int, last: int) -> None:
        if not self.read_to:
            self.decided_to = first
        self.read_to = last + 1

    def read(self, entries: list[Entry]) -> None:
        first, last = entries[0], entries[-1]
        self.handed_out(first.record.offset, max(last.record.offset, self.read_to - 1))
        self.waiting.append((first.record.offset, last.record.offset + 1, _time_of(first)))
        self.oldest_at = self.oldest_at or _time_of(first)
        self.heard_at = max(self.heard_at, _time_of(last))

    def decided(self, end: int, clock: int) -> None:
        """Everything before `end` is; what a lane still holds of the same run is later than its clock."""
        self.decided_to = max(self.decided_to, end)
        while self.waiting and self.waiting[0][1] <= end:
            self.waiting.popleft()
        if not self.waiting:
            self.oldest_at = 0
            return
        first, _, at = self.waiting[0]
        self.oldest_at = max(at, clock) if first < end else at

    def records(self, position: int, end: int) -> int:
        return max(0, end - position) + max(0, self.read_to - self.decided_to)


class Lag:
    """Of all input partitions of this worker."""

    def __init__(self) -> None:
        self.where: Where = lambda _: None
        self._inputs: dict[TP, _Input] = {}

    def assign(self, tps: Iterable[TP]) -> None:
        """Start over with these partitions, all of them unread."""
        self._inputs = {tp: _Input() for tp in tps}

    def handed_out(self, tp: TP, first: int, last: int) -> None:
        """A run of offsets left the client: it waits to be read, and is behind its position already."""
        if (held := self._inputs.get(tp)) is not None:
            held.handed_out(first, last)

    def read(self, tp: TP, entries: list[Entry]) -> None:
        """A run of a partition was read, in offset order."""
        if (held := self._inputs.get(tp)) is not None and entries:
            held.read(entries)

    def at_end(self, tp: TP, now: int) -> None:
        """There is nothing more to read of a partition. `now` is the wall clock, Unix ms."""
        if (held := self._inputs.get(tp)) is not None and now > held.heard_at:
            held.heard_at = now

    def decided(self, batch: Batch) -> None:
        """A batch is decided."""
        for tp, (_, end) in batch.runs.items():
            if (held := self._inputs.get(tp)) is not None:
                held.decided(end, batch.clocks.get(tp.partition, 0))

    def gauges(self, now: int) -> Iterator[Sample]:
        """Of each topic of which it is known, how many records wait, and for how long the oldest has, as far as that is
        known. `now` is the wall clock, Unix ms."""
        records: dict[str, int] = {}
        seconds: dict[str, float] = {}
        for tp, held in list(self._inputs.items()):
            if (where := self.where(tp)) is None:
                continue
            count = held.records(*where)
            since = (held.oldest_at or held.heard_at or now) if count else now
            records[tp.topic] = records.get(tp.topic, 0) + count
            seconds[tp.topic] = max(seconds.get(tp.topic, 0.0), (now - since) / 1000)
        yield from (Sample("lag_records", (topic,), count) for topic, count in records.items())
        yield from (Sample("lag_seconds", (topic,), age_s) for topic, age_s in seconds.items())


def _time_of(entry: Entry) -> int:
    """Event time, and the record's own where there is none."""
    at: int = entry.at or entry.record.timestamp
    return at


__all__ = ["Lag", "Where"]
