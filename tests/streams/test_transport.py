"""The batch transport on a real broker: order, commits, rebalances, back-pressure, failures, ticks."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import faust
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from faust.types import TP

from streams.core.lanes import Batch
from streams.runtime.app import BatchSchema
from streams.runtime.transport import SCHEME, BatchTransport, NotCoLocatedError, _Ranges, assert_co_located

pytestmark = pytest.mark.broker

LANES = 4
LIMIT_S = 30.0


class Feed:
    """Two co-partitioned topics with names of their own, and a consumer group with a name of its own."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        tag = uuid.uuid4().hex[:8]
        self.topics = (f"calls-{tag}", f"transfers-{tag}")
        self.group = f"group-{tag}"

    async def create(self) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            await admin.create_topics([NewTopic(topic, LANES, 1) for topic in self.topics])
        finally:
            await admin.close()

    async def publish(self, count: int, topic: int = 0) -> None:
        """`count` records on every partition of a topic, numbered from where the last call ended."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, acks="all")
        await producer.start()
        try:
            sent = [
                await producer.send(self.topics[topic], b"%d" % number, partition=lane)
                for lane in range(LANES)
                for number in range(count)
            ]
            await asyncio.gather(*sent)
        finally:
            await producer.stop()

    async def committed(self) -> dict[TopicPartition, int | None]:
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap, group_id=self.group, enable_auto_commit=False)
        await consumer.start()
        try:
            tps = [TopicPartition(topic, lane) for topic in self.topics for lane in range(LANES)]
            return {tp: await consumer.committed(tp) for tp in tps}
        finally:
            await consumer.stop()

    async def total_committed(self) -> int:
        return sum(offset or 0 for offset in (await self.committed()).values())


class Worker:
    """A Faust app on the batch transport whose agent does what a test tells it to; ticks it only notes down."""

    def __init__(self, feed: Feed, tmp_path: Path, handle: Callable[[Any], Awaitable[None]], records_max: int = 50):
        self.app = faust.App(
            feed.group,
            broker=f"{SCHEME}://{feed.bootstrap}",
            broker_commit_interval=0.2,
            broker_max_poll_records=records_max,
            broker_session_timeout=6.0,
            broker_heartbeat_interval=1.0,
            broker_rebalance_timeout=6.0,
            consumer_auto_offset_reset="earliest",
            datadir=str(tmp_path / uuid.uuid4().hex),
            stream_buffer_maxsize=1,
            stream_recovery_delay=0.0,
            table_standby_replicas=1,
            topic_allow_declare=False,
            topic_disable_leader=True,
            web_enabled=False,
        )
        assert isinstance(self.app.transport, BatchTransport)
        self.app.transport.lane_topics = feed.topics
        self.failed: asyncio.Event = asyncio.Event()
        self.ticks: list[Batch] = []

        @self.app.agent(self.app.topic(*feed.topics, schema=BatchSchema()))
        async def agent(batches: Any) -> None:
            async for event in batches.noack().events():
                if not event.value.entries:
                    self.ticks.append(event.value)
                    event.ack()
                    continue
                try:
                    await handle(event)
                except RuntimeError as problem:
                    self.failed.set()
                    await self.app.crash(problem)
                    return


@pytest.fixture
async def feed(broker: str) -> Feed:
    made = Feed(broker)
    await made.create()
    return made


@asynccontextmanager
async def running(worker: Worker) -> AsyncIterator[Worker]:
    await worker.app.start()
    try:
        yield worker
    finally:
        await asyncio.wait_for(worker.app.stop(), LIMIT_S / 2)


class Seen:
    """What an agent was given, and events to await."""

    def __init__(self, expected: int = 0) -> None:
        self.records: dict[TP, list[int]] = {}
        self.expected = expected
        self.complete = asyncio.Event()
        self.first = asyncio.Event()
        self.batches: list[Batch] = []

    def take(self, batch: Batch) -> None:
        self.first.set()
        self.batches.append(batch)
        for entry in batch.entries:
            record = entry.record
            self.records.setdefault(TP(record.topic, record.partition), []).append(record.offset)
        if self.count() >= self.expected:
            self.complete.set()

    def count(self) -> int:
        return sum(map(len, self.records.values()))


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    """Ask a broker until it agrees: what a group has committed can only be asked for."""
    async with asyncio.timeout(LIMIT_S):
        while not await condition():
            await asyncio.sleep(0.05)


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
        await asyncio.wait_for(seen.complete.wait(), LIMIT_S)
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
        await asyncio.wait_for(entered.wait(), LIMIT_S)
        await eventually(lambda: is_behind_by(LANES * 200))
        behind = await lag()
        assert 0 < behind["lag_seconds", feed.topics[0]] < LIMIT_S
        assert behind["lag_records", feed.topics[1]] == behind["lag_seconds", feed.topics[1]] == 0
        let_go.set()
        await asyncio.wait_for(done.complete.wait(), LIMIT_S)
        await eventually(lambda: is_behind_by(0))
        assert (await lag())["lag_seconds", feed.topics[0]] == 0


async def _is(value: Awaitable[int], wanted: int) -> bool:
    return await value == wanted


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
        await asyncio.wait_for(seen.first.wait(), LIMIT_S)
        await worker.app.consumer.commit()
        assert await feed.total_committed() == 0
        let_go.set()
        await eventually(lambda: _is(feed.total_committed(), LANES * 20))


async def test_a_later_batch_that_is_done_first_commits_nothing_past_the_earlier(feed: Feed, tmp_path: Path) -> None:
    events: list[Any] = []
    two = asyncio.Event()

    async def handle(event: Any) -> None:
        events.append(event)
        if len(events) == 2:
            two.set()

    await feed.publish(60)
    async with running(worker := Worker(feed, tmp_path, handle, records_max=10)):
        await asyncio.wait_for(two.wait(), LIMIT_S)
        first, second = events[0].value.runs, events[1].value.runs
        events[1].ack()
        await worker.app.consumer.commit()
        committed = await feed.committed()
        for tp in set(first) & set(second):
            assert not committed[TopicPartition(*tp)]
        for event in events[:1]:
            event.ack()
        await worker.app.consumer.commit()
        committed = await feed.committed()
        for tp in second:
            assert committed[TopicPartition(*tp)] == second[tp][1]
        for event in events:
            event.ack()


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
        await asyncio.wait_for(entered.wait(), LIMIT_S)
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
        await asyncio.wait_for(seen.first.wait(), LIMIT_S)
        before = worker.app.consumer._lanes.held()
        await asyncio.sleep(1.0)  # nothing to await: what is shown is that nothing happens
        assert seen.count() <= 50
        assert worker.app.consumer._lanes.held() == before
        let_go.set()
        await asyncio.wait_for(seen.complete.wait(), LIMIT_S)


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
    await asyncio.wait_for(begun.wait(), LIMIT_S)


async def _ready(worker: Worker) -> bool:
    return bool(worker.app.consumer.flow_active and worker.app.consumer._active_partitions)


async def _counted(seen: Seen, wanted: int) -> bool:
    return seen.count() == wanted


async def test_an_agent_that_raises_stops_the_worker_and_the_batch_comes_again(feed: Feed, tmp_path: Path) -> None:
    async def fails(event: Any) -> None:
        raise RuntimeError("unforeseen")

    await feed.publish(40)
    async with running(worker := Worker(feed, tmp_path, fails)):
        await asyncio.wait_for(worker.failed.wait(), LIMIT_S)
    assert await feed.total_committed() == 0
    again = Seen(expected=LANES * 40)

    async def handles(event: Any) -> None:
        again.take(event.value)
        event.ack()

    async with running(Worker(feed, tmp_path, handles)):
        await asyncio.wait_for(again.complete.wait(), LIMIT_S)
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


async def test_an_idle_consumer_still_tells_the_time_of_every_lane(feed: Feed, tmp_path: Path) -> None:
    async with running(worker := Worker(feed, tmp_path, _nothing_comes)):
        await eventually(lambda: _ticked(worker, 3))
        now = time.time() * 1000
    clocks = [tick.clocks for tick in worker.ticks]
    assert [sorted(clock) for clock in clocks] == [list(range(LANES))] * len(clocks)
    assert all(abs(clock[lane] - now) < LIMIT_S * 1000 for clock in clocks[-1:] for lane in clock)
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
        await asyncio.wait_for(seen.complete.wait(), LIMIT_S)
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
        await asyncio.wait_for(seen.complete.wait(), LIMIT_S)
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
        await asyncio.wait_for(begun.wait(), LIMIT_S)
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
