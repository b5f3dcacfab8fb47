"""Duties that share a lane: who hears what, and when; whose timer it is; and what is kept of whom."""

from typing import Any

import msgspec
import orjson
import pytest

from schemas.topics import DISSUASION, POLICIES, SMS, SUBSCRIBERS, WATCHLIST, Output, Topic
from streams.core.duty import Decisions
from streams.core.pipeline import Pipeline
from tests.streams.bench import IDLE_MS, Bench, text, told
from tests.streams.counting import (
    MINUTE_MS,
    NOON,
    NOTES,
    PERSONS,
    Counted,
    CountingDuty,
    person,
    record,
    text_value,
)
from tests.streams.duties import Echo, Words, pipeline

ONE, TWO = person(1), person(2)


def says(bench: Bench, *records: Any) -> list[str]:
    return [said for said, _ in told(bench.apply(*records))]


# -- who hears what ------------------------------------------------------------------------------------------------


def test_a_follower_hears_a_signal_in_the_same_step() -> None:
    bench = Bench(duty=pipeline(Echo()))
    effects = bench.apply(text(ONE, 1))
    assert told(effects) == [("echo: hello", NOON)]
    assert bench.state(ONE).slots.echo == Words(["hello"], NOON + MINUTE_MS)
    assert len(effects.changes) == 1, "one state for both"


def test_a_signal_never_leaves_whether_or_not_anybody_hears_it() -> None:
    effects = Bench(duty=pipeline(Echo())).apply(text(ONE, 1), text(ONE, 2), text(TWO, 3))
    assert {sent.topic for sent in effects.outgoing} == {DISSUASION.name}
    assert len(effects.outgoing) == 3
    assert Bench(duty=pipeline()).apply(text(ONE, 1)).outgoing == []


AGAIN = Topic("tests.again", "subscriber", "signal", None, 1, "What a duty in the middle makes of it")


class Repeating(Echo):
    """Passes on what it hears, and once more when its timer fires, to those behind it."""

    def _says(self, key: str, what: str, now: int) -> Output:
        return Output(AGAIN, key, what)


