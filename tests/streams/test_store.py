"""Keyed state rests as the bytes of its changelog."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams import store as store_module
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


def test_a_fresh_state_knows_no_offset_of_any_input_and_no_timer_fired() -> None:
    assert store().load(0, KEY, NOON) is None
    assert store().new().applied == [-1, -1, -1], "the clock's place is the last one"


def test_a_stale_writers_record_that_stands_later_is_not_taken() -> None:
    written, recovered = store(), store()
    state = written.new()
    blobs = []
    for offset in (3, 9):
        state.applied = [offset, offset, -1]
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
    state.profiled, state.applied, state.seen_at = True, [4, 9, 2], NOON
    kept.save(0, KEY, state)
    rested = kept.load(0, KEY, NOON + DAY_MS + 1)
    assert rested is not None
    assert rested.applied == [4, 9, 2]


@given(st.integers(0, 2**62), st.lists(st.integers(-1, 2**62), max_size=4), st.integers(0, 2**40))
def test_any_state_comes_back_as_it_was(texts: int, applied: list[int], seen_at: int) -> None:
    kept = store()
    state = Count(applied=applied, seen_at=seen_at, texts=texts)
    kept.save(0, KEY, state)
    loaded = kept.snapshot()[KEY]
    assert loaded == state


def set_timer(kept: Store, lane: int, key: bytes, at: int) -> None:
    state = kept.load(lane, key, 0) or kept.new()
    state.wake_at = at
    kept.save(lane, key, state)


def test_a_due_key_is_given_until_its_timer_is_saved_otherwise() -> None:
    kept = store()
    set_timer(kept, 0, KEY, NOON)
    assert [kept.due(0, NOON), kept.due(0, NOON + 1)] == [KEY, KEY]
    set_timer(kept, 0, KEY, 0)
    assert kept.due(0, NOON + DAY_MS) is None


def test_a_tombstone_takes_the_timer_with_it() -> None:
    kept = store()
    set_timer(kept, 0, KEY, NOON)
    kept.recover(0, KEY, None)
    assert (kept.due(0, NOON), kept.timers()) == (None, 0)


KEYS = tuple(b"+861990000000%d" % n for n in range(6))


@pytest.mark.parametrize("moves", range(1, 30))
def test_timers_moved_over_and_over_take_no_more_room_and_fire_in_order(
    moves: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "STALE_ALARMS_MAX", 4)
    kept = store()
    for rank, key in enumerate(KEYS):
        set_timer(kept, 0, key, NOON + DAY_MS - rank)
    for n in range(moves):
        set_timer(kept, 0, KEYS[0], NOON + n)
        set_timer(kept, 0, KEYS[0], 0)
    assert len(kept._alarms[0]) <= 2 * len(KEYS) + 4
    fired = []
    while key := kept.due(0, NOON + DAY_MS):
        fired.append(key)
        set_timer(kept, 0, key, 0)
    assert fired == list(reversed(KEYS[1:]))


steps = st.one_of(
    st.tuples(st.just("set"), st.integers(0, 1), st.sampled_from(KEYS), st.integers(0, 20)),
    st.tuples(st.just("forget"), st.integers(0, 1), st.sampled_from(KEYS), st.just(0)),
    st.tuples(st.just("drop"), st.integers(0, 1), st.just(b""), st.just(0)),
    st.tuples(st.just("ask"), st.integers(0, 1), st.just(b""), st.integers(0, 20)),
    st.tuples(st.just("fire"), st.integers(0, 1), st.just(b""), st.integers(0, 20)),
)


@given(st.lists(steps, max_size=80), st.sampled_from([0, 3, 1_000]))
def test_what_is_due_is_what_a_list_of_all_timers_says(
    drawn: list[tuple[str, int, bytes, int]], stale_alarms_max: int
) -> None:
    kept, timers = store(), {0: {}, 1: {}}  # type: ignore[var-annotated]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store_module, "STALE_ALARMS_MAX", stale_alarms_max)
        for what, lane, key, at in drawn:
            if what == "drop":
                kept.drop([lane])
                timers[lane] = {}
            elif what in ("ask", "fire"):
                wanted = min(((due, who) for who, due in timers[lane].items() if due <= at), default=(0, None))[1]
                assert kept.due(lane, at) == wanted
                if wanted is not None and what == "fire":
                    set_timer(kept, lane, wanted, 0)
                    del timers[lane][wanted]
            elif what == "forget":
                kept.recover(lane, key, None)
                timers[lane].pop(key, None)
            else:
                set_timer(kept, lane, key, at)
                timers[lane].pop(key, None)
                timers[lane].update({key: at} if at else {})
            assert kept.timers() == sum(map(len, timers.values()))
            assert kept.next_due(lane) == min(timers[lane].values(), default=None)
