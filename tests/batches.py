"""Record batches made by hand, good and bad, and a producer that sends any bytes to a broker as they are.

What a client library would never send is sent here: a careless or hostile one can.
"""

import asyncio
import struct
from collections.abc import Iterable
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import (
    IncompatibleBrokerVersion,
    KafkaError,
    MessageSizeTooLargeError,
    NotLeaderForPartitionError,
    for_code,
)
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.util import calc_crc32c, encode_varint
from aiokafka.structs import TopicPartition

from streams.settings import Settings

HEADER = struct.Struct(">qiibIhiqqqhii")
CRC_AT, COVERED_FROM = 17, 21
NONE, GZIP, SNAPPY, LZ4, ZSTD = range(5)
NOW = 1_790_000_000_000
REQUEST_MS = 10_000

Header = tuple[bytes, bytes | None]


def varint(number: int) -> bytes:
    """A number as records hold it: zigzag, seven bits a byte."""
    out = bytearray()
    encode_varint(number, out.append)
    return bytes(out)


def _counted(data: bytes | None) -> bytes:
    return varint(-1) if data is None else varint(len(data)) + data


def record(
    value: bytes | None, key: bytes | None = b"k", headers: Iterable[Header] = (), *, offset: int = 0, later_ms: int = 0
) -> bytes:
    """One record of a batch of format 2."""
    headers = list(headers)
    names = b"".join(_counted(name) + _counted(data) for name, data in headers)
    body = b"\0" + varint(later_ms) + varint(offset) + _counted(key) + _counted(value) + varint(len(headers)) + names
    return varint(len(body)) + body


def batch(
    inside: bytes, count: int = 1, *, codec: int = NONE, last: int | None = None, base: int = 0, magic: int = 2,
    at: int = NOW, crc: int | None = None, attributes: int = 0,
) -> bytes:  # fmt: skip
    """A batch of format 2 around these bytes, compressed already where `codec` says so; its checksum right unless told
    otherwise."""
    last = count - 1 if last is None else last
    fields = (base, HEADER.size - 12 + len(inside), -1, magic, 0, attributes | codec, last, at, at, -1, -1, -1, count)
    raw = bytearray(HEADER.pack(*fields) + inside)
    struct.pack_into(">I", raw, CRC_AT, calc_crc32c(bytes(raw[COVERED_FROM:])) if crc is None else crc)
    return bytes(raw)


async def produce(bootstrap: str, topic: str, raw: bytes, partition: int = 0) -> type[Exception]:
    """Send a batch's bytes as they are; what the broker answered."""
    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    await client.bootstrap()
    try:
        await client._wait_on_metadata(topic)
        request = ProduceRequest(None, -1, REQUEST_MS, [(topic, [(partition, raw)])])
        leader = client.cluster.leader_for_partition(TopicPartition(topic, partition))
        error: type[Exception] = NotLeaderForPartitionError
        while error is NotLeaderForPartitionError:  # of a topic just made, the broker may not know that it leads
            answer: Any = await client.send(leader, request)
            error = for_code(answer.topics[0][1][0][1])
        return error
    finally:
        await client.close()


async def lower(settings: Settings, topic: str, bytes_max: int) -> bool:
    """Let a topic take less, and wait until the broker does; whether it has such a limit."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap)
    await admin.start()
    try:
        change = ConfigResource(ConfigResourceType.TOPIC, topic, {"max.message.bytes": str(bytes_max)})
        (answer,) = await admin.alter_configs([change])
        if answer.resources[0][0]:
            return False
    except (KafkaError, IncompatibleBrokerVersion):
        return False
    finally:
        await admin.close()
    while await produce(settings.bootstrap, topic, batch(record(b"0" * bytes_max))) is not MessageSizeTooLargeError:
        await asyncio.sleep(0.05)
    return True
