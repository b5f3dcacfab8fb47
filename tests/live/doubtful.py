"""Policies good and bad on a live worker, and a plain scam that shows what it takes without an officer's yes."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.request import urlopen

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from interdict.run.processes import WorkerProcess
from interdict.topology import POLICY_MODELS
from schemas.topics import ACCOUNT, DISSUASION, PHONE, WATCHLIST
from streams.kafka.recovery import read_topic
from streams.settings import Settings
from tests.kit.patience import PATIENCE_S
from tests.kit.story import ABROAD
from tests.live.plain_scam import MULE, scam
from tests.live.trial import producing

BAD = b'{"name":"limits","body":{"kill_switch":true}}'
MEASURES = {"stop_payment": "止付", "suspend": "暂停"}
"""What is taken from a victim of a plain scam, and the word by which an officer is asked for it."""
TAKEN, ASKED = dict.fromkeys(MEASURES, "taken"), dict.fromkeys(MEASURES, "asked")


def policy(name: str, version: str, **fields: Any) -> bytes:
    body = POLICY_MODELS[name].load().model_dump(mode="json")
    return orjson.dumps({"name": name, "body": {**body, "policy_version": version, **fields}})


class Centre:
    """Plays the scammer, the bank and the carrier, and hears what is done about it."""

    def __init__(self, producer: AIOKafkaProducer, consumer: AIOKafkaConsumer) -> None:
        self._producer = producer
        self._consumer = consumer
        self._people = 0

    async def produce(self, topic: str, key: str, value: bytes | None) -> None:
        await self._producer.send_and_wait(topic, value, key.encode())

    async def plain_scam(self) -> dict[str, str]:
        """Somebody new is called, told a story and pays; each measure, and whether it was `taken` or is `asked` for."""
        self._people += 1
        person, now = f"+861990001{self._people:04d}", int(time.time() * 1000)
        for row in scam(now, person):
            await self.produce(row.topic, person, row.value)
        return await self._done_for(person)

    async def _done_for(self, person: str) -> dict[str, str]:
        done: dict[str, str] = {}
        async with asyncio.timeout(PATIENCE_S):
            async for record in self._consumer:
                command = orjson.loads(record.value)
                if command["subscriber"] != person:
                    continue
                if command["action"] in MEASURES:
                    done[command["action"]] = "taken"
                elif command["action"] == "approve":
                    assert command["why"] == "kill_switch"
                    done |= {what: "asked" for what, word in MEASURES.items() if word in command["script"]}
                if done.keys() == MEASURES.keys():
                    return done
        raise AssertionError("the consumer ended")


@asynccontextmanager
async def centre(settings: Settings) -> AsyncIterator[Centre]:
    listed = {"category": "scam", "source": "test", "added_at": int(time.time() * 1000)}
    consumer = AIOKafkaConsumer(
        DISSUASION.name, PHONE.name, ACCOUNT.name, bootstrap_servers=settings.bootstrap,
        auto_offset_reset="earliest", fetch_max_wait_ms=20,
    )  # fmt: skip
    await consumer.start()
    try:
        async with producing(settings) as producer:
            told = Centre(producer, consumer)
            for value, kind in ((ABROAD, "peer"), (MULE, "account")):
                await told.produce(WATCHLIST.name, value, orjson.dumps(listed | {"value": value, "kind": kind}))
            yield told
    finally:
        await consumer.stop()


async def doubts(worker: WorkerProcess, how_many: int) -> None:
    """Wait until the worker says of so many policies that it cannot read them."""
    async with asyncio.timeout(PATIENCE_S):
        while await asyncio.to_thread(worker.metric, "interdict_policy_unreadable") != how_many:
            await asyncio.sleep(0.05)


async def in_topic(settings: Settings, topic: Any) -> list[tuple[bytes | None, bytes | None]]:
    return [(r.key, r.value) async for run in read_topic(settings, topic) for r in run]


def page(worker: WorkerProcess) -> str:
    with urlopen(worker.address + "/metrics", timeout=PATIENCE_S) as answer:
        return str(answer.read().decode())
