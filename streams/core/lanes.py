"""Lanes: the co-partitioned inputs of one partition number, joined in event-time order.

A person's calls, texts and transfers travel in three topics but in one partition number, so they meet in one
*lane*. Each topic is read at its own speed; after a restart one may be hours behind another. A payment judged
before the call it was made under is judged wrongly, so a lane holds a record back until every other topic of the
lane has either been read past that moment or been read to its end:

    calls      ...──●──────●                    read to 10:02, more to come
    transfers  ...─────●──────●──●              read to 10:05
    released   ────────────┤10:02               transfers of 10:03-10:05 wait for the calls

When every topic is read to its end, which is the normal case of a live feed, nothing is held and nothing waits.
Pure: no clock and no I/O.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec

HELD_MAX = 500
"""Records held back for one input partition before no more of it are asked for.

A lane never waits for a feed that is full: the feed that is read least far has nothing held back. More would only be
memory, decoded and idle, while a backlog is worked off.
"""


class TP(NamedTuple):
    """A partition of a topic, as clients name it: any of theirs equals it."""

    topic: str
    partition: int


NOTHING_READ = -1
NO_BOUND = 1 << 62


class Entry(msgspec.Struct, gc=False):
    """One input record as read: its event time, and either the event, with what was mended in it, or the reason why
    there is none. A struct is made in a fifth of the time of a plain object, and one is made of every record."""

    record: Any
    at: int
    event: Any
    rejected: Any = None
    mended: tuple[str, ...] = ()


class Batch(NamedTuple):
    """Entries to be decided together, and for each input partition the run of offsets they stand for."""

    entries: list[Entry]
    runs: Mapping[TP, tuple[int, int]]
    """First offset, and the offset after the last."""
    clocks: Mapping[int, int] = {}
    """Of each lane, the event time up to which its timers may fire, once the entries are decided. Unix ms."""


_by_time = attrgetter("at")


@dataclass(slots=True)
class _Feed:
    """One topic of one lane: what was read and not yet released."""

    tp: TP
    unjoined: bool = False
    entries: list[Entry] = field(default_factory=list)
    read_to: int = NOTHING_READ

    def offer(self, entries: list[Entry]) -> None:
        self.entries.extend(entries)
        self.read_to = max(self.read_to, *map(_by_time, entries))

    def release(self, bound: int) -> list[Entry]:
        """The longest prefix that does not pass the bound: offsets leave in order, whatever their times."""
        held = self.entries
        cut = len(held)
        if bound != NO_BOUND:
            cut = next((i for i, entry in enumerate(held) if entry.at > bound), cut)
        self.entries = held[cut:]
        return held[:cut]


@dataclass(slots=True)
class _Clock:
    """How late it is in a lane: what its timers go by.

    Event time, as far as all that happened by then has been read. While the lane is read to its end it goes on with
    the wall clock from the latest event, so that a timer fires though nobody calls; it never passes the wall clock,
    whatever an event is dated.

        events    ●────●──────●  (end of the lane)
        clock     ┤    ┤      ┤─ ─ ─ ─ ─►  a second a second
    """

    latest: int = 0
    """Latest event time decided; 0 before any."""
    heard_at: int = 0
    """The wall clock when it was."""

    def move_on(self, released: list[Entry], bound: int, now: int, known: int) -> int:
        latest = max(map(_by_time, released), default=0) or (0 if self.latest else known)
        if latest > self.latest:
            self.latest, self.heard_at = latest, now
        if bound != NO_BOUND:
            return min(bound, now)
        return min(self.latest + now - self.heard_at, now) if self.latest else now


class Lanes:
    """All lanes of this worker.

    Args:
        topics: the co-partitioned topics in the order that breaks ties of event time.
        unjoined: those of them that are not joined: their records wait for no other topic's, nor the others' for them.
    """

    def __init__(self, topics: Iterable[str], unjoined: Iterable[str] = ()) -> None:
        self._rank = {topic: rank for rank, topic in enumerate(topics)}
        self._unjoined = frozenset(unjoined)
        self._lanes: dict[int, dict[TP, _Feed]] = {}
        self._clocks: dict[int, _Clock] = {}

    def assign(self, tps: Iterable[TP]) -> None:
        """Start over with these input partitions, all of them unread."""
        self._lanes = {}
        self._clocks = {}
        for tp in sorted((tp for tp in tps if tp.topic in self._rank), key=lambda tp: self._rank[tp.topic]):
            self._lanes.setdefault(tp.partition, {})[tp] = _Feed(tp, tp.topic in self._unjoined)
            self._clocks.setdefault(tp.partition, _Clock())

    def offer(self, tp: TP, entries: list[Entry]) -> None:
        """Take in a run of one partition, in offset order."""
        self._lanes[tp.partition][tp].offer(entries)

    def __bool__(self) -> bool:
        return bool(self._lanes)

    def inputs(self) -> list[TP]:
        """Every input partition."""
        return [tp for lane in self._lanes.values() for tp in lane]

    def first(self) -> TP:
        """Some input partition, to stand for a batch of timers alone."""
        return next(iter(next(iter(self._lanes.values()))))

    def full(self) -> set[TP]:
        """Partitions of which enough is held back already."""
        return {f.tp for lane in self._lanes.values() for f in lane.values() if len(f.entries) >= HELD_MAX}

    def held(self) -> int:
        """Records read but not yet released."""
        return sum(len(f.entries) for lane in self._lanes.values() for f in lane.values())

    def release(self, at_end: Callable[[TP], bool], now: int = 0, known: Callable[[int], int] = lambda _: 0) -> Batch:
        """Everything that may be decided now, each lane in event-time order, and how late it is in each lane.

        Args:
            at_end: whether a partition has been read up to its end as the broker last told it.
            now: the wall clock, Unix ms.
            known: the latest event time that a lane's states know of, for a lane of which nothing was read since it was
                assigned: its clock goes on from there, and not from the wall clock, which a backlog elsewhere, or a
                simulated day, may be far behind of.
        """
        entries: list[Entry] = []
        runs: dict[TP, tuple[int, int]] = {}
        clocks: dict[int, int] = {}
        for partition, lane in self._lanes.items():
            unread = [f for f in lane.values() if not at_end(f.tp)]
            bound = min((f.read_to for f in unread if not f.unjoined), default=NO_BOUND)
            joined, unjoined = _release(lane, bound, runs) if any(feed.entries for feed in lane.values()) else ([], [])
            entries += joined
            entries += unjoined
            if all(f.unjoined for f in lane.values()):  # then it is they that tell the time
                bound, joined = min((f.read_to for f in unread), default=NO_BOUND), unjoined
            clocks[partition] = self._clocks[partition].move_on(joined, bound, now, known(partition))
        return Batch(entries, runs, clocks)


def _release(lane: dict[TP, _Feed], bound: int, runs: dict[TP, tuple[int, int]]) -> tuple[list[Entry], list[Entry]]:
    """What may be decided: joined by time; and behind it what is not joined, in the order in which it lies in its
    topic, so that it is decided in the same order whenever it is read again."""
    merged: list[Entry] = []
    unjoined: list[Entry] = []
    for feed in lane.values():
        if released := feed.release(NO_BOUND if feed.unjoined else bound):
            runs[feed.tp] = (released[0].record.offset, released[-1].record.offset + 1)
            (unjoined if feed.unjoined else merged).extend(released)
    merged.sort(key=_by_time)
    return merged, unjoined
