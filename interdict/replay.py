"""`interdict replay`: recorded events through the same engine as the live worker, with no broker and no clock.

The same file gives the same bytes. Lines are taken in event-time order; at equal times in the order in which the live
worker's lanes break ties. A line without a time of its own (a reference record) applies where it stands.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter
from pathlib import Path
from typing import IO, Any, NamedTuple

import orjson
from rich.console import Console

from interdict.duties import load_duties
from schemas.codec import Rejected
from schemas.topics import Topic
from streams.broadcast import key_of, teach
from streams.chain import Chain
from streams.engine import Effects, Engine, Outgoing, buried, key_problem
from streams.lanes import Entry
from streams.reader import Reader
from streams.settings import Settings
from streams.store import FOREVER, Store

AFTER_ALL = 1 << 30
"""Rank of a line without a time: it stands behind the events of the moment before it."""
LANE = 0
"""A replay has one lane: nobody shares the work."""


class ReplayError(Exception):
    """A file that is not a recording; says where and why, never what stood there."""


class Recorded(NamedTuple):
    """One record of a recording, with the fields of a Kafka record that the engine looks at."""

    topic: str
    key: bytes | None
    value: bytes | None
    offset: int
    partition: int = LANE
    timestamp: int = 0
    headers: tuple[tuple[str, bytes], ...] = ()


class Replay:
    """Replays recordings through one duty. Timers fire in event time, each at its own.

    Args:
        duty: what decides; it is given the broadcast records too.
        late_ms_max: as the live worker's.
        idle_ms: as the live worker's.
    """

    def __init__(self, duty: Chain, late_ms_max: int, idle_ms: int) -> None:
        self._duty = duty
        self.store = Store(duty, idle_ms)
        self._engine = Engine(duty, self.store, late_ms_max)
        self._read = Reader((*duty.inputs, *duty.broadcasts))
        self._rank = {topic.name: rank for rank, topic in enumerate((*duty.broadcasts, *duty.inputs))}
        self._broadcasts = {topic.name: topic for topic in duty.broadcasts}
        self._inputs = {topic.name: topic for topic in duty.inputs}
        self._offsets = dict.fromkeys(self._rank, 0)
        self._clock = 0
        self.skipped = 0
        """Lines of topics that this duty does not read."""

    def run(self, files: Iterable[Path], *, to_the_end: bool = False) -> Iterator[Outgoing]:
        """Everything that the recordings lead to, in order.

        Args:
            files: recordings.
            to_the_end: whether timers go on firing after the last event, until none is set.

        Raises:
            ReplayError: a line is not a record of the form `{"topic", "key", "value"}`.
        """
        for entry in self._in_time_order(files):
            yield from self.take(entry)
        if to_the_end:
            yield from self.advance(FOREVER)

    def take(self, entry: Entry) -> Iterator[Outgoing]:
        """Decide one entry, once the timers that are due by then have fired. Entries come in event-time order."""
        if entry.at:
            yield from self.advance(entry.at)
        self._send_home(entry)
        self._number(entry)
        if (topic := self._broadcasts.get(entry.record.topic)) is not None:
            yield from self._learn(topic, entry)
        else:
            self._clock = max(self._clock, entry.at)
            yield from self._settle(self._engine.apply([entry], {LANE: self._clock}))

    def advance(self, at: int) -> Iterator[Outgoing]:
        """Fire every timer due by then, event time, Unix ms."""
        while (due := self.store.next_due(LANE)) is not None and due <= at:
            yield from self._settle(self._engine.apply([], {LANE: due}))

    def read(self, record: Recorded) -> Entry:
        """A record as `take` takes it."""
        return self._read(record)

    def _settle(self, effects: Effects) -> Iterator[Outgoing]:
        """What leaves; what one part of a duty tells another goes round at once."""
        for sent in effects.outgoing:
            if sent.topic not in self._inputs or sent.output is None:
                yield sent
                continue
            if self._inputs[sent.topic].kind != "internal":
                yield sent
            entry = self._read(Recorded(sent.topic, sent.key, sent.value, 0))
            self._number(entry)
            yield from self._settle(self._engine.apply([entry]))

    def _learn(self, topic: Topic, entry: Entry) -> Iterator[Outgoing]:
        try:
            teach(self._duty.learn, topic, key_of(entry.record), entry)
        except Rejected as problem:
            yield buried(entry.record, problem)

    def _in_time_order(self, files: Iterable[Path]) -> Iterator[Entry]:
        placed: list[tuple[int, int, Entry]] = []
        for path in files:
            stands_at = 0
            for record in self._records(path):
                entry = self._read(record)
                stands_at = entry.at or stands_at
                rank = self._rank[record.topic] if entry.at else AFTER_ALL
                placed.append((stands_at, rank, entry))
        placed.sort(key=itemgetter(0, 1))
        for *_, entry in placed:
            yield entry

    def _send_home(self, entry: Entry) -> None:
        """What the live worker sends on to its subject's partition stands under its subject's key at once."""
        if entry.rejected is None and entry.record.topic not in self._broadcasts:
            subject = self._engine.subject_of(entry)
            if subject is not None and key_problem(entry.record, subject) is None:
                entry.record = entry.record._replace(key=subject.encode())

    def _number(self, entry: Entry) -> None:
        """Give the record its offset: a recording has the order of its times, not that of its lines."""
        topic = entry.record.topic
        entry.record = entry.record._replace(offset=self._offsets[topic])
        self._offsets[topic] += 1

    def _records(self, path: Path) -> Iterator[Recorded]:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                record = _record(line, f"{path}:{number}")
                if record.topic in self._rank:
                    yield record
                else:
                    self.skipped += 1


def _record(line: bytes, where: str) -> Recorded:
    try:
        fields = orjson.loads(line)
        topic, key, value = fields["topic"], fields["key"], fields["value"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise ReplayError(f'{where}: not a record of the form {{"topic": ..., "key": ..., "value": {{...}}}}') from None
    if not isinstance(topic, str) or not (key is None or isinstance(key, str)):
        raise ReplayError(f"{where}: topic and key must be strings")
    raw = value.encode() if isinstance(value, str) else orjson.dumps(value)
    return Recorded(topic, None if key is None else key.encode(), None if value is None else raw, 0)


def as_line(record: Outgoing) -> bytes:
    """A produced record in the form of a recording. A value that is not JSON, in a dead letter, stands as a string."""
    line: Mapping[str, Any] = {
        "topic": record.topic,
        "key": (record.key or b"").decode(errors="replace"),
        "value": None,
    }
    return orjson.dumps({**line, "value": _json_or_text(record.value)}) + b"\n"


def _json_or_text(value: bytes | None) -> Any:
    if value is None:
        return None
    try:
        return orjson.Fragment(value) if isinstance(orjson.loads(value), dict) else value.decode(errors="replace")
    except orjson.JSONDecodeError:
        return value.decode(errors="replace")


def replay_files(
    files: Iterable[Path], out: Path | None, settings: Settings, console: Console, *, to_the_end: bool = False
) -> None:
    """`interdict replay`: to standard output, or to one file a topic under `out`."""
    replay = Replay(load_duties(), settings.late_ms_max, settings.idle_ms)
    count = 0
    with Writer(out) as writer, console.status("replaying ...") as status:
        for count, record in enumerate(replay.run(files, to_the_end=to_the_end), 1):
            writer.write(record)
            if count % 500 == 0:
                status.update(f"replaying ... {count:,} records produced")
    console.print(
        f"{count:,} records produced" + (f", {replay.skipped:,} lines of other topics" if replay.skipped else "")
    )


class Writer:
    """Standard output, or a file for each topic."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._files: dict[str, IO[bytes]] = {}

    def __enter__(self) -> "Writer":
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files.values():
            file.close()
        sys.stdout.buffer.flush()

    def write(self, record: Outgoing) -> None:
        """Write one produced record."""
        self._file(record.topic).write(as_line(record))

    def _file(self, topic: str) -> IO[bytes]:
        if self._folder is None:
            return sys.stdout.buffer
        if topic not in self._files:
            self._files[topic] = (self._folder / f"{topic}.ndjson").open("wb")
        return self._files[topic]
