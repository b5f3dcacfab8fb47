"""100,000 mutated records through a live worker: each is decided or dead-lettered, and the worker stays up."""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from aiokafka import TopicPartition

from interdict.city.simulate import Plan
from interdict.run.processes import WorkerProcess
from interdict.topology import load_persons
from schemas.topics import dead_letter
from streams.core.reader import Reader
from streams.kafka.recovery import read_to_end
from streams.kafka.topics import ensure_topics
from streams.settings import Settings
from tests.live.trial import INPUTS, Row, Trial, all_committed, producing, reading, simulated

pytestmark = pytest.mark.broker

RECORDS = 100_000
SEED = 20
PLAN = Plan(seed=9, population=300, duration_s=3_600, rate=1.0, scams_per_typology=1)
DECIDED_LATER = {b"too_late", b"key_mismatch"}
"""Reasons that follow from a person's state or the record's key, not from the bytes alone."""
EXTREMES = (b"-1", b"0", b"1e999", b"99999999999999999999", b"null", b"[]", b"{}", b'""', b'"\\u0000"', b"NaN", b"true")


@dataclass
class Bytes:
    """A record seen as the reader sees it."""

    topic: str
    value: bytes
    timestamp: int
    timestamp_type: int = 0


def _flip(value: bytearray, rng: random.Random) -> None:
    for _ in range(rng.randint(1, 4)):
        value[rng.randrange(len(value))] = rng.randrange(256)


def _cut(value: bytearray, rng: random.Random) -> None:
    begin = rng.randrange(len(value))
    del value[begin : begin + rng.randint(1, 40)]


def _repeat(value: bytearray, rng: random.Random) -> None:
    begin = rng.randrange(len(value))
    value[begin:begin] = value[begin : begin + rng.randint(1, 60)] * rng.choice((1, 1, 1, 50))


def _insert(value: bytearray, rng: random.Random) -> None:
    begin = rng.randrange(len(value))
    value[begin:begin] = rng.randbytes(rng.randint(1, 12))


def _extreme(value: bytearray, rng: random.Random) -> None:
    """Put something else where a field's value stands."""
    colons = [at for at, byte in enumerate(value) if byte == ord(":")]
    if colons:
        begin = rng.choice(colons) + 1
        end = min([at for at in (value.find(b",", begin), value.find(b"}", begin)) if at > 0], default=len(value))
        value[begin:end] = rng.choice(EXTREMES)


MUTATIONS: tuple[Callable[[bytearray, random.Random], None], ...] = (_flip, _cut, _repeat, _insert, _extreme)


def _mutated(row: Row, rng: random.Random) -> Row:
    value = bytearray(row.value)
    for _ in range(rng.randint(0, 3)):
        if value:
            rng.choice(MUTATIONS)(value, rng)
    return Row(row.topic, row.key, bytes(value))


async def test_every_mutated_record_is_decided_or_dead_lettered_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory, lone_broker: str
) -> None:
    rng = random.Random(SEED)
    base = [row for row in simulated(tmp_path_factory.mktemp("base"), PLAN, 0).rows if row.topic in INPUTS]
    rows = [_mutated(rng.choice(base), rng) for _ in range(RECORDS)]
    settings = Settings(bootstrap=lone_broker, session_timeout_s=6.0)
    await ensure_topics(settings)
    async with producing(settings) as producer:
        await Trial(rows, tmp_path_factory.mktemp("none")).publish(producer, rows, settings)
    async with WorkerProcess(settings) as worker:
        await all_committed(Trial(rows, tmp_path_factory.mktemp("none")), settings)
        assert worker.alive
        forwarded = worker.metric("interdict_forwarded_total")
    sent = Counter((row.topic, row.key, row.value) for row in rows)
    buried, unreadable = await _dead_letters(settings), _unreadable(rows, settings)
    assert sum(unreadable.values()) > RECORDS // 4, "mutations that break nothing would prove nothing"
    assert sum(sent.values()) - sum(unreadable.values()) > RECORDS // 10, "nor would such that break everything"
    assert forwarded == 0, "every record has a key"
    assert not unreadable - buried.unreadable, "unreadable and not dead-lettered"
    assert not buried.unreadable - unreadable, "dead-lettered and readable"
    assert not (buried.unreadable + buried.later) - sent, "dead-lettered and never sent"


@dataclass
class Buried:
    unreadable: Counter[tuple[str, bytes | None, bytes]]
    later: Counter[tuple[str, bytes | None, bytes]]


async def _dead_letters(settings: Settings) -> Buried:
    buried = Buried(Counter(), Counter())
    async with reading(settings) as consumer:
        tps = [TopicPartition(dead_letter(name), lane) for name in INPUTS for lane in range(settings.partitions)]
        async for run in read_to_end(consumer, tps):
            for record in run:
                later = dict(record.headers)["interdict_reason"] in DECIDED_LATER
                topic = record.topic.removesuffix(dead_letter(""))
                (buried.later if later else buried.unreadable)[topic, record.key, record.value] += 1
    return buried


def _unreadable(rows: list[Row], settings: Settings) -> Counter[tuple[str, bytes | None, bytes]]:
    now = int(time.time() * 1000)
    read = Reader(load_persons().inputs, settings.future_ms_max, lambda: now)
    return Counter(tuple(row) for row in rows if read(Bytes(row.topic, row.value, now)).rejected is not None)
