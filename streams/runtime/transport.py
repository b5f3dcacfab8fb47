"""The batch transport: Faust agents that receive runs of records instead of single ones.

Faust moves one message at a time through several tasks and queues, tens of microseconds each. This transport
subclasses its aiokafka driver: what one poll brought is handed to the agent as ONE Faust event, with a `Poll` for
its value. The agent has it decoded and joined per lane (`streams.core.lanes`) into a batch. Acknowledging the event
acknowledges the whole runs of offsets of that batch, and never before it is done: a run acknowledged early is data
loss.

Chosen by the broker URL's scheme: `batch://127.0.0.1:9092`. aiokafka does the talking.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, cast

import aiokafka
import structlog
from faust.transport.consumer import ensure_TP
from faust.transport.drivers import TRANSPORTS
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage, Message
from faust.types.tuples import ack_lock
from mode.utils.futures import notify

from streams.core.deadletters import Unreadable
from streams.core.lag import Lag
from streams.core.lanes import Batch, Entry, Lanes
from streams.core.reader import TIMELESS
from streams.kafka.recovery import readable_end
from streams.kafka.unpacking import unpack_safely
from streams.runtime.timekeeper import Stamps
from streams.runtime.wallclock import WallClock
from streams.settings import CLOCK_SKEW_MS_MAX, READ_COMMITTED, Isolation

log = structlog.get_logger(__name__)

SCHEME = "batch"
POLL_S = 0.25
"""Longest wait for records before the consumer looks whether it should stop."""
TICK_S = 0.2
"""Longest that timers wait to be looked at while nothing is read: with a poll's wait they are late by under half a
second."""

TELL_S = 1.0
"""Seconds between two lines of the log about what cannot be unpacked: a feed may be full of it."""

Reader = Callable[[Any], Entry]
"""Turns a record into an entry: gives it its event time. Must not raise."""


def by_record_time(record: Any) -> Entry:
    """The reader used where an app brings none: the record's own timestamp and bytes."""
    return Entry(record, record.timestamp, record.value)


class Poll:
    """What one poll brought, as the value of a Faust event."""

    __slots__ = ("batch", "ended", "epoch", "now", "runs")

    def __init__(self, runs: Mapping[TP, list[Any]], ended: frozenset[TP], now: int, epoch: int) -> None:
        self.runs = runs
        """Records of each partition, in offset order; none where it is but time to look at timers."""
        self.ended = ended
        """Partitions of which there was nothing more to read."""
        self.now = now
        """The wall clock, Unix ms."""
        self.epoch = epoch
        self.batch: Batch | None = None
        """What it led to, once it is joined: done when the event is acknowledged."""


class _Ranges:
    """Runs of offsets under way in one partition, oldest first.

    What may be committed is the end of the longest done prefix: a batch still in flight holds back every later one
    (faust issue 606: Faust's own list of acked offsets can commit past such a gap).
    """

    __slots__ = ("_done", "_open", "committable")

    def __init__(self) -> None:
        self._open: deque[int] = deque()
        self._done: set[int] = set()
        self.committable: int | None = None

    def begin(self, end: int) -> None:
        self._open.append(end)

    def finish(self, end: int) -> None:
        self._done.add(end)
        while self._open and self._open[0] in self._done:
            self.committable = self._open.popleft()
            self._done.discard(self.committable)


