"""`simulate --live`: events happen as they are sent, the city goes on with the next seed, and commands are answered."""

import asyncio
import time
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from interdict.city.live import play_live
from interdict.city.simulate import Plan
from schemas.topics import ACCOUNT, CALLS, OUTCOMES, SMS, TRANSACTIONS
from streams.kafka.topics import ensure_topics
from streams.settings import Settings
from tests.console.program import interdict
from tests.kit.patience import PATIENCE_S

PLAN = Plan(seed=3, population=200, duration_s=4.0, rate=40.0, scams_per_typology=0)
FEEDS = (CALLS.name, SMS.name, TRANSACTIONS.name)
FREEZE = {
    "command_id": "c-1", "issued_at": 0, "subscriber": "+8619900000001", "action": "freeze", "account": "62990001",
}  # fmt: skip


async def _arrived(address: str, topics: tuple[str, ...], enough: int) -> list[Any]:
    consumer = AIOKafkaConsumer(*topics, bootstrap_servers=address, auto_offset_reset="earliest")
    await consumer.start()
    try:
        async with asyncio.timeout(PATIENCE_S):
            return [await consumer.getone() for _ in range(enough)]
    finally:
        await consumer.stop()


@pytest.mark.broker
async def test_events_happen_as_they_are_sent_round_after_round(lone_broker: str) -> None:
    settings, sent = Settings(bootstrap=lone_broker), list[int]()
    await ensure_topics(settings)
    began = time.time() * 1000
    await play_live(PLAN, settings, sent.append, rounds=(0, 1))
    records = await _arrived(lone_broker, FEEDS, sum(sent))
    times = [orjson.loads(record.value)["occurred_at"] for record in records]
    assert began <= min(times)
    assert max(times) <= time.time() * 1000
    assert {orjson.loads(record.value)["event_id"].split("-")[0] for record in records} >= {"3", "4"}


@pytest.mark.broker
async def test_a_command_is_answered_when_its_time_has_come(lone_broker: str) -> None:
    settings, begun = Settings(bootstrap=lone_broker), asyncio.Event()
    await ensure_topics(settings)
    playing = asyncio.ensure_future(play_live(PLAN, settings, lambda _: begun.set()))
    try:
        await asyncio.wait_for(begun.wait(), PATIENCE_S)
        command = {**FREEZE, "issued_at": int(time.time() * 1000)}
        async with AIOKafkaProducer(bootstrap_servers=lone_broker) as producer:
            await producer.send_and_wait(ACCOUNT.name, orjson.dumps(command), command["account"].encode())
        (told,) = await _arrived(lone_broker, (OUTCOMES.name,), 1)
    finally:
        playing.cancel()
    word = orjson.loads(told.value)
    assert word["command_id"] == command["command_id"]
    assert command["issued_at"] < word["occurred_at"] <= time.time() * 1000


def test_a_live_city_needs_a_broker_and_begins_now() -> None:
    assert "--bootstrap" in interdict("simulate", "--live", code=2).stderr
    assert interdict("simulate", "--live", "--bootstrap", "127.0.0.1:1", "--speed", "2", code=2).stderr
