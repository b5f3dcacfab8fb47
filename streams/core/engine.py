"""The core of every duty: a run of entries in, the decisions and the changed states out.

Pure but for the store it is given. The live worker, `interdict replay` and the crash tests run this same code; they
differ in where entries come from and where effects go.
"""

import re
import traceback
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from types import MappingProxyType
from typing import Any

import msgspec

from schemas.codec import Rejected, encode
from schemas.topics import Output, Topic, dead_letter
from streams.core.changes import Change
from streams.core.deadletters import letter_headers
from streams.core.duty import Count, Decisions, Keyed, Sample, fence_key
from streams.core.identity import Identity, holds, with_latest
from streams.core.lanes import Entry
from streams.core.partitioner import partition_of
from streams.core.pipeline import KeySpace, Pipeline, Rekey
from streams.core.store import SWEEP_KEYS, Store
from streams.core.traceparent import TRACEPARENT, traceparent_of

RECENT_MAX = 128
"""Events remembered per key: a feed that sends one again does so within its next hundred."""
RECENT_UNJOINED_MAX = 1_024
"""The same where records come from many lanes, which all repeat some after a crash."""

PROMPT_MS = 60_000
"""An event no further behind its lane than this came in time: feeds are never quite abreast. A later one is judged at
its own time and decided as of now, so that what follows from it is not over before it begins."""
POSTPONED_MS = 600_000
"""A timer that raises is put off by so much: the others of its lane must not wait for it."""

TIMERS_MAX = 2_000
"""Timers fired in one batch: the others fire in the next, which need not wait long."""

LOOKS_A_KEY = 2
"""Keys looked at for idleness for each key that a batch touches: all are looked at twice as often as they turn over."""

FORWARDED = "interdict_forwarded"
"""Header of a record that was sent on to the partition its key belongs to: it is sent on once only."""

PUBLISHED_AT = "interdict_published_at"
"""Header of an output: when the record that caused it entered Kafka, Unix ms; of a chain of records, the first one.
For latency; not part of the decision. An output that a timer caused has none, nor where a feed told no time."""
MILLIS = re.compile(rb"[1-9][0-9]{12}")
"""A Unix time in milliseconds, from 2001 to 2286: whatever else a feed puts into that header is not taken."""

TOLD = (Count, Sample)
"""What is counted or measured of a step; everything else leaves as a record."""

IDENTITIES = ("command_id", "alert_id", "event_id", "case_id")
TIMES = ("issued_at", "occurred_at", "updated_at")
"""Fields that say what a record is and of when, the first that it has."""

OURS = re.compile(r"(?:^|/)(schemas|streams|agents)/")  # of compiled code the path is that in the checkout

NO_CLOCKS: Mapping[int, int] = MappingProxyType({})

Headers = list[tuple[str, bytes]]


class _Held(msgspec.Struct, gc=False):
    """A key's state while a batch is decided."""

    subject: str
    """The key, as text."""
    partition: int
    state: Keyed
    clock: int
    """How late it was in the lane before the batch."""
    fence: dict[int, int]
    """What earlier batches applied: within one, event time may take a later offset first."""
    applied: list[tuple[Topic, Any, int]] = []
    """What was decided of it in this batch, each with the time of its decision."""


_Touched = dict[bytes, _Held]
"""By key. A record that lies in another lane than its key's finds another lane's, and must not touch its fence."""


class Outgoing(msgspec.Struct, frozen=True, gc=False):
    """One record to produce. A struct for the reason that `streams.core.lanes.Entry` is one: copies are many."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers
    output: Output | None = None
    published_at: int = 0
    traceparent: bytes = b""
    origin: tuple[str, int, int] | None = None
    """Topic, partition and offset of a record that is sent on, or copied."""

    @property
    def is_copy(self) -> bool:
        """Whether it is another topic's record under another key."""
        return self.origin is not None and self.origin[0] != self.topic


class Effects:
    """What a batch of entries leads to."""

    __slots__ = ("changes", "faults", "lateness_ms", "observed", "outgoing", "tally")

    def __init__(self) -> None:
        self.outgoing: list[Outgoing] = []
        self.changes: dict[tuple[int, bytes], Change] = {}
        """Changelog records by lane and key."""
        self.tally: Counter[tuple[str, ...]] = Counter()
        """What to count: (metric, *labels)."""
        self.observed: list[Sample] = []
        """Values for histograms."""
        self.faults: list[str] = []
        """What duties raised, and where."""
        self.lateness_ms: list[int] = []
        """Of each timer that the clock fired, how far it was past due, event time."""


