"""A worker whose cluster or group is not what it can work with ends with one line that says what to do."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import NewPartitions
from aiokafka.errors import IncompatibleBrokerVersion, InconsistentGroupProtocolError

from deploy.kafka.cluster import KafkaCluster
from interdict.run.processes import WorkerProcess
from interdict.run.worker import ENDS
from schemas.topics import CALLS, TRANSACTIONS
from streams.kafka.broker import EmbeddedBroker
from streams.kafka.children import end_child, free_port
from streams.kafka.clients import new_consumer
from streams.kafka.topics import ensure_topics
from streams.settings import Settings
from tests.kit.patience import PATIENCE_S
from tests.live.endings import administering, last_words

pytestmark = pytest.mark.broker

LANES = 2
OTHER_PROGRAM = """
import faust, sys
app = faust.App(sys.argv.pop(1), broker="kafka://" + sys.argv.pop(1), web_enabled=False, topic_disable_leader=True,
                datadir=sys.argv.pop(1))
@app.agent(app.topic(sys.argv.pop(1)))
async def read(stream):
    async for _ in stream:
        pass
app.main()
"""


@pytest.fixture
async def settings(lone_broker: str) -> Settings:
    settings = Settings(bootstrap=lone_broker, partitions=LANES, session_timeout_s=6.0)
    await ensure_topics(settings)
    return settings


async def test_a_topic_with_another_partition_count_is_told_at_the_start(settings: Settings) -> None:
    worker = WorkerProcess(settings.model_copy(update={"partitions": 4}))
    await worker.start()
    told = await last_words(worker)
    assert f"has {LANES} partitions and should have 4" in told
    assert "INTERDICT_PARTITIONS" in told


async def test_a_topic_that_grows_while_a_worker_runs_ends_it(settings: Settings) -> None:
    async with WorkerProcess(settings) as worker, administering(settings) as admin:
        try:
            await admin.create_partitions({CALLS.name: NewPartitions(4)})
        except IncompatibleBrokerVersion:
            pytest.skip("the embedded broker lets no topic grow")
        told = await last_words(worker)
    assert told.startswith(f"{ENDS}: {CALLS.name} went from {LANES} to 4 partitions")
    assert "interdict rebase --partitions 4" in told


async def test_a_topic_that_is_deleted_while_a_worker_runs_ends_it(settings: Settings) -> None:
    async with WorkerProcess(settings) as worker, administering(settings) as admin:
        await admin.delete_topics([TRANSACTIONS.name])
        told = await last_words(worker)
    assert told.startswith(f"{ENDS}: {TRANSACTIONS.name} was deleted")
    assert f"interdict rebase {TRANSACTIONS.name}" in told


async def test_a_topic_that_is_made_again_while_a_worker_runs_ends_it(settings: Settings) -> None:
    async with WorkerProcess(settings) as worker, administering(settings) as admin:
        await admin.delete_topics([TRANSACTIONS.name])
        async with asyncio.timeout(PATIENCE_S):
            while TRANSACTIONS.name in await admin.list_topics():
                await asyncio.sleep(0.02)
        await ensure_topics(settings)
        told = await last_words(worker)
    assert f"interdict rebase {TRANSACTIONS.name}" in told


@pytest.mark.parametrize("topics_too", [False, True], ids=["empty", "with topics"])
async def test_another_cluster_at_the_address_ends_a_worker(request: pytest.FixtureRequest, topics_too: bool) -> None:
    settings = Settings(bootstrap=f"127.0.0.1:{free_port()}", partitions=LANES, session_timeout_s=6.0)
    port = int(settings.bootstrap.partition(":")[2])
    is_kafka = request.config.getoption("--broker") == "kafka"
    first, second = (
        (KafkaCluster(port=port), KafkaCluster(port=port, cluster_id="interdict-for-tests-01"))
        if is_kafka
        else (EmbeddedBroker(port), EmbeddedBroker(port))
    )
    async with first:
        await ensure_topics(settings)
        worker = WorkerProcess(settings)
        await worker.start()
        await worker.until_ready()
    async with second:
        if topics_too:
            await ensure_topics(settings)
        told = await last_words(worker)
    assert told.startswith(ENDS)
    if is_kafka or not topics_too:
        assert "INTERDICT_BOOTSTRAP" in told
    else:  # every embedded broker has one cluster id; topics made anew tell
        assert "made again" in told


# -- the group -----------------------------------------------------------------------------------------------


@asynccontextmanager
async def reading_in_the_group(settings: Settings) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = new_consumer(settings, CALLS.name, group_id=settings.group_id, session_timeout_ms=6000)
    try:
        await asyncio.wait_for(consumer.start(), PATIENCE_S)
        yield consumer
    finally:
        await consumer.stop()


async def test_a_group_that_another_consumer_is_in_is_told_at_the_start(settings: Settings) -> None:
    async with reading_in_the_group(settings):
        worker = WorkerProcess(settings)
        await worker.start()
        told = await last_words(worker)
    assert f"group {settings.group_id}" in told
    assert "INTERDICT_GROUP_ID" in told


async def test_a_consumer_that_comes_to_live_workers_is_refused_by_the_broker(settings: Settings) -> None:
    async with WorkerProcess(settings) as worker:
        with pytest.raises(InconsistentGroupProtocolError):
            async with reading_in_the_group(settings):
                pass
        assert worker.alive


async def test_another_faust_program_that_comes_to_live_workers_ends_them(settings: Settings, tmp_path: Path) -> None:
    program = tmp_path / "other.py"
    program.write_text(OTHER_PROGRAM)
    async with WorkerProcess(settings) as worker:
        words = (settings.group_id, settings.bootstrap, str(tmp_path), CALLS.name, "worker", "-l", "error")
        other = await asyncio.create_subprocess_exec(sys.executable, str(program), *words)
        try:
            told = await last_words(worker)
        finally:
            await end_child(other, 10)
    assert told.startswith(ENDS)
    assert "INTERDICT_GROUP_ID" in told
