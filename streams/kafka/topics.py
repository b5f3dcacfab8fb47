"""Topics on a broker: made as the design wants them, and compared with it."""

import asyncio
from collections.abc import Iterable
from typing import Any, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    for_code,
)

from schemas.topics import DEAD_LETTER_RETENTION_MS, INTERNAL, PIPELINES, TOPICS, changelog, dead_letter
from streams.core.errors import ExpectedError
from streams.kafka.clients import new_admin, start
from streams.settings import Settings

REQUEST_MS = 10_000
NAMED_MAX = 4
DENIED = (TopicAuthorizationFailedError, ClusterAuthorizationFailedError)
INPUT_BYTES_MAX = 1 << 20
"""`max.message.bytes` of what others write: a batch, compressed as it comes. A record of ours is under 64 KiB
(`schemas.codec.RECORD_BYTES_MAX`); but librdkafka fills batches up to a million bytes unless told otherwise, and gives
up what a broker refuses."""
LETTER_BYTES_MAX = 4 * INPUT_BYTES_MAX
"""The same of dead letters and changelogs: the largest input fits with all that a letter adds to it."""
BROKERS_TIME = {"message.timestamp.type": "LogAppendTime"}
"""The broker writes the time of each record. What a feed writes there proves nothing; and Kafka refuses what a worker
writes whose clock was set forward (`message.timestamp.after.max.ms`)."""
NOT_REPORTED = "not reported by this broker"


class Wanted(NamedTuple):
    """A topic as the design wants it."""

    name: str
    partitions: int
    cleanup: str
    retention_ms: int | None
    replication: int = 1
    bytes_max: int | None = None

    def configs(self) -> dict[str, str]:
        """Broker settings of the topic. Of three replicas or more, one may be away and writing goes on."""
        retention = {} if self.retention_ms is None else {"retention.ms": str(self.retention_ms)}
        in_sync = {"min.insync.replicas": str(self.replication - 1)} if self.replication > 2 else {}
        size = {} if self.bytes_max is None else {"max.message.bytes": str(self.bytes_max)}
        return {"cleanup.policy": self.cleanup, **BROKERS_TIME, **retention, **in_sync, **size}


class Difference(NamedTuple):
    """One thing that is not as the design wants it."""

    topic: str
    what: str
    wanted: str
    found: str

    def __str__(self) -> str:
        return f"{self.topic}: {self.what} should be {self.wanted}, is {self.found}"


def wanted_topics(settings: Settings) -> list[Wanted]:
    """Every topic of the design, with dead letters for what is read and a changelog for every pipeline.

    What is keyed alike has one partition count, so that a key's records meet.
    """
    topics: list[Wanted] = []
    for topic in (*TOPICS, *INTERNAL):
        count = settings.lanes(topic.space)
        is_read = topic.kind in ("input", "reference") or bool(topic.code) or topic.is_told_to_all
        size = INPUT_BYTES_MAX if is_read else None
        topics.append(Wanted(topic.name, count, topic.cleanup, topic.retention_ms, bytes_max=size))
        if is_read:
            letters = Wanted(dead_letter(topic.name), count, "delete", DEAD_LETTER_RETENTION_MS)
            topics.append(letters._replace(bytes_max=LETTER_BYTES_MAX))
    changelogs = (Wanted(changelog(name), settings.lanes(space), "compact", None) for name, space in PIPELINES.items())
    topics.extend(topic._replace(bytes_max=LETTER_BYTES_MAX) for topic in changelogs)
    return [topic._replace(replication=settings.replication) for topic in topics]


class TopicsMissingError(ExpectedError):
    """Topics are not there for this process, and it may not make them. Names them."""


async def ensure_topics(settings: Settings, needed: Iterable[str] | None = None) -> list[str]:
    """Create what is missing; returns the names created. Existing topics are left as they are.

    Args:
        settings: where, and how many partitions.
        needed: names without which it cannot go on; None for all. Who sees these asks no broker to create anything,
            though others may be missing or out of its sight.

    Raises:
        TopicsMissingError: some are missing, and this user may not create them.
        BrokerAbsentError, RefusedError: no broker answers, or none that lets us in.
    """
    admin = await _admin(settings)
    try:
        present = set(await admin.list_topics())
        missing = [topic for topic in wanted_topics(settings) if topic.name not in present]
        if needed is not None and present.issuperset(needed):
            return []
        if missing:
            answer = await admin.create_topics([_new(topic) for topic in missing], timeout_ms=REQUEST_MS)
            _raise_errors(answer, set(needed or ()))
        await _until_present(admin, {topic.name for topic in missing})
        return [topic.name for topic in missing]
    finally:
        await admin.close()


async def check_topics(settings: Settings) -> list[Difference]:
    """What differs from the design: missing topics, partition counts, cleanup, retention, sizes, who writes times."""
    admin = await _admin(settings)
    try:
        wanted = wanted_topics(settings)
        present = set(await admin.list_topics())
        there = [topic.name for topic in wanted if topic.name in present]
        counts = {d["topic"]: len(d["partitions"]) for d in await admin.describe_topics(there)} if there else {}
        configs = await _configs(admin, there)
        return [d for topic in wanted for d in _compare(topic, counts.get(topic.name), configs.get(topic.name, {}))]
    finally:
        await admin.close()


def _compare(wanted: Wanted, partitions: int | None, configs: dict[str, str]) -> Iterable[Difference]:
    if partitions is None:
        yield Difference(wanted.name, "the topic", "there", "missing; `interdict topics` makes it")
        return
    if partitions != wanted.partitions:
        yield Difference(wanted.name, "partition count", str(wanted.partitions), str(partitions))
    for name, value in wanted.configs().items():
        if (found := configs.get(name, NOT_REPORTED)) != value:
            yield Difference(wanted.name, name, value, found)


async def _configs(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    found: dict[str, dict[str, str]] = {}
    for answer in await admin.describe_configs(resources):
        for error, _, _, name, entries in answer.resources:
            found[name] = {} if error else {str(entry[0]): str(entry[1]) for entry in entries}
    return found


async def _admin(settings: Settings) -> AIOKafkaAdminClient:
    admin = new_admin(settings, request_timeout_ms=REQUEST_MS)
    await start(admin, settings)
    return admin


def _new(topic: Wanted) -> NewTopic:
    return NewTopic(topic.name, topic.partitions, topic.replication, topic_configs=topic.configs())


def _raise_errors(answer: Any, needed: set[str]) -> None:
    denied: list[str] = []
    for name, code, *_rest in answer.topic_errors:
        error = for_code(code)
        if error in DENIED:
            denied.append(name)
        elif code and error is not TopicAlreadyExistsError:
            raise error()
    if denied:
        denied = sorted(needed.intersection(denied)) or sorted(denied)
        more = f" and {len(denied) - NAMED_MAX} more" if len(denied) > NAMED_MAX else ""
        raise TopicsMissingError(
            f"no topic {', '.join(denied[:NAMED_MAX])}{more} for this user, who may not make any: "
            "`interdict topics` makes them, `interdict acls` prints who needs which right"
        )


async def _until_present(admin: AIOKafkaAdminClient, names: set[str]) -> None:
    """Creation is answered before every broker knows: wait until metadata names them all."""
    async with asyncio.timeout(REQUEST_MS / 1000):
        while not names <= set(await admin.list_topics()):
            await asyncio.sleep(0.05)
