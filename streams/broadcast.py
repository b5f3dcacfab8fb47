"""Reference topics of which every worker holds every record: read to their end first, then followed."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.topics import Topic
from streams.reader import Reader
from streams.recovery import new_reader, read_to_end

FOLLOW_WAIT_MS = 500

Learn = Callable[[Topic, str, Any], None]


class Broadcast:
    """Feeds `learn` with every record of the given topics.

    Args:
        bootstrap: the broker's address.
        client_id: the name to go by.
        topics: what to read.
        learn: called with topic, key and model; with None where the key was deleted.
        on_rejected: called with topic and reason for a record that cannot be read; the last good one stays.
    """

    def __init__(
        self,
        bootstrap: str,
        client_id: str,
        topics: Iterable[Topic],
        learn: Learn,
        on_rejected: Callable[[str, str], None],
    ) -> None:
        self._bootstrap = bootstrap
        self._client_id = client_id
        self._topics = {topic.name: topic for topic in topics}
        self._learn = learn
        self._on_rejected = on_rejected
        self._read = Reader(self._topics.values())
        self._consumer: AIOKafkaConsumer | None = None
        self._follower: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read everything there is, then go on following in the background. A second call does nothing."""
        if self._consumer is not None or not self._topics:
            return
        self._consumer = new_reader(self._bootstrap, self._client_id)
        await self._consumer.start()
        async for records in read_to_end(self._consumer, await self._partitions()):
            self._take(records)
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
        while True:
            for records in (await self._consumer.getmany(timeout_ms=FOLLOW_WAIT_MS)).values():
                self._take(records)

    def _take(self, records: list[Any]) -> None:
        for record in records:
            topic = self._topics[record.topic]
            key = (record.key or b"").decode(errors="replace")
            if record.value is None:
                self._learn(topic, key, None)
                continue
            entry = self._read(record)
            if entry.rejected is None:
                self._learn(topic, key, entry.event)
            else:
                self._on_rejected(topic.name, entry.rejected.reason)