class _ConsumerThread(driver.AIOKafkaConsumerThread):
    """aiokafka's consumer in its thread, with the settings that Faust hard-codes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._ends: dict[TP, int] = {}
        self._isolation: Isolation = READ_COMMITTED

    def _create_worker_consumer(self, transport: driver.Transport) -> aiokafka.AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        ours = cast(BatchTransport, transport)
        # Faust waits 1.5 s for a fetch; a broker may notice new records only when that wait is over.
        consumer._fetch_max_wait_ms = ours.fetch_wait_ms
        consumer._isolation_level = self._isolation = ours.isolation
        unpack_safely(consumer, ours.unpacked_bytes_max, skip=True)
        return consumer

    def at_end(self, tp: TP) -> bool:
        """Whether all that the broker has told of this partition, and that can be read, has been handed out.

        The farthest end ever told counts: a new leader's fetch answers may fall behind (see `streams.kafka.recovery`).
        What lies behind an open transaction cannot be read yet: a lane does not wait for it.
        """
        state = self._state_of(tp)
        if state is None or state.highwater is None or not state.has_valid_position:
            return False
        end = self._ends[tp] = max(self._ends.get(tp, 0), readable_end(state.highwater, state.lso, self._isolation))
        return bool(state.position >= end)

    def where(self, tp: TP) -> tuple[int, int] | None:
        """The next offset to be handed out, and the end; None while unknown. Safe to ask from another thread."""
        state = self._state_of(tp)
        position = None if state is None else state._position
        if position is None:
            return None
        return position, max(self._ends.get(tp, 0), state.highwater or 0)

    def _state_of(self, tp: TP) -> Any:
        subscription = self._consumer and self._consumer._subscription.subscription
        assignment = subscription and subscription.assignment
        return assignment.state_value(tp) if assignment else None

    def outside(self) -> BaseException | None:
        """Why this member is not in its group and will not be: the client only logs it, and waits for a next call to
        raise it that a worker without lanes never makes. Safe to ask from another thread."""
        coordinator: Any = self._consumer and self._consumer._coordinator
        routine = getattr(coordinator, "_coordination_task", None)
        if routine is not None and routine.done() and not routine.cancelled():
            return cast("BaseException | None", routine.exception())
        return cast("BaseException | None", getattr(coordinator, "_pending_exception", None))

    async def learn_ends(self, tps: Iterable[TP]) -> None:
        """Ask where these partitions end: what at_end goes by until fetch answers tell more."""
        self._ends = dict(await self.highwaters(*map(driver.ensure_aiokafka_TP, tps)))


class BatchConsumer(driver.Consumer):
    """Delivers batches, and commits only what is done, in order."""

    _thread: _ConsumerThread

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        transport = cast(BatchTransport, self.transport)
        self._lanes = Lanes(transport.lane_topics, transport.unjoined_topics)
        self._read: Reader = transport.reader
        self._epoch = 0
        """How often the lanes began anew: what was polled before that is read again."""
        self._ranges: dict[TP, _Ranges] = {}
        self._delivered_at = 0.0
        self._told_at = -TELL_S
        self._known = transport.known
        self._clock = transport.clock
        self._stamps = transport.stamps
        self._lag = transport.lag
        self._lag.where = self._thread.where
        self._scattered: NotCoLocatedError | None = None
        transport.member = self

    def outside(self) -> BaseException | None:
        """Why this process is not in its group, or has lanes it cannot take; None where nothing is wrong."""
        return self._scattered or self._thread.outside()

    def _new_consumer_thread(self) -> _ConsumerThread:
        return _ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    # -- in ------------------------------------------------------------------------------------------------

    async def _drain_messages(self, fetcher: Any) -> None:
        while not (self.should_stop or fetcher.should_stop):
            await self._pass_on(fetcher)

    async def _pass_on(self, fetcher: Any) -> None:
        generation = self.app.consumer_generation_id
        records = await self._poll()
        if not self._flowing(generation) or fetcher.should_stop:
            # A poll that straddled a rebalance may have moved the new assignment's positions.
            if records and not fetcher.should_stop:
                await self.perform_seek()
            return
        if records or self._is_time_to_tick():
            await self._deliver(self._polled(records), generation)

    def _polled(self, records: Mapping[Any, list[Any]]) -> Poll:
        """What a poll brought, and how things stood then: where a partition ends moves on with the next one."""
        runs = {ensure_TP(tp): run for tp, run in records.items()}
        for tp, run in runs.items():
            self._lag.handed_out(tp, run[0].offset, run[-1].offset)
        ended = frozenset(filter(self._thread.at_end, self._lanes.inputs()))
        return Poll(runs, ended, self._clock.now(), self._epoch)

    def is_stale(self, message: Any) -> bool:
        """Whether a poll was queued before the lanes were shared out, or begun, anew: what it brought comes again."""
        return bool(message.generation_id != self.app.consumer_generation_id or message.value.epoch != self._epoch)

    def decode(self, poll: Poll) -> dict[TP, list[Entry]]:
        """Every record of a poll as an entry: the event, or the reason why there is none."""
        read = self._read
        return {
            tp: [self._instead(record) if type(record) is Unreadable else read(record) for record in run]
            for tp, run in poll.runs.items()
        }

    def join(self, poll: Poll, entries: Mapping[TP, list[Entry]]) -> Batch:
        """What may be decided now, of these entries and of those held back before."""
        for tp, run in entries.items():
            self._lanes.offer(tp, run)
            self._lag.read(tp, run)
            self._stamps.read(poll.runs[tp])
        for tp in poll.ended:
            self._lag.at_end(tp, poll.now)
        batch = poll.batch = self._lanes.release(poll.ended.__contains__, poll.now, self._known)
        for tp, (_, end) in batch.runs.items():
            self._ranges.setdefault(tp, _Ranges()).begin(end)
        return batch

    def _instead(self, record: Unreadable) -> Entry:
        """What cannot be unpacked goes the way of all that is refused: its letter is written, then its offset."""
        if time.monotonic() - self._told_at >= TELL_S:
            self._told_at = time.monotonic()
            log.error("what cannot be unpacked is skipped, with a letter", what=str(record), bytes=record.size)
        return Entry(record, TIMELESS, None, record.problem)

    def _is_time_to_tick(self) -> bool:
        """Whether timers must be looked at though nothing was read."""
        return bool(self._lanes) and time.monotonic() - self._delivered_at >= TICK_S

    async def _poll(self) -> Mapping[Any, list[Any]]:
        if not self.flow_active:
            await self.wait(self.can_resume_flow)  # type: ignore[arg-type]  # mode's annotation omits asyncio.Event
        active = self._get_active_partitions() - self._lanes.full()
        if not active or self.should_stop:
            await self.sleep(POLL_S / 10)
            return {}
        records: Mapping[Any, list[Any]] = await self._getmany(active, timeout=POLL_S)
        return records

    def _flowing(self, generation: int) -> bool:
        return bool(self.flow_active and generation == self.app.consumer_generation_id)

    async def _deliver(self, poll: Poll, generation: int) -> None:
        """Hand a poll to its agent; waits while the agent is busy, which is the back-pressure."""
        self._delivered_at = time.monotonic()
        message = _as_message(poll, generation, next(iter(poll.runs), self._lanes.first()))
        await self.wait_first(self.callback(message), self.suspend_flow.wait())

    def on_buffer_full(self, tp: TP) -> None:
        """Nothing: Faust would stop fetching one partition, but a batch spans partitions and delivery itself waits."""

    def on_buffer_drop(self, tp: TP) -> None:
        """Nothing; see `on_buffer_full`."""

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Nothing: Faust looks now and then whether streams of single records stand still, only to log it. It takes for
        granted that a partition has a position, and one that was just assigned has none: that ended workers."""

    # -- out -----------------------------------------------------------------------------------------------

    def ack(self, message: Message) -> bool:
        """Mark every run of the batch that a poll led to as done."""
        with ack_lock:
            if message.acked:
                return False
            message.acked = True
            self._unacked_messages.discard(message)
            batch = cast(Poll, message.value).batch
            for tp, (_, end) in batch.runs.items() if batch is not None else ():
                if tp in self._ranges:
                    self._ranges[tp].finish(end)
        notify(self._waiting_for_ack)
        return True

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:
        return (tp for tp in list(self._ranges) if topics is None or tp in topics or tp.topic in topics)

    def _new_offset(self, tp: TP) -> int | None:
        return self._ranges[tp].committable

    async def commit_and_end_transactions(self) -> None:
        """The last commit before partitions are given up.

        Faust lets a commit that finds another under way do nothing; that other one may have begun before the last
        batch was done.
        """
        await self.maybe_wait_for_commit_to_finish()
        await super().commit_and_end_transactions()

    async def perform_seek(self) -> None:
        """Go back to what is committed; where nothing is, to the beginning, which Faust leaves out.

        Without it, records that a poll fetched across a rebalance and that were dropped here would never come again.
        """
        self._start_over(self.assignment())
        await self._thread.learn_ends(self.assignment())
        await super().perform_seek()
        if uncommitted := [tp for tp in self.assignment() if self._committed_offset[tp] is None]:
            await self._thread.seek_to_beginning(*map(driver.ensure_aiokafka_TP, uncommitted))

    # -- rebalance -----------------------------------------------------------------------------------------

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Batches in flight finish and are committed; what was only read is forgotten."""
        await super().on_partitions_revoked(revoked)
        self._forget(set())

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Start the lanes anew: reading resumes from the committed offsets."""
        try:
            assert_co_located(assigned, cast(BatchTransport, self.transport).lane_topics)
        except NotCoLocatedError as problem:
            self._scattered = problem  # the client only logs what is raised here
            raise
        self._scattered = None
        self._forget(assigned)
        await super().on_partitions_assigned(assigned, generation_id)

    def _forget(self, assigned: Iterable[TP]) -> None:
        self._ranges.clear()
        self._start_over(assigned)

    def _start_over(self, tps: Iterable[TP]) -> None:
        self._epoch += 1
        self._lanes.assign(tps)
        self._lag.assign(tps)


