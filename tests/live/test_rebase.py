"""A topic made anew, and more lanes: what is refused, what `interdict rebase` does, and what workers decide then."""

import asyncio
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import orjson
import pytest
from aiokafka import TopicPartition
from aiokafka.errors import IncompatibleBrokerVersion

from interdict.city.simulate import Plan
from interdict.run.processes import WorkerProcess
from schemas.topics import ACCOUNT, TRANSACTIONS
from streams.core.partitioner import partition_of
from streams.kafka.clients import new_admin, start
from streams.kafka.recovery import read_to_end
from streams.kafka.topics import ensure_topics
from streams.settings import Settings
from tests.kit.patience import PATIENCE_S
from tests.live.endings import administering, last_words
from tests.live.plain_scam import PERSON, before, produce, scam
from tests.live.trial import (
    INPUTS,
    STATES,
    Row,
    all_committed,
    differences,
    outcome,
    producing,
    reading,
    simulated,
)

pytestmark = pytest.mark.broker

OTHER = "+8619900000002"
PLAN = Plan(seed=6, population=300, duration_s=36_000, rate=0.35, scams_per_typology=1)
FEW = 3
"""Lanes before there are as many as by default."""


@pytest.fixture
async def settings(lone_broker: str) -> Settings:
    settings = Settings(bootstrap=lone_broker, partitions=FEW, session_timeout_s=6.0)
    await ensure_topics(settings)
    return settings


async def interdict(settings: Settings, *words: str, code: int = 0) -> str:
    """Run the console; what it said. Workers that are to be gone have left their groups: it need not wait for a session
    of one that died."""
    settings = settings.model_copy(update={"session_timeout_s": 1.0})
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "interdict", *words], capture_output=True, text=True, timeout=PATIENCE_S,
        check=False, env=os.environ | settings.as_environment() | {"COLUMNS": "300", "TERM": "dumb", "NO_COLOR": "1"},
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return (done.stdout if code == 0 else done.stderr).strip()


async def until(worker: WorkerProcess, name: str, at_least: float) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while await asyncio.to_thread(worker.metric, name) < at_least:
            await asyncio.sleep(0.05)


def now_ms() -> int:
    return int(time.time() * 1000)


async def make_anew(settings: Settings, topic: str) -> None:
    async with administering(settings) as admin:
        await admin.delete_topics([topic])
        async with asyncio.timeout(PATIENCE_S):
            while topic in await admin.list_topics():
                await asyncio.sleep(0.05)
    await ensure_topics(settings)


# -- a topic made anew ---------------------------------------------------------------------------------------


async def test_after_a_rebase_nothing_of_a_topic_made_anew_is_fenced(settings: Settings) -> None:
    at = now_ms()
    async with producing(settings) as producer:
        async with WorkerProcess(settings) as worker:
            await produce(producer, before(at))
            for minute in range(5, 0, -1):
                await produce(producer, [harmless(at - minute * 60_000)])
            await until(worker, "interdict_events_total", 5)
        await make_anew(settings, TRANSACTIONS.name)

        refused = WorkerProcess(settings)
        await refused.start()
        assert f"`interdict rebase {TRANSACTIONS.name}`" in await last_words(refused)

        told = await interdict(settings, "rebase", "--dry-run")
        whose = r"1 of [123] states would be changed"  # the person's; the accounts' may not have been written yet
        assert re.fullmatch(f"{whose}; read again from the beginning: {TRANSACTIONS.name}", told)
        assert "1 of 1 states changed" in await interdict(settings, "rebase", TRANSACTIONS.name)
        assert "0 of 1 states changed" in await interdict(settings, "rebase", TRANSACTIONS.name)

        async with WorkerProcess(settings) as worker:
            await produce(producer, [*scam(now_ms()), *scam(now_ms(), OTHER)])
            await until(worker, "interdict_cases_opened_total", 2)
            assert worker.metric("interdict_fenced_total") == 0


def harmless(at: int) -> Row:
    """A small payment by the person who will be a victim."""
    *_, paid = scam(at)
    small = {"event_id": f"small-{at}-{PERSON[1:]}", "amount_minor": 100, "payee_account": "6222000000000777"}
    return paid._replace(value=orjson.dumps(orjson.loads(paid.value) | small))


