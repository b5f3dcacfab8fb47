"""What a broker says of its cluster and topics, and whether it is still what it was."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import LeaderNotAvailableError, UnknownTopicOrPartitionError

from schemas.topics import CALLS, TRANSACTIONS
from streams.core.duty import fence_key
from streams.kafka.broker import EmbeddedBroker
from streams.kafka.clients import new_admin, start
from streams.kafka.cluster import Cluster, change, fence_keys, fenced_by_others, look, misfit, seen
from streams.kafka.metadata import NO_ID, NOT_SAID, ClusterSaid, TopicSaid, short_id
from streams.kafka.topics import ensure_topics
from streams.settings import Settings
from tests.kit.patience import PATIENCE_S

NAMES = (CALLS.name, TRANSACTIONS.name)
THEN = Cluster("one", {CALLS.name: 7, TRANSACTIONS.name: 8}, {CALLS.name: 4, TRANSACTIONS.name: 4})


def test_what_is_as_it_was_is_no_change() -> None:
    assert change(THEN, THEN, NAMES) == ""
    assert misfit(THEN, dict.fromkeys(NAMES, 4)) == ""


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (THEN._replace(cluster_id="two"), ("cluster two", "INTERDICT_BOOTSTRAP")),
        (THEN._replace(partitions={**THEN.partitions, CALLS.name: 6}), (CALLS.name, "4 to 6", "rebase --partitions 6")),
        (THEN._replace(topic_ids={**THEN.topic_ids, CALLS.name: 9}), ("made again", f"rebase {CALLS.name}")),
        (Cluster("one", {CALLS.name: 7}, {CALLS.name: 4}), ("deleted", f"rebase {TRANSACTIONS.name}")),
        (Cluster("one", {}, {}), ("none of the topics", "INTERDICT_BOOTSTRAP")),
        (Cluster("one", {CALLS.name: 9}, {CALLS.name: 4}), ("none of the topics", "INTERDICT_BOOTSTRAP")),
    ],
    ids=["cluster", "grown", "made again", "gone", "empty", "empty but for what a client's question made"],
)
def test_a_change_is_one_line_that_says_what_to_do(now: Cluster, words: tuple[str, ...]) -> None:
    told = change(THEN, now, NAMES)
    assert all(word in told for word in words)
    assert len(told.splitlines()) == 1


def test_what_a_broker_does_not_tell_is_not_compared() -> None:
    silent = Cluster("", dict.fromkeys(NAMES, NO_ID), THEN.partitions)
    assert change(THEN, silent, NAMES) == change(silent, THEN, NAMES) == ""


def test_another_partition_count_than_the_setting_is_one_line() -> None:
    told = misfit(THEN, {CALLS.name: 8})
    assert f"{CALLS.name} has 4 partitions and should have 8" in told
    assert len(told.splitlines()) == 1


def test_a_broker_that_cannot_say_for_a_moment_says_nothing() -> None:
    topic = TopicSaid(LeaderNotAvailableError.errno, 7, 4, NOT_SAID)
    assert seen(ClusterSaid("one", {CALLS.name: topic})) is None
    gone = topic._replace(error=UnknownTopicOrPartitionError.errno)
    assert seen(ClusterSaid("one", {CALLS.name: gone})) == Cluster("one", {}, {})


def test_topics_made_in_one_moment_have_different_short_ids() -> None:
    moment = bytes.fromhex("01a2179d218e7f13")
    assert len({short_id(moment + n.to_bytes(8)) for n in range(1000)}) == 1000


@pytest.fixture
async def admin(lone_broker: str) -> AsyncIterator[AIOKafkaAdminClient]:
    settings = Settings(bootstrap=lone_broker, partitions=4)
    await ensure_topics(settings)
    admin = new_admin(settings)
    await start(admin, settings)
    yield admin
    await admin.close()


@pytest.mark.broker
async def test_a_topic_deleted_and_made_again_is_another(admin: AIOKafkaAdminClient, lone_broker: str) -> None:
    before = await look(admin, NAMES)
    assert before is not None
    assert before.cluster_id
    assert NO_ID not in before.topic_ids.values()
    await admin.delete_topics([CALLS.name])
    async with asyncio.timeout(PATIENCE_S):
        while "deleted while" not in change(before, await look(admin, NAMES) or before, NAMES):
            await asyncio.sleep(0.05)
        await ensure_topics(Settings(bootstrap=lone_broker, partitions=4))
        while "made again" not in change(before, await look(admin, NAMES) or before, NAMES):
            await asyncio.sleep(0.05)


@pytest.mark.broker
@pytest.mark.embedded
async def test_nobody_who_can_say_is_no_change() -> None:
    async with EmbeddedBroker() as broker:
        settings = Settings(bootstrap=broker.bootstrap)
        admin = new_admin(settings, request_timeout_ms=2000)
        await start(admin, settings)
        assert await look(admin, NAMES) == Cluster("tansu_cluster", {}, {})
    assert await look(admin, NAMES) is None
    await admin.close()


def test_states_of_another_topic_than_is_there_are_one_line_that_names_it() -> None:
    known = fence_keys((CALLS, TRANSACTIONS), THEN.topic_ids)
    assert fence_key(CALLS.code, THEN.topic_ids[CALLS.name]) in known
    assert fence_key(CALLS.code, NO_ID) in known, "from before the broker told ids"
    told = fenced_by_others({fence_key(CALLS.code, 99), fence_key(4711, 1)}, (CALLS, TRANSACTIONS))
    assert f"`interdict rebase {CALLS.name}`" in told
    assert len(told.splitlines()) == 1
    assert fenced_by_others({fence_key(4711, 1)}, (CALLS, TRANSACTIONS)) == "", "of no input any more"
