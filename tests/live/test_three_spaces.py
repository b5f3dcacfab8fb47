"""Three key spaces, of two partition counts, shared out among three workers that come and go: each copy counts once."""

import asyncio
import signal
from collections import Counter

import msgspec
import orjson
import pytest
from aiokafka import TopicPartition

from interdict.city.simulate import Plan, Record, synthetic_load
from interdict.run.processes import WorkerProcess
from schemas.spelling import number
from schemas.topics import CALLS, TRANSACTIONS, changelog
from streams.core.changes import REACHED
from streams.kafka.clients import new_consumer
from streams.kafka.recovery import read_to_end
from streams.kafka.topics import ensure_topics
from streams.settings import Settings
from tests.kit.patience import PATIENCE_S
from tests.live.trial import behind, producing, reading

pytestmark = pytest.mark.broker

PROGRAM = "tests.live.three_spaces"
EVENTS = 6_000
LANES = {"victims": 8, "accounts": 3, "callers": 8}
GROUPS = {"victims": "", "accounts": ".accounts", "callers": ".callers"}
COPIES = {"accounts": "interdict.accounts.transactions", "callers": "interdict.tests.calls"}


@pytest.fixture
async def settings(lone_broker: str) -> Settings:
    settings = Settings(bootstrap=lone_broker, session_timeout_s=6.0, account_partitions=3, batch_records_max=100)
    await ensure_topics(settings)
    return settings


async def drained(settings: Settings, pipeline: str, topic: str) -> bool:
    """Whether all that the topic has is committed. How much that is, nobody knows before: a copy may come twice."""
    consumer = new_consumer(settings, group_id=settings.group_id + GROUPS[pipeline], enable_auto_commit=False)
    await consumer.start()
    try:
        tps = [TopicPartition(topic, lane) for lane in range(LANES[pipeline])]
        offsets = {tp: await consumer.committed(tp) or 0 for tp in tps}
    finally:
        await consumer.stop()
    return not await behind(settings, offsets)


async def states(settings: Settings, pipeline: str) -> dict[bytes, bytes]:
    """The latest state of each key."""
    latest: dict[bytes, bytes] = {}
    async with reading(settings) as consumer:
        tps = [TopicPartition(changelog(pipeline), lane) for lane in range(LANES[pipeline])]
        async for run in read_to_end(consumer, tps):
            for record in run:
                assert record.value is not None, REACHED
                latest[record.key] = record.value
    return latest


def slot(blob: bytes, duty: str) -> object:
    """What a duty keeps of a key."""
    return msgspec.msgpack.decode(blob, strict=False)[9][duty]


def called(feed: list[Record]) -> Counter[bytes]:
    return Counter(number(record.value["peer"]).encode() for record in feed if record.topic == CALLS.name)


def moved(feed: list[Record]) -> Counter[bytes]:
    """How often each account has a part in a posted transfer."""
    posted = [r.value for r in feed if r.topic == TRANSACTIONS.name and r.value["phase"] == "posted"]
    return Counter(value[side].encode() for value in posted for side in ("payer_account", "payee_account"))


async def test_each_copy_counts_once_while_workers_come_and_go(settings: Settings) -> None:
    feed = list(synthetic_load(3, 300, EVENTS, Plan.start_at))
    half = len(feed) // 2
    workers = [WorkerProcess(settings, program=PROGRAM) for _ in range(4)]
    async with producing(settings) as producer:

        async def publish(records: list[Record]) -> None:
            sent = [await producer.send(r.topic, orjson.dumps(r.value), r.key.encode()) for r in records]
            await asyncio.gather(*sent)

        try:
            await asyncio.gather(*(worker.start() for worker in workers[:3]))
            await asyncio.gather(*(worker.until_ready() for worker in workers[:3]))
            await publish(feed[:half])
            workers[0].send(signal.SIGTERM)
            await workers[3].start()
            await publish(feed[half:])
            await asyncio.gather(workers[0].end(), workers[3].until_ready())
            async with asyncio.timeout(PATIENCE_S):
                for pipeline, topic in (  # what is copied first: from then on there are no more copies
                    ("victims", CALLS.name),
                    ("victims", TRANSACTIONS.name),
                    ("callers", COPIES["callers"]),
                    ("accounts", COPIES["accounts"]),
                ):
                    while not await drained(settings, pipeline, topic):
                        await asyncio.sleep(0.2)
            held = [{name: worker.metric("interdict_lanes", duty=name) for name in LANES} for worker in workers[1:]]
        finally:
            await asyncio.gather(*(worker.end() for worker in workers if worker.alive))
    assert {name: sum(of[name] for of in held) for name in LANES} == LANES
    assert all(of[name] > 0 for of in held for name in LANES), "each has a share of each space"
    assert {key: slot(blob, "ringing") for key, blob in (await states(settings, "callers")).items()} == called(feed)
    flows = {key: slot(blob, "flows") for key, blob in (await states(settings, "accounts")).items()}
    assert {key: _transfers(days) for key, days in flows.items()} == moved(feed)


def _transfers(flows: object) -> int:
    (days,) = msgspec.convert(flows, list[object])
    return sum(day[0][0] + day[1][0] for day in days.values())  # type: ignore[attr-defined]