async def test_a_rebase_while_workers_run_changes_nothing_and_says_so(settings: Settings) -> None:
    async with WorkerProcess(settings) as worker:
        told = await interdict(settings, "rebase", TRANSACTIONS.name, code=1)
        assert told.splitlines()[-1].endswith("stop all of them first")
        assert worker.alive


async def test_a_topic_that_is_no_input_is_refused_in_one_line(settings: Settings) -> None:
    told = await interdict(settings, "rebase", ACCOUNT.name, code=1)
    assert f"no fence is kept for {ACCOUNT.name}" in told


# -- more lanes ----------------------------------------------------------------------------------------------


async def can_grow(settings: Settings) -> bool:
    admin = new_admin(settings)
    await start(admin, settings)
    try:
        await admin.create_partitions({})
    except IncompatibleBrokerVersion:
        return False
    finally:
        await admin.close()
    return True


async def test_a_broker_that_lets_no_topic_grow_is_one_line(settings: Settings) -> None:
    if await can_grow(settings):
        pytest.skip("this one does")
    assert "lets no topic grow" in await interdict(settings, "rebase", "--partitions", "8", code=1)


async def test_lanes_are_never_fewer(settings: Settings) -> None:
    assert "never shrink" in await interdict(settings, "rebase", "--partitions", "2", code=1)


async def test_with_more_lanes_states_and_open_cases_go_on_as_if_nothing_had_been(
    settings: Settings, tmp_path: Path
) -> None:
    if not await can_grow(settings):
        pytest.skip("Apache Kafka only: make test-kafka")
    trial = simulated(tmp_path, PLAN, wrongly_keyed=0)
    most = len(trial.rows) // 2
    async with producing(settings) as producer:
        await trial.publish(producer, trial.rows[:most], settings)
        async with WorkerProcess(settings) as worker:
            await until(worker, "interdict_events_total", sum(row.topic in INPUTS for row in trial.rows[:most]))
            await until(worker, "interdict_open_cases", 1)
    more = settings.model_copy(update={"partitions": Settings().partitions})
    assert "would be changed" in await interdict(settings, "rebase", "--partitions", "8", "--dry-run")
    told = await interdict(settings, "rebase", "--partitions", "8")
    assert told.splitlines()[-1] == "set INTERDICT_PARTITIONS=8 for every worker and tool, and start the workers"
    assert "0 of " in await interdict(settings, "rebase", "--partitions", "8"), "done once, nothing is left to do"
    assert await misplaced(more) == 0

    refused = WorkerProcess(settings)
    await refused.start()
    assert "INTERDICT_PARTITIONS" in await last_words(refused)
    async with producing(more) as producer:
        await trial.publish(producer, trial.rows[most:], more)
    async with WorkerProcess(more):
        await all_committed(trial, more)
    assert differences(trial, await outcome(more)) == []


async def test_what_lay_in_an_old_lane_unread_finds_its_person(settings: Settings) -> None:
    if not await can_grow(settings):
        pytest.skip("Apache Kafka only: make test-kafka")
    more = settings.model_copy(update={"partitions": 8})
    people = (PERSON, OTHER)
    assert any(partition_of(who.encode(), FEW) != partition_of(who.encode(), 8) for who in people)
    async with producing(settings) as producer:
        async with WorkerProcess(settings):
            await produce(producer, before(now_ms()))
        for who in people:
            await produce(producer, scam(now_ms(), who))
    await interdict(settings, "rebase", "--partitions", "8")
    async with WorkerProcess(more) as worker:
        await until(worker, "interdict_cases_opened_total", len(people))
        assert worker.metric("interdict_forwarded_total") > 0


async def misplaced(settings: Settings) -> int:
    """Keys whose latest record in some lane of the changelog is a state, and whose lane it is not."""
    tps = [TopicPartition(STATES, lane) for lane in range(settings.partitions)]
    async with reading(settings) as consumer:
        records = [record async for run in read_to_end(consumer, tps) for record in run]
    latest = {(record.partition, record.key): record.value for record in records}
    return sum(
        value is not None and partition_of(key, settings.partitions) != lane for (lane, key), value in latest.items()
    )
