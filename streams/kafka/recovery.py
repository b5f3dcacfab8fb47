"""Reading whole partitions, from their first record to their end, in batches.

Two users: a changelog is read when its lane is assigned, and the reference topics that every worker holds are read
before the first event is decided. The end is the farther of two answers. A broker that has just become a partition's
leader knows its high watermark late, and its fetch answers end too early; "what is your latest offset" it answers only
once it knows (KIP-207). The embedded broker's answer to that falls short by most of the last batch.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.topics import Topic
from streams.core.deadletters import Unreadable
from streams.core.errors import ExpectedError
from streams.core.partitioner import partition_of
from streams.kafka.clients import BrokerAbsentError, new_consumer, start
from streams.kafka.unpacking import unpack_safely
from streams.settings import READ_COMMITTED, Isolation, Settings

FETCH_WAIT_MS = 20
STALL_S = 30.0
"""A recovery that brings nothing for this long is given up: it starts over, or the worker stops and says so."""


class RecoveryStalledError(ExpectedError):
    """The broker stopped answering in the middle of a recovery."""


class TopicAbsentError(BrokerAbsentError):
    """The broker that answers is not Interdict's: it has no such topic."""


def new_reader(settings: Settings, *, skip: bool = False) -> AIOKafkaConsumer:
    """A consumer outside any group, for reading whole partitions.

    Args:
        settings: where to read, and who to be there.
        skip: whether what cannot be unpacked is handed out as `Unreadable`. Otherwise it ends the reading with an
            `UnreadableError`: a changelog without one of its records is a state that nobody decided.
    """
    consumer = new_consumer(
        settings,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=FETCH_WAIT_MS,
        isolation_level=settings.isolation,
        max_partition_fetch_bytes=4 << 20,
    )
    unpack_safely(consumer, settings.unpacked_bytes_max, skip=skip)
    return consumer


def readable_end(highwater: int, stable: int | None, isolation: Isolation) -> int:
    """Up to where a partition can be read: before the first transaction that is still open, where that matters."""
    return stable if isolation == READ_COMMITTED and stable is not None and stable >= 0 else highwater


async def read_to_end(
    consumer: AIOKafkaConsumer,
    tps: Iterable[TopicPartition],
    wanted: Callable[[], bool] = lambda: True,
    on_progress: Callable[[int, int], None] = lambda _read, _all: None,
) -> AsyncIterator[list[Any]]:
    """Yield runs of records of these partitions until each has been read to its end.

    Tells after each round how many offsets it is past, of how many as far as known by now; compaction leaves gaps among
    them. Stops early, without an error, once `wanted()` is false: the partitions went to somebody else meanwhile.

    Raises:
        RecoveryStalledError: nothing came for `STALL_S` seconds though the end was not reached.
        UnreadableError: the consumer must not skip anything, and met what it cannot unpack.
    """
    left = set(tps)
    past, ends = dict.fromkeys(left, 0), dict.fromkeys(left, 0)
    consumer.assign(list(left))
    await consumer.seek_to_beginning(*left)
    ends.update(await consumer.end_offsets(list(left)))
    heard_at = time.monotonic()
    while left and wanted():
        runs = await consumer.getmany(timeout_ms=FETCH_WAIT_MS * 5)
        for records in runs.values():
            yield records
        for tp in left:
            if (highwater := consumer.highwater(tp)) is not None:
                end = readable_end(highwater, consumer.last_stable_offset(tp), consumer._isolation_level)
                past[tp], ends[tp] = await asyncio.wait_for(consumer.position(tp), STALL_S), max(ends[tp], end)
        finished = {tp for tp in left if consumer.highwater(tp) is not None and past[tp] >= ends[tp]}
        on_progress(sum(past.values()), sum(ends.values()))
        if runs or finished:
            heard_at = time.monotonic()
        elif time.monotonic() - heard_at > STALL_S:
            raise RecoveryStalledError(f"{len(left)} partitions did not reach their end within {STALL_S:.0f} s")
        left -= finished


async def read_topic(settings: Settings, topic: Topic, key: bytes | None = None) -> AsyncIterator[list[Any]]:
    """Every record of a topic that can be unpacked, in runs of one partition.

    Args:
        settings: where it is.
        topic: which.
        key: only what lies in its partition.

    Raises:
        BrokerAbsentError: no broker answers.
        TopicAbsentError: it has no such topic.
    """
    consumer = new_reader(settings, skip=True)
    await start(consumer, settings)
    try:
        partitions = (await consumer._client.fetch_all_metadata()).partitions_for_topic(topic.name)
        if not partitions:
            raise TopicAbsentError(
                f"{settings.bootstrap} shows no topic {topic.name}: `interdict topics` makes it, "
                "`interdict acls` prints who may read it"
            )
        wanted = sorted(partitions) if key is None else [partition_of(key, len(partitions))]
        async for records in read_to_end(consumer, [TopicPartition(topic.name, p) for p in wanted]):
            yield [record for record in records if not isinstance(record, Unreadable)]
    finally:
        await consumer.stop()
