"""The time that timers go by, whatever the system's clock does."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.runtime.wallclock import SLEW, WallClock

NOON = 1_780_000_000.0
BOUND_MS = 60_000
HOUR = 3600.0


@dataclass
class Machine:
    """A system's clock and the time that really passes."""

    wall: float = NOON
    elapsed: float = 50.0

    def clock(self) -> WallClock:
        return WallClock(BOUND_MS, lambda: self.wall, lambda: self.elapsed)

    def let_pass(self, seconds: float) -> None:
        self.wall += seconds
        self.elapsed += seconds


def agreeing(machine: Machine) -> WallClock:
    clock = machine.clock()
    clock.hear(int(machine.wall * 1000), machine.elapsed, machine.elapsed)
    return clock


def test_it_goes_as_time_does() -> None:
    machine = Machine()
    clock = machine.clock()
    for _ in range(10):
        machine.let_pass(0.25)
        clock.now()
    assert clock.now() == int((NOON + 2.5) * 1000)


@pytest.mark.parametrize("step", [HOUR, -HOUR, 30 * 86_400.0])
def test_a_step_that_nobody_else_saw_moves_it_by_a_bounded_rate(step: float) -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall += step
    machine.let_pass(10)
    assert abs(clock.now() / 1000 - (NOON + 10)) <= 10 * SLEW + 0.001


def test_a_small_error_is_made_good_in_time() -> None:
    machine = Machine()
    clock = agreeing(machine)
    machine.wall += 30
    for _ in range(400):
        machine.let_pass(1)
        clock.now()
    assert clock.now() == pytest.approx(machine.wall * 1000, abs=5)


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_a_step_away_from_the_brokers_stops_it_and_the_way_back_lets_it_go_on(step: float) -> None:
    machine = Machine()
    clock = agreeing(machine)
    before = clock.now()
    machine.wall += step
    machine.let_pass(120)
    assert clock.is_off
    assert clock.now() == before
    machine.wall -= step
    assert not clock.is_off
    assert clock.now() == int(machine.wall * 1000), "what fell due meanwhile is due now"


def test_a_process_that_began_with_a_wrong_clock_is_right_once_the_system_is() -> None:
    machine = Machine(wall=NOON - HOUR)
    clock = machine.clock()
    clock.hear(int(NOON * 1000), machine.elapsed, machine.elapsed)
    assert clock.is_off
    machine.wall = NOON
    assert clock.now() == int(NOON * 1000)


def test_one_that_began_ahead_waits_and_never_goes_back() -> None:
    machine = Machine(wall=NOON + HOUR)
    clock = machine.clock()
    clock.hear(int(NOON * 1000), machine.elapsed, machine.elapsed)
    before = clock.now()
    machine.wall = NOON
    machine.let_pass(HOUR / 2)
    assert clock.now() == before
    machine.let_pass(HOUR)
    assert clock.now() == int(machine.wall * 1000)


def test_a_difference_within_the_bound_stops_nothing() -> None:
    machine = Machine()
    clock = machine.clock()
    clock.hear(int((NOON - 59) * 1000), machine.elapsed, machine.elapsed)
    assert clock.skew_ms == pytest.approx(59_000)
    assert not clock.is_off


def test_an_answer_that_took_long_is_not_believed() -> None:
    machine = Machine()
    clock = machine.clock()
    clock.hear(int((NOON - HOUR) * 1000), machine.elapsed - 16, machine.elapsed)
    assert clock.skew_ms is None


def test_the_latest_of_all_clocks_says_what_lies_in_the_future() -> None:
    """A clock that is behind must not make true events look dated ahead, and be refused."""
    machine = Machine(wall=NOON - HOUR)
    clock = machine.clock()
    assert clock.latest() == int((NOON - HOUR) * 1000)
    clock.hear(int(NOON * 1000), machine.elapsed, machine.elapsed)
    assert clock.latest() == clock.at_broker() == int(NOON * 1000)


def test_metrics_say_whether_it_is_compared_and_how_far_it_is_off() -> None:
    machine = Machine()
    clock = machine.clock()
    assert {(seen.metric, seen.value) for seen in clock.gauges()} == {("clock_compared", 0), ("timers_stopped", 0)}
    clock.hear(int((NOON - HOUR) * 1000), machine.elapsed, machine.elapsed)
    told = {seen.metric: seen.value for seen in clock.gauges()}
    assert told == {"clock_compared": 1, "timers_stopped": 1, "clock_skew": pytest.approx(HOUR)}


moves = st.lists(
    st.tuples(st.floats(0, 100), st.sampled_from([0.0, 0.0, 5.0, -5.0, HOUR, -HOUR]), st.booleans()), max_size=40
)


@given(moves)
def test_it_never_goes_back(steps: list[tuple[float, float, bool]]) -> None:
    machine = Machine()
    clock, truth, before = machine.clock(), NOON, 0
    for passed, step, heard in steps:
        machine.let_pass(passed)
        truth += passed
        machine.wall += step
        if heard:
            clock.hear(int(truth * 1000), machine.elapsed, machine.elapsed)
        assert clock.now() >= before
        before = clock.now()
