"""The core of every duty: a run of entries in, the decisions and the changed states out.

Pure but for the store it is given. The live worker, `interdict replay` and the crash tests run this same code; they
differ in where entries come from and where effects go.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from operator import attrgetter
from struct import Struct
from types import MappingProxyType
from typing import Any, NamedTuple
from zlib import crc32

from schemas.codec import Rejected, encode
from schemas.topics import Output, Topic, dead_letter
from streams.deadletters import letter_headers
from streams.duty import Decisions, Duty, Happening, Keyed, Observation
from streams.lanes import Entry
from streams.store import SWEEP_KEYS, Store
from streams.traceparent import TRACEPARENT, traceparent_of

RECENT_MAX = 16
"""Event ids remembered per key. A feed that repeats an event does so within its next few."""
RECENT_INTERNAL_MAX = 1_024
"""The same for an internal topic, whose keys gather what many lanes repeat after a crash."""

WAKES_MAX = 2_000
"""Timers fired in one batch: the others fire in the next, which need not wait long."""

LOOKS_A_KEY = 2
"""Keys looked at for idleness for each key that a batch touches: all are looked at twice as often as they turn over."""

FORWARDED = "interdict_forwarded"
"""Header of a record that was sent on to the partition its key belongs to: it is sent on once only."""

PUBLISHED_AT = "interdict_published_at"
"""Header of an output: when the record that caused it entered Kafka, Unix ms; of a chain of records, the first one.
For latency; not part of the decision. An output that a timer caused has none."""
MILLIS = re.compile(rb"[1-9][0-9]{12}")
"""A Unix time in milliseconds, from 2001 to 2286: whatever else a feed puts into that header is not taken."""

IDENTITIES = ("command_id", "alert_id", "event_id", "case_id")
TIMES = ("issued_at", "occurred_at", "updated_at")
"""Fields that say what a record is and of when, the first that it has."""

WORDS = Struct("<I")
MIX = 0x5BD1E995
MASK = 0xFFFFFFFF

NO_CLOCKS: Mapping[int, int] = MappingProxyType({})

Headers = list[tuple[str, bytes]]

_Held = tuple[int, Keyed, tuple[int, ...]]
"""A key's lane, its state, and the offsets that earlier batches applied to it."""
_Touched = dict[bytes, _Held]