@dataclass(frozen=True, slots=True)
class _Input:
    """What the engine needs to know of an input topic."""

    topic: Topic
    fence_key: int
    unknown_key: int
    """Where its offset is kept in a state that was written before the topic's id was known."""
    key_of: Any
    """None where the record's key alone says it."""
    identity_of: Any
    """None for records of which applying one twice changes nothing."""
    is_unjoined: bool
    is_reference: bool
    recent_max: int
    rekeys: tuple[Rekey, ...]


def _inputs(pipeline: Pipeline, topic_ids: Mapping[str, int]) -> dict[str, _Input]:
    return {
        topic.name: _Input(
            topic, fence_key(topic.code, topic_ids.get(topic.name, 0)), fence_key(topic.code, 0),
            attrgetter(topic.key) if topic.key else None, _identity_of(topic), topic.order == "offset",
            topic.kind == "reference", RECENT_UNJOINED_MAX if topic.order == "offset" else RECENT_MAX,
            tuple(rekey for rekey in pipeline.rekeys if rekey.source is topic),
        )
        for topic in pipeline.inputs
    }  # fmt: skip


def _identity_of(topic: Topic) -> Any:
    """What tells an event from others, in words; its topic is part of it."""
    if not topic.identity:
        return None
    assert len(topic.identity) <= 2, "names of one field or two"
    parts: Any = attrgetter(*topic.identity)
    code = f"{topic.code}\n"
    if len(topic.identity) == 1:
        return lambda event: code + parts(event)

    def in_two(event: Any) -> str:
        one, other = parts(event)
        return f"{code}{one}\n{other}"

    return in_two


