"""`interdict rebase`: makes the states fit topics that were made anew, or more lanes. No worker may run meanwhile.

    interdict rebase bank.transactions     its offsets count anew: every state loses the fence of the topic that was
    interdict rebase --partitions 16       more lanes: topics grow, and each state goes where its person's records will

It joins the workers' group as a consumer of another kind. While a worker is in it the brokers refuse that, and while
this is in it they refuse workers. Each step can be done again: the same command finishes what was broken off.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from aiokafka.errors import IncompatibleBrokerVersion, InconsistentGroupProtocolError
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from interdict.topology import LAYOUT_0_1, load_pipelines
from schemas.spans import DAY_MS
from schemas.topics import Topic, changelog
from streams.core.changes import Tombstone, change_of
from streams.core.duty import fence_key
from streams.core.errors import ExpectedError
from streams.core.partitioner import partition_of
from streams.core.pieces import owner_of
from streams.core.pipeline import Pipeline
from streams.core.store import Store
from streams.kafka.clients import new_admin, new_consumer, start
from streams.kafka.cluster import Cluster, look
from streams.kafka.metadata import NO_ID
from streams.kafka.recovery import new_reader, read_to_end
from streams.kafka.topics import ensure_topics, wanted_topics
from streams.runtime.app import in_its_group
from streams.runtime.group import Member, describe
from streams.runtime.outbox import KafkaSink
from streams.settings import Settings

ASK_MS = 10_000
JOIN_AGAIN_S = 0.5
LEAVE_S = 5.0
"""Beyond a session: how long a member that died may still count as there."""
IDLE_MS_MAX = DAY_MS
"""Longer than any rebase: who holds the group reads nothing."""
WRITE_AT_ONCE = 2_000
GROWN_S = 30.0

out = Console(highlight=False)
progress_out = Console(stderr=True, highlight=False)


class RebaseError(ExpectedError):
    """It cannot be done as things are. Says in one line why, and what to do."""


class Move(NamedTuple):
    """What becomes of one state."""

    key: bytes
    blob: bytes
    """As it is to be kept."""
    lane: int
    """Where it belongs."""


Fate = Callable[[int, bytes, bytes], Move | None]
"""Of a lane, key and state: what becomes of it; None where it stays as it is."""


class Done(NamedTuple):
    """What was done, or would be."""

    states: int
    changed: int

    def and_of(self, other: "Done") -> "Done":
        """Both together."""
        return Done(self.states + other.states, self.changed + other.changed)


async def rebase_topics(settings: Settings, names: list[str], *, dry_run: bool) -> int:
    """Reset the fences for topics that were made anew, and read them from their beginning; exit code.

    Args:
        settings: where.
        names: input topics; none for those that some state's fence shows to be made anew.
        dry_run: change nothing, and say what would be.

    Raises:
        RebaseError: a name is no input's, or workers run.
    """
    pipelines = load_pipelines()
    read = sorted(topic.name for pipeline in pipelines for topic in pipeline.inputs)
    if unknown := sorted(set(names).difference(read)):
        raise RebaseError(f"no fence is kept for {', '.join(unknown)}; there is {', '.join(read)}")
    done, again = Done(0, 0), list[str]()
    for pipeline in pipelines:
        own = [topic for topic in pipeline.inputs if topic.name in names or not names]
        if own:
            part, met = await _rebase(
                in_its_group(settings, pipeline), pipeline, own, named=bool(names), dry_run=dry_run
            )
            done, again = done.and_of(part), again + met
    _report(done, dry_run, f"read again from the beginning: {', '.join(again) or 'no topic'}")
    return 0


async def _rebase(
    settings: Settings, pipeline: Pipeline, topics: list[Topic], *, named: bool, dry_run: bool
) -> tuple[Done, list[str]]:
    """One pipeline's states; and the names of what is to be read again."""
    async with _held(settings, pipeline, dry_run=dry_run) as group:
        cluster = await _cluster(settings, (topic.name for topic in pipeline.inputs))
        fate = _without_fences(pipeline, cluster, topics, named=named)
        done = await _rewrite(settings, pipeline, fate, dry_run=dry_run)
        again = [topic.name for topic in topics] if named else sorted(fate.met)
        if group is not None:
            await _from_the_beginning(group, again)
    return done, again


class _Fences:
    """Takes the fences of topics that are gone from states, and notes which topics were met."""

    def __init__(self, store: Store, topics: Iterable[Topic], keeps: Callable[[int], bool]) -> None:
        self._store = store
        self._names = {topic.code: topic.name for topic in topics}
        self._keeps = keeps
        self.met: set[str] = set()

    def __call__(self, lane: int, key: bytes, blob: bytes) -> Move | None:
        fresh = self._store.refenced(key, blob, self._kept)
        return None if fresh is None else Move(key, fresh, lane)

    def _kept(self, fence: int) -> bool:
        name = self._names.get(fence >> 32)
        if name is None or self._keeps(fence):
            return True
        self.met.add(name)
        return False


