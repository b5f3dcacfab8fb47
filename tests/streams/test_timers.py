"""Timers: when they fire, what they see, and that nothing is said twice or lost on their account."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.commands import Dissuasion
from schemas.ids import case_id, command_id
from streams.core import engine as engine_module
from streams.core.engine import PUBLISHED_AT, Effects, Outgoing, rfc3339
from tests.streams.bench import IDLE_MS, Bench, text, told
from tests.streams.counting import DAY_MS, MINUTE_MS, NOON, Counted, CountingDuty, person

ONE, TWO, THREE = person(1), person(2), person(3)
DUE = NOON + MINUTE_MS


def wish(who: str, number: int, what: str = "remind me", at: int = NOON, **more: Any) -> SimpleNamespace:
    return text(who, number, at, text=what, **more)


def heir(*lives: Effects) -> Bench:
    """Another worker, which has read what the changelog holds."""
    bench = Bench()
    for effects in lives:
        for (lane, key), blob in effects.changes.items():
            bench.store.recover(lane, key, blob)
    return bench


# -- when they fire ------------------------------------------------------------------------------------------------


def test_a_timer_fires_once() -> None:
    bench = Bench()
    bench.apply(wish(ONE, 1))
    assert told(bench.tick(DUE)) == [("reminder-1", DUE)]
    assert bench.tick(DUE).changes == {}
    assert bench.tick(DUE + DAY_MS).changes == {}
    assert bench.store.timers() == 0


def test_a_timer_does_not_fire_before_its_time() -> None:
    bench = Bench()
    bench.apply(wish(ONE, 1))
    assert bench.tick(DUE - 1).changes == {}
    assert bench.store.timers() == 1


@pytest.mark.parametrize("late_ms", [0, 1, 3_600_000, 2 * IDLE_MS], ids=["in time", "just", "an hour", "half a year"])
def test_a_timer_fires_with_its_own_time_as_now_whenever_the_clock_comes_round(late_ms: int) -> None:
    bench = Bench()
    bench.apply(wish(ONE, 1))
    effects = bench.tick(DUE + late_ms)
    assert told(effects) == [("reminder-1", DUE)]
    assert effects.lateness_ms == [late_ms]
    assert bench.texts(ONE) == 1, "nobody was idle at the time"


def test_a_timer_set_anew_each_time_it_fires_catches_up_at_once() -> None:
    bench = Bench()
    bench.apply(wish(ONE, 1, "nag me"))
    assert told(bench.tick(NOON + DAY_MS)) == [(f"reminder-{n}", NOON + n * MINUTE_MS) for n in (1, 2, 3)]


def test_a_keys_timers_fire_before_its_first_event_of_a_later_time() -> None:
    """Whatever the clock says: here it never comes round at all."""
    bench = Bench(every=2)
    effects = bench.apply(wish(ONE, 1, "nag me"), text(ONE, 2, DUE + MINUTE_MS + 1))
    assert [said for said, _ in told(effects)] == ["reminder-1", "reminder-2", "tenth-2"]
    assert effects.lateness_ms == [], "only the clock can be late"


def test_an_event_of_the_very_moment_comes_too_late_to_stop_a_timer() -> None:
    effects = Bench().apply(wish(ONE, 1), wish(ONE, 2, "never mind", at=DUE))
    assert told(effects) == [("reminder-1", DUE)]


def test_an_event_of_another_key_wakes_nobody() -> None:
    bench = Bench()
    assert told(bench.apply(wish(ONE, 1), text(TWO, 2, DUE + DAY_MS))) == []
    assert bench.store.timers() == 1


def test_a_late_event_of_an_earlier_time_does_not_fire_a_timer_and_may_still_stop_it() -> None:
    bench = Bench()
    bench.apply(wish(ONE, 1), text(ONE, 2, DUE - 1))
    assert told(bench.apply(text(ONE, 3, NOON + 1))) == []
    bench.apply(wish(ONE, 4, "never mind", at=DUE - 2))
    assert told(bench.tick(DUE + DAY_MS)) == []


def test_a_timer_that_was_moved_does_not_fire_at_its_old_time() -> None:
    bench = Bench()
    bench.apply(wish(ONE, 1))
    bench.apply(wish(ONE, 2, at=NOON + 1_000))
    assert bench.tick(DUE + 999).changes == {}
    assert told(bench.tick(DUE + 1_000)) == [("reminder-1", DUE + 1_000)]


def test_a_wish_of_an_earlier_time_counts_from_when_it_is_heard_of() -> None:
    bench = Bench()
    bench.apply(wish(ONE, 1, at=NOON + MINUTE_MS), wish(ONE, 2, at=NOON))
    assert told(bench.tick(DUE)) == []
    assert told(bench.tick(DUE + MINUTE_MS)) == [("reminder-1", DUE + MINUTE_MS)]


def test_a_cancelled_timer_does_not_fire() -> None:
    bench = Bench()
    bench.apply(wish(ONE, 1))
    bench.apply(wish(ONE, 2, "never mind", at=DUE - 1))
    assert bench.store.timers() == 0
    assert bench.tick(DUE + DAY_MS).changes == {}


def test_a_timer_cancelled_and_set_to_the_same_time_again_fires_once() -> None:
    bench = Bench()
    for number, what in enumerate(("remind me", "never mind", "remind me")):
        bench.apply(wish(ONE, number, what))
    assert told(bench.tick(DUE + DAY_MS)) == [("reminder-1", DUE)]


def test_keys_are_woken_in_the_order_of_their_timers() -> None:
    bench = Bench()
    bench.apply(wish(TWO, 1, at=NOON + 2), wish(THREE, 2, at=NOON + 3), wish(ONE, 3, at=NOON + 1))
    assert [at for _, at in told(bench.tick(DUE + 3))] == [DUE + 1, DUE + 2, DUE + 3]


def test_each_lane_goes_by_its_own_clock() -> None:
    bench = Bench()
    bench.apply(wish(ONE, 1), wish(TWO, 2, lane=1))
    effects = bench.engine.apply((), {0: DUE - 1, 1: DUE})
    assert [key for _, key in effects.changes] == [TWO.encode()]


def test_the_timers_of_a_batchs_own_events_fire_with_it() -> None:
    bench = Bench()
    effects = bench.engine.apply([bench.read(wish(ONE, 1))], {0: DUE})
    assert told(effects) == [("reminder-1", DUE)]
    (blob,) = effects.changes.values()
    other = Bench()
    other.store.recover(0, ONE.encode(), blob)
    assert other.state(ONE) == bench.state(ONE), "what the timer left is the record written"


def test_many_timers_due_at_once_fire_over_several_batches_and_none_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "TIMERS_MAX", 10)
    bench = Bench()
    bench.apply(*[wish(person(n), n, "nag me", at=NOON + n % 3) for n in range(25)])
    ticks = [bench.tick(DUE + DAY_MS) for _ in range(9)]
    assert [len(effects.lateness_ms) for effects in ticks] == [10] * 7 + [5, 0]
    assert [bench.slot(person(n)).reminders for n in range(25)] == [3] * 25
    fired = [at for effects in ticks for _, at in told(effects)]
    assert fired == sorted(fired)


def test_a_key_that_waits_for_its_turn_is_woken_by_its_next_event(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "TIMERS_MAX", 1)
    bench = Bench(every=2)
    bench.apply(wish(ONE, 1), wish(TWO, 2))
    bench.tick(DUE)
    assert [said for said, _ in told(bench.apply(text(TWO, 3, DUE + 1)))] == ["reminder-1", "tenth-2"]
    assert told(bench.tick(DUE + DAY_MS)) == []


class Forgetful(CountingDuty):
    """Forgets to set its timer anew."""

    def on_timer(self, state: Counted, key: str, now: int) -> Any:
        return state, ()


@pytest.mark.parametrize("next_at", [None, DUE], ids=["by the clock", "by an event"])
def test_a_timer_that_a_duty_leaves_set_after_it_fired_is_put_off(next_at: int | None) -> None:
    bench = Bench(duty=Forgetful())
    bench.apply(wish(ONE, 1))
    effects = bench.tick(DUE) if next_at is None else bench.apply(text(ONE, 2, next_at))
    assert [fault.split(" at ")[0] for fault in effects.faults] == ["AssertionError"]
    assert effects.tally["timers_postponed", "counting"] == 1
    assert bench.store.timers() == 1, "and is put off"


# -- what comes again ----------------------------------------------------------------------------------------------


def test_a_batch_replayed_after_its_timers_fired_changes_nothing() -> None:
    bench = Bench()
    batch = [wish(ONE, 1), text(ONE, 2, DUE + 1), wish(ONE, 3, at=DUE + 2)]
    bench.apply(*batch)
    bench.tick(DUE + DAY_MS)
    again = bench.engine.apply(list(map(bench.read, batch)), {0: DUE + DAY_MS})
    assert (again.outgoing, again.changes) == ([], {})


def test_a_repeated_event_does_not_set_its_timer_again() -> None:
    bench = Bench()
    bench.apply(wish(ONE, 1))
    bench.tick(DUE)
    bench.apply(wish(ONE, 1, offset=2))
    assert bench.store.timers() == 0


def test_timers_survive_recovery_from_the_changelog() -> None:
    first = Bench()
    second = heir(first.apply(wish(ONE, 1, "nag me"), wish(TWO, 2)), first.tick(DUE))
    assert second.store.timers() == 1
    assert told(second.tick(DUE)) == [], "those that fired stay so"
    assert told(second.tick(DUE + MINUTE_MS)) == [("reminder-2", DUE + MINUTE_MS)]


def test_a_timer_fired_by_two_workers_says_the_same_bytes() -> None:
    first = Bench()
    second = heir(first.apply(wish(ONE, 1)))
    by_one, by_other = first.tick(DUE + 5).outgoing, second.tick(DUE + DAY_MS).outgoing
    assert by_one == by_other


def test_ids_follow_from_the_firing_whatever_came_before_it_in_the_batch() -> None:
    (said,) = Bench().apply(wish(ONE, 1), text(ONE, 2, DUE + 1)).outgoing
    headers = dict(said.headers)
    command = Dissuasion.model_validate_json(said.value or b"")
    assert command.command_id == command_id(case_id(ONE, "counting"), "reminder-1", ONE)
    assert headers["ce_id"].decode() == command.command_id
    assert headers["ce_time"] == rfc3339(DUE)


def test_the_firings_are_counted() -> None:
    bench = Bench()
    bench.apply(wish(ONE, 1, "nag me", offset=7))
    bench.tick(DUE + MINUTE_MS)
    assert (list(bench.state(ONE).fence.values()), bench.state(ONE).fired) == ([7], 2)


def test_a_stale_writers_record_from_before_the_firing_does_not_turn_the_state_back() -> None:
    """A firing applies no offset: its count alone says which record is the later one."""
    bench = Bench()
    asked, fired = bench.apply(wish(ONE, 1, "nag me")), bench.tick(DUE)
    second = heir(asked, fired, asked)
    assert second.state(ONE) == bench.state(ONE)
    assert told(second.tick(DUE)) == []
    assert told(second.tick(DUE + MINUTE_MS)) == [("reminder-2", DUE + MINUTE_MS)]


def test_timers_of_a_lane_that_was_dropped_do_not_fire() -> None:
    bench = Bench()
    bench.apply(wish(ONE, 1), wish(TWO, 2, lane=1))
    bench.store.drop([0])
    effects = bench.engine.apply((), {0: DUE, 1: DUE})
    assert [key for _, key in effects.changes] == [TWO.encode()]
    assert bench.store.timers() == 0


def test_a_lane_that_comes_back_has_the_timers_of_its_changelog_and_no_others() -> None:
    bench = Bench()
    asked = bench.apply(wish(ONE, 1))
    bench.store.drop([0])
    moved = heir(asked).apply(wish(ONE, 2, at=NOON + 1_000))
    for effects in (asked, moved):
        for (lane, key), blob in effects.changes.items():
            bench.store.recover(lane, key, blob)
    assert told(bench.tick(DUE + DAY_MS)) == [("reminder-1", DUE + 1_000)]


# -- idle keys -----------------------------------------------------------------------------------------------------


def test_a_key_with_a_timer_set_does_not_age_out() -> None:
    bench = Bench()
    bench.apply(wish(ONE, 1, at=NOON + IDLE_MS))
    bench.apply(text(ONE, 2, at=NOON))
    bench.apply(text(TWO, 3, NOON + IDLE_MS + 1), clock=NOON + IDLE_MS + 1)
    assert bench.store.timers() == 1
    assert told(bench.tick(NOON + 2 * IDLE_MS)) == [("reminder-1", NOON + IDLE_MS + MINUTE_MS)]


# -- latency -------------------------------------------------------------------------------------------------------


def test_the_output_of_a_timer_does_not_say_when_a_record_was_published() -> None:
    """Its wait is meant: it would spoil the latencies."""
    bench = Bench(every=2)
    by_clock = heir(bench.apply(wish(ONE, 1))).tick(DUE)
    by_event = bench.apply(text(ONE, 2, DUE + 1))
    reminders = [by_clock.outgoing[0], by_event.outgoing[0]]
    assert [PUBLISHED_AT in dict(said.headers) for said in reminders] == [False, False]
    assert [said.published_at for said in reminders] == [0, 0]
    assert dict(by_event.outgoing[1].headers)[PUBLISHED_AT] == b"%d" % NOON, "that of the event's own does"


# -- however it is cut up ------------------------------------------------------------------------------------------

texts = st.tuples(
    st.integers(0, 2),  # of whom
    st.integers(0, 2 * MINUTE_MS),  # so long after the one before
    st.sampled_from(["hello", "hello", "remind me", "nag me", "never mind"]),
    st.booleans(),  # sent twice
)


@given(st.lists(texts, max_size=25), st.data())
def test_what_is_said_and_kept_depends_neither_on_the_batches_nor_on_when_the_clock_comes_round(
    feed: list[tuple[int, int, str, bool]], data: st.DataObject
) -> None:
    """As long as the clock passes no event that is still to come."""
    records: list[SimpleNamespace] = []
    times: list[int] = []
    at = NOON
    for number, (who, gap, what, twice) in enumerate(feed):
        at += gap
        for _ in range(1 + twice):
            records.append(wish(person(who), number, what, at=at, offset=len(records), lane=who % 2))
            times.append(at)
    one_by_one, cut_up = Bench(every=3), Bench(every=3)
    wanted = [one_by_one.apply(one) for one in records]
    found = []
    done, clock = 0, NOON
    while done < len(records):
        end = data.draw(st.integers(done + 1, len(records)), label="end of the batch")
        clocks = st.integers(clock, times[end] if end < len(records) else at + DAY_MS)
        with_it, clock = sorted((data.draw(clocks, label="clock"), data.draw(clocks, label="clock")))
        found.append(cut_up.engine.apply(list(map(cut_up.read, records[done:end])), {0: with_it, 1: with_it}))
        found.append(cut_up.engine.apply((), {0: clock, 1: clock}))
        done = end
    for bench, lives in ((one_by_one, wanted), (cut_up, found)):
        lives.append(bench.engine.apply((), dict.fromkeys((0, 1), at + DAY_MS)))
    assert said_by_key(found) == said_by_key(wanted)
    assert heir(*found).store.snapshot() == cut_up.store.snapshot() == one_by_one.store.snapshot()


def said_by_key(lives: list[Effects]) -> dict[bytes | None, list[Outgoing]]:
    said: dict[bytes | None, list[Outgoing]] = {}
    for effects in lives:
        for sent in effects.outgoing:
            said.setdefault(sent.key, []).append(sent)
    return said
