"""Policies on a real broker with real worker processes: taken up while they run, and a bad one changes nothing."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from rich.console import Console

from agents.victims.policy import Policy
from interdict.centre.policies import drop, push
from interdict.run.processes import WorkerProcess
from schemas.topics import POLICIES, VICTIM_ALERTS, WATCHLIST, dead_letter
from streams.kafka.topics import ensure_topics
from streams.settings import Settings
from tests.kit.patience import PATIENCE_S
from tests.live.plain_scam import MULE, scam
from tests.live.trial import producing

pytestmark = pytest.mark.broker

TAKEN_UP_S = 2.0
INFO = "interdict_policy_info"
QUIET = Console(quiet=True)
LETTERS = dead_letter(POLICIES.name)


@pytest.fixture
async def settings(lone_broker: str) -> Settings:
    settings = Settings(bootstrap=lone_broker, session_timeout_s=6.0)
    await ensure_topics(settings)
    return settings


class Centre:
    """Tells of persons in danger, and hears what is decided."""

    def __init__(self, producer: AIOKafkaProducer, consumer: AIOKafkaConsumer) -> None:
        self._producer = producer
        self._consumer = consumer
        self._people = 0

    async def produce(self, topic: str, key: str, value: bytes | None) -> None:
        await self._producer.send_and_wait(topic, value, key.encode())

    async def deciding_version(self) -> str:
        """Somebody new is deceived; the version that the alert names."""
        self._people += 1
        person, now = f"+861990000{self._people:04d}", int(time.time() * 1000)
        for row in scam(now, person):
            await self.produce(row.topic, person, row.value)
        async with asyncio.timeout(PATIENCE_S):
            async for record in self._consumer:
                if record.topic == VICTIM_ALERTS.name and record.key == person.encode():
                    return str(orjson.loads(record.value)["policy_version"])
        raise AssertionError("the consumer ended")


@asynccontextmanager
async def centre(settings: Settings) -> AsyncIterator[Centre]:
    entry = {"value": MULE, "kind": "account", "category": "mule", "source": "test",
             "added_at": int(time.time() * 1000)}  # fmt: skip
    consumer = AIOKafkaConsumer(
        VICTIM_ALERTS.name, bootstrap_servers=settings.bootstrap, auto_offset_reset="earliest", fetch_max_wait_ms=20
    )
    await consumer.start()
    try:
        async with producing(settings) as producer:
            await producer.send_and_wait(WATCHLIST.name, orjson.dumps(entry), MULE.encode())
            yield Centre(producer, consumer)
    finally:
        await consumer.stop()


async def taken_up(worker: WorkerProcess, version: str) -> None:
    """Wait until the worker says that it decides by this version."""
    async with asyncio.timeout(PATIENCE_S):
        while not await asyncio.to_thread(worker.metric, INFO, policy="victims", version=version):
            await asyncio.sleep(0.05)


async def letters(settings: Settings, within_s: float) -> list[Any]:
    """Every dead letter of the policies that is there after a while."""
    consumer = AIOKafkaConsumer(
        LETTERS, bootstrap_servers=settings.bootstrap, auto_offset_reset="earliest", fetch_max_wait_ms=20
    )
    await consumer.start()
    found, until = [], time.monotonic() + within_s
    try:
        while (left_s := until - time.monotonic()) > 0:
            for records in (await consumer.getmany(timeout_ms=int(1000 * left_s))).values():
                found += records
    finally:
        await consumer.stop()
    return found


def policy(version: str, **fields: Any) -> dict[str, Any]:
    return {**Policy.load().model_dump(mode="json"), "policy_version": version, **fields}


GOOD = orjson.dumps({"name": "victims", "body": policy("good")})
BAD = b'{ "name":"victims",  "body": ' + orjson.dumps(policy("bad", prior=5)) + b" }"
"""Laid out as no encoder would, so that it cannot come out right by being written anew."""


async def test_a_policy_is_taken_up_without_a_restart_and_the_next_decision_names_it(
    settings: Settings, tmp_path: Any
) -> None:
    path = tmp_path / "policy.json"
    path.write_bytes(orjson.dumps(policy("2026-12-01")))
    async with centre(settings) as told, WorkerProcess(settings) as worker:
        assert await told.deciding_version() == Policy.load().policy_version
        assert await push(settings, path, None, QUIET, shadow=False, dry_run=False) == 0
        await taken_up(worker, "2026-12-01")
        assert await told.deciding_version() == "2026-12-01"
        assert await drop(settings, "victims") == 0
        await taken_up(worker, Policy.load().policy_version)
        assert await told.deciding_version() == Policy.load().policy_version


async def test_a_bad_policy_is_buried_once_as_it_came_and_the_last_good_one_stays(settings: Settings) -> None:
    async with centre(settings) as told, WorkerProcess(settings), WorkerProcess(settings):
        await told.produce(POLICIES.name, "victims", GOOD)
        await told.produce(POLICIES.name, "victims", BAD)
        await told.produce(POLICIES.name, "victims", b"no policy at all")
        broken, unreadable = await letters(settings, within_s=TAKEN_UP_S)
        assert [await told.deciding_version() for _ in range(4)] == ["good"] * 4, "whichever worker decides"
    assert (broken.key, broken.value) == (b"victims", BAD)
    assert unreadable.value == b"no policy at all"
    headers = dict(broken.headers)
    assert headers["interdict_reason"] == b"policy_invalid"
    assert headers["__streams.errors.message"] == b"prior: Input should be less than or equal to 0"
    assert headers["__streams.errors.topic"] == POLICIES.name.encode()
    assert headers["__streams.errors.offset"] == b"1"
    assert dict(unreadable.headers)["interdict_reason"] == b"not_json"


async def test_a_worker_that_starts_takes_up_the_last_good_policy_and_buries_nothing_again(settings: Settings) -> None:
    async with centre(settings) as told:
        async with WorkerProcess(settings):
            await told.produce(POLICIES.name, "victims", GOOD)
            await told.produce(POLICIES.name, "victims", BAD)
            assert len(await letters(settings, within_s=TAKEN_UP_S)) == 1
        async with WorkerProcess(settings):
            assert await told.deciding_version() == "good"
            assert len(await letters(settings, within_s=TAKEN_UP_S)) == 1
