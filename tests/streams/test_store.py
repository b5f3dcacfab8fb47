"""Keyed state rests as the bytes of its changelog."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.topics import CALLS, SMS
from streams.core import deadlines
from streams.core.changes import Change, Tombstone
from streams.core.duty import fence_key
from streams.core.pipeline import Pipeline
from streams.core.store import Store
from tests.streams.counting import DAY_MS, NOON, PERSONS, Counted, CountingDuty

KEY = b"+8619900000001"


KEYS = tuple(b"+861990000000%d" % n for n in range(6))
SMS_KEY = fence_key(SMS.code, 0)


def store(**kept: Any) -> Store:
    return Store(Pipeline(PERSONS, [CountingDuty()]), idle_ms=DAY_MS, **kept)


def counted(kept: Store, count: Counted | None, **fields: Any) -> Any:
    state: Any = kept.new()
    state.slots.counting = count
    for name, value in fields.items():
        setattr(state, name, value)
    return state


def forgotten(changes: Mapping[bytes, Change]) -> set[bytes]:
    assert all(isinstance(change, Tombstone) for change in changes.values())
    return set(changes)


def test_what_recovery_adopts_is_what_was_saved() -> None:
    before, after = store(), store()
    state = counted(before, Counted(texts=5), seen_at=NOON)
    blob = before.save(3, KEY, state)
    after.recover(3, KEY, blob)
    assert after.snapshot() == before.snapshot()


def test_a_tombstone_removes_a_key() -> None:
    kept = store()
    kept.recover(0, KEY, kept.save(0, KEY, kept.new()))
    kept.recover(0, KEY, Tombstone())
    assert kept.keys() == 0


def test_saving_what_did_not_change_writes_no_changelog() -> None:
    kept = store()
    state = kept.new()
    assert kept.save(0, KEY, state) is not None
    again = kept.load(0, KEY, kept.clock(0))
    assert again is not None
    assert kept.save(0, KEY, again) is None


def test_a_dropped_lane_is_gone_and_the_others_stay() -> None:
    kept = store()
    for lane in (0, 1):
        kept.save(lane, KEY, kept.new())
    kept.drop([0])
    assert kept.partitions() == {1}


def test_a_fresh_state_knows_no_offset_of_any_input_and_no_timer_fired() -> None:
    assert store().load(0, KEY, 0) is None
    assert (store().new().fence, store().new().fired) == ({}, 0)


def test_a_stale_writers_record_that_stands_later_is_not_taken() -> None:
    written, recovered = store(), store()
    state = written.new()
    blobs = []
    for offset in (3, 9):
        state.fence[SMS_KEY] = offset
        blobs.append(written.save(0, KEY, state))
    stale, newest = blobs
    for blob in (stale, newest, stale):
        recovered.recover(0, KEY, blob)
    assert recovered.snapshot() == written.snapshot()
    recovered.recover(0, KEY, Tombstone())
    assert recovered.keys() == 0


LIFE = st.lists(st.sampled_from(["a call", "a text", "a timer", "forgotten"]), min_size=1, max_size=12)


def lived(steps: list[str]) -> tuple[list[Change], Store]:
    """Everything that was written of a key in a life like this, in order, and what is left in the end."""
    kept, written, offsets = store(unnamed_max=0), [], {"a call": 0, "a text": 0}
    for step in steps:
        if step == "forgotten":
            written += kept.crowded_out(0).values()
            continue
        state = kept.load(0, KEY, 0) or kept.new()
        if step == "a timer":
            state.fired += 1
        else:
            offsets[step] += 1
            state.fence[fence_key((CALLS if step == "a call" else SMS).code, 0)] = offsets[step]
        if state.fence and (change := kept.save(0, KEY, state)) is not None:
            written.append(change)
    return written, kept


@given(LIFE, st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=6))
def test_nothing_that_a_stale_writer_writes_later_changes_what_is_read_back(
    steps: list[str], late: list[tuple[int, int]]
) -> None:
    written, kept = lived(steps)
    log = [(at, 0, change) for at, change in enumerate(written)]
    log += [(max(at, later), 1, written[at]) for at, later in late if at < len(written)]
    recovered = store()
    for _, _, change in sorted(log, key=lambda entry: entry[:2]):
        recovered.recover(0, KEY, change)
    assert recovered.snapshot() == kept.snapshot()


def test_a_tombstone_of_an_older_release_which_does_not_say_how_far_it_was_removes_the_state() -> None:
    kept = store()
    kept.save(0, KEY, counted(kept, Counted(texts=1), fence={SMS_KEY: 9}))
    kept.recover(0, KEY, Tombstone())
    assert kept.keys() == 0


def test_what_was_forgotten_is_known_for_as_long_as_a_lane_is_read_back_and_no_longer() -> None:
    written, _ = lived(["a text", "forgotten"])
    kept = store()
    for change in written:
        kept.recover(0, KEY, change)
    assert kept._gone._lanes[0]
    kept.recovered([0])
    assert kept._gone._lanes == {}


def test_a_state_whose_fence_was_reset_is_later_than_one_that_had_applied_more() -> None:
    written, recovered = store(), store()
    before = written.save(0, KEY, counted(written, Counted(texts=1), fence={SMS_KEY: 900}))
    after = written.save(0, KEY, counted(written, Counted(texts=1), fence={}, rebased=1))
    for blob in (before, after, before):
        recovered.recover(0, KEY, blob)
    assert recovered.snapshot() == written.snapshot()


def test_ageing_out_keeps_the_fence_of_what_stays() -> None:
    kept = store()
    kept.save(
        0, KEY, counted(kept, Counted(profiled=True, texts=4), fence={SMS_KEY: 9}, fired=3, seen_at=NOON, named=True)
    )
    kept.save(0, KEYS[2], counted(kept, None, seen_at=NOON + DAY_MS + 1))
    rested: Any = kept.load(0, KEY, kept.clock(0))
    assert rested.slots.counting == Counted(profiled=True)
    assert (rested.fence, rested.fired, rested.named) == ({SMS_KEY: 9}, 3, True)


@given(st.integers(0, 2**62), st.dictionaries(st.integers(0, 2**40), st.integers(0, 2**62)), st.integers(0, 2**40))
def test_any_state_comes_back_as_it_was(texts: int, fence: dict[int, int], seen_at: int) -> None:
    kept = store()
    state = counted(kept, Counted(texts=texts), fence=fence, seen_at=seen_at)
    kept.save(0, KEY, state)
    assert kept.snapshot()[KEY] == state


# -- those whom nobody names ---------------------------------------------------------------------------------------


def test_one_whom_no_reference_names_is_forgotten_sooner() -> None:
    kept = store(unnamed_idle_ms=DAY_MS // 2)
    for key, named in ((KEYS[0], False), (KEYS[1], True)):
        kept.save(0, key, counted(kept, Counted(texts=1), seen_at=NOON, named=named))
    kept.save(0, KEYS[2], counted(kept, None, seen_at=NOON + DAY_MS // 2 + 1, named=True))
    assert forgotten(kept.sweep(0)) == {KEYS[0]}
    assert set(kept.snapshot()) == {KEYS[1], KEYS[2]}


def test_of_those_whom_no_reference_names_the_one_met_longest_ago_goes_for_a_new_one() -> None:
    kept = store(unnamed_max=3)
    for key in (*KEYS[:3], KEYS[0], KEYS[3]):
        state: Any = kept.load(0, key, kept.clock(0)) or kept.new()
        state.seen_at += 1
        kept.save(0, key, state)
    assert forgotten(kept.crowded_out(0)) == {KEYS[1]}
    assert (set(kept.snapshot()), kept.unnamed()) == ({KEYS[0], KEYS[2], KEYS[3]}, 3)


def test_a_crowd_pushes_out_nobody_who_is_named_or_has_a_timer_set() -> None:
    kept = store(unnamed_max=1)
    kept.save(0, KEYS[0], counted(kept, None, named=True))
    set_timer(kept, 0, KEYS[1], NOON)
    kept.save(0, KEYS[2], kept.new())
    assert forgotten(kept.crowded_out(0)) == {KEYS[2]}
    assert set(kept.snapshot()) == {KEYS[0], KEYS[1]}


def test_a_worker_that_reads_the_changelog_back_knows_who_is_named_by_nobody() -> None:
    written, recovered = store(), store()
    for key, named in zip(KEYS, (True, False, True, False), strict=False):
        recovered.recover(0, key, written.save(0, key, counted(written, None, named=named)))
    assert recovered.unnamed() == written.unnamed() == 2


# -- timers --------------------------------------------------------------------------------------------------------


def set_timer(kept: Store, lane: int, key: bytes, at: int) -> None:
    state = kept.load(lane, key, kept.clock(lane)) or kept.new()
    state.timer_at = at
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
    kept.recover(0, KEY, Tombstone())
    assert (kept.due(0, NOON), kept.timers()) == (None, 0)


@pytest.mark.parametrize("moves", range(1, 30))
def test_timers_moved_over_and_over_take_no_more_room_and_fire_in_order(
    moves: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "STALE_MAX", 4)
    kept = store()
    for rank, key in enumerate(KEYS):
        set_timer(kept, 0, key, NOON + DAY_MS - rank)
    for n in range(moves):
        set_timer(kept, 0, KEYS[0], NOON + n)
        set_timer(kept, 0, KEYS[0], 0)
    assert len(kept._timers[0]._heap) <= 2 * len(KEYS) + 4
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
    drawn: list[tuple[str, int, bytes, int]], stale_max: int
) -> None:
    kept, timers = store(), {0: {}, 1: {}}  # type: ignore[var-annotated]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deadlines, "STALE_MAX", stale_max)
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
                kept.recover(lane, key, Tombstone())
                timers[lane].pop(key, None)
            else:
                set_timer(kept, lane, key, at)
                timers[lane].pop(key, None)
                timers[lane].update({key: at} if at else {})
            assert kept.timers() == sum(map(len, timers.values()))
            assert kept.next_due(lane) == min(timers[lane].values(), default=None)


THERE, GONE = fence_key(SMS.code, 7), fence_key(SMS.code, 8)


def looking(*recovered: tuple[bytes, dict[int, int]]) -> Store:
    """A store that knows which topics there are, with these keys and fences read back, one after the other."""
    kept, made = store(fence_keys=frozenset({SMS_KEY, THERE})), store()
    for turn, (key, fence) in enumerate(recovered):
        kept.recover(0, key, made.save(0, key, counted(made, Counted(texts=turn), fence=fence, rebased=turn)))
    return kept


def test_a_state_read_back_that_a_topic_fences_which_is_gone_is_noticed() -> None:
    assert looking((KEY, {THERE: 5, SMS_KEY: 3})).strange_fences() == set()
    assert looking((KEY, {THERE: 5}), (KEYS[3], {GONE: 9})).strange_fences() == {GONE}


def test_what_a_later_record_of_the_key_put_right_is_not() -> None:
    kept = looking((KEY, {GONE: 9}), (KEY, {THERE: 0}))
    assert kept.strange_fences() == set()


def test_a_lane_that_is_given_up_or_a_key_that_is_deleted_is_looked_at_no_more() -> None:
    kept = looking((KEY, {GONE: 9}))
    kept.recover(0, KEY, Tombstone())
    assert kept.strange_fences() == set()
    kept = looking((KEY, {GONE: 9}))
    kept.drop([0])
    assert kept.strange_fences() == set()


def test_a_state_without_the_fences_that_are_not_kept_is_a_later_one_and_otherwise_the_same() -> None:
    kept = store()
    state = counted(kept, Counted(texts=5), fence={THERE: 2, GONE: 900}, seen_at=NOON)
    blob = kept.save(0, KEY, state)
    assert blob is not None
    fresh = kept.refenced(KEY, blob, lambda fence: fence != GONE)
    assert fresh is not None
    kept.recover(0, KEY, fresh)
    (after,) = kept.snapshot().values()
    assert after == counted(kept, Counted(texts=5), fence={THERE: 2}, seen_at=NOON, rebased=1)
    kept.recover(0, KEY, blob)
    assert list(kept.snapshot().values()) == [after], "what was written before it does not come back"
    assert kept.refenced(KEY, fresh, lambda fence: fence != GONE) is None
