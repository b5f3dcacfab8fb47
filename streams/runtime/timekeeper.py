"""Asks a broker for the time: what it writes on a record of a topic whose times are the broker's (`LogAppendTime`).

No request of Kafka's asks for the time itself. The embedded broker keeps what the producer wrote; then nothing is
compared, and `interdict_clock_compared` says so.
"""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas.topics import CLOCK, Topic
from streams.core.duty import Sample
from streams.core.reader import LOG_APPEND_TIME
from streams.kafka.producer import new_producer
from streams.observe.logs import told
from streams.runtime.wallclock import WallClock
from streams.settings import Settings

BEAT_S = 10.0
FIRST_S = 5.0
"""Longest wait for the first answer before lanes are taken up: timers are not to fire by a wrong clock."""

log = structlog.get_logger(__name__)


class Timekeeper:
    """Keeps a clock told of the brokers' time while it runs.

    Args:
        settings: where.
        clock: who is told.
    """

    def __init__(self, settings: Settings, clock: WallClock) -> None:
        self._settings = settings
        self._clock = clock
        self._producer: AIOKafkaProducer | None = None
        self._task: asyncio.Task[None] | None = None
        self._was_off = False

    async def start(self) -> None:
        """Ask once, then go on asking in the background."""
        self._producer = new_producer(self._settings)
        await self._producer.start()
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST_S):
                await self._ask(self._producer)
        self._task = asyncio.create_task(self._go_on(self._producer), name="timekeeper")

    async def stop(self) -> None:
        """Ask no more."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self._producer is not None:
            await self._producer.stop()

    async def _go_on(self, producer: AIOKafkaProducer) -> None:
        while True:
            self._tell()
            await asyncio.sleep(BEAT_S)
            await self._ask(producer)

    async def _ask(self, producer: AIOKafkaProducer) -> None:
        asked_at = self._clock.elapsed()
        try:
            written = await producer.send_and_wait(CLOCK.name, b"")
        except KafkaError as problem:
            log.warning("no broker tells the time; it goes on as it went", error=told(problem))
            return
        if written.timestamp_type == LOG_APPEND_TIME:
            self._clock.hear(written.timestamp, asked_at, self._clock.elapsed())

    def _tell(self) -> None:
        """Say once that timers stand still, and once that they go on."""
        is_off = self._clock.is_off
        if is_off and not self._was_off:
            skew_s = round((self._clock.skew_ms or 0.0) / 1000, 1)
            log.error("timers stand still: this machine's clock and the brokers' differ", ahead_s=skew_s)
        elif self._was_off and not is_off:
            log.info("timers go on: this machine's clock and the brokers' agree")
        self._was_off = is_off


class Stamps:
    """Whose records bear times that their feeds wrote: then this machine's clock alone says what lies ahead.

    Args:
        topics: the inputs that others write.
    """

    def __init__(self, topics: Iterable[Topic]) -> None:
        self._by_feed: dict[str, bool | None] = {topic.name: None for topic in topics if topic.kind == "input"}

    def read(self, run: list[Any]) -> None:
        """A run of one partition was read."""
        topic, by_feed = run[-1].topic, getattr(run[-1], "timestamp_type", None) != LOG_APPEND_TIME
        if topic in self._by_feed and self._by_feed[topic] is not by_feed:
            self._by_feed[topic] = by_feed
            if by_feed:
                log.warning("a feed writes the times of its records; set message.timestamp.type", topic=topic)

    def gauges(self) -> Iterator[Sample]:
        """Of each input that was read, whether its feed wrote the time of the latest record."""
        for topic, by_feed in list(self._by_feed.items()):
            if by_feed is not None:
                yield Sample("feed_timed", (topic,), by_feed)