class Last(Echo):
    """Hears what one in the middle says, and nothing else."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.inputs = (AGAIN,)

    def decide(
        self, state: Words | None, key: str, topic: Topic, event: Any, now: int
    ) -> tuple[Words | None, Decisions]:
        return state, [self._says(key, event, now)]


def test_any_duty_signals_to_those_behind_it_and_to_no_other() -> None:
    bench = Bench(duty=pipeline(Last("before"), Repeating("middle"), Last("behind")))
    assert says(bench, text(ONE, 1)) == ["behind: hello"]


def test_a_signal_that_a_timer_led_to_is_heard_in_the_same_step() -> None:
    bench = Bench(duty=pipeline(Last("before"), Repeating("middle"), Last("behind")))
    bench.apply(text(ONE, 1))
    assert [said for said, _ in told(bench.tick(NOON + MINUTE_MS))] == ["behind: once more hello"]


def test_what_else_the_first_duty_says_leaves_before_what_follows_from_it() -> None:
    effects = Bench(duty=pipeline(Echo(), every=1)).apply(text(ONE, 1))
    assert [said for said, _ in told(effects)] == ["tenth-1", "echo: hello"]
    assert (effects.tally["texts",], effects.tally["echoes", "echo"]) == (1, 1)


def test_two_followers_hear_in_order() -> None:
    bench = Bench(duty=pipeline(Echo("near"), Echo("far")))
    assert says(bench, text(ONE, 1), text(ONE, 2, text="again")) == [
        "near: hello", "far: hello", "near: again", "far: again",
    ]  # fmt: skip


def test_a_followers_own_inputs_reach_it_and_nobody_else() -> None:
    bench = Bench(duty=pipeline(Echo("near"), Echo("far", inputs=(NOTES,))))
    assert says(bench, record(text_value(ONE, "n"), ONE, topic=NOTES)) == [f"far: {NOTES.name} hello"]
    assert (bench.texts(ONE), bench.state(ONE).slots.near) == (0, None)


def test_an_input_that_several_take_is_read_once_and_heard_before_what_is_said_of_it() -> None:
    both = pipeline(Echo(inputs=(SMS, NOTES)))
    assert both.inputs == (SUBSCRIBERS, SMS, NOTES)
    assert says(Bench(duty=both), text(ONE, 1)) == [f"echo: {SMS.name} hello", "echo: hello"]


def test_a_broadcast_reaches_those_who_take_it() -> None:
    near, far = Echo("near", broadcasts=(POLICIES, WATCHLIST)), Echo("far", broadcasts=(POLICIES,))
    both = pipeline(near, far)
    assert both.broadcasts == (WATCHLIST, POLICIES)
    both.on_broadcast(POLICIES, "limits", None)
    both.on_broadcast(WATCHLIST, "95588", None)
    assert (near.learnt, far.learnt) == (["limits", "95588"], ["limits"])
    assert list(both.first.learnt) == ["95588"]  # type: ignore[attr-defined]


def test_an_event_that_leads_to_nothing_touches_no_follower() -> None:
    value = orjson.dumps({"subscriber": ONE, "age_band": "65+", "area": "a"})
    bench = Bench(duty=pipeline(Echo()))
    assert says(bench, record(value, ONE, topic=SUBSCRIBERS)) == []
    assert bench.slot(ONE).profiled
    assert bench.state(ONE).slots.echo is None


def test_a_chain_of_one_does_what_its_duty_does() -> None:
    duty, bench = CountingDuty(2), Bench(duty=Pipeline(PERSONS, [CountingDuty(2)]))
    feed = [text(person(1), n, NOON + n) for n in range(4)]
    state, said = None, []
    for number in range(4):
        event = bench.read(feed[number]).event
        state, outputs = duty.decide(state, person(1), SMS, event, NOON + number)
        said += outputs
    assert [sent.output for sent in bench.apply(*feed).outgoing] == said
    assert bench.slot(person(1)) == state


# -- what it costs -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("followers", [0, 1, 3])
def test_a_follower_that_remembers_nothing_costs_nothing(followers: int) -> None:
    alone = Bench()
    chained = Bench(duty=Pipeline(PERSONS, [CountingDuty(), *(Echo(f"echo_{n}") for n in range(followers))]))
    for bench in (alone, chained):
        bench.apply(text(ONE, 1))
    assert abs(chained.store.size_bytes() - alone.store.size_bytes()) <= 4, "but for which slots are known, a number"


def test_a_follower_that_forgets_costs_nothing_again() -> None:
    bench = Bench(duty=pipeline(Echo()))
    bench.apply(text(ONE, 1, text="forget it"))
    before = bench.store.size_bytes()
    bench.apply(text(ONE, 2))
    assert bench.store.size_bytes() > before
    bench.apply(text(ONE, 3, text="forget it"))
    state = bench.state(ONE)
    assert (state.slots.echo, state.timer_at) == (None, 0)
    assert len(msgspec.msgpack.encode(state)) == before + 2 * 8, "but for two more ids of 8 bytes"


# -- whose timer it is ---------------------------------------------------------------------------------------------


def test_the_chains_timer_is_the_earliest_of_its_followers() -> None:
    bench = Bench(duty=pipeline(Echo("slow", 3_000), Echo("quick", 1_000)))
    bench.apply(text(ONE, 1))
    assert bench.state(ONE).timer_at == NOON + 1_000
    assert told(bench.tick(NOON + 1_000)) == [("quick: once more hello", NOON + 1_000)]
    assert bench.state(ONE).timer_at == NOON + 3_000
    assert told(bench.tick(NOON + MINUTE_MS)) == [("slow: once more hello", NOON + 3_000)]
    assert bench.state(ONE).timer_at == 0


def test_those_due_at_one_time_are_woken_in_order_and_nobody_else_is() -> None:
    bench = Bench(duty=pipeline(Echo("near", 1_000), Echo("later", 2_000), Echo("far", 1_000)))
    bench.apply(text(ONE, 1))
    woken = told(bench.tick(NOON + 1_000))
    assert woken == [("near: once more hello", NOON + 1_000), ("far: once more hello", NOON + 1_000)]
    assert bench.state(ONE).slots.later.due_at == NOON + 2_000


def test_a_late_clock_wakes_each_at_its_own_time() -> None:
    bench = Bench(duty=pipeline(Echo("slow", 3_000), Echo("quick", 1_000)))
    bench.apply(text(ONE, 1))
    woken = told(bench.tick(NOON + IDLE_MS))
    assert woken == [("quick: once more hello", NOON + 1_000), ("slow: once more hello", NOON + 3_000)]


def test_a_follower_that_forgets_takes_its_timer_along_and_leaves_the_others() -> None:
    bench = Bench(duty=pipeline(Echo("near", 1_000), Echo("far", 2_000, inputs=(NOTES,))))
    bench.apply(text(ONE, 1, text="forget it"))
    assert bench.store.timers() == 0
    bench.apply(record(text_value(ONE, "n"), ONE, topic=NOTES), text(ONE, 2, offset=1))
    bench.apply(record(text_value(ONE, "m", text="x"), ONE, 1, topic=NOTES))
    bench.apply(text(ONE, 3, text="forget it"))
    assert bench.store.timers() == 0


# -- what is kept of an idle one -----------------------------------------------------------------------------------


def test_a_state_with_a_timer_set_is_not_idle() -> None:
    bench = Bench(duty=pipeline(Echo(wait_ms=2 * IDLE_MS)))
    bench.apply(text(ONE, 1))
    before = bench.state(ONE)
    assert bench.apply(text(TWO, 2, NOON + IDLE_MS + 1), clock=NOON + IDLE_MS + 1).tally["aged_out", "counting"] == 0
    assert bench.state(ONE) == before
    assert told(bench.tick(NOON + 2 * IDLE_MS)) == [("echo: once more hello", NOON + 2 * IDLE_MS)]


@pytest.mark.parametrize("profiled", [False, True])
def test_of_an_idle_state_without_a_timer_what_the_first_duty_keeps_stays(profiled: bool) -> None:
    bench = Bench(duty=pipeline(Echo()))
    if profiled:
        value = orjson.dumps({"subscriber": ONE, "age_band": "65+", "area": "a"})
        bench.apply(record(value, ONE, topic=SUBSCRIBERS))
    bench.apply(text(ONE, 1))
    bench.tick(NOON + MINUTE_MS)
    effects = bench.apply(text(TWO, 2, NOON + IDLE_MS + 1), clock=NOON + IDLE_MS + 1)
    assert isinstance(effects.changes[0, ONE.encode()], bytes) == profiled
    if profiled:
        state = bench.state(ONE)
        assert (state.slots.counting, state.slots.echo) == (Counted(profiled=True), None)
        assert list(state.fence.values()) == [0, 1]
        assert state.fired == 1
