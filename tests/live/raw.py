"""What poison travels in: batches of which anything may be wrong, and the answer of the broker that was given one."""

import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.codec import lz4_encode, snappy_encode, zstd_encode
from aiokafka.protocol.produce import ProduceRequest

from tests.batches import GZIP, LZ4, NONE, SNAPPY, ZSTD, Header, batch, record

CODECS: dict[int, Callable[[bytes], bytes]] = {
    NONE: bytes, GZIP: lambda data: gzip.compress(data, 1, mtime=0),
    SNAPPY: snappy_encode, LZ4: lz4_encode, ZSTD: zstd_encode,
}  # fmt: skip
LOG_APPEND, TRANSACTIONAL, CONTROL = 0x08, 0x10, 0x20
"""Bits of a batch's attributes; the lowest three are its codec."""
TIMEOUT_MS = 30_000


@dataclass(frozen=True)
class Dose:
    """One record as its producer wrote it."""

    value: bytes | None
    key: bytes | None
    headers: Sequence[Header] = ()
    at: int | None = None
    """The record's own timestamp, Unix ms; None for that of the batch."""


@dataclass(frozen=True)
class Batch:
    """What frames records: all that a producer may choose, right or wrong."""

    codec: int = NONE
    flags: int = 0
    magic: int = 2
    count: int | None = None
    """How many records it says it holds; None for the truth."""
    last_delta: int | None = None
    """Its last offset, from its first; None for the truth."""
    packed: Callable[[bytes], bytes] | None = None
    """How the records are packed; None for what the codec says."""
    body: Callable[[bytes], bytes] = bytes
    """What is done to the records before they are packed."""
    encoded: Callable[[bytes], bytes] = bytes
    """What is done to the whole batch after its checksum was taken."""
    times: int = 1
    """How often it lies there in the end."""

    def offsets_of(self, doses: Sequence[Dose]) -> int:
        """How many offsets a broker that believes it counts for it."""
        return self.times * (len(doses) if self.last_delta is None else max(self.last_delta + 1, 1))


PLAIN = Batch()


def batch_of(doses: Sequence[Dose], now: int, how: Batch = PLAIN) -> bytes:
    """A batch of records.

    Args:
        doses: what it holds.
        now: timestamp of the records that name none, Unix ms.
        how: what differs from an ordinary batch.
    """
    times = [now if dose.at is None else dose.at for dose in doses]
    body = b"".join(
        record(dose.value, dose.key, dose.headers, offset=place, later_ms=at - times[0])
        for place, (dose, at) in enumerate(zip(doses, times, strict=True))
    )
    packed = (how.packed or CODECS.get(how.codec, bytes))(how.body(body))
    last = len(doses) - 1 if how.last_delta is None else how.last_delta
    count = len(doses) if how.count is None else how.count
    return how.encoded(
        batch(packed, count, codec=how.codec, last=last, magic=how.magic, at=times[0], attributes=how.flags)
    )


@dataclass(frozen=True)
class Answer:
    """What a broker said of one batch."""

    error: int
    """Kafka's error code; 0 where it took the batch."""
    base: int
    """Offset of its first record."""


async def produce(producer: AIOKafkaProducer, topic: str, lane: int, batch: bytes) -> Answer:
    """Send one batch as it is to a partition's leader; what the broker said. A hang-up is an answer too."""
    client: Any = producer.client
    await producer.partitions_for(topic)
    leader = next(p.leader for p in _partitions(client, topic) if p.partition == lane)
    answer = await client.send(leader, ProduceRequest(None, -1, TIMEOUT_MS, [(topic, [(lane, batch)])]))
    (_, [(_, error, base, *_)]) = answer.topics[0]
    return Answer(error, base)


def _partitions(client: Any, topic: str) -> list[Any]:
    return list(client.cluster._partitions[topic].values())