class Engine:
    """Runs a pipeline over its keyed state.

    Args:
        pipeline: what decides.
        store: its states.
        late_ms_max: how far an event may lie behind its lane and still be judged.
        partitions: partition count of the inputs, to notice a feed that partitions otherwise; None not to look.
        identity: makes the stand-ins of events.
        topic_ids: the broker's short id of each input topic, where it tells one.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        store: Store,
        late_ms_max: int,
        partitions: int | None = None,
        identity: Identity | None = None,
        topic_ids: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self._pipeline = pipeline
        self._store = store
        self._late_ms_max = late_ms_max
        self._partitions = partitions
        self._decide = pipeline.decide
        self._digest = (identity or Identity()).digest
        self._inputs = _inputs(pipeline, topic_ids)
        self._clocks_before: dict[int, int] = {}
        """How late it was in each lane before the batch: asked of the store once."""

    def apply(self, entries: Iterable[Entry], clocks: Mapping[int, int] = NO_CLOCKS) -> Effects:
        """Decide every entry in turn, then fire the timers that are due. Later entries of a key see what earlier ones
        changed; a key's timers fire before its first event of a later time, whatever the clock says.

        Args:
            entries: in the order to decide them in.
            clocks: event time by lane, Unix ms.
        """
        effects = Effects()
        touched: _Touched = {}
        self._clocks_before.clear()
        for entry in entries:
            for what in entry.mended:
                effects.tally["mended", entry.record.topic, what] += 1
            if entry.rejected is None:
                self._take(entry, touched, effects)
            else:
                _bury(entry, entry.rejected, effects)
        self._keep(touched, effects)
        left = TIMERS_MAX
        for partition, clock in clocks.items():
            self._store.set_clock(partition, clock)
            left -= self._fire_due(partition, clock, left, effects)
        self._age({held.partition for held in touched.values()}, min(SWEEP_KEYS, LOOKS_A_KEY * len(touched)), effects)
        return effects

    def subject_of(self, entry: Entry) -> str | None:
        """Whom a readable record is about; None where it names nobody."""
        return self._subject(self._inputs[entry.record.topic], entry, None)

    def _subject(self, spec: _Input, entry: Entry, held: _Held | None) -> str | None:
        """`held` is what the batch holds of the record's key: it was looked at before."""
        if entry.event is None or spec.key_of is None:
            return self._named_by_key(entry.record) if held is None else held.subject
        subject: str | None = spec.key_of(entry.event)
        return subject

    def _named_by_key(self, record: Any) -> str | None:
        """Whom a record is about of which the key alone says it; None where that names nobody."""
        space = self._pipeline.space
        key = space.spell((record.key or b"").decode(errors="replace"))
        return key if space.key.fullmatch(key) else None

    def _take(self, entry: Entry, touched: _Touched, effects: Effects) -> None:
        record, event = entry.record, entry.event
        spec = self._inputs[record.topic]
        held = touched.get(record.key)
        subject = self._subject(spec, entry, held)
        if subject is None:
            self._leave(spec, entry, effects)
            return
        if held is None or held.subject != subject or held.partition != record.partition:
            held = self._met(record, subject, touched)
            if held is None:
                self._send_on(entry, subject, effects)
                return
        now = self._is_news(entry, spec, held, effects)
        if now is None:
            return
        while 0 < held.state.timer_at <= now:
            self._fire(held, effects)
        try:
            outputs = self._decide(held.state, subject, spec.topic, event, now)
            if outputs:
                self._emit(outputs, record, effects)
        except Exception as problem:
            self._give_up(entry, held, problem, effects)
            return
        if spec.rekeys:
            self._rekey(spec, entry, effects)
        held.applied.append((spec.topic, event, now))
        if spec.is_reference:
            held.state.named = event is not None

    def _give_up(self, entry: Entry, held: _Held, problem: Exception, effects: Effects) -> None:
        """Whatever a duty raises costs that event, and nothing else: not the person, not the lane."""
        self._undo(held)
        where = place_of(problem)
        effects.faults.append(where)
        _bury(entry, Rejected("undecidable", where), effects)

    def _leave(self, spec: _Input, entry: Entry, effects: Effects) -> None:
        """A record that names nobody: of no interest here, or refused where its key should have named somebody."""
        if entry.event is None or spec.key_of is None:
            _bury(entry, Rejected("key_invalid", "key: names nobody, and nothing else does"), effects)
            return
        effects.tally["unattributed", entry.record.topic] += 1
        if spec.rekeys:
            self._rekey(spec, entry, effects)

    def _rekey(self, spec: _Input, entry: Entry, effects: Effects) -> None:
        """Copy a record to other key spaces. After a crash it may be copied again: there it counts once."""
        record = entry.record
        for rekey in spec.rekeys:
            if keys := rekey.keys(entry.event):
                to, headers, place = rekey.to.name, _passed_on(record), place_in(record)
                effects.outgoing += [Outgoing(to, key.encode(), record.value, headers, origin=place) for key in keys]
                effects.tally["rekeyed", to] += len(keys)

    def _met(self, record: Any, subject: str, touched: _Touched) -> _Held | None:
        """The subject's state, loaded once a batch; None where the record is not in its subject's place."""
        key, partition = record.key, record.partition
        if key in touched or key != subject.encode():
            return None
        clock = self._clocks_before.get(partition)
        if clock is None:
            clock = self._clocks_before[partition] = self._store.clock(partition)
        state = self._store.load(partition, key, clock)
        if state is None:
            if not self._belongs(record):
                return None
            state = self._store.new()
        held = touched[key] = _Held(subject, partition, state, clock, state.fence.copy())
        return held

    def _is_news(self, entry: Entry, spec: _Input, held: _Held, effects: Effects) -> int | None:
        """The time to decide an event at; None where it is not to be decided: it was applied before, sent again, or is
        older than anything that is remembered."""
        at, event, state = entry.at, entry.event, held.state
        offset, fence_key, fence = entry.record.offset, spec.fence_key, state.fence
        fenced = held.fence.get(fence_key)
        if fenced is None:
            fenced = held.fence.get(spec.unknown_key, -1)
        if offset <= fenced:
            effects.tally["fenced", entry.record.topic] += 1
            return None
        applied = fence.get(fence_key)
        if applied is None:
            fence.pop(spec.unknown_key, None)
            fence[fence_key] = offset
        elif offset > applied:
            fence[fence_key] = offset
        if spec.identity_of is None or event is None:
            return max(at, state.seen_at)
        late_by = 0 if spec.is_unjoined else held.clock - at
        if late_by > PROMPT_MS and self._is_too_late(entry, late_by, effects):
            return None
        digest, recent = self._digest(spec.identity_of(event)), state.recent
        if holds(recent, digest):
            effects.tally["duplicates", entry.record.topic] += 1
            return None
        state.recent = with_latest(recent, digest, spec.recent_max)
        state.seen_at = max(state.seen_at, at)
        if spec.is_unjoined:  # they come from many lanes, each at its own hour
            return at
        return max(state.seen_at, held.clock) if late_by > PROMPT_MS else state.seen_at

    def _is_too_late(self, entry: Entry, late_by: int, effects: Effects) -> bool:
        effects.tally["late", entry.record.topic] += 1
        if late_by <= self._late_ms_max:
            return False
        _bury(entry, Rejected("too_late", "occurred_at: older than anything that is remembered"), effects)
        return True

    def _undo(self, held: _Held) -> None:
        """Put a key's slots back as they were before the last step: what came before it in this batch is decided again.
        That it was met stays: the record is not to come again."""
        broken = held.state
        state = held.state = self._store.load(held.partition, held.subject.encode(), held.clock) or self._store.new()
        for topic, event, now in held.applied:
            while 0 < state.timer_at <= now:
                self._pipeline.on_timer(state, held.subject, state.timer_at)
            self._pipeline.decide(state, held.subject, topic, event, now)
        state.fence, state.recent, state.seen_at = broken.fence, broken.recent, broken.seen_at
        state.fired, state.named = broken.fired, broken.named

    def _belongs(self, record: Any) -> bool:
        """Whether a record is in its key's partition. Looked at when a key is first met."""
        return self._partitions is None or bool(partition_of(record.key, self._partitions) == record.partition)

    def _send_on(self, entry: Entry, subject: str, effects: Effects) -> None:
        """A record keyed or partitioned otherwise goes to the partition of its subject, once; then it is refused."""
        record = entry.record
        if (problem := key_problem(record, subject, self._pipeline.space)) is not None:
            _bury(entry, problem, effects)
            return
        headers = [*record.headers, (FORWARDED, b"1")]
        effects.outgoing.append(
            Outgoing(record.topic, subject.encode(), record.value, headers, origin=place_in(record))
        )
        effects.tally["forwarded", record.topic] += 1

    def _fire_due(self, partition: int, clock: int, most: int, effects: Effects) -> int:
        """Fire the lane's timers that are due; how many."""
        for fired in range(most):
            key = self._store.due(partition, clock)
            if key is None:
                return fired
            heard = self._store.clock(partition)
            state = self._store.load(partition, key, heard)
            assert state is not None
            held = _Held(key.decode(), partition, state, heard, state.fence)
            effects.lateness_ms.append(clock - state.timer_at)
            self._fire(held, effects)
            self._save(key, held, effects)
            assert (partition, key) in effects.changes, "a timer that fired leaves its mark"
        return most

    def _fire(self, held: _Held, effects: Effects) -> None:
        """Fire what is due next. A timer that raises is put off, with the key as it was before."""
        now = held.state.timer_at
        held.state.fired += 1
        try:
            outputs = self._pipeline.on_timer(held.state, held.subject, now)
            assert not 0 < held.state.timer_at <= now, "a timer that fired is still set"
            self._emit(outputs, None, effects)
        except Exception as problem:
            self._undo(held)
            held.state.timer_at = now + POSTPONED_MS
            effects.faults.append(place_of(problem))
            effects.tally["timers_postponed", self._pipeline.name] += 1

    def _emit(self, outputs: Decisions, cause: Any, effects: Effects) -> None:
        """All that a step leads to, or, where one output cannot be made, none of it. `cause` is the record that led to
        it; None for a timer."""
        if leaving := [output for output in outputs if not isinstance(output, TOLD)]:
            name = self._pipeline.name
            caused_at, trace = (0, b"") if cause is None else (published_at(cause), traceparent_of(cause))
            effects.outgoing += [outgoing(output, name, caused_at, trace) for output in leaving]
        for output in outputs:
            if isinstance(output, Count):
                effects.tally[output.metric, *output.labels] += output.amount
            elif isinstance(output, Sample):
                effects.observed.append(output)

    def _keep(self, touched: _Touched, effects: Effects) -> None:
        for key, held in touched.items():
            self._save(key, held, effects)

    def _save(self, key: bytes, held: _Held, effects: Effects) -> None:
        """Keep a state. Its pieces go before it: see `streams.core.pieces`."""
        partition, state, changes = held.partition, held.state, effects.changes
        if self._store.in_pieces:
            for piece, change in self._store.pieces_changed(partition, key, state):
                changes.pop((partition, piece), None)
                changes[partition, piece] = change
            changes.pop((partition, key), None)
        if (blob := self._store.save(partition, key, state)) is not None:
            changes[partition, key] = blob

    def _age(self, lanes: Iterable[int], looks: int, effects: Effects) -> None:
        for partition in lanes:
            aged = self._store.sweep(partition, looks)
            crowded = self._store.crowded_out(partition)
            for key, change in (*aged.items(), *crowded.items()):
                effects.changes[partition, key] = change
            effects.tally["aged_out", self._pipeline.name] += len(aged)
            effects.tally["crowded_out", self._pipeline.name] += len(crowded)


