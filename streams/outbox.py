"""The outbox: what a batch leads to leaves in one order, and only then is the batch done.

    decide in memory ─► outputs, acked ─► changelog, acked ─► batch acknowledged ─► offsets committed

A crash between any two arrows makes the batch come again: before the changelog, it is decided again from the old state
to the same commands with the same ids; after it, the fence in the state lets it change nothing.

Deciding the next batch goes on while this one is on its way, at most `UNDER_WAY_MAX` batches ahead; those that wait
together leave together.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Protocol

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, KafkaTimeoutError, OutOfOrderSequenceNumber, ProducerFenced
from aiokafka.structs import RecordMetadata

from streams.engine import Effects, Headers, Outgoing
from streams.producer import open_producer
from streams.settings import Settings
from streams.signing import SIGNED_TOPICS, Signer

log = structlog.get_logger(__name__)

UNDER_WAY_MAX = 2
"""Decided batches that may wait while one is being written."""
RETRY_S_MIN = 0.1
RETRY_S_MAX = 5.0
CLOSE_S = 5.0
RETRIED = (KafkaTimeoutError, OutOfOrderSequenceNumber, ProducerFenced)
"""Errors that waiting or a new producer cures, though aiokafka does not call them retriable."""

Change = tuple[int, bytes, bytes | None]
"""Partition, key and new state of one changelog record."""


class Sink(Protocol):
    """Where records go. Each call returns when the broker has acknowledged all of them."""

    async def outputs(self, records: list[Outgoing]) -> None:
        """Produce records, each to the partition of its key."""

    async def changelog(self, changes: Iterable[Change]) -> None:
        """Produce states, each to its own partition."""

    async def reopen(self) -> None:
        """Begin anew after an error."""


class KafkaSink:
    """Writes through one aiokafka producer, or after an error through a new one.

    Args:
        settings: where to, and how.
        changelog_topic: where states go.
        signer: signs what goes to a topic of commands; None leaves commands unsigned.
        on_signed: told of each flush whose key signed how many commands, once the broker has them.
    """

    def __init__(
        self,
        settings: Settings,
        changelog_topic: str,
        signer: Signer | None = None,
        on_signed: Callable[[str, int], None] = lambda _key_id, _commands: None,
    ) -> None:
        self._settings = settings
        self._changelog_topic = changelog_topic
        self._signer = signer
        self._on_signed = on_signed
        self._producer: AIOKafkaProducer = None

    async def open(self) -> None:
        """Start the producer."""
        self._producer = await open_producer(self._settings)

    async def reopen(self) -> None:
        """See `Sink`. A producer whose request timed out may have lost its place in its sequence (aiokafka 1017)."""
        await self.close()
        await self.open()

    async def close(self) -> None:
        """Stop the producer; what it still holds is given up after a while."""
        with suppress(TimeoutError, KafkaError):
            await asyncio.wait_for(self._producer.stop(), CLOSE_S)

    async def outputs(self, records: list[Outgoing]) -> None:
        """See `Sink`. Commands are signed here, at the last moment: what is written again has the same signature."""
        send = self._producer.send
        await asyncio.gather(*[await send(r.topic, r.value, r.key, headers=self._headers(r)) for r in records])
        if self._signer is not None and (signed := sum(r.topic in SIGNED_TOPICS for r in records)):
            self._on_signed(self._signer.key_id, signed)

    def _headers(self, record: Outgoing) -> Headers:
        if self._signer is None or record.topic not in SIGNED_TOPICS:
            return record.headers
        assert record.key is not None and record.value is not None, "a command has both"  # noqa: PT018
        return [*record.headers, *self._signer.headers(record.topic, record.key, record.value)]

    async def changelog(self, changes: Iterable[Change]) -> None:
        """See `Sink`. Records of one partition are packed into whole batches, five times as fast as one by one."""
        lanes: dict[int, list[Change]] = {}
        for change in changes:
            lanes.setdefault(change[0], []).append(change)
        await asyncio.gather(*[f for p, lane in lanes.items() for f in await self._send_lane(p, lane)])

    async def _send_lane(self, partition: int, lane: list[Change]) -> "list[asyncio.Future[RecordMetadata]]":
        futures = []
        builder = self._producer.create_batch()
        for _, key, blob in lane:
            if builder.append(key=key, value=blob, timestamp=None) is None:
                futures.append(await self._producer.send_batch(builder, self._changelog_topic, partition=partition))
                builder = self._producer.create_batch()
                builder.append(key=key, value=blob, timestamp=None)
        futures.append(await self._producer.send_batch(builder, self._changelog_topic, partition=partition))
        return futures


class _Parcel:
    """One batch's effects, and whom to tell when they are safe."""

    __slots__ = ("done", "effects")

    def __init__(self, effects: Effects, done: Callable[[], object]) -> None:
        self.effects = effects
        self.done = done


