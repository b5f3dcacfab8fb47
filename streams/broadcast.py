"""Reference topics of which every worker holds every record: read to their end first, then followed."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.codec import Rejected
from schemas.topics import Topic
from streams.deadletters import Unreadable
from streams.reader import Reader
from streams.recovery import new_reader, read_to_end
from streams.settings import Settings

FOLLOW_WAIT_MS = 500

Learn = Callable[[Topic, str, Any], None]
"""May raise `Rejected`."""


class Broadcast:
    """Feeds `learn` with every record of the given topics.

    Args:
        settings: where to read, and who to be there.
        topics: what to read.
        learn: called with topic, key and model; with None where the key was deleted.
        on_rejected: called with a record that cannot be read or used, with why, and whether it is new: every worker
            reads the old ones at its start. The last good one stays.
        on_failure: told of an error that nobody foresaw: following is over, and deciding on would be by old policies.
    """

    def __init__(
        self,
        settings: Settings,
        topics: Iterable[Topic],
        learn: Learn,
        on_rejected: Callable[[Any, Rejected, bool], None],
        on_failure: Callable[[BaseException], None],
    ) -> None:
        self._settings = settings
        self._topics = {topic.name: topic for topic in topics}
        self._learn = learn
        self._on_rejected = on_rejected
        self._on_failure = on_failure
        self._read = Reader(self._topics.values())
        self._consumer: AIOKafkaConsumer | None = None
        self._follower: asyncio.Task[None] | None = None
        self._is_following = False

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
                self._learn(
                    self._topics[record.topic], (record.key or b"").decode(errors="replace"), self._model(record)
                )
            except Rejected as problem:
                self._on_rejected(record, problem, self._is_following)

    def _model(self, record: Any) -> Any:
        if isinstance(record, Unreadable):
            raise record.problem
        if record.value is None:
            return None
        entry = self._read(record)
        if entry.rejected is not None:
            raise entry.rejected
        return entry.event
