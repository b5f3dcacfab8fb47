"""Whatever a duty raises costs one record, and nobody else's."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.topics import SMS, Topic
from streams.core.duty import Count, Decisions
from streams.core.engine import POSTPONED_MS
from streams.runtime.runner import Faults, TooManyFaultsError
from tests.streams.bench import Bench, text, told
from tests.streams.counting import MINUTE_MS, NOON, Counted, CountingDuty, person

ONE, TWO = person(1), person(2)
DUE = NOON + MINUTE_MS


class Brittle(CountingDuty):
    """Raises on "break", half-way through; cannot make what it says on "unsayable"; trips over a timer of "nag me"."""

    def count(self, state: Counted, key: str, topic: Topic, event: Any, now: int) -> Decisions:
        outputs = super().count(state, key, topic, event, now)
        if getattr(event, "text", "") == "break":
            state.asked_by = "half-way"
            raise ZeroDivisionError(f"something about {key}")
        if getattr(event, "text", "") == "unsayable":
            return [Count("texts"), *outputs, object()]  # type: ignore[list-item]
        return outputs

    def on_timer(self, state: Counted, key: str, now: int) -> Any:
        if state.wanted == 3:
            state.asked_by = "half-way"
            raise LookupError(key)
        return super().on_timer(state, key, now)


def bench() -> Bench:
    return Bench(duty=Brittle(every=2))


@pytest.mark.parametrize("what", ["break", "unsayable"])
def test_a_record_that_cannot_be_decided_is_buried_with_what_was_raised_and_where(what: str) -> None:
    odd = text(ONE, 1, text=what)
    effects = bench().apply(odd)
    (letter,) = effects.outgoing
    headers = dict(letter.headers)
    assert (letter.topic, letter.value) == (f"{SMS.name}.dead-letter", odd.value)
    assert headers["interdict_reason"] == b"undecidable"
    assert b" at " in headers["__streams.errors.message"]
    assert ONE.encode() not in b"".join(headers.values()), "nor what it was about"
    assert effects.tally["dead_letters", SMS.name, "undecidable"] == 1
    assert effects.tally["texts",] == 0, "and nothing of it is counted"


def test_what_else_is_of_its_batch_is_decided_as_if_it_had_not_come() -> None:
    odd, without = bench(), bench()
    feed = [text(ONE, 1), text(ONE, 2, text="remind me"), text(TWO, 3), text(ONE, 4, DUE + 1), text(TWO, 5)]
    wanted = without.apply(*feed)
    for place in range(len(feed) + 1):
        odd = bench()
        came = odd.apply(*feed[:place], text(ONE, 99, feed[max(0, place - 1)].timestamp, text="break"), *feed[place:])
        assert told(came) == told(wanted), place
        assert odd.slot(ONE) == without.slot(ONE), place
        assert odd.slot(TWO) == without.slot(TWO), place


def test_a_record_that_cannot_be_decided_does_not_come_again() -> None:
    tried = bench()
    odd = text(ONE, 1, text="break", offset=7)
    tried.apply(odd)
    assert tried.apply(odd).tally["fenced", SMS.name] == 1


@given(
    st.lists(st.tuples(st.integers(1, 3), st.sampled_from(["hello", "break", "remind me", "never mind"])), max_size=20)
)
def test_wherever_batches_are_cut_the_broken_ones_leave_no_trace(feed: list[tuple[int, str]]) -> None:
    together, one_by_one, spared = bench(), bench(), bench()
    records = [text(person(who), n, NOON + n * 20_000, text=what) for n, (who, what) in enumerate(feed)]
    together.apply(*records)
    for one, (_, what) in zip(records, feed, strict=True):
        one_by_one.apply(one)
        if what != "break":
            spared.apply(one)
    for who in {person(number) for number, what in feed if what != "break"}:
        assert together.slot(who) == one_by_one.slot(who) == spared.slot(who)


def test_a_timer_that_cannot_fire_is_put_off_and_the_others_of_its_lane_fire() -> None:
    tried = bench()
    tried.apply(text(ONE, 1, text="nag me"), text(TWO, 2, NOON + 1, text="remind me"))
    effects = tried.tick(DUE + 1)
    assert told(effects) == [("reminder-1", DUE + 1)]
    assert (len(effects.faults), effects.tally["timers_postponed", "counting"]) == (1, 1)
    assert tried.slot(ONE).asked_by == "event-1", "as it was before"
    assert tried.state(ONE).timer_at == DUE + POSTPONED_MS


def test_a_person_whose_timer_cannot_fire_is_still_listened_to() -> None:
    tried = bench()
    tried.apply(text(ONE, 1, text="nag me"))
    assert told(tried.apply(text(ONE, 2, DUE + 1))) == [("tenth-2", DUE + 1)]


def test_faults_that_go_on_stop_the_worker_since_then_it_is_not_the_records() -> None:
    faults = Faults(per_minute_max=3)
    for second in range(0, 600, 20):
        faults.note(1, second)
    faults.note(1, 600)
    with pytest.raises(TooManyFaultsError, match="3 records a minute"):
        faults.note(2, 601)


def test_one_batch_full_of_faults_is_as_good_as_many() -> None:
    with pytest.raises(TooManyFaultsError):
        Faults(per_minute_max=300).note(2_000, 0.0)
