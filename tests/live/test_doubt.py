"""Limits that nobody can read, on a live worker: it warns as ever, and takes nothing without an officer's yes."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.request import urlopen

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from interdict.run.processes import WorkerProcess
from interdict.topology import POLICY_MODELS
from schemas.topics import ACCEPTED, ACCOUNT, CALLS, DISSUASION, PHONE, POLICIES, SMS, TRANSACTIONS, WATCHLIST
from streams.kafka.recovery import read_topic
from streams.kafka.topics import ensure_topics
from streams.runtime.accepted import read_accepted
from streams.settings import Settings
from tests.live.trial import producing
from tests.victims.story import ABROAD, MULE, POLICE_TEXT

pytestmark = pytest.mark.broker

HEARD_S = 30
BAD = b'{"name":"limits","body":{"kill_switch":true}}'
MEASURES = {"stop_payment": "止付", "suspend": "暂停"}
"""What is taken from a victim of a plain scam, and the word by which an officer is asked for it."""


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
        event = {"occurred_at": now, "subscriber": person, "direction": "in", "peer": ABROAD}
        await self.produce(CALLS.name, person, orjson.dumps(
            event | {"event_id": f"c{person}", "phase": "answered", "call_id": "c", "peer_type": "foreign"}
        ))  # fmt: skip
        await self.produce(SMS.name, person, orjson.dumps(event | {"event_id": f"s{person}", "text": POLICE_TEXT}))
        await self.produce(TRANSACTIONS.name, person, orjson.dumps(
            {"event_id": f"t{person}", "occurred_at": now, "subscriber": person, "payee_account": MULE,
             "payer_account": f"6222{person[1:]}", "amount_minor": 5_000_000, "balance_minor": 100_000,
             "phase": "initiated", "payee_is_new": True}
        ))  # fmt: skip
        return await self._done_for(person)

    async def _done_for(self, person: str) -> dict[str, str]:
        done: dict[str, str] = {}
        async with asyncio.timeout(HEARD_S):
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


TAKEN, ASKED = dict.fromkeys(MEASURES, "taken"), dict.fromkeys(MEASURES, "asked")


@pytest.fixture
async def settings(lone_broker: str) -> Settings:
    settings = Settings(bootstrap=lone_broker, session_timeout_s=6.0)
    await ensure_topics(settings)
    return settings


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
    async with asyncio.timeout(HEARD_S):
        while await asyncio.to_thread(worker.metric, "interdict_policy_unreadable") != how_many:
            await asyncio.sleep(0.05)


async def in_topic(settings: Settings, topic: Any) -> list[tuple[bytes | None, bytes | None]]:
    return [(r.key, r.value) async for run in read_topic(settings, topic) for r in run]


@pytest.mark.parametrize("end", [None, BAD], ids=["a tombstone", "a bad record"])
async def test_limits_that_nobody_can_read_take_nothing_also_after_a_restart_until_good_ones_come(
    end: bytes | None, settings: Settings
) -> None:
    async with centre(settings) as told:
        async with WorkerProcess(settings) as worker:
            assert await told.plain_scam() == TAKEN
            await told.produce(POLICIES.name, "limits", policy("limits", "1"))
            await told.produce(POLICIES.name, "limits", end)
            await doubts(worker, 1)
            assert await told.plain_scam() == ASKED
            assert worker.metric("interdict_kill_switch") == 1
        async with WorkerProcess(settings) as heir:
            assert await told.plain_scam() == ASKED
            await told.produce(POLICIES.name, "limits", policy("limits", "2"))
            await doubts(heir, 0)
            assert await told.plain_scam() == TAKEN


async def test_a_worker_that_starts_where_compaction_left_no_good_policy_takes_up_what_was_kept(
    settings: Settings,
) -> None:
    async with centre(settings) as told:
        await told.produce(ACCEPTED.name, "roster", policy("roster", "kept"))
        await told.produce(POLICIES.name, "roster", b"{")
        await told.produce(ACCEPTED.name, "limits", policy("limits", "kept"))  # and of its tombstone nothing is left
        async with WorkerProcess(settings) as worker:
            assert await told.plain_scam() == ASKED
            assert await asyncio.to_thread(worker.metric, "interdict_policy_unreadable") == 2
            told_of = await asyncio.to_thread(page, worker)
            assert 'interdict_policy_info{policy="roster",version="kept"} 1.0' in told_of
            assert 'interdict_policy_info{policy="limits",version="kept"} 1.0' in told_of


async def test_what_is_accepted_is_kept_once_as_it_came_and_what_is_refused_is_not(settings: Settings) -> None:
    first, second = policy("limits", "1"), b" " + policy("limits", "2")
    async with centre(settings) as told, WorkerProcess(settings), WorkerProcess(settings):
        for value in (first, BAD, b"{", second, None):
            await told.produce(POLICIES.name, "limits", value)
        async with asyncio.timeout(HEARD_S):
            while (await read_accepted(settings)).get("limits") != second:
                await asyncio.sleep(0.1)
        assert await told.plain_scam() == ASKED, "deleted, whichever worker decides"
    assert await in_topic(settings, ACCEPTED) == [(b"limits", first), (b"limits", second)]


def page(worker: WorkerProcess) -> str:
    with urlopen(worker.address + "/metrics", timeout=5) as answer:
        return str(answer.read().decode())