def place_in(record: Any) -> tuple[str, int, int]:
    """Where a record lies: topic, partition, offset."""
    return record.topic, record.partition, record.offset


def _passed_on(record: Any) -> Headers:
    """Headers of a copy: when the record entered Kafka, and the trace that it belongs to."""
    headers = [(PUBLISHED_AT, b"%d" % at)] if (at := published_at(record)) else []
    if trace := traceparent_of(record):
        headers.append((TRACEPARENT, trace))
    return headers


def place_of(problem: BaseException) -> str:
    """What a duty raised and where, without anything it was about.

    >>> try: {}["phone"]
    ... except KeyError as problem: place_of(problem).split(" at ")[0]
    'KeyError'
    """
    frames = traceback.extract_tb(problem.__traceback__)
    own = [frame for frame in frames if OURS.search(frame.filename)] or frames
    return f"{type(problem).__name__} at {own[-1].filename.rpartition('/')[2]}:{own[-1].lineno}"


def published_at(record: Any) -> int:
    """When the first record of the chain that this one belongs to entered Kafka, Unix ms."""
    for name, value in record.headers:
        if name == PUBLISHED_AT and MILLIS.fullmatch(value or b""):
            return int(value)
    at: int = record.timestamp
    return max(0, at)  # a producer may write -1


