"""Keyed state in this worker's memory, at rest as the very bytes of its changelog.

One form serves four uses: what is kept in memory, what the changelog holds, what recovery reads back, and what a test
compares. A state is decoded when a batch touches its key and encoded once when the batch is done. Bytes are small, cost
the garbage collector nothing, and make recovery a matter of filling dictionaries.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from streams.core.changes import Change, Gone, Tombstone, tombstone_of
from streams.core.deadlines import Deadlines
from streams.core.duty import LAYOUT, CensusEntry, Foreign, Keyed
from streams.core.errors import ExpectedError
from streams.core.legacy import LegacyLayout, is_legacy
from streams.core.pieces import SEPARATOR, PiecesAtRest, as_nothing, as_pieces
from streams.core.pipeline import Pipeline

FOREVER = 1 << 62
SWEEP_KEYS = 32
"""Most keys looked at for idleness per batch and lane: ageing out must never be a pause."""
CROWDED_LOOKS = 1_000
"""Most keys looked at in a batch and lane for some that nobody has met of late."""


class LayoutError(ExpectedError):
    """A state of a release that this one cannot read. Says which in one line."""


class Store:
    """The states of one pipeline for the lanes this worker holds.

    Args:
        pipeline: gives the type of a state, a fresh one, and what is left of an idle one.
        idle_ms: a key without events for longer than this, in event time, is reduced to what its duties leave of it.
        unnamed_idle_ms: the same for a key that no reference record names.
        unnamed_max: most such keys held of a lane; who was met longest ago goes for a new one, but for timers set.
        legacy: how to read the states of release 0.1; None where there are none.
        fence_keys: those of the topics that are there; None not to look whether a state bears others.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        idle_ms: int,
        unnamed_idle_ms: int | None = None,
        unnamed_max: int = FOREVER,
        legacy: LegacyLayout | None = None,
        fence_keys: frozenset[int] | None = None,
    ) -> None:
        self._pipeline = pipeline
        self._knows = pipeline.knows
        self._fence_keys = fence_keys
        self._idle_ms = idle_ms
        self._unnamed_idle_ms = idle_ms if unnamed_idle_ms is None else unnamed_idle_ms
        self._unnamed_max = unnamed_max
        self._legacy = legacy
        self._decode_own = msgspec.msgpack.Decoder(pipeline.state_type, dec_hook=as_pieces).decode
        self._decode_any = msgspec.msgpack.Decoder(Foreign).decode
        self._peek = msgspec.msgpack.Decoder(Keyed).decode
        self._encode = msgspec.msgpack.Encoder(enc_hook=as_nothing).encode
        self._lanes: dict[int, dict[bytes, bytes]] = {}
        self._to_sweep: dict[int, list[bytes]] = {}
        self._sizes: dict[int, int] = {}
        self._timers: dict[int, Deadlines[bytes]] = {}
        """Of each lane, when a key is to be woken."""
        self._latest: dict[int, int] = {}
        """Highest event time that any key of a lane has applied."""
        self._census: dict[int, dict[bytes, CensusEntry]] = {}
        """Of each lane, what its keys count as that count at all."""
        self._clocks: dict[int, int] = {}
        """How late it is in each lane, as it was last told."""
        self._unnamed: dict[int, dict[bytes, int]] = {}
        """Of each lane, the keys that no reference record names, first in first out, and what time each had seen."""
        self._gone = Gone()
        self._pieces = PiecesAtRest((duty.name, duty.state_type) for duty in pipeline.duties)
        self.in_pieces = bool(self._pieces)
        """Whether a state has parts that travel alone: see `pieces_changed`."""
        self._live: dict[tuple[int, bytes], Keyed] = {}
        """States in pieces as they were last saved, so that a thousand pieces are not put together for each batch. One
        that was loaded is no longer here: whoever has it may spoil it."""
        self._strange: dict[tuple[int, bytes], set[int]] = {}
        """Keys read back whose fence is, in part, that of topics that are not there."""

    def strange_fences(self) -> set[int]:
        """Every `fence_key` that a state read back bears, and that is of no topic there is."""
        return set().union(*self._strange.values())

    def refenced(self, key: bytes, blob: bytes, keeps: Callable[[int], bool]) -> bytes | None:
        """A state at rest, or a piece of one, without those of its fences that are not kept, as a later one than it
        was; None where it bears none of them."""
        if SEPARATOR in key and self.in_pieces:
            return self._pieces.refenced(blob, keeps)
        if all(map(keeps, self._at_rest(blob).fence)):
            return None
        state = self._decode(blob)
        state.fence = {key: offset for key, offset in state.fence.items() if keeps(key)}
        state.rebased += 1
        return self._encode(state)

    def new(self) -> Keyed:
        """The state of a key never met: nothing applied yet."""
        return self._pipeline.fresh()

    def load(self, partition: int, key: bytes, clock: int) -> Keyed | None:
        """The state of a key, reduced first when it has been idle for too long by this clock, the lane's.

        None where the lane does not hold the key.
        """
        blob = self._lanes.get(partition, _NONE).get(key)
        if blob is None:
            return None
        if self.in_pieces:
            return self._live.pop((partition, key), None) or self._whole(partition, key, blob)
        state = self._decode(blob)
        if self._is_idle(state, clock):
            state = self._rested(state) or self._with_fence(self._pipeline.fresh(), state)
        return state

    def _whole(self, partition: int, key: bytes, blob: bytes) -> Keyed:
        state = self._decode(blob)
        if self.in_pieces:
            self._pieces.fill(partition, key, state)
        return state

    def pieces_changed(self, partition: int, key: bytes, state: Keyed) -> Iterator[tuple[bytes, Change]]:
        """Keep those pieces of a state that changed, before the state itself; their changelog records."""
        return self._pieces.changes(partition, key, state)

    def save(self, partition: int, key: bytes, state: Keyed) -> bytes | None:
        """Keep a state; returns its changelog record, or None where nothing changed."""
        if self.in_pieces:
            self._live[partition, key] = state
        blob = self._encode(state)
        before = self._lanes.get(partition, _NONE).get(key)
        if before == blob:
            return None
        self._put(partition, key, blob, before)
        if state.timer_at or key in self._timers_of(partition):  # without a timer it is not counted
            self._set_alarm(partition, key, state.timer_at)
            self._set_census_entry(partition, key, state)
        self._set_named(partition, key, state)
        self._note_time(partition, state.seen_at)
        return blob

    def _put(self, partition: int, key: bytes, blob: bytes, before: bytes | None) -> None:
        lane = self._lanes.get(partition)
        if lane is None:
            lane = self._lanes[partition] = {}
        lane[key] = blob
        grown = len(blob) if before is None else len(blob) - len(before)
        self._sizes[partition] = self._sizes.get(partition, 0) + grown

    def crowded_out(self, partition: int) -> dict[bytes, Change]:
        """Forget keys that nobody named, as many as are too many; returns their changelog records."""
        unnamed, lane = self._unnamed.get(partition, _NO_TIMES), self._lanes.get(partition, _NONE)
        timed = self._timers_of(partition)
        gone: dict[bytes, Change] = {}
        for _ in range(CROWDED_LOOKS if len(unnamed) > self._unnamed_max else 0):
            key = next(iter(unnamed))
            state = self._at_rest(lane[key])
            if state.seen_at > unnamed.pop(key) or key in timed:
                unnamed[key] = state.seen_at  # met since it was queued, or with an open case: its turn comes again
                continue
            gone[key] = self._bury(partition, key, state)
            if len(unnamed) <= self._unnamed_max:
                break
        return gone

    def _decode(self, blob: bytes) -> Keyed:
        """A state at rest, whichever release wrote it. One of 0.1 does not fit: only then is it looked for."""
        try:
            state: Keyed = self._decode_own(blob)
        except msgspec.ValidationError as problem:
            blob = self._upgraded(blob, problem)
            state = self._decode_own(blob)
        return state if state.knows == self._knows else self._adapted(blob)

    def _upgraded(self, blob: bytes, problem: msgspec.ValidationError) -> bytes:
        """A state that does not fit since release 0.1 wrote it, in today's layout."""
        if not is_legacy(blob):
            raise problem
        assert self._legacy is not None, "a state of release 0.1 where none is expected"
        return self._legacy.upgraded(blob)

    def _adapted(self, blob: bytes) -> Keyed:
        """A state of a release that knows other slots: those that are not known here are carried along."""
        foreign = self._decode_any(blob)
        if foreign.layout > LAYOUT:
            raise LayoutError(
                f"a state has layout {foreign.layout}, and this release reads up to {LAYOUT}: upgrade first"
            )
        slots = {**foreign.slots, **foreign.carried}
        known = {name: raw for name, raw in slots.items() if name in self._pipeline.slot_names}
        foreign.slots, foreign.knows = known, self._pipeline.knows
        foreign.carried = {name: raw for name, raw in slots.items() if name not in known}
        state: Keyed = self._decode_own(self._encode(foreign))
        return state

    def _at_rest(self, blob: bytes) -> Keyed:
        """What the machinery keeps of a state at rest; its slots are not looked at."""
        try:
            return self._peek(blob)
        except msgspec.ValidationError as problem:
            return self._peek(self._upgraded(blob, problem))

    def _is_idle(self, state: Keyed, clock: int) -> bool:
        idle_ms = self._idle_ms if state.named else self._unnamed_idle_ms
        return 0 < state.seen_at < clock - idle_ms

    def _bury(self, partition: int, key: bytes, state: Keyed) -> Tombstone:
        self._forget(partition, key)
        return tombstone_of(state)

    def _forget(self, partition: int, key: bytes) -> None:
        lane = self._lanes.setdefault(partition, {})
        self._sizes[partition] = self._sizes.get(partition, 0) - len(lane.pop(key, b""))
        self._live.pop((partition, key), None)
        self._strange.pop((partition, key), None)
        self._set_alarm(partition, key, 0)
        self._set_census_entry(partition, key, None)
        self._set_named(partition, key, None)

    def _set_named(self, partition: int, key: bytes, state: Keyed | None) -> None:
        """Keep who is named by nobody, and how far their time had come when they were queued."""
        unnamed = self._unnamed.get(partition)
        if unnamed is None:
            unnamed = self._unnamed[partition] = {}
        if state is None or state.named:
            unnamed.pop(key, None)
        elif key not in unnamed:
            unnamed[key] = state.seen_at

    def unnamed(self) -> int:
        """Keys held that no reference record names. Safe to ask from another thread."""
        return sum(map(len, list(self._unnamed.values())))

    def recover(self, partition: int, key: bytes, change: Change) -> None:
        """Take a record of the changelog while reading it back; of two the later one counts (`changes.py`)."""
        if SEPARATOR in key and self.in_pieces:
            self._pieces.recover(partition, key, change)
            return
        blob = self._lanes.get(partition, _NONE).get(key)
        held = None if blob is None else self._at_rest(blob)
        if isinstance(change, Tombstone):
            if self._gone.forgets(partition, key, held, change):
                self._forget(partition, key)
            return
        fresh = self._at_rest(change)
        if self._gone.takes(partition, key, held, fresh):
            self._put(partition, key, change, blob)
            self._set_alarm(partition, key, fresh.timer_at)
            self._set_census_entry(partition, key, self._decode(change) if fresh.timer_at else None)
            self._set_named(partition, key, fresh)
            self._note_time(partition, fresh.seen_at)
            self._note_strange(partition, key, fresh)

    def recovered(self, partitions: Iterable[int]) -> None:
        """These lanes were read to their end: what was forgotten there need not be known any more."""
        for partition in partitions:
            self._gone.read(partition)
            self._pieces.recovered(partition)

    def _note_strange(self, partition: int, key: bytes, state: Keyed) -> None:
        if self._fence_keys is None:
            return
        if strange := state.fence.keys() - self._fence_keys:
            self._strange[partition, key] = strange
        elif self._strange:
            self._strange.pop((partition, key), None)

    def due(self, partition: int, clock: int) -> bytes | None:
        """The key whose timer is the earliest of those due at this time of the lane's clock; None where none is.

        It is given again until its state is saved with a later `timer_at`, or none.
        """
        first = self._first_due(partition)
        return None if first is None or first[0] > clock else first[1]

    def next_due(self, partition: int) -> int | None:
        """When the lane's earliest timer is due, event time, Unix ms; None where none is set."""
        first = self._first_due(partition)
        return None if first is None else first[0]

    def _first_due(self, partition: int) -> tuple[int, bytes] | None:
        timers = self._timers.get(partition)
        return None if timers is None else timers.first()

    def _timers_of(self, partition: int) -> Mapping[bytes, int]:
        timers = self._timers.get(partition)
        return _NO_TIMES if timers is None else timers.at

    def latest(self, partition: int) -> int:
        """Highest event time that any key of the lane has applied, Unix ms; 0 where it holds none."""
        return self._latest.get(partition, 0)

    def _note_time(self, partition: int, at: int) -> None:
        if at > self._latest.get(partition, 0):
            self._latest[partition] = at

    def set_clock(self, partition: int, clock: int) -> None:
        """How late it is in a lane, event time, Unix ms: what lateness, idleness and the census's ages go by."""
        self._clocks[partition] = clock

    def clock(self, partition: int) -> int:
        """How late it is in a lane by what it has heard, event time, Unix ms; 0 where it has heard nothing.

        Not later than it was told: one event dated ahead makes no other one late. And not later than its latest event:
        a lane that was silent for long, or is filled with the events of another year, finds nothing late.
        """
        return min(self._clocks.get(partition, FOREVER), self.latest(partition))

    def census(self) -> Iterator[tuple[CensusEntry, int]]:
        """Every key that counts, and for how long it has, event time, ms. Safe to ask from another thread."""
        for partition, entries in list(self._census.items()):
            clock = max(self._clocks.get(partition, 0), self.latest(partition))
            for entry in list(entries.values()):
                yield entry, clock - entry.since

    def _set_census_entry(self, partition: int, key: bytes, state: Keyed | None) -> None:
        """Keep what a key counts as: only those that have a timer set are looked at, which are few."""
        entry = self._pipeline.census_entry(state) if state is not None and state.timer_at else None
        if entry is not None:
            self._census.setdefault(partition, {})[key] = entry
        elif partition in self._census:
            self._census[partition].pop(key, None)

    def timers(self) -> int:
        """Keys that have a timer set. Safe to ask from another thread."""
        return sum(len(timers.at) for timers in list(self._timers.values()))

    def _set_alarm(self, partition: int, key: bytes, at: int) -> None:
        timers = self._timers.get(partition)
        if timers is None:
            if not at:
                return
            timers = self._timers[partition] = Deadlines()
        timers.set(key, at)

    def drop(self, partitions: Iterable[int]) -> None:
        """Forget lanes that went to another worker."""
        for partition in list(partitions):
            self._lanes.pop(partition, None)
            self._sizes.pop(partition, None)
            self._to_sweep.pop(partition, None)
            self._latest.pop(partition, None)
            self._timers.pop(partition, None)
            self._census.pop(partition, None)
            self._clocks.pop(partition, None)
            self._unnamed.pop(partition, None)
            self._gone.read(partition)
            self._pieces.drop(partition)
            self._live = {place: state for place, state in self._live.items() if place[0] != partition}
            self._strange = {place: held for place, held in self._strange.items() if place[0] != partition}

    def sweep(self, partition: int, looks: int = SWEEP_KEYS) -> dict[bytes, Change]:
        """Look at so many keys, and age out those that are idle; returns their changelog records."""
        lane, clock = self._lanes.get(partition, _NONE), self.clock(partition)
        queue = self._to_sweep.get(partition) or list(lane)
        self._to_sweep[partition] = queue
        changes: dict[bytes, Change] = {}
        for key in [queue.pop() for _ in range(min(looks, len(queue)))]:
            if (blob := lane.get(key)) is not None and self._is_idle(self._at_rest(blob), clock):
                changes.update(self._age_out(partition, key, blob))
        return changes

    def partitions(self) -> set[int]:
        """The lanes held."""
        return set(self._lanes)

    def at_rest(self, partition: int) -> dict[bytes, bytes]:
        """The states of a lane, and the pieces of those that are in pieces, as they are kept."""
        return {**self._lanes.get(partition, _NONE), **self._pieces.at_rest(partition)}

    def snapshot(self) -> dict[bytes, Keyed]:
        """Every state, decoded: for tests and for `replay --state`."""
        return {key: self._whole(p, key, blob) for p, lane in self._lanes.items() for key, blob in lane.items()}

    def keys(self) -> int:
        """Keys held. Safe to ask from another thread, like `size_bytes`."""
        return sum(map(len, list(self._lanes.values())))

    def size_bytes(self) -> int:
        """Bytes of state held, without Python's own overhead."""
        return sum(list(self._sizes.values())) + self._pieces.size_bytes()

    def _age_out(self, partition: int, key: bytes, blob: bytes) -> dict[bytes, Change]:
        state = self._whole(partition, key, blob)
        rested = self._rested(state)
        if rested is None:
            return {**self._pieces.forget(partition, key, state), key: self._bury(partition, key, state)}
        if self.in_pieces:
            return {}  # as long as it has anything to do it is as it was
        changed = self.save(partition, key, rested)
        return {} if changed is None else {key: changed}

    def _rested(self, state: Any) -> Keyed | None:
        rested = self._pipeline.on_idle(state)
        return None if rested is None else self._with_fence(rested, state)

    @staticmethod
    def _with_fence(state: Keyed, of: Keyed) -> Keyed:
        """The fence outlives what it fenced: a record replayed after ageing out must still change nothing."""
        state.fence, state.fired, state.named, state.rebased = dict(of.fence), of.fired, of.named, of.rebased
        return state


_NONE: dict[bytes, bytes] = {}
_NO_TIMES: dict[bytes, int] = {}
