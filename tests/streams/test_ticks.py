"""Ticks of the batch transport on a real broker: an idle lane's clock goes on, and nothing is committed by it."""

import asyncio
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.kit.patience import PATIENCE_S
from tests.streams.batch_worker import LANES, Feed, Seen, Worker, _is, eventually, running

pytestmark = pytest.mark.broker


@pytest.fixture
async def feed(broker: str) -> Feed:
    made = Feed(broker)
    await made.create()
    return made


async def test_an_idle_consumer_still_tells_the_time_of_every_lane(feed: Feed, tmp_path: Path) -> None:
    async with running(worker := Worker(feed, tmp_path, _nothing_comes)):
        await eventually(lambda: _ticked(worker, 3))
        now = time.time() * 1000
    clocks = [tick.clocks for tick in worker.ticks]
    assert [sorted(clock) for clock in clocks] == [list(range(LANES))] * len(clocks)
    assert all(abs(clock[lane] - now) < PATIENCE_S * 1000 for clock in clocks[-1:] for lane in clock)
    assert all(earlier[lane] <= later[lane] for earlier, later in pairwise(clocks) for lane in range(LANES))


async def _nothing_comes(event: Any) -> None:
    raise AssertionError("a batch where nothing was published")


async def _ticked(worker: Worker, times: int) -> bool:
    return len(worker.ticks) >= times


async def test_after_the_last_record_the_clock_goes_on(feed: Feed, tmp_path: Path) -> None:
    seen = Seen(expected=LANES)

    async def handle(event: Any) -> None:
        seen.take(event.value)
        event.ack()

    await feed.publish(1)
    async with running(worker := Worker(feed, tmp_path, handle)):
        await asyncio.wait_for(seen.complete.wait(), PATIENCE_S)
        worker.ticks.clear()
        await eventually(lambda: _ticked(worker, 3))
    latest = {e.record.partition: e.at for batch in seen.batches for e in batch.entries}
    first, *_, last = [tick.clocks for tick in worker.ticks]
    assert all(latest[lane] <= first[lane] < last[lane] for lane in range(LANES))


async def test_ticks_commit_nothing_and_least_of_all_a_batch_under_way(feed: Feed, tmp_path: Path) -> None:
    seen, held = Seen(expected=LANES * 5), []

    async def handle(event: Any) -> None:
        seen.take(event.value)
        held.append(event)

    async with running(worker := Worker(feed, tmp_path, handle)):
        await eventually(lambda: _ticked(worker, 3))
        await worker.app.consumer.commit()
        assert set((await feed.committed()).values()) == {None}
        await feed.publish(5)
        await asyncio.wait_for(seen.complete.wait(), PATIENCE_S)
        worker.ticks.clear()
        await eventually(lambda: _ticked(worker, 3))
        await worker.app.consumer.commit()
        assert set((await feed.committed()).values()) == {None}
        for event in held:
            event.ack()
        await eventually(lambda: _is(feed.total_committed(), LANES * 5))


async def test_no_tick_is_delivered_before_a_rebalance_is_over(feed: Feed, tmp_path: Path) -> None:
    """What a lane remembers is read back meanwhile: a timer must not fire on half of it."""
    worker = Worker(feed, tmp_path, _nothing_comes)
    begun, read_back = asyncio.Event(), asyncio.Event()

    async def recover(*_: Any, **__: Any) -> None:
        begun.set()
        await read_back.wait()

    async def look_and_go_on() -> None:
        await asyncio.wait_for(begun.wait(), PATIENCE_S)
        await asyncio.sleep(1.0)  # nothing to await: what is shown is that nothing happens
        assert worker.ticks == []
        read_back.set()

    worker.app.on_rebalance_complete.connect(recover, weak=False)
    looking = asyncio.create_task(look_and_go_on())  # the start waits for the recovery
    async with running(worker):
        await looking
        await eventually(lambda: _ticked(worker, 1))


async def test_ticks_stop_while_the_group_rebalances_and_go_on_with_the_lanes_left(feed: Feed, tmp_path: Path) -> None:
    one = Worker(feed, tmp_path, _nothing_comes)
    async with running(one):
        await eventually(lambda: _ticked(one, 1))
        flowing = _deliveries(one)
        async with running(other := Worker(feed, tmp_path, _nothing_comes)):
            await eventually(lambda: _ticked(other, 1))
            one.ticks.clear()
            await eventually(lambda: _ticked(one, 2))
            assert sorted([*one.ticks[-1].clocks, *other.ticks[-1].clocks]) == list(range(LANES))
    assert flowing
    assert all(flowing)


def _deliveries(worker: Worker) -> list[bool]:
    """Of each batch handed over from now on, whether the flow was on."""
    consumer, flowing = worker.app.consumer, []
    real_callback = consumer.callback

    async def callback(message: Any) -> None:
        flowing.append(consumer.flow_active and not worker.app.rebalancing)
        await real_callback(message)

    consumer.callback = callback
    return flowing
