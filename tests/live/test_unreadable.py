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

from interdict.run.processes import WorkerProcess, WorkerProcessError
from schemas.topics import ACCOUNT, CALLS, DISSUASION, SMS, TRANSACTIONS, WATCHLIST, changelog, dead_letter
from streams.core.deadletters import BYTES, LAST_OFFSET, PREFIX, REASON, SHA256
from streams.core.partitioner import partition_of
from streams.kafka.topics import ensure_topics
from streams.settings import Settings
from tests.batches import GZIP, LZ4, NONE, SNAPPY, ZSTD, batch, lower, produce, record, varint
from tests.kit.patience import PATIENCE_S
from tests.live.trial import offsets, producing

pytestmark = pytest.mark.broker

MULE = "6222999900000001"
BAD_NAME = [(b"\xc3\xfb\xd7\xd6", b"GBK")]
BOMB_BYTES = 300_000_000
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
        self._kept: list[Any] = []

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
        """Wait for the next letter of a topic; what `lower` tried is none."""
        return await self.until(lambda r: r.topic == dead_letter(topic) and r.headers)

    async def until(self, is_it: Callable[[Any], bool]) -> Any:
        """The first record that is it, of those heard and not asked for yet; what came before it is kept."""
        async with asyncio.timeout(PATIENCE_S):
            while (found := next(filter(is_it, self._kept), None)) is None:
                self._kept.append(await self._heard.getone())
                assert self.worker.alive
        self._kept.remove(found)
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


def text(number: int, person: str, headers: Any = (), *, offset: int = 0) -> bytes:
    """A harmless text as a record."""
    value = {"event_id": f"g{number}", "occurred_at": int(time.time() * 1000), "subscriber": person, "peer": "10086",
             "direction": "in", "text": "您本月话费账单55元" * 10}  # fmt: skip
    return record(orjson.dumps(value), person.encode(), headers, offset=offset)


def now_batch(inside: bytes, count: int = 1, **more: Any) -> bytes:
    return batch(inside, count, at=int(time.time() * 1000), **more)


PERSON = somebody(900)
WRITERS = {NONE: bytes, GZIP: gzip_encode, SNAPPY: snappy_encode, LZ4: lz4_encode, ZSTD: zstd_encode}


def bare_snappy(plain: bytes) -> bytes:
    return bytes(snappy_encode(plain, xerial_compatible=False))


async def test_every_codec_of_kafka_is_read(settings: Settings) -> None:
    async with line(settings) as it:
        for number, (codec, write) in enumerate([*WRITERS.items(), (SNAPPY, bare_snappy)]):
            inside = text(2 * number, PERSON) + text(2 * number + 1, PERSON, offset=1)
            assert await it.write(now_batch(bytes(write(inside)), 2, codec=codec)) is NoError
        await it.answered(await it.scam())
        assert it.worker.metric("interdict_events_total", topic=SMS.name) == 12 + 1
        assert it.worker.metric("interdict_dead_letters_total") == 0


def three(number: int, middle: bytes, codec: int = NONE) -> bytes:
    """A bad record between two good ones."""
    inside = text(number, PERSON) + middle + text(number + 1, PERSON, offset=2)
    return now_batch(bytes(WRITERS[codec](inside)), 3, codec=codec)


