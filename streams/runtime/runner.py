"""The runner of a pipeline: lanes in, engine and state, outbox out; and its recovery when lanes come and go.

Kafka ─► BatchTransport ─► Faust agent ─► Runner.run: Engine.apply ─► Outbox ─► Kafka
                                                 │
                                               Store ◄─ changelog, when a lane is assigned
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import faust
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.codec import Rejected
from schemas.topics import ACCEPTED, POLICIES, Topic, changelog
from streams.core.changes import change_of
from streams.core.engine import Effects, Engine, Outgoing, buried, outgoing
from streams.core.errors import ExpectedError
from streams.core.identity import Identity
from streams.core.lanes import Batch
from streams.core.legacy import LegacyLayout
from streams.core.partitioner import partition_of
from streams.core.pipeline import Pipeline
from streams.core.store import Store
from streams.kafka.cluster import fence_keys, fenced_by_others
from streams.kafka.recovery import new_reader, read_to_end
from streams.observe.logs import told
from streams.observe.metrics import Metrics
from streams.observe.tracing import tracing_of
from streams.observe.trail import Trail
from streams.runtime.accepted import Accepted, read_accepted
from streams.runtime.app import channel
from streams.runtime.broadcast import Broadcast
from streams.runtime.outbox import KafkaSink, Outbox
from streams.runtime.signing import signer_of
from streams.runtime.transport import BatchConsumer, BatchTransport, Poll
from streams.runtime.watchdog import Watchdog
from streams.settings import Settings

log = structlog.get_logger(__name__)

PROGRESS_S = 2.0
"""Seconds between two lines of the log about a recovery under way."""
FIRST_LANE = 0
FAULTS_PER_MINUTE_MAX = 300
"""Records within a minute that a duty may fail on before the worker stops."""
MINUTE_S = 60.0
ASSIGNED = "lanes assigned"
"""What a worker logs at the end of each rebalance."""


class Runner:
    """Runs one pipeline inside a Faust app of its own.

    Args:
        app: the Faust app whose agent calls `run`.
        pipeline: what is decided.
        settings: how it is run.
        metrics: where it is counted.
        topic_ids: the short id of each input topic (`streams.kafka.cluster.Cluster`).
        on_unfit: told in one line why the states cannot be gone on with.
        identity: makes the stand-ins of events.
        legacy: how to read the states of release 0.1.
    """

    def __init__(
        self, app: faust.App, pipeline: Pipeline, settings: Settings, metrics: Metrics, topic_ids: Mapping[str, int],
        on_unfit: Callable[[str], None], identity: Identity | None = None, legacy: LegacyLayout | None = None,
    ) -> None:  # fmt: skip
        self.app = app
        self.pipeline = pipeline
        self._settings = settings
        self._metrics = metrics
        self.store = Store(
            pipeline, settings.idle_ms, settings.unnamed_idle_ms, settings.unnamed_max, legacy,
            fence_keys(pipeline.inputs, topic_ids),
        )  # fmt: skip
        self._on_unfit = on_unfit
        self._engine = Engine(
            pipeline, self.store, settings.late_ms_max, settings.lanes(pipeline.space.name), identity, topic_ids
        )
        self._faults = Faults()
        self._held = HeldLanes()
        self._sink = KafkaSink(settings, changelog(pipeline.name), signer_of(settings), metrics.signed)
        self._watchdog = Watchdog(settings.session_timeout_s, self._fail)
        self._trail = Trail(pipeline.name)
        self._tracing = tracing_of(settings, pipeline.name)
        self._outbox: Outbox | None = None
        self.recovering = ""
        """How far a recovery under way has come, in words; empty where none is."""
        self._hears = {topic.name: topic for topic in pipeline.broadcasts}
        self._accepted = Accepted(pipeline.on_broadcast, pipeline.answers_for)
        self._broadcast = Broadcast(
            settings, pipeline.broadcasts, pipeline.on_broadcast, self._on_reference, self._on_reference_rejected,
            self._fail,
        )  # fmt: skip
        self._asides: set[asyncio.Task[None]] = set()
        """What is being written that no batch led to."""
        self._connect(app.transport)

    def _connect(self, transport: BatchTransport) -> None:
        """Let the app tell of lanes, and be asked how things stand."""
        transport.known = self.store.latest
        self._metrics.follow(self.pipeline.name, self.store)
        self._metrics.ask(self.pipeline.gauges)
        self._metrics.ask(lambda: transport.lag.gauges(transport.clock.now()))
        self._metrics.ask(transport.stamps.gauges)
        self.app.on_rebalance_complete.connect(self._on_assigned, weak=False)
        self.app.on_before_shutdown.connect(self._on_shutdown, weak=False)

    async def run(self, polls: Any) -> None:
        """The agent's loop: every poll of the stream, until the first error that nobody foresaw."""
        async for event in polls.noack().events():
            try:
                await self._go(event)
            except Exception as problem:
                self._fail(problem)
                return

    async def _go(self, event: Any) -> None:
        """The whole way of what one poll brought, from bytes to its acknowledgement."""
        consumer: BatchConsumer = self.app.consumer
        poll: Poll = event.value
        if consumer.is_stale(event.message):
            event.ack()  # nothing of it: it is read again
            return

        entries = consumer.decode(poll)  # bytes to events, or to the reasons why there are none
        batch = consumer.join(poll, entries)  # with the other topics of each lane, in order of event time

        began = time.perf_counter()
        effects = self._engine.apply(batch.entries, batch.clocks)  # decided in memory; timers too
        self.app.transport.lag.decided(batch)
        if not batch.entries and not effects.changes:
            event.ack()
            return
        self._account_for(batch, effects, time.perf_counter() - began)

        assert self._outbox is not None, "a batch before the first assignment"
        await self._outbox.put(effects, event.ack)  # outputs, acked; states, acked; then the batch is acknowledged

    def _account_for(self, batch: Batch, effects: Effects, seconds: float) -> None:
        """Count what was decided, and say what an operator must hear of."""
        self._metrics.batch_decided(batch, effects, seconds)
        for where in effects.faults:
            log.error("a record could not be decided, and is put aside", where=where)
        self._faults.note(len(effects.faults), time.monotonic())
        for limit in (labels[0] for what, *labels in effects.tally if what == "limited"):
            log.warning("the limiter holds commands back; officers are asked", limit=limit)
        if self._tracing is not None:
            self._tracing.begin(effects.outgoing)

    def _on_written(self, outgoing: list[Outgoing], outputs_s: float, changelog_s: float) -> None:
        """The broker has them: count them, and tell of the commands."""
        self._metrics.written(outgoing, outputs_s, changelog_s)
        self._trail.written(outgoing)
        if self._tracing is not None:
            self._tracing.end(outgoing)

    def _on_reference_rejected(self, record: Any, problem: Rejected, is_new: bool) -> None:
        """Every worker reads it; the one that holds the first lane buries it, once, when it comes."""
        name = (record.key or b"").decode(errors="replace")
        if not self.pipeline.answers_for(self._hears[record.topic], name):
            return
        self._metrics.reference_rejected(record.topic, problem.reason)
        log.warning("a reference record is refused; the last good one stays", topic=record.topic, why=str(problem))
        if is_new and self._speaks_for_all:
            self._write_aside([buried(record, problem)])

    def _on_reference(self, topic: Topic, key: str, value: bytes | None, is_good: bool) -> None:
        """Every worker reads it; the one that holds the first lane keeps what was accepted, once, when it comes."""
        self._accepted.hear(topic, key, value, is_good=is_good)
        if self._speaks_for_all:
            self._keep_accepted()

    def _keep_accepted(self) -> None:
        """Write what `interdict.policies.accepted` lacks."""
        missing = self._accepted.missing()
        self._write_aside([Outgoing(ACCEPTED.name, name.encode(), value, []) for name, value in missing.items()])

    @property
    def _speaks_for_all(self) -> bool:
        return FIRST_LANE in self._held and self._outbox is not None

    def _write_aside(self, records: list[Outgoing]) -> None:
        """Write records that no batch led to, in their turn among those that one did."""
        if not records:
            return
        assert self._outbox is not None
        effects = Effects()
        effects.outgoing.extend(records)
        task = asyncio.ensure_future(self._outbox.put(effects, lambda: None))
        self._asides.add(task)
        task.add_done_callback(self._asides.discard)

    # -- references ------------------------------------------------------------------------------------------

    async def _read_references(self) -> None:
        """Once: what was accepted before, then everything that there is, which may be newer or no good."""
        if self._broadcast.has_started:
            return
        if POLICIES in self.pipeline.broadcasts:
            self._accepted.begin(await read_accepted(self._settings))
        await self._broadcast.start()
        self._accepted.settle()

    async def _speak_for_all(self, taken_over: Iterable[int]) -> None:
        """With the first lane comes the duty to keep what was accepted; what its last holder kept, the topic says."""
        if FIRST_LANE in taken_over and self._speaks_for_all and POLICIES in self.pipeline.broadcasts:
            self._accepted.found(await read_accepted(self._settings))
            self._keep_accepted()

    # -- coming and going ------------------------------------------------------------------------------------

    async def _on_assigned(self, app: faust.App, **_: Any) -> None:
        """Before the flow resumes: everything that deciding needs is here."""
        rebalance, generation = app.rebalancing_count, app.consumer_generation_id
        await self._open()
        await self._read_references()
        lanes = {tp.partition for tp in app.consumer.assignment() if tp.topic == self.pipeline.inputs[0].name}
        missing = self._held.take_over(lanes, generation)
        self.store.drop(self.store.partitions() - (lanes - missing))
        await self._recover(missing, lambda: app.rebalancing_count == rebalance)
        await self._speak_for_all(missing)
        self._metrics.assigned(self.pipeline.name, len(lanes), (topic.name for topic in self.pipeline.inputs))
        log.info(ASSIGNED, generation=generation, lanes=len(lanes), recovered=len(missing))

    async def _open(self) -> None:
        if self._outbox is None:
            await self._sink.open()
            self._watchdog.start()
            self._outbox = Outbox(
                self._sink, self._on_written, self._fail, self._watchdog.check, self._metrics.write_retried,
                self._metrics.too_large, self._in_place,
            )  # fmt: skip
            self._outbox.start()

    def _in_place(self, record: Outgoing) -> Outgoing | None:
        """What leaves in place of an output that is too large."""
        task = None if record.output is None else self.pipeline.in_place(record.output)
        return task and outgoing(task, self.pipeline.name, record.published_at, record.traceparent)

    async def _on_shutdown(self, *_: Any, **__: Any) -> None:
        await self._broadcast.stop()
        if self._outbox is not None:
            await self._watchdog.stop()
            await self._outbox.stop()
            await self._sink.close()
        if self._tracing is not None:
            await self._tracing.close()

    def _fail(self, problem: BaseException) -> None:
        """Something unforeseen: stop before anything is acknowledged; a restart does it again."""
        log.error("stopping: a batch could not be finished; it will come again", error=told(problem))
        self._crash = asyncio.ensure_future(self.app.crash(problem))

    # -- recovery --------------------------------------------------------------------------------------------

    async def _recover(self, lanes: Iterable[int], wanted: Any) -> None:
        """Fill the lanes from the changelog. A lane only half read, because it left again, is not kept."""
        tps = [TopicPartition(changelog(self.pipeline.name), lane) for lane in sorted(lanes)]
        if not tps:
            return
        began = time.perf_counter()
        progress = _Progress(self, self._metrics)
        consumer = new_reader(self._settings)
        await consumer.start()
        try:
            records = 0
            async for run in read_to_end(consumer, tps, wanted, progress.tell):
                records += len(run)
                for record in run:
                    self.store.recover(record.partition, record.key, change_of(record))
            await self._take_over(consumer, lanes, wanted)
        finally:
            self.recovering = ""
            await consumer.stop()
        if not wanted():
            self.store.drop(lanes)
            return
        if why := fenced_by_others(self.store.strange_fences(), self.pipeline.inputs):
            self._on_unfit(why)
            await asyncio.Event().wait()  # nothing is decided until the process has ended
        self.store.recovered(lanes)
        self._held.recovered(lanes)
        seconds = time.perf_counter() - began
        self._metrics.recovered(self.pipeline.name, records, seconds)
        log.info("state recovered", lanes=len(tps), records=records, keys=self.store.keys(), seconds=round(seconds, 3))

    async def _take_over(self, consumer: AIOKafkaConsumer, lanes: Iterable[int], wanted: Any) -> None:
        """Read a key that an older release kept elsewhere, where its lane has nothing yet."""
        if (moved := self.pipeline.moved) is None:
            return
        key = moved.key.encode()
        lane = partition_of(key, self._settings.lanes(self.pipeline.space.name))
        if lane not in set(lanes) - self.store.partitions():
            return
        async for run in read_to_end(consumer, [TopicPartition(changelog(moved.pipeline), lane)], wanted):
            for record in run:
                if record.key == key:
                    self.store.recover(lane, key, change_of(record))


