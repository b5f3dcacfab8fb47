"""What a process must be allowed to do on the brokers, and whether it is: asked at the start, before the first record.

A right that is missing shows late otherwise: that dead letters cannot be written, with the first bad record.
"""

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError, TopicAuthorizationFailedError
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Int16, Int32, Schema, String

from streams.clients import new_admin, start
from streams.settings import Settings

Resource = Literal["Topic", "Group"]
Operation = Literal["Read", "Write", "Create", "Describe", "DescribeConfigs"]
CODES: dict[Operation, int] = {"Read": 3, "Write": 4, "Create": 5, "Describe": 8, "DescribeConfigs": 10}
"""Kafka's codes of operations, which are the bits of an answer (KIP-430)."""
NOT_SAID = -(1 << 31)
SHOWN_MAX = 6


class Right(NamedTuple):
    """Something that somebody may do."""

    resource: Resource
    name: str
    operation: Operation

    def __str__(self) -> str:
        return f"{self.operation} on {self.resource.lower()} {self.name}"


class RightsMissingError(Exception):
    """The broker does not let this process do all that it must. Says what."""


async def ensure_rights(settings: Settings, rights: Iterable[Right]) -> None:
    """Look whether this process has its rights. What a broker does not tell, and a topic that is not there, pass.

    Raises:
        RightsMissingError: it has not.
        BrokerAbsentError, RefusedError: no broker answers, or none that lets us in.
    """
    missing = [str(right) for right in await missing_rights(settings, rights)]
    if missing:
        more = f" and {len(missing) - SHOWN_MAX} more" if len(missing) > SHOWN_MAX else ""
        raise RightsMissingError(
            f"the broker does not grant {', '.join(missing[:SHOWN_MAX])}{more}; `interdict acls` prints what is needed"
        )


async def missing_rights(settings: Settings, rights: Iterable[Right]) -> list[Right]:
    """Those that the brokers do not grant, in their order; none where they do not tell."""
    wanted = list(rights)
    admin = new_admin(settings)
    await start(admin, settings)
    try:
        topics = await _topics(admin, sorted({right.name for right in wanted if right.resource == "Topic"}))
        groups = {right.name: await _may_join(admin, right.name) for right in wanted if right.resource == "Group"}
    finally:
        await admin.close()
    return [
        right
        for right in wanted
        if not (groups[right.name] if right.resource == "Group" else _grants(topics.get(right.name), right.operation))
    ]


def _grants(bits: int | None, operation: Operation) -> bool:
    return bits is None or bool(bits >> CODES[operation] & 1)


async def _topics(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, int]:
    """What may be done with each topic, as bits. A topic of which nothing is said is not in it."""
    try:
        answer = await admin._send_request(_AuthorizedRequest(names))
    except (KafkaError, NotImplementedError):  # away for a moment, or too old to say
        return {}
    told = {name: 0 for error, name, _, _, _ in answer.topics if error == TopicAuthorizationFailedError.errno}
    return told | {name: bits for error, name, _, _, bits in answer.topics if not error and bits != NOT_SAID}


async def _may_join(admin: AIOKafkaAdminClient, group: str) -> bool:
    """Whether the group may be joined, or at least asked about: brokers tell no more before it is joined."""
    try:
        await admin.find_coordinator(group)
    except GroupAuthorizationFailedError:
        return False
    except KafkaError:  # of the first group of a cluster, because its topic is only being made
        return True
    return True


class _AuthorizedResponse(Response):
    """Metadata v8: the first version that says what may be done."""

    API_KEY = 3
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


class _AuthorizedRequestStruct(RequestStruct):
    API_KEY = 3
    API_VERSION = 8
    RESPONSE_TYPE = _AuthorizedResponse
    SCHEMA = Schema(
        ("topics", Array(String())),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_authorized_operations", Boolean),
        ("include_topic_authorized_operations", Boolean),
    )


class _AuthorizedRequest(Request[_AuthorizedRequestStruct]):
    API_KEY = 3

    def __init__(self, topics: list[str]) -> None:
        self._topics = topics

    def build(self, request_struct_class: Any) -> Any:
        return request_struct_class(self._topics, False, False, True)