class Outgoing(NamedTuple):
    """One record to produce."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers
    output: Output | None = None
    published_at: int = 0
    traceparent: bytes = b""
    origin: tuple[int, int] | None = None
    """Partition and offset of a record that is sent on."""


class Effects:
    """What a batch of entries leads to."""

    __slots__ = ("changes", "lateness_ms", "observed", "outgoing", "tally")

    def __init__(self) -> None:
        self.outgoing: list[Outgoing] = []
        self.changes: dict[tuple[int, bytes], bytes | None] = {}
        """Changelog records by lane and key; None is a tombstone."""
        self.tally: Counter[tuple[str, ...]] = Counter()
        """Happenings to count: (metric, *labels)."""
        self.observed: list[Observation] = []
        """Values for histograms."""
        self.lateness_ms: list[int] = []
        """Of each timer that the clock fired, how far it was past due, event time."""


class _Input(NamedTuple):
    """What the engine needs to know of an input topic."""

    topic: Topic
    rank: int
    key_of: Any
    id_of: Any


def _inputs(duty: Duty) -> dict[str, _Input]:
    return {
        topic.name: _Input(topic, rank, attrgetter(topic.key), _id_of(topic)) for rank, topic in enumerate(duty.inputs)
    }


def _id_of(topic: Topic) -> Any:
    """Reference records carry no event id: applying one twice changes nothing."""
    assert topic.model is not None
    return attrgetter("event_id") if "event_id" in topic.model.model_fields else None


class Engine:
    """Runs one duty over its keyed state.

    Args:
        duty: what decides.
        store: its states.
        grace_ms: how far an event may lie behind the newest one of its key and still be taken.
        partitions: partition count of the inputs, to notice a feed that partitions otherwise; None not to look.
    """

    def __init__(self, duty: Duty, store: Store, grace_ms: int, partitions: int | None = None) -> None:
        self._duty = duty
        self._store = store
        self._grace_ms = grace_ms
        self._partitions = partitions
        self._inputs = _inputs(duty)

    def apply(self, entries: Iterable[Entry], clocks: Mapping[int, int] = NO_CLOCKS) -> Effects:
        """Decide every entry in turn, then fire the timers that are due. Later entries of a key see what earlier ones
        changed; a key's timers fire before its first event of a later time, whatever the clock says.

        Args:
            entries: in the order to decide them in.
            clocks: event time by lane, Unix ms.
        """
        effects = Effects()
        touched: _Touched = {}
        newest: dict[int, int] = {}
        for entry in entries:
            if entry.rejected is None:
                self._take(entry, touched, effects)
                partition = entry.record.partition
                if entry.at > newest.get(partition, 0):
                    newest[partition] = entry.at
            else:
                _bury(entry, entry.rejected, effects)
        self._keep(touched, effects)
        self._age(newest, min(SWEEP_KEYS, LOOKS_A_KEY * len(touched)), effects)
        left = WAKES_MAX
        for partition, clock in clocks.items():
            self._store.set_clock(partition, clock)
            left -= self._wake_due(partition, clock, left, effects)
        return effects

    def subject_of(self, entry: Entry) -> str | None:
        """Whom a readable record is about; None where it names nobody."""
        subject: str | None = self._inputs[entry.record.topic].key_of(entry.event)
        return subject

    def _take(self, entry: Entry, touched: _Touched, effects: Effects) -> None:
        record, event = entry.record, entry.event
        spec = self._inputs[record.topic]
        subject = spec.key_of(event)
        if subject is None:
            effects.tally["unattributed", record.topic] += 1
            return
        held = self._held(entry, subject, touched)
        if held is None:
            self._send_on(entry, subject, effects)
            return
        _, state, fence = held
        if self._is_news(entry, spec, state, fence, effects):
            while 0 < state.wake_at <= entry.at:
                self._wake(state, subject, effects)
            outputs = self._duty.decide(state, subject, spec.topic, event, entry.at)
            if outputs:
                self._emit(outputs, published_at(record), traceparent_of(record), effects)

    def _held(self, entry: Entry, subject: str, touched: _Touched) -> _Held | None:
        """The subject's state, loaded once a batch; None where the record is not in its subject's place."""
        record = entry.record
        key = record.key
        if key != subject.encode():
            return None
        held = touched.get(key)
        if held is not None:
            return held
        state = self._store.load(record.partition, key, entry.at)
        if state is None:
            if not self._belongs(record):
                return None
            state = self._store.new()
        held = touched[key] = (record.partition, state, tuple(state.applied))
        return held

    def _is_news(self, entry: Entry, spec: _Input, state: Keyed, fence: tuple[int, ...], effects: Effects) -> bool:
        """Whether an event is to be decided: not applied before, not a repeated id, and within the grace.

        The fence is what earlier batches applied: within one, event time may take a later offset first.
        """
        record, at, applied = entry.record, entry.at, state.applied
        if record.offset <= fence[spec.rank]:
            effects.tally["fenced", record.topic] += 1
            return False
        applied[spec.rank] = max(applied[spec.rank], record.offset)
        if spec.id_of is None:
            return True
        mark, recent = fingerprint(spec.id_of(entry.event), at), state.recent
        if mark in recent:
            effects.tally["duplicates", record.topic] += 1
            return False
        recent.append(mark)
        if len(recent) > (RECENT_INTERNAL_MAX if spec.topic.kind == "internal" else RECENT_MAX):
            del recent[0]
        if at >= state.seen_at or spec.topic.kind == "internal":  # those come from many lanes, each at its own hour
            state.seen_at = max(at, state.seen_at)
            return True
        effects.tally["late", record.topic] += 1
        if at >= state.seen_at - self._grace_ms:
            return True
        _bury(entry, Rejected("too_late", "occurred_at: behind the newest event by more than the grace"), effects)
        return False

    def _belongs(self, record: Any) -> bool:
        """Whether a record is in its key's partition. Looked at when a key is first met."""
        return self._partitions is None or bool(partition_of(record.key, self._partitions) == record.partition)

    def _send_on(self, entry: Entry, subject: str, effects: Effects) -> None:
        """A record keyed or partitioned otherwise goes to the partition of its subject, once; then it is refused."""
        record = entry.record
        if (problem := key_problem(record, subject)) is not None:
            _bury(entry, problem, effects)
            return
        headers = [*record.headers, (FORWARDED, b"1")]
        origin = (record.partition, record.offset)
        effects.outgoing.append(Outgoing(record.topic, subject.encode(), record.value, headers, origin=origin))
        effects.tally["forwarded", record.topic] += 1

    def _wake_due(self, partition: int, clock: int, most: int, effects: Effects) -> int:
        """Fire the lane's timers that are due; how many."""
        for fired in range(most):
            key = self._store.due(partition, clock)
            if key is None:
                return fired
            state = self._store.load(partition, key, 0)  # as it is: who has a timer set is not idle, however late it is
            assert state is not None
            effects.lateness_ms.append(clock - state.wake_at)
            self._wake(state, key.decode(), effects)
            blob = self._store.save(partition, key, state)
            assert blob is not None, "a timer that fired leaves its mark"
            effects.changes[partition, key] = blob
        return most

    def _wake(self, state: Keyed, key: str, effects: Effects) -> None:
        now = state.wake_at
        state.applied[-1] += 1
        self._emit(self._duty.wake(state, key, now), 0, b"", effects)
        assert not 0 < state.wake_at <= now, "a timer that fired is still set"

    def _emit(self, outputs: Decisions, caused_at: int, trace: bytes, effects: Effects) -> None:
        for output in outputs:
            if isinstance(output, Happening):
                effects.tally[output.metric, *output.labels] += output.amount
                continue
            if isinstance(output, Observation):
                effects.observed.append(output)
                continue
            assert output.topic.kind != "signal", "a signal never leaves the process"
            headers = cloud_event(output, self._duty.name)
            if caused_at:
                headers.append((PUBLISHED_AT, b"%d" % caused_at))
            if trace:
                headers.append((TRACEPARENT, trace))
            value = encode(output.value)
            effects.outgoing.append(
                Outgoing(output.topic.name, output.key.encode(), value, headers, output, caused_at, trace)
            )

    def _keep(self, touched: _Touched, effects: Effects) -> None:
        save = self._store.save
        for key, (partition, state, _) in touched.items():
            if (blob := save(partition, key, state)) is not None:
                effects.changes[partition, key] = blob

    def _age(self, newest: dict[int, int], looks: int, effects: Effects) -> None:
        for partition, now in newest.items():
            for key, blob in self._store.sweep(partition, now, looks).items():
                effects.changes[partition, key] = blob
                effects.tally["aged_out", self._duty.name] += 1


