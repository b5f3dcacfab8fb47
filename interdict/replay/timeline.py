"""The records of recordings in event-time order, in memory that does not grow with them.

    a recording ─► do its times go up? ─┬─ yes ─► its records as they stand, those of one moment by rank ─┐
                                        └─ no ──► sorted, all such together, in temporary files ──────────┴─► merged

Nothing can be decided before it is known what comes first, so every recording is looked through once for its times
alone, which takes a few hundredths of what deciding takes. Records are taken by time; at equal times in the order in
which the live worker's lanes break ties, then in that of the files and lines. A record without a time of its own (of a
reference, or one that cannot be read) stands where it stands: behind all of the moment of the event before it.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from operator import itemgetter
from typing import Any, Protocol

import msgspec

from interdict.replay.recordings import Recorded, Recording, Recordings, ReplayError, record_of
from interdict.replay.sorting import Row, Sorter
from schemas.fields import TIME_MS_MAX, TIME_MS_MIN
from schemas.topics import Topic
from streams.core.lanes import Entry

MOMENT_ROWS_MAX = 5_000
"""Records of one moment held decoded; of more, such as a reference that comes as a whole, the lines are sorted."""
AFTER_ALL = 1 << 20
"""Rank of a record without a time among those of its moment."""
FILES_BITS = 24
"""Of a place, the bits that tell the file."""
TELL_LINES = 2_048
"""Lines between two words of progress."""
LOOKING, SORTING, DECIDING = "looking through", "sorting", "replaying"
"""What is done, as it is told."""


class Audience(Protocol):
    """Who is told how far it has come."""

    def progress(self, what: str, done: int, of: int) -> None:
        """What is being done, and of how many bytes of how many."""

    def note(self, line: str) -> None:
        """A line that whoever waits should know."""


class Nobody:
    """An audience that does not listen."""

    def progress(self, what: str, done: int, of: int) -> None:
        """See `Audience`."""

    def note(self, line: str) -> None:
        """See `Audience`."""


Placed = tuple[int, int, Entry]
"""An entry behind its place: the event time at which it stands, and its rank among those of that time."""
_place = itemgetter(0, 1)


class _Dated(msgspec.Struct, gc=False):
    """What of an event tells its time."""

    occurred_at: Any = None


class _Line(msgspec.Struct, gc=False):
    """What of a line tells where it belongs."""

    topic: str
    key: str | None
    value: _Dated | None


_dated = msgspec.json.Decoder(_Line).decode


class Timeline:
    """Puts the entries of recordings into event-time order.

    Args:
        topics: those that are read, in the order that breaks ties.
        read: a record's entry.
        audience: who is told how far it has come.
        run_bytes: bytes of lines sorted in memory.
    """

    def __init__(
        self, topics: Iterable[Topic], read: Callable[[Recorded], Entry], audience: Audience, run_bytes: int
    ) -> None:
        known = tuple(topics)
        self._rank = {topic.name: rank for rank, topic in enumerate(known)}
        self._timeless = {
            topic.name for topic in known if "occurred_at" not in getattr(topic.model, "model_fields", ())
        }
        self._read = read
        self._audience = audience
        self._run_bytes = run_bytes
        self._doing, self._reading = LOOKING, list[Recording]()
        self._of_sorted = self._sorted_given = 0
        self.skipped = 0
        """Lines of topics that are not read."""

    def entries(self, recordings: Recordings) -> Iterator[Entry]:
        """Every entry. The recordings are all looked through before the first one.

        Raises:
            ReplayError: a line is not a record.
            OSError: there is no room for temporary files.
        """
        files = list(enumerate(recordings.all))
        self._begin(LOOKING, recordings.all)
        for _, recording in files:
            if recording.in_order is None:
                recording.in_order = self._times_go_up(recording)
        mixed = [(file, one) for file, one in files if not one.in_order]
        streams = [self._sorted(self._sort(mixed))] if mixed else []
        self._begin(DECIDING, [one for _, one in files if one.in_order])
        streams += [self._as_it_stands(one, file) for file, one in files if one.in_order]
        for *_, entry in streams[0] if len(streams) == 1 else merge(*streams, key=_place):
            yield entry

    def _times_go_up(self, recording: Recording) -> bool:
        """Whether no event is dated before one that stands before it."""
        latest = 0
        for number, line in self._lines(recording):
            at = self._time_of(line, recording.name, number)
            if 0 < at < latest:
                self._audience.note(f"{recording.name}: its times go back and forth, so it is sorted first")
                return False
            latest = at or latest
        return True

    def _time_of(self, line: bytes, name: str, number: int) -> int:
        """When a line's event happened, as it says itself; one that is refused has no time, but cannot mislead: if all
        times go up, those of some go up too. What is written in an unusual way is read as it is read to be decided."""
        try:
            found = _dated(line)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            found = None
        if found is not None:
            if found.topic in self._timeless or found.topic not in self._rank or found.value is None:
                return 0
            if type(at := found.value.occurred_at) is int and TIME_MS_MIN <= at <= TIME_MS_MAX:
                return at
        record = record_of(line, name, number)
        return self._read(record).at if record.topic in self._rank else 0

    def _as_it_stands(self, recording: Recording, file: int) -> Iterator[Placed]:
        """The entries of a recording whose times go up: only those of one moment may have to change places."""
        moment = _Moment(self._read, self._run_bytes)
        stands_at = 0
        for record, line in self._records(recording):
            entry = self._read(record)
            if entry.at > stands_at:
                yield from moment.leave()
                stands_at = entry.at
            elif 0 < entry.at < stands_at:
                raise ReplayError(f"{recording.name}: changed while it was read")
            placed = (stands_at, self._rank_of(entry, file), entry)
            if stands_at:
                moment.take(placed, line)
            else:
                yield placed  # nothing can come before what stands before all times
        yield from moment.leave()

    def _sort(self, mixed: list[tuple[int, Recording]]) -> Sorter:
        """All lines of the recordings whose times go back and forth, at their places."""
        self._begin(SORTING, [recording for _, recording in mixed])
        sorter = Sorter(self._run_bytes)
        for file, recording in mixed:
            stands_at = 0
            for record, line in self._records(recording):
                entry = self._read(record)
                stands_at = entry.at or stands_at
                sorter.add(Row(stands_at, self._rank_of(entry, file), line))
        self._of_sorted, self._sorted_given = sorter.added_bytes, 0
        if sorter.spilled:
            self._audience.note(f"sorting takes {sorter.added_bytes >> 20:,} MB in {tempfile.gettempdir()}")
        return sorter

    def _sorted(self, sorter: Sorter) -> Iterator[Placed]:
        """The entries of sorted lines."""
        for count, (at, rank, line) in enumerate(sorter.rows()):
            if count % TELL_LINES == 0:
                self._tell()
            self._sorted_given += len(line)
            yield at, rank, self._read(record_of(line, "", 0))

    def _rank_of(self, entry: Entry, file: int) -> int:
        """Where an entry comes among those of its moment: by topic, then by file."""
        return (self._rank[entry.record.topic] if entry.at else AFTER_ALL) << FILES_BITS | file

    def _records(self, recording: Recording) -> Iterator[tuple[Recorded, bytes]]:
        name, rank = recording.name, self._rank
        for number, line in self._lines(recording):
            record = record_of(line, name, number)
            if record.topic in rank:
                yield record, line
            else:
                self.skipped += 1

    def _lines(self, recording: Recording) -> Iterator[tuple[int, bytes]]:
        for number, line in recording.lines():
            if number % TELL_LINES == 0:
                self._tell()
            yield number, line

    def _begin(self, what: str, recordings: list[Recording]) -> None:
        """Say what these are read for from now on."""
        self._doing, self._reading = what, recordings
        for recording in recordings:
            recording.rewind()
        self._tell()

    def _tell(self) -> None:
        """How far it has come: bytes of files read, and of lines given back by the sorter."""
        done = sum(recording.read for recording in self._reading)
        of = sum(recording.size for recording in self._reading)
        if self._doing is DECIDING:
            done, of = done + self._sorted_given, of + self._of_sorted
        self._audience.progress(self._doing, done, of)


class _Moment:
    """The entries that stand at one event time, until it is over.

    Args:
        read: a record's entry.
        run_bytes: see `Sorter`.
    """

    def __init__(self, read: Callable[[Recorded], Entry], run_bytes: int) -> None:
        self._read = read
        self._held: list[tuple[Placed, bytes]] = []
        self._many = Sorter(run_bytes)
        """Those of a moment of too many, as lines."""

    def take(self, placed: Placed, line: bytes) -> None:
        """Take in the next entry of the moment."""
        self._held.append((placed, line))
        if len(self._held) == MOMENT_ROWS_MAX:
            for (at, rank, _), one in self._held:
                self._many.add(Row(at, rank, one))
            self._held.clear()

    def leave(self) -> Iterator[Placed]:
        """Its entries in their order. What comes then belongs to the next moment."""
        if self._many.added_bytes:
            for (at, rank, _), line in self._held:
                self._many.add(Row(at, rank, line))
            self._held.clear()
            yield from ((at, rank, self._read(record_of(line, "", 0))) for at, rank, line in self._many.rows())
        elif self._held:
            held = [placed for placed, _ in self._held]
            self._held.clear()
            held.sort(key=_place)
            yield from held