def _without_fences(pipeline: Pipeline, cluster: Cluster, topics: list[Topic], *, named: bool) -> _Fences:
    """Of a topic that somebody named, all goes but the fence of the one that is there; else what is of another only."""
    present = {fence_key(topic.code, cluster.topic_ids.get(topic.name, NO_ID)) for topic in topics}
    told = {key for key in present if key & 0xFFFFFFFF != NO_ID}
    unknown = set() if named else {fence_key(topic.code, NO_ID) for topic in topics}
    return _Fences(_store(pipeline), topics, (told | unknown).__contains__)


async def change_lanes(settings: Settings, lanes: int, *, dry_run: bool) -> int:
    """Grow every topic that is keyed by subscriber, and take each state to the lane of its key; exit code.

    Raises:
        RebaseError: workers run, or a topic has more partitions than that.
    """
    pipelines, wanted = load_pipelines(), settings.model_copy(update={"partitions": lanes})
    done = Done(0, 0)
    async with AsyncExitStack() as groups:
        for pipeline in pipelines:
            await groups.enter_async_context(_held(in_its_group(settings, pipeline), pipeline, dry_run=dry_run))
        grown = await _grow(wanted, dry_run=dry_run)
        for pipeline in pipelines:
            done = done.and_of(
                await _rewrite(
                    settings, pipeline, _to_its_lane(pipeline, wanted.lanes(pipeline.space.name)), dry_run=dry_run
                )
            )
    _report(done, dry_run, f"topics grown: {len(grown)}")
    out.print(f"set INTERDICT_PARTITIONS={lanes} for every worker and tool, and start the workers")
    return 0


def _to_its_lane(pipeline: Pipeline, lanes: int) -> Fate:
    """A state whose records will go to another lane goes there, without its fence: offsets of one partition say nothing
    of another. What it had applied already is known by the events that it remembers."""
    store = _store(pipeline)

    def fate(lane: int, key: bytes, blob: bytes) -> Move | None:
        home = partition_of(owner_of(key), lanes)
        return None if home == lane else Move(key, store.refenced(key, blob, lambda _: False) or blob, home)

    return fate


def _store(pipeline: Pipeline) -> Store:
    """One that is asked of single states and holds none."""
    return Store(pipeline, idle_ms=0, legacy=LAYOUT_0_1)


# -- the states ----------------------------------------------------------------------------------------------


async def _rewrite(settings: Settings, pipeline: Pipeline, fate: Fate, *, dry_run: bool) -> Done:
    """Lane by lane, so that one lane's states are in memory and no more."""
    sink = KafkaSink(settings, changelog(pipeline.name), None)
    states = changed = 0
    if not dry_run:
        await sink.open()
    try:
        with _progress() as progress:
            lanes = await _partitions(settings, changelog(pipeline.name))
            for lane in progress.track(range(lanes), description="lanes"):
                held = await _states(settings, pipeline, lane)
                moves = [move for key, blob in held.items() if (move := fate(lane, key, blob)) is not None]
                states, changed = states + len(held), changed + len(moves)
                if not dry_run:
                    await _write(sink, lane, moves)
    finally:
        if not dry_run:
            await sink.close()
    return Done(states, changed)


async def _states(settings: Settings, pipeline: Pipeline, lane: int) -> dict[bytes, bytes]:
    """The latest state of each key of a lane, as a worker would read them back."""
    store = _store(pipeline)
    consumer = new_reader(settings)
    await start(consumer, settings)
    try:
        async for run in read_to_end(consumer, [TopicPartition(changelog(pipeline.name), lane)]):
            for record in run:
                store.recover(lane, record.key, change_of(record))
    finally:
        await consumer.stop()
    return store.at_rest(lane)


async def _write(sink: KafkaSink, lane: int, moves: list[Move]) -> None:
    """Each state where it belongs, and, once it is safe there, a tombstone where it was."""
    for part in _parts(moves):
        await sink.changelog({(move.lane, move.key): move.blob for move in part})
        if gone := {(lane, move.key): Tombstone() for move in part if move.lane != lane}:
            await sink.changelog(gone)


def _parts(moves: list[Move]) -> Iterator[list[Move]]:
    return (moves[at : at + WRITE_AT_ONCE] for at in range(0, len(moves), WRITE_AT_ONCE))


# -- topics and group ----------------------------------------------------------------------------------------


