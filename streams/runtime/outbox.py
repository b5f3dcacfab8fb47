"""The outbox: what a batch leads to leaves in one order, and only then is the batch done.

    decide in memory ─► outputs, acked ─► changelog, acked ─► batch acknowledged ─► offsets committed

A crash between any two arrows makes the batch come again: before the changelog, it is decided again from the old state
to the same commands with the same ids; after it, the fence in the state lets it change nothing.

Deciding the next batch goes on while this one is on its way, at most `UNDER_WAY_MAX` batches ahead; those that wait
together leave together.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    OutOfOrderSequenceNumber,
    ProducerFenced,
    RecordListTooLargeError,
)
from aiokafka.structs import RecordMetadata

from schemas.codec import Rejected
from schemas.topics import INTERNAL, dead_letter
from streams.core.changes import REACHED, Change, Tombstone
from streams.core.deadletters import place_headers, stub_headers
from streams.core.engine import Effects, Headers, Outgoing
from streams.core.errors import ExpectedError
from streams.core.partitioner import hashes_of
from streams.kafka.producer import open_producer
from streams.runtime.signing import SIGNED_TOPICS, Signer
from streams.settings import Settings

log = structlog.get_logger(__name__)

UNDER_WAY_MAX = 2
"""Decided batches that may wait while one is being written."""
RETRY_S_MIN = 0.1
RETRY_S_MAX = 5.0
CLOSE_S = 5.0
RETRIED = (KafkaTimeoutError, OutOfOrderSequenceNumber, ProducerFenced)
"""Errors that waiting or a new producer cures, though aiokafka does not call them retriable."""

TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)
"""What a broker answers, and the producer beforehand, to what is larger than a topic takes: it never will."""
STUB_KEY_BYTES_MAX = 64
"""A key that is longer is nobody's, and is not repeated in a stub."""

Changes = Mapping[tuple[int, bytes], Change]
"""New states by partition and key."""


class StateTooLargeError(ExpectedError):
    """A state is larger than its changelog takes. Going on without it would lose it at the next restart."""


class Sink(Protocol):
    """Where records go. Each call returns when the broker has acknowledged all of them."""

    async def outputs(self, records: list[Outgoing]) -> list[Outgoing]:
        """Produce records, each to the partition of its key; those that came back because they, or the batch they were
        in, are too large."""

    async def changelog(self, changes: Changes) -> None:
        """Produce states, each to its own partition.

        Raises:
            StateTooLargeError: one will never fit.
        """

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
        self._lanes = {topic.name: settings.lanes(topic.space) for topic in INTERNAL}
        """How many partitions what records are copied to has."""

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

    async def outputs(self, records: list[Outgoing]) -> list[Outgoing]:
        """See `Sink`. Commands are signed here, at the last moment: what is written again has the same signature.
        Copies are many, and packed."""
        copies: list[Outgoing] = []
        single: list[Outgoing] = []
        for record in records:
            (copies if record.is_copy else single).append(record)
        packed = await self._send_copies(copies)
        sent = [await self._send(record) for record in single]
        taken = await self._settled([*sent, *packed])
        refused = [record for record, is_taken in zip(single, taken, strict=False) if not is_taken]
        if not all(taken[len(single) :]):  # together they are too large; alone each may fit
            again = await self._settled([await self._send(record) for record in copies])
            refused += [record for record, is_taken in zip(copies, again, strict=True) if not is_taken]
        if self._signer is not None and (signed := sum(r.topic in SIGNED_TOPICS for r in records if r not in refused)):
            self._on_signed(self._signer.key_id, signed)
        return refused

    async def _send_copies(self, copies: list[Outgoing]) -> "list[asyncio.Future[RecordMetadata]]":
        places: defaultdict[tuple[str, int], list[_Packed]] = defaultdict(list)
        keys = [record.key or b"" for record in copies]  # a copy goes to somebody
        for record, key, number in zip(copies, keys, hashes_of(keys), strict=True):
            places[record.topic, number % self._lanes[record.topic]].append((key, record.value, record.headers))
        return [f for (topic, partition), rows in places.items() for f in await self._pack(topic, partition, rows)]

    async def _send(self, record: Outgoing) -> "asyncio.Future[RecordMetadata]":
        value = b"" if record.key is None and record.value is None else record.value  # it wants one of the two
        sent: asyncio.Future[RecordMetadata]
        try:
            sent = await self._producer.send(record.topic, value, record.key, headers=self._headers(record))
        except TOO_LARGE as problem:
            sent = asyncio.get_running_loop().create_future()
            sent.set_exception(problem)
        return sent

    async def _settled(self, sent: "Sequence[asyncio.Future[RecordMetadata]]") -> list[bool]:
        """Wait for all answers: whether each was taken, or not because it is too large, or came behind one that was.

        An idempotent producer has given a refused batch its number in the sequence already, and what follows to that
        partition is refused as out of order: for ever, unless it begins anew.
        """
        answers = await asyncio.gather(*sent, return_exceptions=True)
        failed = [answer for answer in answers if isinstance(answer, BaseException)]
        too_large = any(isinstance(problem, TOO_LARGE) for problem in failed)
        for problem in failed:
            if not (too_large and isinstance(problem, (*TOO_LARGE, OutOfOrderSequenceNumber))):
                raise problem
        if too_large:
            await self.reopen()
        return [not isinstance(answer, BaseException) for answer in answers]

    def _headers(self, record: Outgoing) -> Headers:
        if self._signer is None or record.topic not in SIGNED_TOPICS:
            return record.headers
        assert record.key is not None and record.value is not None, "a command has both"  # noqa: PT018
        return [*record.headers, *self._signer.headers(record.topic, record.key, record.value)]

    async def changelog(self, changes: Changes) -> None:
        """See `Sink`."""
        lanes: defaultdict[int, list[_Packed]] = defaultdict(list)
        for (partition, key), change in changes.items():
            lanes[partition].append(_at_rest(key, change))
        topic = self._changelog_topic
        if not all(await self._settled([f for p, rows in lanes.items() for f in await self._pack(topic, p, rows)])):
            await self._one_by_one(changes)

    async def _one_by_one(self, changes: Changes) -> None:
        """Together they are too large; alone each may fit."""
        for (partition, key), change in changes.items():
            sent = await self._pack(self._changelog_topic, partition, [_at_rest(key, change)])
            if not all(await self._settled(sent)):
                size = 0 if isinstance(change, Tombstone) else len(change)
                raise StateTooLargeError(
                    f"a state of {size} bytes is more than {self._changelog_topic} takes: raise its "
                    "max.message.bytes (`interdict topics --check` says what it should be) and start again"
                )

    async def _pack(self, topic: str, partition: int, rows: "list[_Packed]") -> "list[asyncio.Future[RecordMetadata]]":
        """Records of one partition in whole batches, five times as fast as one by one."""
        futures = []
        builder = self._producer.create_batch()
        now = int(time.time() * 1000)
        for key, value, headers in rows:
            if builder.append(key=key, value=value, timestamp=now, headers=headers) is None:
                futures.append(await self._producer.send_batch(builder, topic, partition=partition))
                builder = self._producer.create_batch()
                builder.append(key=key, value=value, timestamp=now, headers=headers)
        futures.append(await self._producer.send_batch(builder, topic, partition=partition))
        return futures


