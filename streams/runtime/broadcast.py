"""Reference topics of which every worker holds every record: read to their end first, then followed."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.codec import Rejected
from schemas.reference import POLICY_NAMES
from schemas.topics import POLICIES, Topic
from streams.core.deadletters import Unreadable
from streams.core.lanes import Entry
from streams.core.policies import Learn, unreadable
from streams.core.reader import Reader
from streams.kafka.recovery import new_reader, read_to_end
from streams.settings import Settings

FOLLOW_WAIT_MS = 500

Hear = Callable[[Topic, str, bytes | None, bool], None]
"""Told of a record's topic, key and value, and whether it was taken up."""


class Broadcast:
    """Feeds `learn` with every record of the given topics.

    Args:
        settings: where to read, and who to be there.
        topics: what to read.
        learn: called with topic, key and model; with None where the key was deleted.
        on_heard: told of each record with a readable key, once `learn` was.
        on_rejected: called with a record that cannot be read or used, with why, and whether it is new: every worker
            reads the old ones at its start. The last good one stays.
        on_failure: told of an error that nobody foresaw: following is over, and deciding on would be by old policies.
    """

    def __init__(
        self,
        settings: Settings,
        topics: Iterable[Topic],
        learn: Learn,
        on_heard: Hear,
        on_rejected: Callable[[Any, Rejected, bool], None],
        on_failure: Callable[[BaseException], None],
    ) -> None:
        self._settings = settings
        self._topics = {topic.name: topic for topic in topics}
        self._learn = learn
        self._on_heard = on_heard
        self._on_rejected = on_rejected
        self._on_failure = on_failure
        self._read = Reader(self._topics.values())
        self._consumer: AIOKafkaConsumer | None = None
        self._follower: asyncio.Task[None] | None = None
        self._is_following = False

    @property
    def has_started(self) -> bool:
        """Whether everything there was is read."""
        return self._is_following

    async def start(self) -> None:
        """Read everything there is, then go on following in the background. A second call does nothing."""
        if self._consumer is not None or not self._topics:
            return
        self._consumer = new_reader(self._settings, skip=True)
        await self._consumer.start()
        async for records in read_to_end(self._consumer, await self._partitions()):
            self._take(records)
        self._is_following = True
        self._follower = asyncio.create_task(self._follow(), name="broadcast")

    async def stop(self) -> None:
        """Stop following."""
        if self._follower is not None:
            self._follower.cancel()
            with suppress(asyncio.CancelledError):
                await self._follower
        if self._consumer is not None:
            await self._consumer.stop()
            self._consumer = None

    async def _partitions(self) -> list[TopicPartition]:
        assert self._consumer is not None
        await self._consumer._client.force_metadata_update()
        return [
            TopicPartition(name, partition)
            for name in self._topics
            for partition in sorted(self._consumer.partitions_for_topic(name) or ())
        ]

    async def _follow(self) -> None:
        assert self._consumer is not None
        try:
            while True:
                for records in (await self._consumer.getmany(timeout_ms=FOLLOW_WAIT_MS)).values():
                    self._take(records)
        except Exception as problem:
            self._on_failure(problem)

    def _take(self, records: list[Any]) -> None:
        for record in records:
            try:
                self._teach(record)
            except Rejected as problem:
                self._on_rejected(record, problem, self._is_following)

    def _teach(self, record: Any) -> None:
        if isinstance(record, Unreadable):
            self._doubt(self._topics[record.topic])
            raise record.problem
        topic, key, is_good = self._topics[record.topic], key_of(record), False
        try:
            teach(self._learn, topic, key, self._read(record))
            is_good = True
        finally:
            self._on_heard(topic, key, record.value, is_good)

    def _doubt(self, topic: Topic) -> None:
        """A policy that could not even be unpacked may have been any: the limits above all."""
        if topic is POLICIES:
            with suppress(Rejected):
                self._learn(POLICIES, "limits", unreadable("limits"))


def key_of(record: Any) -> str:
    """A reference record's key as text.

    Raises:
        Rejected: it is none.
    """
    try:
        return (record.key or b"").decode()
    except UnicodeDecodeError:
        raise Rejected("key_invalid", "key: not UTF-8") from None


def teach(learn: Learn, topic: Topic, key: str, entry: Entry) -> None:
    """Hand a reference record to whoever learns from it, if it is what its key says; None where the key was deleted.

    Of a policy that cannot be read, its duty hears all the same: its newest record is bad.

    Raises:
        Rejected: it cannot be read or used.
    """
    if entry.record.value is None:
        learn(topic, key, None)
        return
    problem: Rejected | None = entry.rejected or _misplaced(topic, key, entry.event)
    if problem is None:
        learn(topic, key, entry.event)
        return
    if topic is POLICIES and key in POLICY_NAMES:
        with suppress(Rejected):
            learn(topic, key, unreadable(key))
    raise problem


def _misplaced(topic: Topic, key: str, event: Any) -> Rejected | None:
    """Compaction goes by the key: under another one, a record would displace what it is not about, and could never be
    displaced by what is."""
    if getattr(event, topic.key) != key:
        return Rejected("key_mismatch", f"key: not the value's {topic.key}")
    if topic is POLICIES and key not in POLICY_NAMES:
        return Rejected("unknown_value", "name: no such policy")
    return None
