"""The batch transport on a real broker: order, commits, lag, rebalances, back-pressure, failures."""

import asyncio
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition
from faust.types import TP

from streams.runtime.transport import NotCoLocatedError, _Ranges, assert_co_located
from tests.kit.patience import PATIENCE_S
from tests.streams.batch_worker import LANES, Feed, Seen, Worker, _is, eventually, running

pytestmark = pytest.mark.broker


@pytest.fixture
async def feed(broker: str) -> Feed:
    made = Feed(broker)
    await made.create()
    return made


def offsets_in_order(offsets: Iterable[int]) -> bool:
    taken = list(offsets)
    return taken == list(range(len(taken)))


async def test_order_within_a_partition_is_kept_and_everything_is_committed(feed: Feed, tmp_path: Path) -> None:
    seen = Seen(expected=2 * LANES * 300)

    async def handle(event: Any) -> None:
        seen.take(event.value)
        event.ack()

    await feed.publish(300, topic=0)
    await feed.publish(300, topic=1)
    async with running(Worker(feed, tmp_path, handle)):
        await asyncio.wait_for(seen.complete.wait(), PATIENCE_S)
        await eventually(lambda: _is(feed.total_committed(), 2 * LANES * 300))
    assert all(offsets_in_order(offsets) for offsets in seen.records.values())
    assert max(len(batch.entries) for batch in seen.batches) > 1, "records did arrive in runs"


async def test_what_is_written_counts_as_lag_until_it_is_decided(feed: Feed, tmp_path: Path) -> None:
    entered, let_go, done = asyncio.Event(), asyncio.Event(), Seen(expected=LANES * 200)

    async def handle(event: Any) -> None:
        entered.set()
        await let_go.wait()
        worker.app.transport.lag.decided(event.value)  # type: ignore[attr-defined]
        event.ack()
        done.take(event.value)

    async def lag() -> dict[tuple[str, str], float]:
        """Asked as `/metrics` asks: from another thread."""
        standing = worker.app.transport.lag.gauges  # type: ignore[attr-defined]
        told = await asyncio.to_thread(lambda: list(standing(int(time.time() * 1000))))
        return {(metric, labels[0]): value for metric, labels, value in told}

    async def is_behind_by(records: int) -> bool:
        return (await lag()).get(("lag_records", feed.topics[0])) == records

    await feed.publish(200)
    async with running(worker := Worker(feed, tmp_path, handle)):
        await asyncio.wait_for(entered.wait(), PATIENCE_S)
        await eventually(lambda: is_behind_by(LANES * 200))
        behind = await lag()
        assert 0 < behind["lag_seconds", feed.topics[0]] < PATIENCE_S
        assert behind["lag_records", feed.topics[1]] == behind["lag_seconds", feed.topics[1]] == 0
        let_go.set()
        await asyncio.wait_for(done.complete.wait(), PATIENCE_S)
        await eventually(lambda: is_behind_by(0))
        assert (await lag())["lag_seconds", feed.topics[0]] == 0


async def test_offsets_are_not_committed_before_the_batch_is_done(feed: Feed, tmp_path: Path) -> None:
    seen, let_go = Seen(), asyncio.Event()
    held: list[Any] = []

    async def handle(event: Any) -> None:
        seen.take(event.value)
        held.append(event)
        await let_go.wait()
        event.ack()

    await feed.publish(20)
    async with running(worker := Worker(feed, tmp_path, handle)):
        await asyncio.wait_for(seen.first.wait(), PATIENCE_S)
        await worker.app.consumer.commit()
        assert await feed.total_committed() == 0
        let_go.set()
        await eventually(lambda: _is(feed.total_committed(), LANES * 20))


