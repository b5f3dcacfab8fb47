"""Lanes join co-partitioned topics in event-time order and hold back what is not ripe."""

from types import SimpleNamespace

import pytest
from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st

from streams import lanes as lanes_module
from streams.lanes import Batch, Entry, Lanes

CALLS, TRANSFERS = TP("calls", 0), TP("transfers", 0)


def entries(*times: int, first: int = 0) -> list[Entry]:
    return [Entry(SimpleNamespace(offset=first + i), at, f"event@{at}") for i, at in enumerate(times)]


def two_topics(partitions: int = 1) -> Lanes:
    lanes = Lanes(["calls", "transfers"])
    lanes.assign([TP(t, p) for p in range(partitions) for t in ("transfers", "calls")])
    return lanes


def times(batch: Batch | None) -> list[int]:
    return [] if batch is None else [entry.at for entry in batch.entries]


def everything_at_end(_: TP) -> bool:
    return True


def test_a_live_feed_is_never_held_back() -> None:
    lanes = two_topics()
    lanes.offer(TRANSFERS, entries(500))
    assert times(lanes.release(everything_at_end)) == [500]


def test_a_payment_waits_for_the_calls_that_came_before_it() -> None:
    lanes = two_topics()
    lanes.offer(TRANSFERS, entries(100, 300, 500))
    lanes.offer(CALLS, entries(50, 200))
    behind = {CALLS}
    assert times(lanes.release(lambda tp: tp not in behind)) == [50, 100, 200]
    lanes.offer(CALLS, entries(250, 400, first=2))
    assert times(lanes.release(everything_at_end)) == [250, 300, 400, 500]


def test_nothing_leaves_before_the_other_topic_was_read_at_all() -> None:
    lanes = two_topics()
    lanes.offer(TRANSFERS, entries(100))
    assert lanes.release(lambda tp: tp == TRANSFERS) is None
    assert lanes.held() == 1


def test_at_equal_times_the_earlier_topic_goes_first() -> None:
    lanes = two_topics()
    lanes.offer(TRANSFERS, entries(100))
    lanes.offer(CALLS, entries(100))
    batch = lanes.release(everything_at_end)
    assert batch is not None
    assert list(batch.runs) == [CALLS, TRANSFERS]


def test_lanes_do_not_wait_for_one_another() -> None:
    lanes = two_topics(partitions=2)
    lanes.offer(TRANSFERS, entries(100))
    lanes.offer(TP("transfers", 1), entries(900))
    assert times(lanes.release(lambda tp: tp != CALLS)) == [900]


def test_a_late_record_is_sorted_into_its_place_but_its_offset_leaves_in_order() -> None:
    lanes = two_topics()
    lanes.offer(CALLS, entries(300, 100, 400))
    batch = lanes.release(everything_at_end)
    assert times(batch) == [100, 300, 400]
    assert batch is not None
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
    assert lanes.release(lambda tp: tp == TRANSFERS) is None
    assert lanes.full() == {TRANSFERS}
    lanes.release(everything_at_end)
    assert lanes.full() == set()


feeds = st.lists(
    st.tuples(st.sampled_from(["calls", "transfers"]), st.integers(0, 50), st.booleans(), st.booleans()), max_size=60
)


@given(feeds)
def test_every_record_leaves_once_and_offsets_leave_in_order(steps: list[tuple[str, int, bool, bool]]) -> None:
    lanes = two_topics()
    offered = {CALLS: 0, TRANSFERS: 0}
    left = {CALLS: 0, TRANSFERS: 0}
    for topic, at, calls_at_end, transfers_at_end in steps:
        tp = TP(topic, 0)
        lanes.offer(tp, entries(at, first=offered[tp]))
        offered[tp] += 1
        ends = {CALLS: calls_at_end, TRANSFERS: transfers_at_end}
        batch = lanes.release(ends.__getitem__)
        for done, (first, end) in (batch.runs if batch else {}).items():
            assert first == left[done]
            left[done] = end
    batch = lanes.release(everything_at_end)
    for done, (first, end) in (batch.runs if batch else {}).items():
        assert first == left[done]
        left[done] = end
    assert left == offered


@given(st.lists(st.integers(0, 99), max_size=30), st.lists(st.integers(0, 99), max_size=30), st.data())
def test_ordered_feeds_leave_in_one_order_however_they_are_read(
    calls: list[int], transfers: list[int], data: st.DataObject
) -> None:
    """The order in which polls bring records must not matter: a replay after a crash reads otherwise."""
    feed = {CALLS: sorted(calls), TRANSFERS: sorted(transfers)}
    read = {CALLS: 0, TRANSFERS: 0}
    lanes = two_topics()
    released: list[int] = []
    while any(read[tp] < len(feed[tp]) for tp in feed):
        tp = data.draw(st.sampled_from([tp for tp in feed if read[tp] < len(feed[tp])]))
        size = data.draw(st.integers(1, 5))
        run = feed[tp][read[tp] : read[tp] + size]
        lanes.offer(tp, entries(*run, first=read[tp]))
        read[tp] += len(run)
        released += times(lanes.release(lambda tp: read[tp] == len(feed[tp])))
    assert released == sorted(calls + transfers)
