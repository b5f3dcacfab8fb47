"""Topics are made as the design wants them, once, and what differs is named."""

import re
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from schemas.codec import bytes_max
from schemas.topics import ACCEPTED, CALLS, GRADED, INTERNAL, ORDERS, SIGNALS, TOPICS, changelog, dead_letter
from streams.kafka.children import free_port
from streams.kafka.clients import BrokerAbsentError
from streams.kafka.topics import INPUT_BYTES_MAX, LETTER_BYTES_MAX, check_topics, ensure_topics, wanted_topics
from streams.settings import Settings

LIBRDKAFKA_BATCH_BYTES = 1_000_000
"""`batch.size` where nobody sets it."""
ROOT = Path(__file__).parents[2]


@pytest.fixture
async def alone(lone_broker: str) -> Settings:
    """Settings for a broker nobody else uses."""
    return Settings(bootstrap=lone_broker, partitions=4)


@pytest.mark.broker
async def test_every_topic_of_the_design_is_made_once(alone: Settings) -> None:
    created = await ensure_topics(alone)
    assert {topic.name for topic in TOPICS} <= set(created)
    assert {dead_letter(CALLS.name), changelog("victims")} <= set(created)
    assert await ensure_topics(alone) == []


@pytest.mark.broker
async def test_a_missing_topic_and_a_wrong_partition_count_are_named(alone: Settings) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=alone.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(CALLS.name, 3, 1)])
    await admin.close()
    differences = await check_topics(alone)
    assert f"{CALLS.name}: partition count should be 4, is 3" in map(str, differences)
    assert any(d.topic == dead_letter(CALLS.name) and d.what == "the topic" for d in differences)


async def test_an_absent_broker_is_one_clear_line() -> None:
    settings = Settings(bootstrap=f"127.0.0.1:{free_port()}")
    with pytest.raises(BrokerAbsentError, match=r"no broker answers at .*interdict broker"):
        await ensure_topics(settings)


def test_what_is_keyed_by_subscriber_has_one_partition_count() -> None:
    wanted = {topic.name: topic for topic in wanted_topics(Settings(partitions=16))}
    keyed = [wanted[topic.name].partitions for topic in TOPICS if topic.key == "subscriber"]
    assert set(keyed) == {16} == {wanted[changelog("victims")].partitions}


def test_a_changelog_is_compacted_and_a_dead_letter_is_not() -> None:
    wanted = {topic.name: topic for topic in wanted_topics(Settings())}
    assert wanted[changelog("victims")].cleanup == "compact"
    assert wanted[dead_letter(CALLS.name)].cleanup == "delete"


def test_what_others_write_is_well_below_what_a_letter_and_a_changelog_may_be_and_well_above_a_record() -> None:
    sizes = {topic.name: int(topic.configs().get("max.message.bytes", 0)) for topic in wanted_topics(Settings())}
    read = [topic.name for topic in (*TOPICS, ORDERS) if topic.kind in ("input", "reference", "internal")]
    assert {sizes[name] for name in read} == {INPUT_BYTES_MAX}
    assert {sizes[dead_letter(name)] for name in read} | {sizes[changelog("victims")]} == {LETTER_BYTES_MAX}
    assert 3 * max(map(bytes_max, TOPICS)) < INPUT_BYTES_MAX < LETTER_BYTES_MAX / 2
    assert INPUT_BYTES_MAX > LIBRDKAFKA_BATCH_BYTES, "an ordinary producer's batch must not be refused"
    assert Settings().produce_batch_bytes_max < INPUT_BYTES_MAX, "and ours neither, when records are sent on"


def test_internal_topics_are_made_too_and_what_is_read_of_them_can_be_dead_lettered() -> None:
    wanted = {topic.name: topic for topic in wanted_topics(Settings(partitions=16))}
    kept = (ACCEPTED, GRADED)
    assert {wanted[topic.name].partitions for topic in INTERNAL if topic not in kept} == {16}, "read with the inputs"
    assert {wanted[topic.name][1:3] for topic in kept} == {(1, "compact")}, "every worker reads the whole"
    assert wanted[dead_letter(ORDERS.name)].cleanup == "delete"


def test_signals_have_no_topic_on_a_broker() -> None:
    assert SIGNALS.name not in {topic.name for topic in wanted_topics(Settings())}


def test_topic_names_are_written_once() -> None:
    every = (*TOPICS, *INTERNAL, SIGNALS)
    names = re.compile("|".join(rf'"{re.escape(topic.name)}"' for topic in every if "." in topic.name))
    packages = ("streams", "agents", "interdict", "schemas")
    files = [path for package in packages for path in (ROOT / package).rglob("*.py")]
    guilty = [str(path) for path in files if names.search(path.read_text()) and path.name != "topics.py"]
    assert guilty == []