class Outbox:
    """Writes batches' effects in the order in which they were decided.

    Args:
        sink: where to.
        on_written: told of the records of each flush and the seconds it took, by stage.
        on_failure: told of an error that trying again does not cure; nothing is acknowledged after it.
        may_write: asked before each write; raises where this worker must not write any more.
        on_retry: told of each write that must be tried again because the broker is slow or gone.
    """

    def __init__(
        self,
        sink: Sink,
        on_written: Callable[[list[Outgoing], float, float], None],
        on_failure: Callable[[BaseException], None],
        may_write: Callable[[], None] = lambda: None,
        on_retry: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._sink = sink
        self._on_written = on_written
        self._on_failure = on_failure
        self._may_write = may_write
        self._on_retry = on_retry
        self._parcels: asyncio.Queue[_Parcel] = asyncio.Queue(UNDER_WAY_MAX)
        self._writer: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to write."""
        self._writer = asyncio.create_task(self._write_on(), name="outbox")

    async def stop(self) -> None:
        """Stop writing. What was not acknowledged will come again."""
        if self._writer is not None:
            self._writer.cancel()
            with suppress(asyncio.CancelledError):
                await self._writer

    async def put(self, effects: Effects, done: Callable[[], object]) -> None:
        """Send a batch's effects on their way; `done` is called once they are safe. Waits while too many wait."""
        await self._parcels.put(_Parcel(effects, done))

    async def _write_on(self) -> None:
        try:
            while True:
                parcels = [await self._parcels.get()]
                while not self._parcels.empty():
                    parcels.append(self._parcels.get_nowait())
                await self._write(parcels)
        except asyncio.CancelledError:
            raise
        except BaseException as problem:
            self._on_failure(problem)

    async def _write(self, parcels: list[_Parcel]) -> None:
        outgoing = [record for parcel in parcels for record in parcel.effects.outgoing]
        changes: dict[tuple[int, bytes], bytes | None] = {}
        for parcel in parcels:
            changes.update(parcel.effects.changes)
        began = time.perf_counter()
        if outgoing:
            await self._insist("outputs", lambda: self._sink.outputs(outgoing))
        acked = time.perf_counter()
        if changes:
            await self._insist("changelog", lambda: self._sink.changelog([(*at, blob) for at, blob in changes.items()]))
        self._on_written(outgoing, acked - began, time.perf_counter() - acked)
        for parcel in parcels:
            parcel.done()

    async def _insist(self, stage: str, write: Callable[[], Awaitable[None]]) -> None:
        """Write, again and again while the broker is slow or gone. Ids and offsets make a second write harmless."""
        wait_s, again = RETRY_S_MIN, False
        while True:
            try:
                if again:
                    await self._sink.reopen()
                self._may_write()
                return await write()
            except (KafkaError, OSError) as problem:
                if isinstance(problem, KafkaError) and not problem.retriable and not isinstance(problem, RETRIED):
                    raise
                log.warning("the broker does not take a write; trying again", stage=stage, error=type(problem).__name__)
                self._on_retry(stage)
            await asyncio.sleep(wait_s)
            wait_s, again = min(2 * wait_s, RETRY_S_MAX), True
