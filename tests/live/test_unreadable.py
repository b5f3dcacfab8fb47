"""One record that no client can unpack, or that no topic will ever take, and then a plain scam on somebody else: it is
answered, at once, and the record has left its mark. A worker that starts anew meets it no second time."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.codec import gzip_encode, lz4_encode, snappy_encode, zstd_encode
from aiokafka.errors import NoError

from interdict.processes import WorkerProcess
from schemas.topics import ACCOUNT, CALLS, DISSUASION, SMS, TRANSACTIONS, WATCHLIST, dead_letter
from streams.deadletters import BYTES, LAST_OFFSET, PREFIX, REASON, SHA256
from streams.engine import partition_of
from streams.settings import Settings
from streams.topics import ensure_topics
from tests.batches import GZIP, LZ4, NONE, SNAPPY, ZSTD, batch, produce, record, varint
from tests.live.trial import offsets, producing

pytestmark = pytest.mark.broker

MULE = "6222999900000001"
BAD_NAME = [(b"\xc3\xfb\xd7\xd6", b"GBK")]
LIMIT_S = 40.0
BOMB_BYTES = 600_000_000
MEMORY_BYTES_MAX = 150 << 20
"""How much a worker may grow by a bomb: a few batches of what is allowed, not the bomb."""

LANE = 0


def somebody(number: int) -> str:
    """A person of the lane where the bad records lie."""
    phones = (f"+86199{place:08d}" for place in range(number * 1000, number * 1000 + 1000))
    return next(phone for phone in phones if partition_of(phone.encode(), Settings().partitions) == LANE)


class Line:
    """A worker on a broker, what it is fed, and what it says."""

    def __init__(self, settings: Settings, worker: WorkerProcess, producer: Any, heard: AIOKafkaConsumer) -> None:
        self.settings, self.worker = settings, worker
        self._producer, self._heard = producer, heard
        self._number = 0

    async def write(self, raw: bytes, topic: str = SMS.name) -> type[Exception]:
        """Send a batch as it is; what the broker said."""
        return await produce(self.settings.bootstrap, topic, raw, LANE)

    async def send(self, topic: str, value: bytes, key: bytes | None = None, **more: Any) -> Any:
        return await self._producer.send_and_wait(topic, value, key, **more)

    async def scam(self) -> str:
        """Talk to somebody for long, read out a code to him, and have him pay a mule: red at any hour."""
        self._number += 1
        person, now = somebody(self._number), int(time.time() * 1000)
        common = {"occurred_at": now, "subscriber": person}
        call = {**common, "event_id": f"c{self._number}", "call_id": f"call-{self._number}", "peer": "+85290000001",
                "direction": "in", "phase": "ongoing", "duration_s": 2400}  # fmt: skip
        text = {**common, "event_id": f"t{self._number}", "peer": "95588", "direction": "in",
                "text": "【银行】验证码 482913，您正在转账，切勿告知他人"}  # fmt: skip
        paid = {**common, "event_id": f"p{self._number}", "payer_account": "6222000000000001", "payee_account": MULE,
                "amount_minor": 5_000_000, "balance_minor": 100_000, "phase": "initiated",
                "payee_is_new": True}  # fmt: skip
        for topic, value in ((CALLS, call), (SMS, text), (TRANSACTIONS, paid)):
            await self.send(topic.name, orjson.dumps(value), person.encode())
        return person

    async def answered(self, person: str) -> None:
        """Wait until the person is spoken to or the mule's account is stopped for him."""
        await self.until(lambda r: r.topic in COMMANDS and orjson.loads(r.value)["subscriber"] == person)

    async def letter(self, topic: str = SMS.name) -> Any:
        """Wait for the next letter of a topic."""
        return await self.until(lambda r: r.topic == dead_letter(topic))

    async def until(self, is_it: Callable[[Any], bool]) -> Any:
        async with asyncio.timeout(LIMIT_S):
            while not is_it(found := await self._heard.getone()):
                assert self.worker.alive
            return found


COMMANDS = (ACCOUNT.name, DISSUASION.name)
HEARD = (*COMMANDS, *(dead_letter(topic.name) for topic in (CALLS, SMS, TRANSACTIONS, WATCHLIST)))


@asynccontextmanager
async def line(settings: Settings) -> AsyncIterator[Line]:
    entry = {"value": MULE, "kind": "account", "category": "mule", "source": "test", "added_at": 1_700_000_000_000}
    heard = AIOKafkaConsumer(
        *HEARD, bootstrap_servers=settings.bootstrap, auto_offset_reset="earliest", max_partition_fetch_bytes=8 << 20
    )
    await heard.start()
    try:
        async with producing(settings) as producer:
            await producer.send_and_wait(WATCHLIST.name, orjson.dumps(entry), MULE.encode())
            async with WorkerProcess(settings) as worker:
                yield Line(settings, worker, producer, heard)
    finally:
        await heard.stop()


@pytest.fixture
async def settings(lone_broker: str) -> Settings:
    settings = Settings(bootstrap=lone_broker, session_timeout_s=6.0)
    await ensure_topics(settings)
    return settings


WRITERS = {NONE: bytes, GZIP: gzip_encode, SNAPPY: snappy_encode, LZ4: lz4_encode, ZSTD: zstd_encode}


def good_text(number: int, person: str) -> bytes:
    now = int(time.time() * 1000)
    value = {"event_id": f"g{number}", "occurred_at": now, "subscriber": person, "peer": "10086", "direction": "in",
             "text": "您本月话费账单55元" * 10}  # fmt: skip
    return record(orjson.dumps(value), person.encode(), offset=number)


async def test_every_codec_of_kafka_is_read(settings: Settings) -> None:
    person = somebody(900)
    async with line(settings) as it:
        bare = bytes(snappy_encode(good_text(0, person) + good_text(1, person), xerial_compatible=False))
        packed = [(codec, bytes(write(good_text(0, person) + good_text(1, person)))) for codec, write in WRITERS.items()]
        for codec, inside in [*packed, (SNAPPY, bare)]:
            assert await it.write(batch(inside, 2, codec=codec)) is NoError
        await it.answered(await it.scam())
        assert it.worker.metric("interdict_events_total") >= 12 + 3
        assert it.worker.metric("interdict_dead_letters_total") == 0
