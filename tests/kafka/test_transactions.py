"""Producers' transactions: what was aborted never was, and an open one keeps its own feed waiting and nobody else's."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from interdict.run.processes import WorkerProcess
from schemas.topics import ACCOUNT, CALLS
from streams.core.partitioner import partition_of
from streams.kafka.topics import ensure_topics
from streams.settings import Settings
from tests.kit.patience import PATIENCE_S
from tests.live.plain_scam import before, produce, scam
from tests.live.trial import producing

pytestmark = pytest.mark.broker

HONEST, ROBBED = "+8619900000041", "+8619900000042"


@pytest.fixture
async def settings(request: pytest.FixtureRequest, lone_broker: str) -> Settings:
    if request.config.getoption("--broker") != "kafka":
        pytest.skip("Apache Kafka only: make test-kafka")
    settings = Settings(bootstrap=lone_broker, session_timeout_s=6.0)
    await ensure_topics(settings)
    return settings


@asynccontextmanager
async def transacting(settings: Settings) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=settings.bootstrap, transactional_id="a-bank")
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


@asynccontextmanager
async def hearing(settings: Settings) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(ACCOUNT.name, bootstrap_servers=settings.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def first_of(consumer: AIOKafkaConsumer, person: str) -> list[str | None]:
    """Whose accounts were taken until the person's is: each record's subscriber, in order."""
    heard: list[str | None] = []
    async with asyncio.timeout(PATIENCE_S):
        while person not in heard:
            value: dict[str, Any] = orjson.loads((await consumer.getone()).value)
            heard.append(value["subscriber"])
    return heard


def now_ms() -> int:
    return int(time.time() * 1000)


async def test_a_payment_whose_transaction_was_aborted_freezes_nothing(settings: Settings) -> None:
    async with producing(settings) as plain, transacting(settings) as bank, hearing(settings) as consumer:
        await produce(plain, before(now_ms()))
        async with WorkerProcess(settings):
            await bank.begin_transaction()
            await produce(bank, scam(now_ms(), HONEST))
            await bank.abort_transaction()
            await produce(plain, scam(now_ms(), ROBBED))
            assert set(await first_of(consumer, ROBBED)) == {ROBBED}


async def test_what_is_committed_is_decided_once_it_is(settings: Settings) -> None:
    async with producing(settings) as plain, transacting(settings) as bank, hearing(settings) as consumer:
        await produce(plain, before(now_ms()))
        async with WorkerProcess(settings):
            await bank.begin_transaction()
            await produce(bank, scam(now_ms(), ROBBED))
            await bank.commit_transaction()
            assert set(await first_of(consumer, ROBBED)) == {ROBBED}


async def test_a_transaction_left_open_keeps_no_other_feed_of_its_lane_waiting(settings: Settings) -> None:
    """Calls lie behind it in one partition; the same person's text and payment are decided at once."""
    call = {"event_id": "c", "occurred_at": now_ms(), "subscriber": HONEST, "peer": "+8613711112222", "direction": "in",
            "phase": "answered", "call_id": "c"}  # fmt: skip
    lane = partition_of(ROBBED.encode(), settings.partitions)
    async with producing(settings) as plain, transacting(settings) as carrier, hearing(settings) as consumer:
        await produce(plain, before(now_ms()))
        async with WorkerProcess(settings):
            await carrier.begin_transaction()
            await carrier.send_and_wait(CALLS.name, orjson.dumps(call), HONEST.encode(), partition=lane)
            await produce(plain, scam(now_ms(), ROBBED))
            assert await first_of(consumer, ROBBED)
            await carrier.abort_transaction()
