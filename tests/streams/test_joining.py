"""A group that shares no lanes out is noticed once that has lasted longer than any rebalance."""

import pytest

from streams.runtime.group import outside
from streams.runtime.joining import LEAST_S, Joining


class Clock:
    """A clock that is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(("session_s", "longest_s"), [(6, LEAST_S), (30, 120), (45, 180)])
def test_a_group_that_never_answers_is_told_of_after_the_longest_that_a_rebalance_takes(
    session_s: float, longest_s: float
) -> None:
    clock = Clock()
    joining = Joining(session_s, clock)
    clock.now = longest_s
    assert joining.overdue(clock.now) is None
    clock.now += 0.1
    problem = joining.overdue(clock.now)
    assert problem is not None
    assert f"{longest_s:.0f} s" in outside("interdict.desk", problem)


def test_while_no_broker_answers_no_group_stands_still() -> None:
    clock = Clock()
    joining = Joining(6, clock)
    clock.now = 10_000
    assert joining.overdue(there_s=LEAST_S) is None
    assert joining.overdue(there_s=LEAST_S + 1) is not None


def test_whoever_has_been_let_in_waits_for_nothing_until_lanes_are_shared_out_anew() -> None:
    clock = Clock()
    joining = Joining(6, clock)
    joining.end()
    clock.now = 10_000
    assert joining.overdue(clock.now) is None
    joining.begin()
    clock.now += LEAST_S / 2
    joining.begin()  # a rebalance in the middle of another is part of it
    clock.now += LEAST_S / 2 + 1
    assert joining.overdue(clock.now) is not None
    joining.end()
    assert joining.overdue(clock.now) is None