async def test_a_later_batch_that_is_done_first_commits_nothing_past_the_earlier(feed: Feed, tmp_path: Path) -> None:
    events: list[Any] = []
    two, seen_enough = asyncio.Event(), asyncio.Event()

    async def handle(event: Any) -> None:
        events.append(event)
        if len(events) == 2:
            two.set()
        if len(events) > 2:  # else how many come before the test ends hangs on the machine
            await seen_enough.wait()
            event.ack()

    await feed.publish(60)
    async with running(worker := Worker(feed, tmp_path, handle, records_max=10)):
        await asyncio.wait_for(two.wait(), PATIENCE_S)
        first, second = events[0].value.runs, events[1].value.runs
        events[1].ack()
        await worker.app.consumer.commit()
        committed = await feed.committed()
        for tp in set(first) & set(second):
            assert not committed[TopicPartition(*tp)]
        events[0].ack()
        await worker.app.consumer.commit()
        committed = await feed.committed()
        for tp in second:
            assert committed[TopicPartition(*tp)] == second[tp][1]
        seen_enough.set()


async def test_a_rebalance_in_the_middle_of_a_batch_loses_and_doubles_nothing(feed: Feed, tmp_path: Path) -> None:
    first, second, entered, let_go = Seen(), Seen(), asyncio.Event(), asyncio.Event()
    total = LANES * 200

    async def slow(event: Any) -> None:
        entered.set()
        await let_go.wait()
        first.take(event.value)
        event.ack()

    async def quick(event: Any) -> None:
        second.take(event.value)
        event.ack()

    await feed.publish(200)
    async with running(one := Worker(feed, tmp_path, slow)):
        await asyncio.wait_for(entered.wait(), PATIENCE_S)
        generation = one.app.consumer_generation_id

        async def finish_once_it_is_being_revoked() -> None:
            await eventually(lambda: _rebalancing(one))
            let_go.set()

        finishing = asyncio.create_task(finish_once_it_is_being_revoked())
        async with running(Worker(feed, tmp_path, quick)):
            await finishing
            await eventually(lambda: _is(feed.total_committed(), total))
        assert one.app.consumer_generation_id > generation
    assert first.count() + second.count() == total
    assert all(offsets_in_order(sorted(o)) for o in _joined(first, second).values())


async def _rebalancing(worker: Worker) -> bool:
    return worker.app.rebalancing


def _joined(*seen: Seen) -> dict[TP, list[int]]:
    joined: dict[TP, list[int]] = {}
    for one in seen:
        for tp, offsets in one.records.items():
            joined.setdefault(tp, []).extend(offsets)
    return joined


async def test_a_busy_agent_stops_the_fetching(feed: Feed, tmp_path: Path) -> None:
    seen, let_go = Seen(expected=LANES * 2000), asyncio.Event()

    async def handle(event: Any) -> None:
        seen.take(event.value)
        await let_go.wait()
        event.ack()

    await feed.publish(2000)
    async with running(worker := Worker(feed, tmp_path, handle, records_max=50)):
        await asyncio.wait_for(seen.first.wait(), PATIENCE_S)
        before = worker.app.consumer._lanes.held()
        await asyncio.sleep(1.0)  # nothing to await: what is shown is that nothing happens
        assert seen.count() <= 50
        assert worker.app.consumer._lanes.held() == before
        let_go.set()
        await asyncio.wait_for(seen.complete.wait(), PATIENCE_S)


async def test_a_paused_partition_is_not_read_and_resumes_where_it_was(feed: Feed, tmp_path: Path) -> None:
    seen = Seen()
    paused = TP(feed.topics[0], 0)

    async def handle(event: Any) -> None:
        seen.take(event.value)
        event.ack()

    async with running(worker := Worker(feed, tmp_path, handle)):
        await eventually(lambda: _ready(worker))
        worker.app.consumer.pause_partitions({paused})
        await _next_poll(worker)
        await feed.publish(30)
        await eventually(lambda: _counted(seen, (LANES - 1) * 30))
        assert paused not in seen.records
        worker.app.consumer.resume_partitions({paused})
        await eventually(lambda: _counted(seen, LANES * 30))
    assert offsets_in_order(seen.records[paused])