def partition_of(key: bytes, partitions: int) -> int:
    """Where Kafka's default partitioner puts a key: murmur2 (A. Appleby) with Kafka's seed, its sign bit dropped.

    aiokafka's own takes four times as long, and this is asked for every person first met.

    >>> partition_of(b"+8613800138000", 8)
    0
    """
    size = len(key)
    h = 0x9747B28C ^ size
    for (word,) in WORDS.iter_unpack(key[: size & ~3]):
        k = word * MIX & MASK
        h = (h * MIX & MASK) ^ ((k ^ k >> 24) * MIX & MASK)
    if tail := key[size & ~3 :]:
        h = (h ^ int.from_bytes(tail, "little")) * MIX & MASK
    h = (h ^ h >> 13) * MIX & MASK
    return ((h ^ h >> 15) & 0x7FFFFFFF) % partitions


def published_at(record: Any) -> int:
    """When the first record of the chain that this one belongs to entered Kafka, Unix ms."""
    for name, value in record.headers:
        if name == PUBLISHED_AT and MILLIS.fullmatch(value or b""):
            return int(value)
    at: int = record.timestamp
    return at


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


def fingerprint(event_id: str, at: int) -> int:
    """64 bits of an event's identity: its id's checksum and its time. The same in every process."""
    return crc32(event_id.encode()) << 32 | (at & 0xFFFFFFFF)


def key_problem(record: Any, subject: str) -> Rejected | None:
    """Why a record must not be sent on: its key is nobody's, another person's, or it was sent on before."""
    try:
        key = (record.key or b"").decode()
    except UnicodeDecodeError:
        return Rejected("key_invalid", "key: not UTF-8")
    if key.startswith("+") and key != subject:
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