@asynccontextmanager
async def _held(settings: Settings, pipeline: Pipeline, *, dry_run: bool) -> AsyncIterator[AIOKafkaConsumer | None]:
    """Hold the workers' group, so that none of them is in it or comes; a dry run holds nothing."""
    if dry_run:
        yield None
        return
    await ensure_topics(settings)
    group = await _joined(settings, [topic.name for topic in pipeline.inputs])
    try:
        yield group
    finally:
        await group.stop()


async def _joined(settings: Settings, topics: list[str]) -> AIOKafkaConsumer:
    """A consumer that is in the group, once workers that died count as gone."""
    loop = asyncio.get_running_loop()
    until = loop.time() + settings.session_timeout_s + LEAVE_S
    while True:
        group = _consumer(settings, *topics)
        try:
            await start(group, settings)
            return group
        except InconsistentGroupProtocolError:
            if loop.time() > until:
                break
        await asyncio.sleep(JOIN_AGAIN_S)
    async with _admin(settings) as admin:
        members = (await describe(admin, settings.group_id)).members
    if members:
        raise RebaseError(_who_is_there(settings, members))
    return await _beside(settings, topics)


async def _beside(settings: Settings, topics: list[str]) -> AIOKafkaConsumer:
    """The embedded broker never forgets which kind of members a group had, though they are gone: beside such a group
    offsets can be set, and nothing keeps workers out."""
    group = _consumer(settings)
    await start(group, settings)
    group.assign([TopicPartition(name, p) for name in topics for p in range(await _partitions(settings, name))])
    return group


def _consumer(settings: Settings, *topics: str) -> AIOKafkaConsumer:
    return new_consumer(
        settings, *topics, group_id=settings.group_id, enable_auto_commit=False, auto_offset_reset="earliest",
        max_poll_interval_ms=IDLE_MS_MAX, session_timeout_ms=int(settings.session_timeout_s * 1000),
        heartbeat_interval_ms=int(settings.session_timeout_s * 1000 / 3),
    )  # fmt: skip


def _who_is_there(settings: Settings, members: Iterable[Member]) -> str:
    hosts = sorted({member.host.lstrip("/") for member in members} - {""})
    where = f" at {', '.join(hosts)}" if hosts else ""
    return f"workers are in the group {settings.group_id}{where}: stop all of them first"


async def _from_the_beginning(group: AIOKafkaConsumer, names: Iterable[str]) -> None:
    tps = [tp for tp in group.assignment() if tp.topic in set(names)]
    if tps:
        await group.commit(await group.beginning_offsets(tps))


async def _grow(wanted: Settings, *, dry_run: bool) -> list[str]:
    """Grow what has fewer partitions than are wanted; returns the names.

    Raises:
        RebaseError: one has more, or this broker lets no topic grow.
    """
    counts = {topic.name: topic.partitions for topic in wanted_topics(wanted)}
    async with _admin(wanted) as admin:
        found = (await _seen(admin, counts)).partitions
        if more := sorted(name for name, count in found.items() if count > counts[name]):
            raise RebaseError(f"{more[0]} has {found[more[0]]} partitions: topics grow, and never shrink")
        growing = {name: counts[name] for name, count in found.items() if count < counts[name]}
        if growing and not dry_run:
            try:
                await admin.create_partitions({name: NewPartitions(count) for name, count in growing.items()})
            except IncompatibleBrokerVersion:
                raise RebaseError("this broker lets no topic grow; Apache Kafka does") from None
            await _until_grown(admin, counts)
    return sorted(growing)


async def _until_grown(admin: AIOKafkaAdminClient, counts: dict[str, int]) -> None:
    async with asyncio.timeout(GROWN_S):
        while (await _seen(admin, counts)).partitions != counts:
            await asyncio.sleep(0.1)


async def _cluster(settings: Settings, names: Iterable[str]) -> Cluster:
    async with _admin(settings) as admin:
        return await _seen(admin, names)


async def _partitions(settings: Settings, topic: str) -> int:
    return (await _cluster(settings, [topic])).partitions.get(topic, 0)


async def _seen(admin: AIOKafkaAdminClient, names: Iterable[str]) -> Cluster:
    async with asyncio.timeout(ASK_MS / 1000):
        while (cluster := await look(admin, names)) is None:
            await asyncio.sleep(0.1)
    return cluster


@asynccontextmanager
async def _admin(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = new_admin(settings, request_timeout_ms=ASK_MS)
    await start(admin, settings)
    try:
        yield admin
    finally:
        await admin.close()


# -- what is said --------------------------------------------------------------------------------------------


def _report(done: Done, dry_run: bool, more: str) -> None:
    said = "would be changed" if dry_run else "changed"
    out.print(f"{done.changed:,} of {done.states:,} states {said}; {more}")


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.completed} of {task.total} {task.description}"), BarColumn(), TimeElapsedColumn(),
        console=progress_out, transient=True,
    )  # fmt: skip