class BatchTransport(driver.Transport):
    """Faust's aiokafka transport with batches. An app sets the attributes before it starts."""

    Consumer = BatchConsumer

    lane_topics: tuple[str, ...] = ()
    unjoined_topics: tuple[str, ...] = ()
    reader: Reader = staticmethod(by_record_time)
    fetch_wait_ms: int = 20
    isolation: Isolation = READ_COMMITTED
    unpacked_bytes_max: int = 16 << 20
    known: Callable[[int], int] = staticmethod(lambda _: 0)
    """The latest event time that a lane's states know of, Unix ms."""
    member: BatchConsumer | None = None
    """The consumer, once the app has one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lag = Lag()
        """Whoever decides the batches tells it so."""
        self.clock = WallClock(CLOCK_SKEW_MS_MAX)
        """How late it is for timers. An app may set another."""
        self.stamps = Stamps(())
        """Who wrote the times of what is read. An app sets it."""

    def outside(self) -> BaseException | None:
        """Why this process is not in its group, or has lanes it cannot take; None where nothing is wrong."""
        return None if self.member is None else self.member.outside()


class NotCoLocatedError(AssertionError):
    """A worker was assigned some topics of a partition number but not the others."""


def assert_co_located(assigned: Iterable[TP], topics: Iterable[str]) -> None:
    """Raise `NotCoLocatedError` unless every lane is whole.

    Faust falls back to an assignor that scatters partitions when an app has neither tables nor standbys; then one
    person's calls and payments land in two workers, and nothing says so.
    """
    lanes: dict[int, set[str]] = {}
    wanted = set(topics)
    for tp in assigned:
        if tp.topic in wanted:
            lanes.setdefault(tp.partition, set()).add(tp.topic)
    for partition, present in lanes.items():
        if present != wanted:
            raise NotCoLocatedError(f"partition {partition} came without {sorted(wanted - present)}")


def _as_message(poll: Poll, generation: int, tp: TP) -> ConsumerMessage:
    """Faust routes by topic and partition: those of the first run stand for the whole poll."""
    first = poll.runs[tp][0].offset if tp in poll.runs else 0
    return ConsumerMessage(
        tp.topic, tp.partition, first, 0.0, 0, None, None, cast(Any, poll), None, 0, 0, tp, generation_id=generation
    )


TRANSPORTS.aliases[SCHEME] = f"{__name__}:{BatchTransport.__name__}"
"""Registered by importing this module; `streams.runtime.app` does."""

__all__ = ["SCHEME", "BatchConsumer", "BatchTransport", "NotCoLocatedError", "Poll", "assert_co_located"]