_Packed = tuple[bytes, bytes | None, Headers]
"""Key, value and headers of a record that is packed with others."""


def _at_rest(key: bytes, change: Change) -> _Packed:
    """A changelog record."""
    return (key, None, [(REACHED, change.reached)]) if isinstance(change, Tombstone) else (key, change, [])


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
        on_too_large: told of what will never be taken as it is: a letter, an output, a state.
        in_place: what leaves in place of an output that is too large; None for nothing.
    """

    def __init__(
        self,
        sink: Sink,
        on_written: Callable[[list[Outgoing], float, float], None],
        on_failure: Callable[[BaseException], None],
        may_write: Callable[[], None] = lambda: None,
        on_retry: Callable[[str], None] = lambda _: None,
        on_too_large: Callable[[str], None] = lambda _: None,
        in_place: Callable[[Outgoing], Outgoing | None] = lambda _: None,
    ) -> None:
        self._sink = sink
        self._on_written = on_written
        self._on_failure = on_failure
        self._may_write = may_write
        self._on_retry = on_retry
        self._on_too_large = on_too_large
        self._in_place = in_place
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
            if isinstance(problem, StateTooLargeError):
                self._on_too_large("state")
            self._on_failure(problem)

    async def _write(self, parcels: list[_Parcel]) -> None:
        outgoing = [record for parcel in parcels for record in parcel.effects.outgoing]
        changes = parcels[0].effects.changes
        for later in (parcel.effects.changes for parcel in parcels[1:]):
            for key in changes.keys() & later.keys():  # a later one's last: what a state has in pieces goes before it
                del changes[key]
            changes.update(later)
        lost: list[Outgoing] = []
        began = time.perf_counter()
        if outgoing:
            await self._insist("outputs", lambda: self._write_outputs(outgoing, lost))
        acked = time.perf_counter()
        if changes:
            await self._insist("changelog", lambda: self._sink.changelog(changes))
        written = [record for record in outgoing if record not in lost] if lost else outgoing
        self._on_written(written, acked - began, time.perf_counter() - acked)
        for parcel in parcels:
            parcel.done()

    async def _write_outputs(self, outgoing: list[Outgoing], lost: list[Outgoing]) -> None:
        """Write what leaves. What will never be taken as it is must not be tried for ever: a letter's stub is written
        in its place; of an output what says that a human must see to it, and an alarm."""
        lost.clear()
        refused = await self._sink.outputs(outgoing)
        for record in refused:
            if len(refused) > 1 and not await self._sink.outputs([record]):
                continue  # it was the batch that was too large
            log.error("a record is larger than its topic takes", topic=record.topic, bytes=_size_of(record))
            if record.output is None:
                self._on_too_large("letter")
                await self._sink.outputs([stub(record)])
            else:
                self._on_too_large("output")
                lost.append(record)
                if (small := self._in_place(record)) is not None and await self._sink.outputs([small]):
                    log.error("nor does any topic take what should say so", topic=small.topic)

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


def stub(record: Outgoing) -> Outgoing:
    """What is written where a dead letter, or a record that is sent on, is too large."""
    key = record.key if record.key is not None and len(record.key) <= STUB_KEY_BYTES_MAX else None
    if record.origin is None:
        return Outgoing(record.topic, key, b"", stub_headers(record.headers, record.value))
    problem = Rejected("too_large", "a record to be sent on: more than its topic takes")
    place = place_headers(*record.origin, problem)
    return Outgoing(dead_letter(record.origin[0]), key, b"", stub_headers(place, record.value))


def _size_of(record: Outgoing) -> int:
    """About how many bytes a record is."""
    named = sum(len(name) + len(data or b"") for name, data in record.headers)
    return len(record.key or b"") + len(record.value or b"") + named
