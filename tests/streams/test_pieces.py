"""A state in pieces: an entry that changes is written alone, and what is read back is what there was."""

from collections.abc import Iterable
from typing import Any, ClassVar

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.topics import SMS
from streams.core.changes import Change, Tombstone
from streams.core.duty import fence_key
from streams.core.pieces import SEPARATOR, Pieces, owner_of
from streams.core.pipeline import Pipeline
from streams.core.store import Store
from tests.kit.examples import examples
from tests.streams.counting import DAY_MS, NOON, PERSONS, CountingDuty

KEY = b"+8619900000001"
FENCE = fence_key(SMS.code, 0)


class Notes(Pieces[str, int]):
    value_type: ClassVar[Any] = int

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def added(self, key: str, value: int) -> None:
        self.total += value

    def removed(self, key: str, value: int) -> None:
        self.total -= value


class Book(msgspec.Struct, array_like=True):
    turns: int = 0
    notes: Notes = msgspec.field(default_factory=Notes)


class BookDuty(CountingDuty):
    name = "book"
    state_type: Any = Book

    def on_idle(self, state: Any) -> None:
        """Nothing is kept."""


class Whole(msgspec.Struct, array_like=True):
    """The same of a release that had no pieces."""

    turns: int = 0
    notes: dict[str, int] = msgspec.field(default_factory=dict)


class WholeDuty(BookDuty):
    state_type = Whole


def store(duty: type[CountingDuty] = BookDuty) -> Store:
    return Store(Pipeline(PERSONS, [duty()]), idle_ms=DAY_MS)


Step = tuple[str, int]
"""An entry's key and value; 0 takes it away."""
Record = tuple[bytes, Change]
STEPS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3)), max_size=4)


def turn(kept: Store, steps: Iterable[Step], at: int) -> list[Record]:
    """One batch: the records of the changelog that it writes, in order."""
    state: Any = kept.load(0, KEY, 0) or kept.new()
    book = state.slots.book = state.slots.book or Book()
    for key, value in steps:
        if value:
            book.notes[key] = value
        else:
            book.notes.pop(key, None)
    book.turns, state.fence, state.seen_at = at, {FENCE: at}, NOON
    written: list[Record] = list(kept.pieces_changed(0, KEY, state))
    blob = kept.save(0, KEY, state)
    assert blob is not None
    return [*written, (KEY, blob)]


def read_back(records: Iterable[Record]) -> Store:
    kept = store()
    for key, change in records:
        kept.recover(0, key, change)
    kept.recovered([0])
    return kept


def notes(kept: Store) -> dict[str, int]:
    state: Any = kept.snapshot().get(KEY)
    held = {} if state is None else dict(state.slots.book.notes)
    assert state is None or state.slots.book.notes.total == sum(held.values()), "the index is made anew"
    return held


def model(batches: Iterable[list[Step]]) -> dict[str, int]:
    held = dict(step for steps in batches for step in steps)
    return {key: value for key, value in held.items() if value}


def test_an_entry_that_changes_is_written_alone_and_before_its_state() -> None:
    kept = store()
    turn(kept, [("a", 1), ("b", 2), ("c", 3)], 1)
    written = turn(kept, [("b", 5)], 2)
    assert [owner_of(key) for key, _ in written] == [KEY, KEY]
    assert (written[0][0] > KEY + SEPARATOR, written[1][0]) == (True, KEY)
    assert all(b"\x05" not in change for key, change in written[1:] if isinstance(change, bytes))
    assert [key for key, _ in turn(kept, [], 3)] == [KEY], "what did not change is not written"


def test_what_is_taken_away_leaves_a_tombstone_and_what_never_was_none() -> None:
    kept = store()
    turn(kept, [("a", 1)], 1)
    (gone, state) = turn(kept, [("a", 0), ("b", 1), ("b", 0)], 2)
    assert (isinstance(gone[1], Tombstone), state[0]) == (True, KEY)


