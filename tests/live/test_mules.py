"""A mule met by one victim protects the next: the grade of an account reaches the decisions on who pays it, live."""

import asyncio
import time
from itertools import count
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from interdict.run.processes import WorkerProcess
from schemas.spans import MINUTE_MS
from schemas.topics import MULE_ALERTS, TRANSACTIONS, VICTIM_ALERTS
from streams.kafka.topics import ensure_topics
from streams.settings import Settings
from tests.live.plain_scam import MULE
from tests.live.trial import producing

pytestmark = pytest.mark.broker

NEXT = "6222999900000777"
NUMBER = count(1)


async def transfer(producer: AIOKafkaProducer, at: int, payer: str, payee: str, **more: Any) -> None:
    number = next(NUMBER)
    value = {
        "event_id": f"m{number}", "occurred_at": at, "payer_account": payer, "payee_account": payee,
        "amount_minor": 4_800_000, "phase": "posted", "payee_is_new": True, **more,
    }  # fmt: skip
    key = more.get("subscriber", "").encode()
    await producer.send_and_wait(TRANSACTIONS.name, orjson.dumps(value), key)


async def test_who_pays_an_account_that_was_emptied_is_warned_by_what_the_first_victim_lost(lone_broker: str) -> None:
    settings = Settings(bootstrap=lone_broker, session_timeout_s=6.0)
    await ensure_topics(settings)
    consumer = AIOKafkaConsumer(
        MULE_ALERTS.name, VICTIM_ALERTS.name, bootstrap_servers=lone_broker, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        async with producing(settings) as producer, WorkerProcess(settings):
            now = int(time.time() * 1000)
            await transfer(producer, now - 40 * MINUTE_MS, "6222000000000011", MULE, subscriber="+8613900000011")
            await transfer(producer, now - 20 * MINUTE_MS, MULE, NEXT)
            mule = orjson.loads((await consumer.getone()).value)
            assert (mule["account"], mule["level"]) == (MULE, "orange")
            paying = asyncio.create_task(pay_on(producer, now))
            try:
                while "pay.graded_orange" not in codes_of(await consumer.getone()):
                    pass  # one who paid before the grade was there
            finally:
                paying.cancel()
    finally:
        await consumer.stop()


def codes_of(alert: Any) -> set[str]:
    """What an alert rests on."""
    return {reason["code"] for reason in orjson.loads(alert.value)["reasons"]}


async def pay_on(producer: AIOKafkaProducer, now: int) -> None:
    """One person after another pays the account: the grade takes a moment to reach every lane."""
    for number in count(20):
        person = f"+86139000000{number}"
        order = {"phase": "initiated", "subscriber": person, "amount_minor": 6_000_000, "balance_minor": 100_000}
        await transfer(producer, now, f"62220000000000{number}", MULE, **order)
        await asyncio.sleep(0.2)
