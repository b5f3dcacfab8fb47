"""What a broker says of its cluster and of topics: ids, partition counts, and what may be done with each.

aiokafka speaks this request up to version 5. The first that says what may be done is 8, the first that tells the id of
a topic named is 12; a broker too old for that is asked in version 8 and tells no ids.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.abstract import AbstractType
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    Array,
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    String,
    TaggedFields,
)

METADATA = 3
"""Kafka's code of the request."""
UUID_BYTES = 16
NO_ID = 0
"""The short id of a topic of which the broker tells none."""
NOT_SAID = -(1 << 31)
"""What stands for rights that a broker does not tell."""


class TopicSaid(NamedTuple):
    """What a broker says of one topic. With an error, the rest says nothing."""

    error: int
    """Kafka's error code; 0 where there is none."""
    short_id: int
    """Tells a topic from another of the same name, made after it was deleted: 1 to 2**32 - 1, or `NO_ID`."""
    partitions: int
    rights: int
    """What may be done with it, as bits, or `NOT_SAID`."""


class ClusterSaid(NamedTuple):
    """What a broker says of its cluster, and of the topics it was asked about, by name."""

    cluster_id: str
    """Empty where the broker tells none."""
    topics: dict[str, TopicSaid]


async def ask(admin: AIOKafkaAdminClient, names: Iterable[str]) -> ClusterSaid:
    """Ask some broker of the cluster about these topics. None is made by being asked about.

    Raises:
        KafkaError: it did not answer.
        NotImplementedError: it is too old to be asked.
    """
    answer = await admin._send_request(_MetadataRequest(sorted(names)))
    topics = {topic["topic"]: _said(topic) for topic in answer.to_object()["topics"]}
    return ClusterSaid(answer.cluster_id or "", topics)


def short_id(uuid: bytes) -> int:
    """A topic's id in 32 bits. Digested, since a UUID may begin with the time: two made in one minute with the same.

    >>> short_id(bytes(16))
    0
    >>> short_id(bytes(15) + b"1") == short_id(bytes(15) + b"2")
    False
    """
    return int.from_bytes(blake2b(uuid, digest_size=4).digest()) or 1 if any(uuid) else NO_ID


def _said(topic: dict[str, Any]) -> TopicSaid:
    uuid = topic.get("topic_id", bytes(UUID_BYTES))
    return TopicSaid(topic["error_code"], short_id(uuid), len(topic["partitions"]), topic["authorized_operations"])


class _Uuid(AbstractType[bytes]):
    @classmethod
    def encode(cls, value: bytes) -> bytes:
        assert len(value) == UUID_BYTES
        return value

    @classmethod
    def decode(cls, data: Any) -> bytes:
        return bytes(data.read(UUID_BYTES))


_TAGS = ("tags", TaggedFields)


class _Response8(Response):
    API_KEY = METADATA
    API_VERSION = 8
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("brokers", Array(("node_id", Int32), ("host", String()), ("port", Int32), ("rack", String()))),
        ("cluster_id", String()),
        ("controller_id", Int32),
        (
            "topics",
            Array(
                ("error_code", Int16),
                ("topic", String()),
                ("is_internal", Boolean),
                (
                    "partitions",
                    Array(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", Array(Int32)),
                        ("isr", Array(Int32)),
                        ("offline_replicas", Array(Int32)),
                    ),
                ),
                ("authorized_operations", Int32),
            ),
        ),
        ("cluster_authorized_operations", Int32),
    )


class _Request8(RequestStruct):
    API_KEY = METADATA
    API_VERSION = 8
    RESPONSE_TYPE = _Response8
    SCHEMA = Schema(
        ("topics", Array(String())),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_authorized_operations", Boolean),
        ("include_topic_authorized_operations", Boolean),
    )


class _Response12(Response):
    API_KEY = METADATA
    API_VERSION = 12
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32), ("host", CompactString()), ("port", Int32), ("rack", CompactString()), _TAGS
            ),
        ),
        ("cluster_id", CompactString()),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("topic", CompactString()),
                ("topic_id", _Uuid),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", CompactArray(Int32)),
                        ("isr", CompactArray(Int32)),
                        ("offline_replicas", CompactArray(Int32)),
                        _TAGS,
                    ),
                ),
                ("authorized_operations", Int32),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class _Request12(RequestStruct):
    API_KEY = METADATA
    API_VERSION = 12
    RESPONSE_TYPE = _Response12
    FLEXIBLE_VERSION = True
    SCHEMA = Schema(
        ("topics", CompactArray(("topic_id", _Uuid), ("name", CompactString()), _TAGS)),
        ("allow_auto_topic_creation", Boolean),
        ("include_topic_authorized_operations", Boolean),
        _TAGS,
    )


class _MetadataRequest(Request[_Request8 | _Request12]):
    API_KEY = METADATA

    def __init__(self, topics: list[str]) -> None:
        self._topics = topics

    def build(self, request_struct_class: type[_Request8 | _Request12]) -> _Request8 | _Request12:
        if request_struct_class is _Request12:
            return _Request12([(bytes(UUID_BYTES), name, {}) for name in self._topics], False, True, {})
        return _Request8(self._topics, False, False, True)
