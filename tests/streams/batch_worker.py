"""A worker on the batch transport, the feed that it reads from a broker, and what it was given."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import faust
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from faust.types import TP

from streams.core.lanes import Batch
from streams.runtime.app import BatchSchema, NoTables
from streams.runtime.transport import SCHEME, BatchConsumer, BatchTransport
from tests.kit.patience import PATIENCE_S

LANES = 4


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


class Joined(NamedTuple):
    """A batch as a test's agent gets it."""

    value: Batch
    ack: Callable[[], object]


class Worker:
    """A Faust app on the batch transport whose agent does what a test tells it to; ticks it only notes down."""

    def __init__(self, feed: Feed, tmp_path: Path, handle: Callable[[Any], Awaitable[None]], records_max: int = 50):
        self.app = faust.App(
            feed.group,
            TableManager=NoTables,
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
        async def agent(polls: Any) -> None:
            consumer: BatchConsumer = self.app.consumer
            async for event in polls.noack().events():
                if consumer.is_stale(event.message):
                    event.ack()
                    continue
                batch = consumer.join(event.value, consumer.decode(event.value))
                if not batch.entries:
                    self.ticks.append(batch)
                    event.ack()
                    continue
                try:
                    await handle(Joined(batch, event.ack))
                except RuntimeError as problem:
                    self.failed.set()
                    await self.app.crash(problem)
                    return


@asynccontextmanager
async def running(worker: Worker) -> AsyncIterator[Worker]:
    await worker.app.start()
    try:
        yield worker
    finally:
        await _stop(worker.app)


async def _stop(app: faust.App) -> None:
    """Faust waits for every batch to be done, also where it is cancelled: an agent that a failed test has left waiting
    would keep this process for ever."""
    stopping = asyncio.ensure_future(app.stop())
    _, late = await asyncio.wait({stopping}, timeout=PATIENCE_S / 4)
    if late:
        app.consumer._unacked_messages.clear()
    await asyncio.wait_for(stopping, PATIENCE_S / 4)
    assert not late, "a batch was never done, and the app waited for it"


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
    async with asyncio.timeout(PATIENCE_S):
        while not await condition():
            await asyncio.sleep(0.05)


async def _is(value: Awaitable[int], wanted: int) -> bool:
    return await value == wanted