@given(st.lists(STEPS, max_size=6), st.randoms(use_true_random=False))
def test_what_is_read_back_is_what_there_was_however_compacted(batches: list[list[Step]], dice: Any) -> None:
    kept, log = store(), list[Record]()
    for at, steps in enumerate(batches, 1):
        log += turn(kept, steps, at)
    assert notes(kept) == model(batches)
    last = {key: place for place, (key, _) in enumerate(log)}
    compacted = [one for place, one in enumerate(log) if place == last[one[0]] or dice.random() < 0.3]
    assert notes(read_back(compacted)) == notes(kept)
    assert read_back(compacted).snapshot() == read_back(log).snapshot()


@examples(200)
@given(st.lists(STEPS, min_size=2, max_size=6), st.data())
def test_what_a_stale_writer_leaves_behind_its_heir_does_not_come_back(batches: list[list[Step]], data: Any) -> None:
    kept, log = store(), list[Record]()
    for at, steps in enumerate(batches, 1):
        log += turn(kept, steps, at)
    late = data.draw(st.lists(st.sampled_from(log), max_size=5))
    assert notes(read_back([*log, *late])) == notes(kept)


@given(st.lists(STEPS, min_size=1, max_size=6), st.data())
def test_a_crash_among_the_records_of_a_batch_is_mended_by_deciding_it_again(
    batches: list[list[Step]], data: Any
) -> None:
    kept, log = store(), list[Record]()
    for at, steps in enumerate(batches[:-1], 1):
        log += turn(kept, steps, at)
    last = turn(kept, batches[-1], len(batches))
    cut = data.draw(st.integers(0, len(last) - 1))
    heir = read_back([*log, *last[:cut]])
    turn(heir, batches[-1], len(batches))
    assert notes(heir) == model(batches)


def test_a_state_that_was_spoilt_is_put_together_anew_from_what_was_saved() -> None:
    kept = store()
    turn(kept, [("a", 1), ("b", 2)], 1)
    spoilt: Any = kept.load(0, KEY, 0)
    spoilt.slots.book.notes.clear()
    again: Any = kept.load(0, KEY, 0)
    assert dict(again.slots.book.notes) == {"a": 1, "b": 2}


def test_a_key_that_is_forgotten_takes_its_pieces_along() -> None:
    kept = store()
    log = turn(kept, [("a", 1), ("b", 2)], 1)
    kept.save(0, b"+8619900000002", other := kept.new())
    other.seen_at = NOON + 2 * DAY_MS
    kept.save(0, b"+8619900000002", other)
    kept.set_clock(0, NOON + 2 * DAY_MS)
    gone = kept.sweep(0)
    assert (len(gone), all(isinstance(change, Tombstone) for change in gone.values())) == (3, True)
    assert read_back([*log, *gone.items()]).at_rest(0) == {}


def test_a_lane_that_leaves_takes_its_pieces_along() -> None:
    kept = store()
    turn(kept, [("a", 1)], 1)
    assert kept.size_bytes() > 0
    kept.drop([0])
    assert (kept.at_rest(0), kept.size_bytes(), kept.load(0, KEY, 0)) == ({}, 0, None)


def test_what_a_release_without_pieces_kept_is_read_and_written_in_pieces() -> None:
    before = store(WholeDuty)
    state: Any = before.new()
    state.slots.book, state.fence = Whole(7, {"a": 1, "b": 2}), {FENCE: 1}
    blob = before.save(0, KEY, state)
    assert blob is not None
    kept = read_back([(KEY, blob)])
    assert notes(kept) == {"a": 1, "b": 2}
    written = turn(kept, [("b", 3)], 2)
    assert len(written) == 3, "all of them, and the state"
    assert notes(read_back([(KEY, blob), *written])) == {"a": 1, "b": 3}


@pytest.mark.parametrize("keeps", [True, False])
def test_pieces_are_carried_to_another_lane_without_their_fence(keeps: bool) -> None:
    kept = store()
    log = dict(turn(kept, [("a", 1), ("b", 2)], 4))
    moved = {key: kept.refenced(key, blob, lambda _: keeps) for key, blob in log.items() if isinstance(blob, bytes)}
    if keeps:
        assert set(moved.values()) == {None}
        return
    there = read_back((key, blob) for key, blob in moved.items() if blob is not None)
    assert notes(there) == {"a": 1, "b": 2}
    assert notes(read_back([*((k, b) for k, b in moved.items() if b is not None), *log.items()])) == notes(there)