def attach(app: faust.App, runner: Runner) -> faust.Agent:
    """Declare the agent that hands every poll to a runner. Must be called before the app starts."""

    @app.agent(channel(app, runner.pipeline), name=runner.pipeline.name)
    async def agent(polls: Any) -> None:
        await runner.run(polls)

    return agent


class _Progress:
    """Tells how a recovery goes on: always to `/readyz` and the metrics, now and then to the log."""

    def __init__(self, runner: Runner, metrics: Metrics) -> None:
        self._runner = runner
        self._metrics = metrics
        self._logged_at = time.monotonic()

    def tell(self, past: int, end: int) -> None:
        """So many offsets of so many are read."""
        self._metrics.recovering(self._runner.pipeline.name, past / end if end else 1.0)
        self._runner.recovering = f"{past:,} of {end:,} changelog offsets read"
        if time.monotonic() - self._logged_at >= PROGRESS_S:
            self._logged_at = time.monotonic()
            log.info("recovering", offsets_read=past, of=end, keys=self._runner.store.keys())


class TooManyFaultsError(ExpectedError):
    """Deciding fails so often that it cannot be the records."""


class Faults:
    """How often deciding failed of late.

    Args:
        per_minute_max: from more than this on it is not the records.
    """

    def __init__(self, per_minute_max: int = FAULTS_PER_MINUTE_MAX) -> None:
        self._per_minute_max = per_minute_max
        self._latest: deque[float] = deque(maxlen=per_minute_max + 1)

    def note(self, faults: int, now_s: float) -> None:
        """Note so many at a moment of a monotonic clock.

        Raises:
            TooManyFaultsError: there were more than are allowed within a minute.
        """
        self._latest.extend([now_s] * min(faults, self._per_minute_max + 1))
        if len(self._latest) > self._per_minute_max and now_s - self._latest[0] < MINUTE_S:
            raise TooManyFaultsError(
                f"more than {self._per_minute_max} records a minute could not be decided: it is not the records: "
                "their letters say where it failed"
            )


class HeldLanes:
    """Which lanes' state in memory can be trusted.

    A lane kept from one generation of the group to the next is current. A worker that missed a generation does not
    know who wrote meanwhile, and keeps nothing.
    """

    def __init__(self) -> None:
        self._lanes: set[int] = set()
        self._generation = -1

    def take_over(self, lanes: set[int], generation: int) -> set[int]:
        """The lanes that must be read from the changelog. They are held once `recovered` says so, and not before:
        the next rebalance may come, and end the reading, at any moment."""
        current = self._lanes if generation == self._generation + 1 else set()
        self._lanes, self._generation = lanes & current, generation
        return lanes - current

    def __contains__(self, lane: int) -> bool:
        return lane in self._lanes

    def recovered(self, lanes: Iterable[int]) -> None:
        """These were read to their end."""
        self._lanes |= set(lanes)