def bad_batches() -> dict[str, tuple[str, bytes]]:
    """Of each kind one: the reason, and the bytes."""
    bad = record(b"{}", headers=BAD_NAME, offset=1)
    made = {
        f"a header's name, {name}": ("header_not_utf8", three(10 * codec, bad, codec))
        for codec, name in enumerate(("plain", "gzip", "snappy", "lz4", "zstd"))
    }
    good = record(b"{}", offset=1)
    garbage = b"no codec wrote this"
    return made | {
        "an offset far ahead": ("offset_implausible", three(100, record(b"{}", offset=500))),
        "an offset twice": ("offset_implausible", three(110, record(b"{}", offset=0))),
        "an offset before": ("offset_implausible", three(120, record(b"{}", offset=-9))),
        "a body too short": ("record_corrupt", three(130, varint(2) + b"\0\0")),
        "a length beyond": ("batch_corrupt", three(140, varint(9000) + good[1:])),
        "a count too high": ("batch_corrupt", now_batch(text(150, PERSON), 3)),
        "a checksum": ("batch_corrupt", now_batch(text(160, PERSON), crc=1)),
        "a codec nobody has": ("codec_unknown", now_batch(good, codec=6)),
        "a format nobody has": ("format_unknown", now_batch(good, magic=3)),
        "a bomb": ("unpacked_too_large", now_batch(gzip_encode(record(b"0" * (20 << 20))), codec=GZIP)),
        **{f"garbage for codec {codec}": ("batch_corrupt", now_batch(garbage, 4, codec=codec))
           for codec in (GZIP, SNAPPY, LZ4, ZSTD)},
    }  # fmt: skip


async def test_what_cannot_be_unpacked_costs_itself_and_a_scam_on_somebody_else_is_answered(settings: Settings) -> None:
    async with line(settings) as it:
        taken = 0
        for name, (reason, raw) in bad_batches().items():
            if await it.write(raw) is not NoError:
                continue  # this broker refuses it itself
            taken += 1
            person = await it.scam()
            letter = await it.letter()
            headers = dict(letter.headers)
            assert (name, headers[REASON].decode()) == (name, reason)
            assert not letter.value
            assert len(headers[SHA256]) == 64
            assert int(headers[BYTES]) > 0
            await it.answered(person)
        assert taken >= 8
        assert it.worker.metric("interdict_unreadable_total") == taken
        await all_committed(it)
    async with line(settings) as it:
        await it.answered(await it.scam())
        assert it.worker.metric("interdict_unreadable_total") == 0, "what was skipped does not come again"


async def all_committed(it: Line) -> None:
    """Wait until the lane's texts are committed to their end."""
    end_asked = (await it.send(SMS.name, b"", partition=LANE)).offset
    async with asyncio.timeout(PATIENCE_S):
        while max(at for tp, at in (await offsets(it.settings)).items() if tp[:] == (SMS.name, LANE)) <= end_asked:
            await asyncio.sleep(0.2)


async def test_the_records_beside_a_bad_one_are_read_and_its_stub_says_where_it_lies(settings: Settings) -> None:
    async with line(settings) as it:
        before = (await it.send(SMS.name, b"not read yet", partition=LANE)).offset
        await it.letter()
        bad = record(b"{}", headers=BAD_NAME, offset=1)
        assert await it.write(three(0, bad)) is NoError
        headers = dict((await it.letter()).headers)
        body = bad[1:]
        assert headers[PREFIX + "topic"] == SMS.name.encode()
        assert headers[PREFIX + "partition"] == b"%d" % LANE
        assert headers[PREFIX + "offset"] == headers[LAST_OFFSET] == b"%d" % (before + 2)
        assert (headers[BYTES], headers[SHA256]) == (b"%d" % len(body), sha256(body).hexdigest().encode())
        await it.answered(await it.scam())
        assert it.worker.metric("interdict_events_total", topic=SMS.name) == 1 + 3 + 1
        assert it.worker.metric("interdict_dead_letters_total") == 2


@pytest.mark.parametrize("codec", [GZIP, ZSTD])
async def test_a_bomb_is_not_unpacked(settings: Settings, codec: int) -> None:
    raw = now_batch(bytes(WRITERS[codec](record(bytes(BOMB_BYTES)))), codec=codec)
    async with line(settings) as it:
        await it.answered(await it.scam())
        before = it.worker.resident_bytes()
        assert await it.write(raw) is NoError
        assert dict((await it.letter()).headers)[REASON] == b"unpacked_too_large"
        await it.answered(await it.scam())
        assert it.worker.peak_bytes() - before < MEMORY_BYTES_MAX


