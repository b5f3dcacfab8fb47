"""`interdict replay`: recorded events through the same engine as the live worker, with no broker and no clock.

The same recordings give the same bytes. Entries come in event-time order (`timeline.py`) and are decided in batches, as
a worker decides them: a state is decoded and encoded once a batch. A batch ends where anything else happens, so that
all comes in the order, and with the bytes, of entries decided one by one:

    entries   ●  ●  ●  ●─► command     ●  ●  ┊timer due┊  ●  ●  [policy]  ●  ●
    batches   └────────┘               └──┘  ┊ fires   ┊  └──┘   learnt   └──┘
"""

import gc
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Protocol, cast

import orjson
from msgspec import structs
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from interdict.replay.recordings import LANE, Recorded, Recordings
from interdict.replay.sorting import RUN_BYTES
from interdict.replay.timeline import Audience, Nobody, Timeline
from interdict.topology import load_pipelines
from schemas.codec import Rejected
from schemas.topics import Topic
from streams.core.duty import Decisions
from streams.core.engine import Effects, Engine, Outgoing, buried, key_problem
from streams.core.lanes import Entry
from streams.core.pipeline import Pipeline
from streams.core.reader import Reader
from streams.core.store import FOREVER, Store
from streams.runtime.broadcast import key_of, teach
from streams.settings import Settings

BATCH_MAX = 2_000
"""Entries decided at a time: more gain nothing, and each takes memory until its batch is over."""
COLLECT_AFTER = 200_000
"""Objects allocated, less those freed, between two looks of the cycle collector; as in a worker."""


Look = Callable[[Any, str, Topic, Any, int], None]
"""Is shown each event that was decided: the key's state as it is then, the key, the topic, the event, and now, Unix ms.
Nothing that it does to any of them may be seen by who decides."""


