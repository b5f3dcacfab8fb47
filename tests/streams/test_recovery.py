"""Reading a partition to its end, where the broker's answers about that end differ.

A broker that has just become leader tells an old high watermark with its fetches; it takes a broker's death at the
right moment to see that (`make chaos BROKER=kafka3`), so here the answers are scripted.
"""

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition

from streams.kafka.recovery import read_to_end, readable_end
from streams.runtime.transport import _ConsumerThread
from streams.settings import READ_COMMITTED, Isolation

TP = TopicPartition("interdict.counting.changelog", 0)


class NewLeader:
    """A consumer's view of a partition with five records, whose leader knows of two as yet."""

    def __init__(self, told: list[int], latest: int) -> None:
        self._told = told
        self._latest = latest
        self._highwater: int | None = None
        self._isolation_level = READ_COMMITTED
        self._position = 0

    def assign(self, tps: list[TopicPartition]) -> None:
        assert tps == [TP]

    async def seek_to_beginning(self, *tps: TopicPartition) -> None:
        self._position = 0

    async def end_offsets(self, tps: list[TopicPartition]) -> dict[TopicPartition, int]:
        return {TP: self._latest}

    async def getmany(self, timeout_ms: int) -> dict[TopicPartition, list[int]]:
        self._highwater = self._told.pop(0) if len(self._told) > 1 else self._told[0]
        run = list(range(self._position, self._highwater))
        self._position = max(self._position, self._highwater)
        return {TP: run} if run else {}

    def highwater(self, tp: TopicPartition) -> int | None:
        return self._highwater

    def last_stable_offset(self, tp: TopicPartition) -> int | None:
        return self._highwater

    async def position(self, tp: TopicPartition) -> int:
        return self._position


async def read(consumer: Any) -> list[int]:
    return [record async for run in read_to_end(consumer, [TP]) for record in run]


async def test_a_new_leader_that_tells_an_old_high_watermark_does_not_end_the_reading() -> None:
    assert await read(NewLeader(told=[2, 2, 5], latest=5)) == [0, 1, 2, 3, 4]


async def test_an_embedded_broker_that_tells_too_early_an_end_does_not_end_the_reading() -> None:
    assert await read(NewLeader(told=[5], latest=1)) == [0, 1, 2, 3, 4]


def test_a_lane_is_at_its_end_at_the_farthest_end_ever_told() -> None:
    thread: Any = object.__new__(_ConsumerThread)
    state = SimpleNamespace(highwater=5, lso=5, has_valid_position=True, position=3)
    assignment = SimpleNamespace(tps={TP}, state_value=lambda tp: state)
    subscription = SimpleNamespace(subscription=SimpleNamespace(assignment=assignment))
    thread._consumer, thread._ends = SimpleNamespace(_subscription=subscription), {}
    thread._isolation = READ_COMMITTED
    assert not thread.at_end(TP)
    state.highwater = state.lso = 2
    assert not thread.at_end(TP), "a new leader fell behind"
    state.position = 5
    assert thread.at_end(TP)


@pytest.mark.parametrize(("isolation", "stable", "end"), [
    (READ_COMMITTED, 3, 3), (READ_COMMITTED, -1, 9), (READ_COMMITTED, None, 9), ("read_uncommitted", 3, 9),
])  # fmt: skip
def test_what_lies_behind_an_open_transaction_is_not_waited_for(isolation: Isolation, stable: Any, end: int) -> None:
    assert readable_end(9, stable, isolation) == end
