"""Keyed state rests as the bytes of its changelog."""

from hypothesis import given
from hypothesis import strategies as st

from streams.store import Store
from tests.streams.counting import DAY_MS, NOON, Count, CountingDuty

KEY = b"+8619900000001"


def store() -> Store:
    return Store(CountingDuty(), idle_ms=DAY_MS)


def test_what_recovery_adopts_is_what_was_saved() -> None:
    before, after = store(), store()
    state = before.new()
    assert isinstance(state, Count)
    state.texts, state.seen_at = 5, NOON
    blob = before.save(3, KEY, state)
    after.adopt(3, KEY, blob)
    assert after.snapshot() == before.snapshot()


def test_a_tombstone_removes_a_key() -> None:
    kept = store()
    kept.adopt(0, KEY, kept.save(0, KEY, kept.new()))
    kept.adopt(0, KEY, None)
    assert kept.keys() == 0


def test_saving_what_did_not_change_writes_no_changelog() -> None:
    kept = store()
    state = kept.new()
    assert kept.save(0, KEY, state) is not None
    again = kept.load(0, KEY, NOON)
    assert again is not None
    assert kept.save(0, KEY, again) is None


def test_a_dropped_lane_is_gone_and_the_others_stay() -> None:
    kept = store()
    for lane in (0, 1):
        kept.save(lane, KEY, kept.new())
    kept.drop([0])
    assert kept.partitions() == {1}


def test_a_fresh_state_knows_no_offset_of_any_input() -> None:
    assert store().load(0, KEY, NOON) is None
    assert store().new().applied == [-1, -1]


def test_a_stale_writers_record_that_stands_later_is_not_taken() -> None:
    written, recovered = store(), store()
    state = written.new()
    blobs = []
    for offset in (3, 9):
        state.applied = [offset, offset]
        blobs.append(written.save(0, KEY, state))
    stale, newest = blobs
    for blob in (stale, newest, stale):
        recovered.recover(0, KEY, blob)
    assert recovered.snapshot() == written.snapshot()
    recovered.recover(0, KEY, None)
    assert recovered.keys() == 0


def test_ageing_out_keeps_the_fence_of_what_stays() -> None:
    kept = store()
    state = kept.new()
    assert isinstance(state, Count)
    state.profiled, state.applied, state.seen_at = True, [4, 9], NOON
    kept.save(0, KEY, state)
    rested = kept.load(0, KEY, NOON + DAY_MS + 1)
    assert rested is not None
    assert rested.applied == [4, 9]


@given(st.integers(0, 2**62), st.lists(st.integers(-1, 2**62), max_size=4), st.integers(0, 2**40))
def test_any_state_comes_back_as_it_was(texts: int, applied: list[int], seen_at: int) -> None:
    kept = store()
    state = Count(applied=applied, seen_at=seen_at, texts=texts)
    kept.save(0, KEY, state)
    loaded = kept.snapshot()[KEY]
    assert loaded == state