async def _next_poll(worker: Worker) -> None:
    """Until a poll has begun after now: a pause holds from the next poll on."""
    consumer, begun = worker.app.consumer, asyncio.Event()
    real_poll = consumer._poll

    async def poll() -> Any:
        begun.set()
        return await real_poll()

    consumer._poll = poll
    await asyncio.wait_for(begun.wait(), PATIENCE_S)


async def _ready(worker: Worker) -> bool:
    return bool(worker.app.consumer.flow_active and worker.app.consumer._active_partitions)


async def _counted(seen: Seen, wanted: int) -> bool:
    return seen.count() == wanted


async def test_an_agent_that_raises_stops_the_worker_and_the_batch_comes_again(feed: Feed, tmp_path: Path) -> None:
    async def fails(event: Any) -> None:
        raise RuntimeError("unforeseen")

    await feed.publish(40)
    async with running(worker := Worker(feed, tmp_path, fails)):
        await asyncio.wait_for(worker.failed.wait(), PATIENCE_S)
    assert await feed.total_committed() == 0
    again = Seen(expected=LANES * 40)

    async def handles(event: Any) -> None:
        again.take(event.value)
        event.ack()

    async with running(Worker(feed, tmp_path, handles)):
        await asyncio.wait_for(again.complete.wait(), PATIENCE_S)
    assert all(offsets_in_order(offsets) for offsets in again.records.values())


async def test_a_poll_that_straddles_a_rebalance_is_dropped_and_read_again(feed: Feed, tmp_path: Path) -> None:
    seen = Seen()

    async def handle(event: Any) -> None:
        seen.take(event.value)
        event.ack()

    async with running(worker := Worker(feed, tmp_path, handle)):
        await eventually(lambda: _ready(worker))
        consumer = worker.app.consumer
        real_poll, swapped = consumer._poll, asyncio.Event()

        async def poll_across_a_rebalance() -> Any:
            records = await real_poll()
            if records and not swapped.is_set():
                worker.app.consumer_generation_id += 1
                swapped.set()
            return records

        consumer._poll = poll_across_a_rebalance
        await _next_poll(worker)  # the poll under way is still the real one
        await feed.publish(1)
        await eventually(lambda: _counted(seen, LANES))
    assert swapped.is_set()
    assert all(offsets == [0] for offsets in seen.records.values()), "dropped, and then read again"


async def test_a_partition_that_has_no_position_yet_ends_no_worker(feed: Feed, tmp_path: Path) -> None:
    """It has none between its assignment and the first look for where it was left; Faust's own check may fall there."""
    seen = Seen(expected=LANES)

    async def handle(event: Any) -> None:
        seen.take(event.value)
        event.ack()

    async def check_without_position() -> None:
        """In the consumer's own thread, which meanwhile does nothing else."""
        state = consumer._thread._state_of(TopicPartition(feed.topics[0], 0))
        assert state.timestamp, "it was fetched: else the check ends early"
        position, state._position = state._position, None
        try:
            consumer.verify_event_path(time.monotonic(), TP(feed.topics[0], 0))
        finally:
            state._position = position

    await feed.publish(1)
    async with running(worker := Worker(feed, tmp_path, handle)):
        await asyncio.wait_for(seen.complete.wait(), PATIENCE_S)
        consumer: Any = worker.app.consumer
        await asyncio.wrap_future(
            asyncio.run_coroutine_threadsafe(check_without_position(), consumer._thread.thread_loop)
        )


def test_only_the_longest_done_prefix_may_be_committed() -> None:
    ranges = _Ranges()
    for end in (10, 20, 30):
        ranges.begin(end)
    ranges.finish(20)
    assert ranges.committable is None
    ranges.finish(10)
    assert ranges.committable == 20
    ranges.finish(30)
    assert ranges.committable == 30


def test_a_scattered_assignment_is_refused() -> None:
    topics = ("calls", "transfers")
    assert_co_located([TP("calls", 0), TP("transfers", 0), TP("other", 5)], topics)
    with pytest.raises(NotCoLocatedError, match="partition 1 came without"):
        assert_co_located([TP("calls", 1), TP("transfers", 0), TP("calls", 0)], topics)
