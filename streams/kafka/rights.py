"""What a process must be allowed to do on the brokers, and whether it is: asked at the start, before the first record.

A right that is missing shows late otherwise: that dead letters cannot be written, with the first bad record.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError, TopicAuthorizationFailedError

from streams.core.errors import ExpectedError
from streams.kafka.clients import new_admin, start
from streams.kafka.metadata import NOT_SAID, ask
from streams.settings import Settings

Resource = Literal["Topic", "Group"]
Operation = Literal["Read", "Write", "Create", "Describe", "DescribeConfigs"]
CODES: dict[Operation, int] = {"Read": 3, "Write": 4, "Create": 5, "Describe": 8, "DescribeConfigs": 10}
"""Kafka's codes of operations, which are the bits of an answer (KIP-430)."""
SHOWN_MAX = 6


class Right(NamedTuple):
    """Something that somebody may do."""

    resource: Resource
    name: str
    operation: Operation

    def __str__(self) -> str:
        return f"{self.operation} on {self.resource.lower()} {self.name}"


class RightsMissingError(ExpectedError):
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
        said = await ask(admin, names)
    except (KafkaError, NotImplementedError):  # away for a moment, or too old to say
        return {}
    denied = {name: 0 for name, topic in said.topics.items() if topic.error == TopicAuthorizationFailedError.errno}
    told = {name: topic.rights for name, topic in said.topics.items() if not topic.error and topic.rights != NOT_SAID}
    return denied | told


async def _may_join(admin: AIOKafkaAdminClient, group: str) -> bool:
    """Whether the group may be joined, or at least asked about: brokers tell no more before it is joined."""
    try:
        await admin.find_coordinator(group)
    except GroupAuthorizationFailedError:
        return False
    except KafkaError:  # of the first group of a cluster, because its topic is only being made
        return True
    return True