@pytest.mark.parametrize("size", [300_000, 1_040_000])
async def test_a_record_as_large_as_the_broker_takes_is_dead_lettered_whole(settings: Settings, size: int) -> None:
    value = b"x" * size
    async with line(settings) as it:
        assert await it.write(now_batch(record(value))) is NoError
        assert (await it.letter()).value == value
        await it.answered(await it.scam())


async def test_a_letter_that_no_topic_takes_becomes_a_stub(settings: Settings) -> None:
    """On Apache Kafka the topic's limit is lowered for it; the embedded broker has none, but the producer has."""
    value = b"x" * 1_040_000
    if not await lower(settings, dead_letter(SMS.name), 500_000):
        value = b"x" * 5_000_000
    async with line(settings) as it:
        assert await it.write(now_batch(record(value, key=b"\xff" * 500, headers=[(b"h", b"v" * 100)]))) is NoError
        person = await it.scam()
        letter = await it.letter()
        headers = dict(letter.headers)
        assert (letter.key, letter.value) == (None, b"")
        assert headers[REASON] == b"too_large"
        assert headers[PREFIX + "topic"] == SMS.name.encode()
        assert (headers[BYTES], headers[SHA256]) == (b"%d" % len(value), sha256(value).hexdigest().encode())
        assert "h" not in headers
        await it.answered(person)
        assert it.worker.metric("interdict_writes_too_large_total") == 1


async def test_in_place_of_a_command_that_no_topic_takes_the_desk_gets_a_task(settings: Settings) -> None:
    if not await lower(settings, ACCOUNT.name, 600):
        pytest.skip("the embedded broker takes records of any size")
    async with line(settings) as it:
        person = await it.scam()
        task = orjson.loads((await it.until(lambda r: r.topic == DISSUASION.name and b'"too_large"' in r.value)).value)
        assert (task["subscriber"], task["channel"], task["why"]) == (person, "desk", "too_large")
        assert it.worker.metric("interdict_writes_too_large_total", what="output") >= 1


async def test_a_record_with_neither_key_nor_value_is_dead_lettered(settings: Settings) -> None:
    async with line(settings) as it:
        assert await it.write(now_batch(record(None, key=None))) is NoError
        assert dict((await it.letter()).headers)[REASON] == b"tombstone"
        await it.answered(await it.scam())


async def test_a_reference_record_that_cannot_be_unpacked_is_skipped_at_each_start_and_while_running(
    settings: Settings,
) -> None:
    bad = now_batch(record(b"{}", headers=BAD_NAME))
    assert await produce(settings.bootstrap, WATCHLIST.name, bad) is NoError
    async with line(settings) as it:
        await it.answered(await it.scam())
        assert it.worker.metric("interdict_reference_rejected_total", reason="header_not_utf8") == 1
        assert await produce(settings.bootstrap, WATCHLIST.name, bad) is NoError
        assert dict((await it.letter(WATCHLIST.name)).headers)[REASON] == b"header_not_utf8"
        await it.answered(await it.scam())
        assert it.worker.metric("interdict_reference_rejected_total", reason="header_not_utf8") == 2


async def test_a_changelog_that_cannot_be_unpacked_ends_the_worker_with_one_line(settings: Settings) -> None:
    topic = changelog("victims")
    assert await produce(settings.bootstrap, topic, now_batch(record(b"{}", headers=BAD_NAME)), LANE) is NoError
    worker = WorkerProcess(settings)
    await worker.start()
    with pytest.raises(WorkerProcessError, match="ended with code 1"):
        await worker.until_ready()
    said = [
        line for line in map(orjson.loads, worker.log.read_bytes().splitlines()) if line["event"] == "worker crashed"
    ]
    worker.log.unlink()
    (last,) = said
    assert f"{topic}, partition {LANE}, offset 0: header_not_utf8" in last["error"]
    assert "docs/operations.md" in last["error"]
