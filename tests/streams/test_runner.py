"""Which lanes' state in memory a worker may trust after a rebalance."""

from streams.runtime.runner import HeldLanes


def test_a_lane_kept_from_one_generation_to_the_next_is_current() -> None:
    held = HeldLanes()
    assert held.take_over({1, 2}, 5) == {1, 2}
    held.recovered({1, 2})
    assert held.take_over({1, 2, 3}, 6) == {3}


def test_a_worker_that_missed_a_generation_trusts_nothing() -> None:
    held = HeldLanes()
    held.take_over({1}, 5)
    held.recovered({1})
    assert held.take_over({1}, 7) == {1}


def test_a_lane_whose_recovery_was_cut_short_is_read_again() -> None:
    held = HeldLanes()
    held.take_over({1, 2}, 5)
    held.recovered({1, 2})
    assert held.take_over({1, 2, 3}, 6) == {3}  # and then the next rebalance comes before 3 is read
    assert held.take_over({1, 2, 3}, 7) == {3}


def test_a_lane_that_went_and_came_back_is_read_again() -> None:
    held = HeldLanes()
    held.take_over({1, 2}, 5)
    held.recovered({1, 2})
    assert held.take_over({1}, 6) == set()
    assert held.take_over({1, 2}, 7) == {2}
