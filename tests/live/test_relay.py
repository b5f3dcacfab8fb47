"""A whole relay on a real broker with real workers: deadlines that nobody wakes, and one that survives a kill."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from agents.relay.playbook import Playbook
from interdict.run.processes import WorkerProcess
from schemas.topics import ACCOUNT, CASES, DISSUASION, PHONE, POLICIES, outcomes_of
from streams.kafka.topics import ensure_topics
from streams.settings import Settings
from tests.kit.patience import PATIENCE_S
from tests.live.plain_scam import PERSON, before, produce, scam
from tests.live.trial import producing

pytestmark = pytest.mark.broker

ACK_S = 2
LATE_S_MAX = 1.0


class Town:
    """One person who pays a mule, and whoever hears what is done about it."""

    def __init__(self, producer: AIOKafkaProducer, consumer: AIOKafkaConsumer) -> None:
        self._producer = producer
        self._consumer = consumer
        self.heard: list[tuple[float, str, dict[str, Any]]] = []

    async def pays(self) -> float:
        """Money leaves for the mule; when, seconds of the monotonic clock."""
        await produce(self._producer, scam(_now_ms())[:-1])
        paid_at = time.monotonic()
        await produce(self._producer, scam(_now_ms())[-1:])
        return paid_at

    async def tells(self, command: dict[str, Any], outcome: str, actor: str = "officer 1") -> None:
        value = {"command_id": command["command_id"], "occurred_at": _now_ms(), "subscriber": PERSON,
                 "outcome": outcome, "actor": actor}  # fmt: skip
        topic = outcomes_of(outcome, command["action"], command.get("channel")).name
        await self._producer.send_and_wait(topic, orjson.dumps(value), PERSON.encode())

    def words(self) -> set[str]:
        """Actions commanded and states of the case so far."""
        return {value.get("action") or value["state"] for _, _, value in self.heard}

    async def hears(self, what: str) -> tuple[float, dict[str, Any]]:
        """The next command of this kind, or case in this state, or whatever comes: when, and what it says."""
        async with asyncio.timeout(PATIENCE_S):
            async for record in self._consumer:
                value = orjson.loads(record.value)
                self.heard.append((time.monotonic(), record.topic, value))
                if not what or what in (value.get("channel"), value.get("action"), value.get("state")):
                    return time.monotonic(), value
        raise AssertionError("the consumer ended")


def _now_ms() -> int:
    return int(time.time() * 1000)


@pytest.fixture
async def settings(lone_broker: str) -> Settings:
    settings = Settings(bootstrap=lone_broker, session_timeout_s=6.0)
    await ensure_topics(settings)
    return settings


@asynccontextmanager
async def town(settings: Settings) -> AsyncIterator[Town]:
    """With a playbook that gives an officer two seconds to acknowledge."""
    consumer = AIOKafkaConsumer(
        DISSUASION.name, PHONE.name, ACCOUNT.name, CASES.name, bootstrap_servers=settings.bootstrap,
        auto_offset_reset="earliest", fetch_max_wait_ms=20,
    )  # fmt: skip
    await consumer.start()
    body = Playbook.load().model_dump(mode="json")
    quick = dict.fromkeys(body["ack_s"], ACK_S)
    playbook = {"name": "relay", "body": {**body, "policy_version": "quick", "ack_s": quick}}
    try:
        async with producing(settings) as producer:
            await producer.send_and_wait(POLICIES.name, orjson.dumps(playbook), b"relay")
            await produce(producer, before(_now_ms()))
            yield Town(producer, consumer)
    finally:
        await consumer.stop()


async def test_a_deadline_that_nothing_else_wakes_is_late_by_under_a_second(settings: Settings) -> None:
    async with town(settings) as here, WorkerProcess(settings) as worker:
        paid_at = await here.pays()
        await here.hears("call")
        came_at, visit = await here.hears("visit")
        assert ACK_S <= came_at - paid_at < ACK_S + LATE_S_MAX
        assert visit["unit"], "somebody on duty has it"
        await here.tells(visit, "reached")
        await here.tells(visit, "false_alarm")
        _, second = await here.hears("call")
        await here.tells(second, "false_alarm", "officer 2")
        while not {"restore", "closed"} <= here.words():
            await here.hears("")
        assert await asyncio.to_thread(worker.metric, "interdict_timer_lateness_seconds_count") >= 1


async def test_a_deadline_set_by_a_worker_that_was_killed_is_kept_by_its_heir(settings: Settings) -> None:
    async with town(settings) as here:
        victim = WorkerProcess(settings)
        async with victim:
            await here.pays()
            await here.hears("call")
            victim.send(signal.SIGKILL)
        async with WorkerProcess(settings) as heir:
            await here.hears("visit")
            assert await asyncio.to_thread(heir.metric, "interdict_recovery_records_total") >= 1
        visits = [value for _, _, value in here.heard if value.get("channel") == "visit"]
        assert len(visits) == 1
