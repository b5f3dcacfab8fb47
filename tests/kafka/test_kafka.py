"""What only Apache Kafka does: compaction, topic settings, and going away and coming back with its data."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from deploy.kafka.cluster import KafkaCluster
from interdict.city.simulate import Plan
from interdict.run.processes import WorkerProcess
from schemas.topics import CALLS, CASES, SMS
from streams.kafka.recovery import read_to_end
from streams.kafka.topics import INPUT_BYTES_MAX, LETTER_BYTES_MAX, check_topics, ensure_topics, wanted_topics
from streams.settings import Settings
from tests.kafka.compaction import EAGER
from tests.kit.patience import PATIENCE_S, until
from tests.live.trial import (
    FED,
    INPUTS,
    PERSONS,
    STATES,
    Trial,
    all_committed,
    differences,
    outcome,
    producing,
    reading,
    simulated,
)

pytestmark = pytest.mark.broker

PLAN = Plan(seed=6, population=300, duration_s=36_000, rate=0.35, scams_per_typology=1)
ABSENCE_S = 8.0
"""Longer than a session."""


@pytest.fixture
async def cluster(request: pytest.FixtureRequest) -> AsyncIterator[KafkaCluster]:
    if request.config.getoption("--broker") != "kafka":
        pytest.skip("Apache Kafka only: make test-kafka")
    async with KafkaCluster(settings=EAGER) as cluster:
        yield cluster


@pytest.fixture
async def settings(cluster: KafkaCluster) -> Settings:
    settings = Settings(bootstrap=cluster.bootstrap, session_timeout_s=6.0, batch_records_max=20)
    await ensure_topics(settings)
    return settings


@pytest.fixture
def trial(cluster: KafkaCluster, tmp_path: Path) -> Trial:
    return simulated(tmp_path, PLAN)


async def test_topics_have_the_settings_of_the_design_and_a_change_is_named(settings: Settings) -> None:
    assert await check_topics(settings) == []
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap)
    await admin.start()
    wrong = {
        CALLS.name: {"retention.ms": "1000"},
        CASES.name: {"cleanup.policy": "delete"},
        SMS.name: {"max.message.bytes": "5000"},
        STATES: {"max.message.bytes": str(INPUT_BYTES_MAX)},
    }
    right = {topic.name: topic.configs() for topic in wanted_topics(settings)}
    changed = {
        name: right[name] | configs for name, configs in wrong.items()
    }  # what is not named goes back to defaults
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, c) for name, c in changed.items()])
    await admin.close()
    async with asyncio.timeout(PATIENCE_S):
        while len(differences := await check_topics(settings)) < len(wrong):
            await asyncio.sleep(0.1)
    assert set(map(str, differences)) == {
        f"{CALLS.name}: retention.ms should be {CALLS.retention_ms}, is 1000",
        f"{CASES.name}: cleanup.policy should be compact, is delete",
        f"{SMS.name}: max.message.bytes should be {INPUT_BYTES_MAX}, is 5000",
        f"{STATES}: max.message.bytes should be {LETTER_BYTES_MAX}, is {INPUT_BYTES_MAX}",
    }


async def test_a_worker_recovers_from_a_compacted_changelog_and_decides_on(trial: Trial, settings: Settings) -> None:
    # Up to the last word, a day and more later: deadlines that fall into the wait are not to be part of the comparison.
    most = len(trial.rows) - settings.partitions
    async with producing(settings) as producer:
        await trial.publish(producer, trial.rows[:most], settings)
        async with WorkerProcess(settings) as worker:
            await _decided(worker, sum(row.topic in INPUTS for row in trial.rows[:most]))
        async with asyncio.timeout(PATIENCE_S):
            while True:
                records, offsets, newest = await _changelog(settings)
                if records < 0.7 * offsets:
                    break
                await _say_again(producer, newest)
                await asyncio.sleep(0.5)
        await trial.publish(producer, trial.rows[most:], settings)
    async with WorkerProcess(settings) as heir:
        await all_committed(trial, settings)
        assert 0 < heir.metric("interdict_recovery_records_total", duty=PERSONS.name) < offsets
    assert differences(trial, await outcome(settings)) == []


async def test_a_broker_may_go_away_and_come_back_and_no_worker_restarts(
    trial: Trial, settings: Settings, cluster: KafkaCluster
) -> None:
    server = cluster.servers[0]
    async with producing(settings) as producer:
        await trial.publish(producer, trial.rows, settings)
    async with WorkerProcess(settings) as worker:
        await _decided(worker, 1)
        await cluster.stop(server, signal.SIGKILL)
        assert events(worker) < trial.records_to_commit, "in the middle of its work"
        await asyncio.sleep(ABSENCE_S)
        await cluster.start(server)
        await all_committed(trial, settings)
        assert worker.alive
    assert differences(trial, await outcome(settings), repeats=True) == []


def events(worker: WorkerProcess) -> float:
    """How many records of the feed it has decided."""
    decided = worker.metric_by("topic", "interdict_events_total")
    return sum(decided.get(name, 0.0) for name in FED)


async def _decided(worker: WorkerProcess, most: int) -> None:
    await until(lambda: asyncio.to_thread(events, worker), lambda decided: decided >= most, 0.05)


async def _changelog(settings: Settings) -> tuple[int, int, list[Any]]:
    """How many records the changelog holds, how many offsets they are spread over, and the last one of each lane."""
    async with reading(settings) as consumer:
        tps = [TopicPartition(STATES, lane) for lane in range(settings.partitions)]
        records = [record async for run in read_to_end(consumer, tps) for record in run]
        newest = {record.partition: record for record in records}
        return len(records), sum([consumer.highwater(tp) or 0 for tp in tps]), list(newest.values())


async def _say_again(producer: AIOKafkaProducer, newest: list[Any]) -> None:
    """A segment is closed, and so can be compacted, by the first append after its time: say the last word again."""
    for record in newest:
        await producer.send_and_wait(record.topic, record.value, record.key, partition=record.partition)