def outgoing(output: Output, duty: str, caused_at: int, trace: bytes) -> Outgoing:
    """The record that an output leaves as. `caused_at` is `published_at` of what led to it, 0 for a timer."""
    assert output.topic.kind != "signal", "a signal never leaves the process"
    headers = cloud_event(output, duty)
    if caused_at:
        headers.append((PUBLISHED_AT, b"%d" % caused_at))
    if trace:
        headers.append((TRACEPARENT, trace))
    return Outgoing(output.topic.name, output.key.encode(), encode(output.value), headers, output, caused_at, trace)


def cloud_event(output: Output, duty: str) -> Headers:
    """CloudEvents 1.0 binary-mode headers of an output. They follow from the decision alone."""
    value: Any = output.value
    identity = next((got for name in IDENTITIES if (got := getattr(value, name, None))), output.key)
    return [
        ("ce_specversion", b"1.0"),
        ("ce_id", identity.encode()),
        ("ce_source", f"/interdict/{duty}".encode()),
        ("ce_type", f"interdict.{output.topic.name}".encode()),
        ("ce_time", rfc3339(next(got for name in TIMES if (got := getattr(value, name, None))))),
        ("content-type", b"application/json"),
    ]


def rfc3339(unix_ms: int) -> bytes:
    """A time of the wire format as RFC 3339.

    >>> rfc3339(1_767_225_600_250)
    b'2026-01-01T00:00:00.250Z'
    """
    moment = datetime.fromtimestamp(unix_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z").encode()


def key_problem(record: Any, subject: str, space: KeySpace) -> Rejected | None:
    """Why a record must not be sent on: its key is nobody's, another person's, or it was sent on before."""
    try:
        key = (record.key or b"").decode()
    except UnicodeDecodeError:
        return Rejected("key_invalid", "key: not UTF-8")
    if space.key.fullmatch(key) and key != subject:
        return Rejected("key_mismatch", "key: another subject than the value's")
    if any(name == FORWARDED for name, _ in record.headers):
        return Rejected("key_mismatch", "key: still in the wrong partition after it was sent on")
    return None


def buried(record: Any, problem: Rejected) -> Outgoing:
    """The dead letter of a record."""
    return Outgoing(dead_letter(record.topic), record.key, record.value, letter_headers(record, problem))


def _bury(entry: Entry, problem: Rejected, effects: Effects) -> None:
    effects.outgoing.append(buried(entry.record, problem))
    effects.tally["dead_letters", entry.record.topic, problem.reason] += 1
