"""Lanes join co-partitioned topics in event-time order, hold back what is not ripe, and know how late it is."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st

from streams.core import lanes as lanes_module
from streams.core.lanes import Batch, Entry, Lanes

CALLS, TRANSFERS, ORDERS = TP("calls", 0), TP("transfers", 0), TP("orders", 0)


def entries(*times: int, first: int = 0) -> list[Entry]:
    return [Entry(SimpleNamespace(offset=first + i), at, f"event@{at}") for i, at in enumerate(times)]


def two_topics(partitions: int = 1) -> Lanes:
    lanes = Lanes(["calls", "transfers"])
    lanes.assign([TP(t, p) for p in range(partitions) for t in ("transfers", "calls")])
    return lanes


def with_orders() -> Lanes:
    """Two topics that are joined, and an unjoined one."""
    lanes = Lanes(["calls", "transfers", "orders"], unjoined=["orders"])
    lanes.assign([CALLS, TRANSFERS, ORDERS])
    return lanes


def times(batch: Batch) -> list[int]:
    return [entry.at for entry in batch.entries]


def everything_at_end(_: TP) -> bool:
    return True


def all_but(*behind: TP) -> Callable[[TP], bool]:
    """Everything is read to its end, but not these."""
    return lambda tp: tp not in behind


def test_a_live_feed_is_never_held_back() -> None:
    lanes = two_topics()
    lanes.offer(TRANSFERS, entries(500))
    assert times(lanes.release(everything_at_end)) == [500]


def test_a_payment_waits_for_the_calls_that_came_before_it() -> None:
    lanes = two_topics()
    lanes.offer(TRANSFERS, entries(100, 300, 500))
    lanes.offer(CALLS, entries(50, 200))
    assert times(lanes.release(all_but(CALLS))) == [50, 100, 200]
    lanes.offer(CALLS, entries(250, 400, first=2))
    assert times(lanes.release(everything_at_end)) == [250, 300, 400, 500]


def test_nothing_leaves_before_the_other_topic_was_read_at_all() -> None:
    lanes = two_topics()
    lanes.offer(TRANSFERS, entries(100))
    batch = lanes.release(all_but(CALLS))
    assert (batch.entries, batch.runs) == ([], {})
    assert lanes.held() == 1


def test_at_equal_times_the_earlier_topic_goes_first() -> None:
    lanes = two_topics()
    lanes.offer(TRANSFERS, entries(100))
    lanes.offer(CALLS, entries(100))
    batch = lanes.release(everything_at_end)
    assert list(batch.runs) == [CALLS, TRANSFERS]


def test_lanes_do_not_wait_for_one_another() -> None:
    lanes = two_topics(partitions=2)
    lanes.offer(TRANSFERS, entries(100))
    lanes.offer(TP("transfers", 1), entries(900))
    assert times(lanes.release(all_but(CALLS))) == [900]


def test_a_late_record_is_sorted_into_its_place_but_its_offset_leaves_in_order() -> None:
    lanes = two_topics()
    lanes.offer(CALLS, entries(300, 100, 400))
    batch = lanes.release(everything_at_end)
    assert times(batch) == [100, 300, 400]
    assert batch.runs[CALLS] == (0, 3)


def test_a_new_assignment_forgets_what_was_read() -> None:
    lanes = two_topics()
    lanes.offer(CALLS, entries(1))
    lanes.assign([CALLS, TRANSFERS])
    assert lanes.held() == 0


def test_a_partition_of_which_too_much_is_held_is_named_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes_module, "HELD_MAX", 3)
    lanes = two_topics()
    lanes.offer(TRANSFERS, entries(7, 8, 9))
    assert times(lanes.release(all_but(CALLS))) == []
    assert lanes.full() == {TRANSFERS}
    lanes.release(everything_at_end)
    assert lanes.full() == set()


# -- unjoined feeds ---------------------------------------------------------------------------------------------------


def test_a_loose_record_waits_for_nobody() -> None:
    lanes = with_orders()
    lanes.offer(ORDERS, entries(900, 800))
    batch = lanes.release(all_but(CALLS, TRANSFERS, ORDERS))
    assert times(batch) == [900, 800], "in the order of its topic, whenever it is read again"
    assert batch.runs == {ORDERS: (0, 2)}


def test_loose_records_come_behind_the_joined_ones() -> None:
    lanes = with_orders()
    lanes.offer(ORDERS, entries(100, 50))
    lanes.offer(CALLS, entries(700))
    lanes.offer(TRANSFERS, entries(600))
    assert times(lanes.release(everything_at_end)) == [600, 700, 100, 50]


def test_nobody_waits_for_a_loose_feed() -> None:
    lanes = with_orders()
    lanes.offer(CALLS, entries(500))
    assert times(lanes.release(all_but(ORDERS))) == [500]


def test_a_loose_feed_neither_stops_the_clock_nor_moves_it_nor_the_bound() -> None:
    lanes = with_orders()
    lanes.offer(ORDERS, entries(100, 3_000))
    lanes.offer(TRANSFERS, entries(700, 900))
    lanes.offer(CALLS, entries(800))
    batch = lanes.release(all_but(CALLS, ORDERS), now=5_000)
    assert times(batch) == [700, 800, 100, 3_000]
    assert batch.clocks == {0: 800}
    assert lanes.release(all_but(ORDERS), now=6_000).clocks == {0: 900}


def only_orders() -> Lanes:
    lanes = Lanes(["orders"], unjoined=["orders"])
    lanes.assign([ORDERS])
    return lanes


def test_where_no_feed_is_joined_it_is_the_loose_ones_that_tell_the_time() -> None:
    lanes = only_orders()
    lanes.offer(ORDERS, entries(900, 800))
    assert lanes.release(all_but(ORDERS), now=5_000).clocks == {0: 900}, "more to come, which may be no later"
    assert lanes.release(everything_at_end, now=6_000).clocks == {0: 1_900}, "and then goes on with the wall clock"
    lanes.offer(ORDERS, entries(3_000))
    assert lanes.release(everything_at_end, now=7_000).clocks == {0: 3_000}


# -- how late it is ------------------------------------------------------------------------------------------------


def test_during_a_backlog_the_clock_follows_what_has_been_read_of_every_topic() -> None:
    lanes = two_topics()
    lanes.offer(TRANSFERS, entries(100, 300, 500))
    lanes.offer(CALLS, entries(50, 200))
    assert lanes.release(all_but(CALLS), now=10_000).clocks == {0: 200}
    lanes.offer(CALLS, entries(450, first=2))
    assert lanes.release(all_but(CALLS, TRANSFERS), now=20_000).clocks == {0: 450}


def test_while_a_topic_has_not_been_read_at_all_no_timer_is_due() -> None:
    lanes = two_topics()
    lanes.offer(TRANSFERS, entries(100))
    assert lanes.release(all_but(CALLS), now=10_000).clocks[0] < 0


def test_while_the_timeless_reference_records_are_being_read_no_timer_is_due() -> None:
    lanes = two_topics()
    lanes.offer(CALLS, entries(0, 0))
    lanes.offer(TRANSFERS, entries(100))
    assert lanes.release(all_but(CALLS), now=10_000).clocks == {0: 0}


def test_at_the_end_of_the_lane_the_clock_goes_on_with_the_wall_clock_from_the_latest_event() -> None:
    lanes = two_topics()
    lanes.offer(CALLS, entries(1_000))
    clocks = [lanes.release(everything_at_end, now).clocks[0] for now in (50_000, 50_001, 51_500)]
    assert clocks == [1_000, 1_001, 2_500]


def test_a_later_event_sets_the_clock_right_and_a_late_one_does_not_turn_it_back() -> None:
    lanes = two_topics()
    clocks = []
    for offset, (at, now) in enumerate([(1_000, 50_000), (1_700, 50_100), (1_200, 50_400)]):
        lanes.offer(CALLS, entries(at, first=offset))
        clocks += lanes.release(everything_at_end, now).clocks.values()
    assert clocks == [1_000, 1_700, 2_000]


def test_the_clock_never_passes_the_wall_clock_though_an_event_is_dated_ahead() -> None:
    lanes = two_topics()
    lanes.offer(CALLS, entries(9_000))
    assert [lanes.release(everything_at_end, now).clocks[0] for now in (5_000, 6_000, 9_500)] == [5_000, 6_000, 9_500]
    lanes.offer(TRANSFERS, entries(20_000))
    assert lanes.release(all_but(TRANSFERS), now=9_600).clocks == {0: 9_600}, "nor during a backlog"


def test_where_nothing_was_read_the_clock_is_the_wall_clock() -> None:
    assert two_topics(partitions=2).release(everything_at_end, now=5_000).clocks == {0: 5_000, 1: 5_000}


def test_each_lane_has_a_clock_of_its_own() -> None:
    lanes = two_topics(partitions=2)
    lanes.offer(CALLS, entries(100))
    lanes.offer(TP("calls", 1), entries(900))
    assert lanes.release(everything_at_end, now=5_000).clocks == {0: 100, 1: 900}


def test_a_new_assignment_starts_the_clock_anew() -> None:
    lanes = two_topics()
    lanes.offer(CALLS, entries(100))
    lanes.release(everything_at_end, now=5_000)
    lanes.assign([CALLS, TRANSFERS])
    assert lanes.release(everything_at_end, now=6_000).clocks == {0: 6_000}


def test_a_worker_without_lanes_has_no_clock_to_go_by() -> None:
    lanes = Lanes(["calls", "transfers"])
    assert not lanes
    assert lanes.release(everything_at_end, now=5_000).clocks == {}


# -- however it is read --------------------------------------------------------------------------------------------

feeds = st.lists(
    st.tuples(
        st.sampled_from([CALLS, TRANSFERS, ORDERS]), st.integers(0, 50), st.sets(st.sampled_from([CALLS, TRANSFERS]))
    ),
    max_size=60,
)


@given(feeds)
def test_every_record_leaves_once_and_offsets_leave_in_order(steps: list[tuple[TP, int, set[TP]]]) -> None:
    lanes = with_orders()
    offered, left = dict.fromkeys((CALLS, TRANSFERS, ORDERS), 0), dict.fromkeys((CALLS, TRANSFERS, ORDERS), 0)
    for tp, at, behind in [*steps, (CALLS, 0, set())]:
        lanes.offer(tp, entries(at, first=offered[tp]))
        offered[tp] += 1
        batch = lanes.release(all_but(*behind))
        assert len(batch.entries) == sum(end - first for first, end in batch.runs.values())
        for done, (first, end) in batch.runs.items():
            assert first == left[done]
            left[done] = end
        assert left[ORDERS] == offered[ORDERS], "unjoined"
    assert left == offered


@given(st.lists(st.integers(0, 99), max_size=30), st.lists(st.integers(0, 99), max_size=30), st.data())
def test_ordered_feeds_leave_in_one_order_however_they_are_read(
    calls: list[int], transfers: list[int], data: st.DataObject
) -> None:
    """The order in which polls bring records must not matter: a replay after a crash reads otherwise. Nor does the
    clock pass a record that is still to come, so that a timer fires between the same two records, too."""
    feed = {CALLS: sorted(calls), TRANSFERS: sorted(transfers)}
    read = {CALLS: 0, TRANSFERS: 0}
    lanes = two_topics()
    released: list[int] = []
    clock = -1
    while any(read[tp] < len(feed[tp]) for tp in feed):
        tp = data.draw(st.sampled_from([tp for tp in feed if read[tp] < len(feed[tp])]))
        size = data.draw(st.integers(1, 5))
        run = feed[tp][read[tp] : read[tp] + size]
        lanes.offer(tp, entries(*run, first=read[tp]))
        read[tp] += len(run)
        batch = lanes.release(lambda tp: read[tp] == len(feed[tp]), now=100)
        assert all(at >= clock for at in times(batch))
        released += times(batch)
        clock = max(clock, batch.clocks[0])
    assert released == sorted(calls + transfers)


def test_a_lane_of_which_nothing_was_read_goes_on_from_what_its_states_know() -> None:
    lanes = Lanes(["calls"])
    lanes.assign([CALLS])
    assert lanes.release(lambda _: True, now=9_000_000, known=lambda _: 5_000).clocks == {0: 5_000}
    assert lanes.release(lambda _: True, now=9_000_700, known=lambda _: 5_000).clocks == {0: 5_700}