class _Watched:
    """A duty, and what its decisions mean for the batch they are made in.

    Args:
        duty: what decides.
    """

    def __init__(self, duty: Pipeline) -> None:
        self._duty = duty
        self._decide = duty.decide
        self.event: Any = None
        """Of the entry taken last. What is decided must be that one: an engine that took entries ahead would decide in
        a batch what belongs behind it."""
        self.due = FOREVER
        """When the earliest timer is due, of those set before the batch and those set in it."""
        self.led_to_something = False
        self.look: Look | None = None
        self.was_ahead = False
        """Whether entries were taken before the one decided. Not raised where it is found: what a duty raises costs a
        record, and here it is the engine that is wrong."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._duty, name)

    def decide(self, state: Any, key: str, topic: Topic, event: Any, now: int) -> Decisions:
        """See `streams.core.pipeline.Pipeline`."""
        self.was_ahead |= event is not self.event
        outputs = self._decide(state, key, topic, event, now)
        if outputs:
            self.led_to_something = True
        if 0 < state.timer_at < self.due:
            self.due = state.timer_at
        if self.look is not None:
            self.look(state, key, topic, event, now)
        return outputs


class Ahead(Protocol):
    """Entries of which the next can be looked at before it is taken. Another may become the next, an earlier one,
    whenever an output was handed out: that is how somebody answers it."""

    @property
    def next(self) -> Entry | None:
        """The next one; None where there is none any more."""

    def take(self) -> None:
        """Go on to the one behind it."""


class _Ahead:
    """Entries as they come; see `Ahead`."""

    def __init__(self, entries: Iterator[Entry]) -> None:
        self._entries = entries
        self.next = next(entries, None)

    def take(self) -> None:
        """Go on to the one behind it."""
        self.next = next(self._entries, None)


class _Played:
    """One pipeline of a replay, with its states.

    Args:
        pipeline: what decides.
        late_ms_max, idle_ms, unnamed_idle_ms: as `Replay` has them.
    """

    def __init__(self, pipeline: Pipeline, late_ms_max: int, idle_ms: int, unnamed_idle_ms: int | None) -> None:
        self.pipeline = pipeline
        self.watched = _Watched(pipeline)
        self.store = Store(pipeline, idle_ms, unnamed_idle_ms)
        self.engine = Engine(cast(Pipeline, self.watched), self.store, late_ms_max)
        self.topics = {topic.name: topic for topic in pipeline.inputs}


class Replay:
    """Replays recordings through pipelines. Timers fire in event time, each at its own.

    Args:
        pipelines: what decides; each is given the broadcast records too that it hears.
        late_ms_max: as the live worker's.
        idle_ms: as the live worker's.
        audience: who is told how far a reading has come.
        batch_max: entries decided at a time, at most.
        unnamed_idle_ms: as the live worker's; as for everybody where it is left out.
        run_bytes: bytes of lines held in memory where recordings must be sorted.
    """

    def __init__(
        self, pipelines: Iterable[Pipeline], late_ms_max: int, idle_ms: int, audience: Audience | None = None,
        batch_max: int = BATCH_MAX, unnamed_idle_ms: int | None = None, run_bytes: int = RUN_BYTES,
    ) -> None:  # fmt: skip
        self._played = [_Played(pipeline, late_ms_max, idle_ms, unnamed_idle_ms) for pipeline in pipelines]
        self._by_input = {name: played for played in self._played for name in played.topics}
        self._idle_ms = min(idle_ms, unnamed_idle_ms or idle_ms)
        self._batch_max = batch_max
        pipelines = [played.pipeline for played in self._played]
        self._copies = frozenset(rekey.to.name for pipeline in pipelines for rekey in pipeline.rekeys)
        broadcasts = dict.fromkeys(topic for pipeline in pipelines for topic in pipeline.broadcasts)
        topics = (*broadcasts, *(topic for pipeline in pipelines for topic in pipeline.inputs))
        self.read = Reader(topics)
        """A record as `take` takes it."""
        self._timeline = Timeline(topics, self.read, audience or Nobody(), run_bytes)
        self._broadcasts = {topic.name: topic for topic in broadcasts}
        self._offsets = {topic.name: 0 for topic in topics}
        self._clock = 0

    @property
    def skipped(self) -> int:
        """Lines of topics that no pipeline reads."""
        return self._timeline.skipped

    @property
    def pipelines(self) -> tuple[Pipeline, ...]:
        """What decides."""
        return tuple(played.pipeline for played in self._played)

    @property
    def store(self) -> Store:
        """The states of the first pipeline."""
        return self._played[0].store

    @property
    def stores(self) -> dict[str, Store]:
        """The states of each pipeline, by its name."""
        return {played.pipeline.name: played.store for played in self._played}

    def run(self, files: Iterable[Path], *, to_the_end: bool = False) -> Iterator[Outgoing]:
        """Everything that the recordings in files lead to, in order. See `play`."""
        with Recordings(files) as recordings:
            yield from self.play(recordings, to_the_end=to_the_end)

    def play(
        self, recordings: Recordings, *, to_the_end: bool = False,
        through: Callable[[Iterator[Entry]], Ahead] = _Ahead, look: Look | None = None,
    ) -> Iterator[Outgoing]:  # fmt: skip
        """Everything that recordings lead to, in order.

        Args:
            recordings: open.
            to_the_end: whether timers go on firing after the last event, until none is set.
            through: what makes the recordings' entries those that are decided: it may add some.
            look: looks at each of them once it is decided, in whichever pipeline.

        Raises:
            ReplayError: a line is not a record of the form `{"topic", "key", "value"}`.
        """
        for played in self._played:
            played.watched.look = look
        yield from self._decide(through(self._timeline.entries(recordings)))
        if to_the_end:
            yield from self.advance(FOREVER)

    def take(self, entry: Entry) -> Iterator[Outgoing]:
        """Decide one entry, once the timers that are due by then have fired. Entries come in event-time order."""
        yield from self._decide(_Ahead(iter((entry,))))

    def next_due(self) -> int | None:
        """When the earliest timer of any pipeline is due, event time, Unix ms; None where none is set."""
        return min(filter(None, (played.store.next_due(LANE) for played in self._played)), default=None)

    def advance(self, at: int) -> Iterator[Outgoing]:
        """Fire every timer due by then, event time, Unix ms."""
        while (due := self.next_due()) is not None and due <= at:
            for played in self._played:
                if played.store.next_due(LANE) == due:
                    yield from self._settle(played.engine.apply([], {LANE: due}))

    def _decide(self, ahead: Ahead) -> Iterator[Outgoing]:
        while (entry := ahead.next) is not None:
            if entry.at:
                if (due := self.next_due()) is not None and due <= entry.at:
                    yield from self.advance(due)
                    continue  # what that led to may be answered before the entry
                self._clock = max(self._clock, entry.at)
                for played in self._played:
                    played.store.set_clock(LANE, self._clock)
            if (topic := self._broadcasts.get(entry.record.topic)) is not None:
                ahead.take()
                self._number(entry)
                yield from self._learn(topic, entry)
            else:
                played = self._by_input[entry.record.topic]
                effects = played.engine.apply(self._batch(played, ahead))
                assert not played.watched.was_ahead, "an engine decides each entry before it takes the next"
                yield from self._settle(effects)

    def _batch(self, played: _Played, ahead: Ahead) -> Iterator[Entry]:
        """The entries up to the first one before which something else happens: an output goes round, a timer fires, a
        broadcast is learnt; or before which a person of the batch could have become idle."""
        watched, mine = played.watched, played.topics
        watched.led_to_something = False
        due = self.next_due()
        watched.due = FOREVER if due is None else due
        until = FOREVER
        for _ in range(self._batch_max):
            entry = ahead.next
            if entry is None or watched.led_to_something or entry.record.topic not in mine:
                return
            if entry.at:
                if entry.at >= watched.due or entry.at > until:
                    return
                until = min(until, entry.at + self._idle_ms)
            self._send_home(played, entry)
            self._number(entry)
            watched.event = entry.event
            yield entry
            ahead.take()

    def _settle(self, effects: Effects) -> Iterator[Outgoing]:
        """What leaves. What one duty tells another goes round at once; copies are decided behind the batch that they
        are of, and are told to nobody: they say nothing that the record did not."""
        copies: dict[str, list[Outgoing]] = {}
        for sent in effects.outgoing:
            if sent.topic in self._copies:
                copies.setdefault(sent.topic, []).append(sent)
                continue
            if sent.topic in self._broadcasts and sent.output is not None:
                yield from self._spread(sent)
                continue
            played = self._by_input.get(sent.topic)
            if played is None or sent.output is None:
                yield sent
                continue
            if played.topics[sent.topic].kind != "internal":
                yield sent
            yield from self._go_round(played, [sent])
        for topic, sent_on in copies.items():
            if (played := self._by_input.get(topic)) is not None:
                yield from self._go_round(played, sent_on)

    def _go_round(self, played: _Played, sent: Iterable[Outgoing]) -> Iterator[Outgoing]:
        def entries() -> Iterator[Entry]:
            copied, entry = None, None
            for one in sent:
                record = Recorded(one.topic, one.key, one.value, 0)
                if entry is None or one.value is not copied:
                    entry = self.read(record)
                else:  # a record is copied to both accounts: what it says is read once
                    entry = structs.replace(entry, record=record)
                copied = one.value
                self._number(entry)
                played.watched.event = entry.event
                yield entry

        yield from self._settle(played.engine.apply(entries()))

    def _spread(self, sent: Outgoing) -> Iterator[Outgoing]:
        """What one pipeline tells all others is heard at once; live it takes a moment."""
        entry = self.read(Recorded(sent.topic, sent.key, sent.value, 0))
        self._number(entry)
        yield from self._learn(self._broadcasts[sent.topic], entry)

    def _learn(self, topic: Topic, entry: Entry) -> Iterator[Outgoing]:
        problems = []
        for played in self._played:
            try:
                if topic in played.pipeline.broadcasts:
                    teach(played.pipeline.on_broadcast, topic, key_of(entry.record), entry)
            except Rejected as problem:
                problems.append(problem)
        if problems:
            yield buried(entry.record, problems[0])

    def _send_home(self, played: _Played, entry: Entry) -> None:
        """What the live worker sends on to its subject's partition stands under its subject's key at once."""
        if entry.rejected is None:
            subject = played.engine.subject_of(entry)
            if subject is None or (key := subject.encode()) == entry.record.key:
                return
            if key_problem(entry.record, subject, played.pipeline.space) is None:
                entry.record.key = key

    def _number(self, entry: Entry) -> None:
        """Give the record its offset: a recording has the order of its times, not that of its lines."""
        record = entry.record
        record.offset = self._offsets[record.topic]
        self._offsets[record.topic] += 1


def as_line(record: Outgoing) -> bytes:
    """A produced record in the form of a recording. A value that is not JSON, in a dead letter, stands as a string."""
    line: Mapping[str, Any] = {
        "topic": record.topic,
        "key": (record.key or b"").decode(errors="replace"),
        "value": None,
    }
    return orjson.dumps({**line, "value": _json_or_text(record.value, is_ours=record.output is not None)}) + b"\n"


def _json_or_text(value: bytes | None, *, is_ours: bool) -> Any:
    """A value as JSON. What others made is written anew: recordings of one content come out the same however spaced."""
    if value is None:
        return None
    try:
        found = orjson.loads(value)
    except orjson.JSONDecodeError:
        return value.decode(errors="replace")
    if not isinstance(found, dict):
        return value.decode(errors="replace")
    return orjson.Fragment(value) if is_ours else found


class Shown:
    """An audience at a terminal: a bar of the bytes done, while entered.

    Args:
        console: where.
        title: what the work is for, in front of what is being done.
    """

    def __init__(self, console: Console, title: str = "") -> None:
        self._console = console
        self._title = title
        self._bar = Progress(
            TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TimeRemainingColumn(),
            console=console, transient=True, disable=not console.is_terminal,
        )  # fmt: skip
        self._task = self._bar.add_task("", total=None)

    def __enter__(self) -> "Shown":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def progress(self, what: str, done: int, of: int) -> None:
        """See `Audience`."""
        self._bar.update(self._task, description=f"{what}{self._title}", completed=done, total=of)

    def note(self, line: str) -> None:
        """See `Audience`."""
        self._console.print(line, markup=False, soft_wrap=True)


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """Keep the cycle collector from what will stay: what a batch makes has no cycles and goes by reference counts."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


class Play(Protocol):
    """A way to play recordings: `Replay.play` itself, or one that looks on."""

    def __call__(self, replay: Replay, recordings: Recordings, /, *, to_the_end: bool) -> Iterator[Outgoing]:
        """See `Replay.play`."""


def replay_files(
    files: Iterable[Path], out: Path | None, settings: Settings, console: Console, *, to_the_end: bool = False,
    play: Play = Replay.play,
) -> None:  # fmt: skip
    """`interdict replay`: to standard output, or to one file a topic under `out`."""
    count = 0
    with seldom_collecting(), Recordings(files) as recordings, Writer(out) as writer, Shown(console) as shown:
        replay = Replay(
            load_pipelines(), settings.late_ms_max, settings.idle_ms, shown, unnamed_idle_ms=settings.unnamed_idle_ms
        )
        for record in play(replay, recordings, to_the_end=to_the_end):
            writer.write(record)
            count += 1
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
