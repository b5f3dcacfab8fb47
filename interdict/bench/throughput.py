"""`interdict bench`: what one worker process carries on this machine, broker included.

    throughput   a backlog is produced first, then a fresh worker drains it; events/s between 10% and 90% of it. Once
                 with every key space in one process, once with persons alone: what is left out is the accounts' part.
                 Beside it the processor time of an event, worker's and broker's, and how much of its core the worker
                 used: the first holds on any machine alike loaded, and what is not used is waited
    latency      open loop: records are sent when they are due, whatever the worker does; a record's timestamp is the
                 moment it was due, so waiting in the sender counts too. Measured where the command arrives
    relay        at each of these loads, the probe tells of every text and call that nobody was reached; measured are a
                 case's first command, and the next command after such an answer. Deadlines are set far away
    memory       resident size of the worker after the drain less that of a ready, empty one
    recovery     a second worker takes over: seconds from its first to its last changelog record

On two or more cores the broker gets one core and the worker another; the load generator shares the broker's.
"""

import asyncio
import contextlib
import cProfile
import os
import platform
import pstats
import statistics
import time
from collections.abc import AsyncIterator, Container, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from io import StringIO
from itertools import count, islice, repeat
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from aiokafka import AIOKafkaProducer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from agents.relay.playbook import Playbook
from interdict.city.simulate import Plan, Record, synthetic_load
from interdict.run.processes import WorkerProcess, pin, processor_s
from interdict.topology import PERSONS, PIPELINES
from schemas.codec import encode
from schemas.events import Outcome
from schemas.reference import PolicyRecord
from schemas.topics import ACTIONS, POLICIES, outcomes_of
from streams.core.engine import PUBLISHED_AT, Engine
from streams.core.lanes import Entry
from streams.core.partitioner import partition_of
from streams.core.reader import Reader
from streams.core.store import Store
from streams.kafka.broker import EmbeddedBroker
from streams.kafka.clients import new_consumer
from streams.kafka.producer import new_producer
from streams.kafka.topics import ensure_topics
from streams.observe.metrics import core
from streams.settings import Settings

LOADS = (0.1, 0.5, 0.9)
TICK_S = 0.005
SAMPLE_S = 0.2
DRAIN_S = 300.0
DECIDED = "interdict_events_total"
STATES = PIPELINES[0].name
"""Whose states are counted as subscribers': accounts have some too."""
SESSION_S = 10.0
WEEK_S = 7 * 86_400
MICROS = 1_000_000
ANSWER_MS = 900_000
"""Event time from a command to its answer: a day is played in seconds, and what is told must not be late."""
CHUNK = 50_000

Packed = tuple[str, int, bytes, bytes]
"""Topic, partition, key and value of a record to be packed with others."""


@dataclass
class Spread:
    """A latency, milliseconds."""

    commands: int
    p50_ms: float
    p99_ms: float


@dataclass
class Latency:
    """Event-to-command latency at one load."""

    load: float
    events_per_s: float
    commands: int
    p50_ms: float
    p99_ms: float
    first: Spread
    """From an event to the first command of its case."""
    next: Spread
    """From word of a step that did not help to the next command."""


@dataclass
class Drain:
    """A backlog, worked off."""

    events_per_s: float
    worker_us: float
    """Processor time of an event, microseconds: the worker's, all its threads."""
    broker_us: float
    """The same of the broker."""
    used: float
    """Share of the time in which the worker had its core."""


@dataclass
class Figures:
    """Everything measured. Rates are events/s, sizes bytes, times seconds unless the name says otherwise."""

    machine: str
    cores: int
    python: str
    core: str
    """compiled or interpreted."""
    events: int
    subscribers: int
    throughput_runs: list[Drain] = field(default_factory=list)
    persons_runs: list[Drain] = field(default_factory=list)
    """The same with persons alone in the process: what it copies to the accounts is left to others, who do not run."""
    latencies: list[Latency] = field(default_factory=list)
    memory_per_100k_bytes: float = 0.0
    state_per_subscriber_bytes: float = 0.0
    recovery_s: float = 0.0
    recovered_keys: int = 0

    @property
    def throughput(self) -> float:
        """Median of the runs."""
        return _median(self.throughput_runs, "events_per_s")

    def to_json(self) -> bytes:
        """Everything, and the median; null where nothing was measured."""
        return orjson.dumps(asdict(self) | {"throughput": self.throughput}, option=orjson.OPT_INDENT_2)


class Load:
    """Encoded records by partition, ready to be packed: making them must cost nothing while measuring."""

    def __init__(self, records: Iterator[Record], partitions: int) -> None:
        self.rows: list[Packed] = []
        places: dict[str, int] = {}
        for record in records:
            key = record.key.encode()
            lane = places.setdefault(record.key, -1)
            if lane < 0:
                lane = places[record.key] = partition_of(key, partitions)
            self.rows.append((record.topic, lane, key, orjson.dumps(record.value)))
        self.subscribers = len(places)
        self.topics = sorted({topic for topic, *_ in self.rows})


async def send(producer: AIOKafkaProducer, rows: Iterable[Packed], due_ms: Iterable[int | None] = repeat(None)) -> None:
    """Produce rows, packed by partition, and wait for the acknowledgements.

    Args:
        producer: to send with.
        rows: what to send.
        due_ms: each row's timestamp, Unix ms; None for the moment it is packed.
    """
    packs: dict[tuple[str, int], Any] = {}
    sent = []
    for (topic, lane, key, value), timestamp in zip(rows, due_ms, strict=False):
        place = (topic, lane)
        builder = packs.get(place) or packs.setdefault(place, producer.create_batch())
        if builder.append(key=key, value=value, timestamp=timestamp) is None:
            sent.append(await producer.send_batch(builder, topic, partition=lane))
            builder = packs[place] = producer.create_batch()
            builder.append(key=key, value=value, timestamp=timestamp)
    for (topic, lane), builder in packs.items():
        sent.append(await producer.send_batch(builder, topic, partition=lane))
    await asyncio.gather(*sent)


async def send_when_due(
    rows: Iterator[Packed], producer: AIOKafkaProducer, rate: float, tick_s: float = TICK_S
) -> None:
    """Open loop: a record carries the moment at which it was due, however late it is sent."""
    began, began_ms, sent, more = time.perf_counter(), time.time() * 1000, 0, True
    while more:
        due = int((time.perf_counter() - began) * rate) + 1
        part = list(islice(rows, due - sent))
        await send(producer, part, (int(began_ms + number / rate * 1000) for number in count(sent)))
        more, sent = sent + len(part) == due, due
        await asyncio.sleep(tick_s)


class Bench:
    """One measurement of this machine. See the module for what each figure means."""

    def __init__(
        self,
        events: int,
        subscribers: int,
        seconds: float,
        runs: int,
        seed: int,
        *,
        profile: bool,
        json_file: Path | None,
    ) -> None:
        self._events = events
        self._subscribers = subscribers
        self._seconds = seconds
        self._runs = runs
        self._seed = seed
        self._profile = profile
        self._json = json_file
        self._figures = Figures(
            machine=f"{platform.machine()} {_cpu_model()}", cores=os.cpu_count() or 1,
            python=platform.python_version(), core=core(), events=events, subscribers=subscribers,
        )  # fmt: skip

    async def run(self, console: Console) -> int:
        """Measure everything and print it; exit code."""
        load = self._prepare(console)
        with Progress(console=console, transient=True) as progress:
            steps = progress.add_task("throughput", total=2 * self._runs + len(LOADS))
            for _ in range(self._runs):
                self._figures.throughput_runs.append(await self._drain(load))
                progress.advance(steps)
                self._figures.persons_runs.append(await self._drain(load, only=PERSONS.name))
                progress.advance(steps)
            for share in LOADS:
                progress.update(steps, description=f"latency at {share:.0%}")
                await self._respond(share)
                progress.advance(steps)
        out = Console(highlight=False)
        out.print(_table(self._figures))
        if self._profile:
            out.print(_profile(load))
        if self._json is not None:
            self._json.write_bytes(self._figures.to_json())
        return 0

    def _prepare(self, console: Console) -> Load:
        console.print(f"making {self._events:,} events of {self._subscribers:,} subscribers ...")
        return self._load(self._events)

    def _load(self, events: int) -> Load:
        records = synthetic_load(self._seed, self._subscribers, events, Plan.start_at)
        return Load(records, Settings().partitions)

    # -- throughput, memory, recovery --------------------------------------------------------------------------

    async def _drain(self, load: Load, only: str = "") -> Drain:
        """Work off a backlog. Memory and recovery are measured where all key spaces are in the process."""
        async with stage() as (everything, producer, broker):
            settings = everything.model_copy(update={"pipelines": only})
            for begin in range(0, len(load.rows), CHUNK):
                await send(producer, load.rows[begin : begin + CHUNK])
            async with WorkerProcess(settings, core=WORKER_CORE) as worker:
                empty = worker.resident_bytes()
                drained = await _drained(worker, broker, load)
                full = worker.resident_bytes()
                state_bytes = worker.metric("interdict_state_bytes", duty=STATES)
                keys = worker.metric("interdict_state_keys", duty=STATES)
            if only:
                return drained
            self._figures.memory_per_100k_bytes = (full - empty) / load.subscribers * 100_000
            self._figures.state_per_subscriber_bytes = state_bytes / max(keys, 1)
            await self._recover(settings)
            return drained

    async def _recover(self, settings: Settings) -> None:
        async with WorkerProcess(settings, core=WORKER_CORE) as worker:
            self._figures.recovery_s = worker.metric("interdict_recovery_seconds", duty=STATES)
            self._figures.recovered_keys = int(worker.metric("interdict_state_keys", duty=STATES))

    # -- latency -----------------------------------------------------------------------------------------------

    async def _respond(self, share: float) -> None:
        rate = self._figures.throughput * share
        load = self._load(int(rate * self._seconds))
        async with stage() as (settings, producer, _broker):
            await producer.send_and_wait(POLICIES.name, _patient_playbook(), b"relay")
            async with WorkerProcess(settings, core=WORKER_CORE), Probe(settings, producer) as probe:
                await send_when_due(iter(load.rows), producer, rate)
                await probe.settle()
        came = probe.take()
        self._figures.latencies.append(
            Latency(share, rate, len(came), percentile(came, 0.50), percentile(came, 0.99), _spread(probe.first_ms),
                    _spread(probe.next_ms))
        )  # fmt: skip


BROKER_CORE, WORKER_CORE = (0, 1) if (os.cpu_count() or 1) > 1 else (0, 0)


@contextlib.asynccontextmanager
async def stage() -> AsyncIterator[tuple[Settings, AIOKafkaProducer, int]]:
    """A broker of its own with every topic, a producer on it, and the broker's process."""
    async with EmbeddedBroker() as broker:
        pin(broker.pid, BROKER_CORE)
        pin(os.getpid(), BROKER_CORE)
        settings = Settings(bootstrap=broker.bootstrap, session_timeout_s=SESSION_S)
        async with sending(settings) as producer:
            yield settings, producer, broker.pid


@contextlib.asynccontextmanager
async def sending(settings: Settings) -> AsyncIterator[AIOKafkaProducer]:
    """Every topic on a broker that has none, and a producer."""
    await ensure_topics(settings)
    producer = new_producer(settings)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


def decided(worker: WorkerProcess, topics: Container[str]) -> float:
    """How many records of these topics a worker has decided: what they lead to is no event of anybody's."""
    return sum(count for topic, count in worker.metric_by("topic", DECIDED).items() if topic in topics)


async def _drained(worker: WorkerProcess, broker: int, load: Load) -> Drain:
    """What it takes to work off a backlog, between a tenth and nine tenths of it.

    Args:
        worker: who works it off.
        broker: the broker's process.
        load: the backlog.
    """
    samples: list[_Sample] = []
    total = len(load.rows)
    async with asyncio.timeout(DRAIN_S):
        while not samples or samples[-1].decided < total:
            done = await asyncio.to_thread(decided, worker, load.topics)
            samples.append(_Sample(done, time.perf_counter(), worker.processor_s(), processor_s(broker)))
            await asyncio.sleep(SAMPLE_S)
    inner = [sample for sample in samples if 0.1 * total <= sample.decided <= 0.9 * total]
    first, last = (inner[0], inner[-1]) if len(inner) > 1 else (samples[0], samples[-1])
    events, seconds = last.decided - first.decided, last.at - first.at
    worked = last.worker_s - first.worker_s
    return Drain(
        events / seconds, worked / events * MICROS, (last.broker_s - first.broker_s) / events * MICROS, worked / seconds
    )


class _Sample(NamedTuple):
    """How far a backlog was worked off at a moment, and the processor time until then, seconds."""

    decided: float
    at: float
    worker_s: float
    broker_s: float


def _median(drains: Iterable[Drain], what: str) -> float:
    found: float = statistics.median(getattr(drain, what) for drain in drains)
    return found


class Probe:
    """Stands where the command centre stands and looks at the clock.

    Args:
        settings: of the workers.
        answering: with this producer it tells of each text and call that nobody was reached, as officers would; None
            for a probe that only looks.
    """

    def __init__(self, settings: Settings, answering: AIOKafkaProducer | None = None) -> None:
        self._answering = answering
        self._latencies_ms: list[float] = []
        self.first_ms: list[float] = []
        """From an event to the first command of its case."""
        self.next_ms: list[float] = []
        """From an answer to the next command."""
        self._cases: set[str] = set()
        self._answered_at: set[tuple[str, int]] = set()
        """Persons and when an answer about them was sent, Unix ms."""
        self._heard_at = time.monotonic()
        topics = [topic.name for topic in ACTIONS]
        self._consumer = new_consumer(
            settings, *topics, auto_offset_reset="earliest", fetch_max_wait_ms=settings.fetch_wait_ms
        )

    async def __aenter__(self) -> "Probe":
        await self._consumer.start()
        self._task = asyncio.create_task(self._listen(), name="probe")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        await self._consumer.stop()

    async def settle(self) -> None:
        """Wait until nothing has come for two seconds."""
        while time.monotonic() - self._heard_at < 2.0:
            await asyncio.sleep(0.1)

    def take(self) -> list[float]:
        """Latencies of the commands that came since this was last asked, milliseconds."""
        came, self._latencies_ms = self._latencies_ms, []
        return came

    async def _listen(self) -> None:
        async for record in self._consumer:
            self._heard_at = time.monotonic()
            published = dict(record.headers).get(PUBLISHED_AT)
            if published is None:
                continue  # a deadline's command: nothing was published that led to it
            came_ms = time.time() * 1000 - int(published)
            if self._answering is None:
                self._latencies_ms.append(came_ms)
            else:
                await self._hear(orjson.loads(record.value), int(published), came_ms)

    async def _hear(self, command: dict[str, Any], published: int, came_ms: float) -> None:
        who, case = command["subscriber"], command["case_id"]
        if (who, published) in self._answered_at:
            self.next_ms.append(came_ms)
        else:
            self._latencies_ms.append(came_ms)
            if case not in self._cases:
                self.first_ms.append(came_ms)
        self._cases.add(case)
        if command["action"] == "dissuade":
            await self._answer(command)

    async def _answer(self, command: dict[str, Any]) -> None:
        assert self._answering is not None
        now, who = int(time.time() * 1000), command["subscriber"]
        self._answered_at.add((who, now))
        outcome = Outcome(
            command_id=command["command_id"], occurred_at=command["issued_at"] + ANSWER_MS, subscriber=who,
            outcome="unreachable", actor="bench",
        )  # fmt: skip
        topic = outcomes_of(outcome.outcome, command["action"], command["channel"])
        await self._answering.send(topic.name, encode(outcome), who.encode(), timestamp_ms=now)


def _patient_playbook() -> bytes:
    """Deadlines beyond the day that is played in seconds: only events and answers move a case."""
    body = Playbook.load().model_dump(mode="json")
    never: Any = dict.fromkeys(body["ack_s"], WEEK_S)
    record = PolicyRecord(name="relay", body={**body, "policy_version": "bench", "ack_s": never, "reach_s": never})
    return encode(record)


def _spread(values: list[float]) -> Spread:
    return Spread(len(values), percentile(values, 0.50), percentile(values, 0.99))


def percentile(values: list[float], share: float) -> float:
    """NaN where there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def _profile(load: Load) -> str:
    """The engine's work on a part of the load, by own time: where a microsecond could be won."""
    from interdict.topology import load_persons

    duty = load_persons()
    reader = Reader(duty.inputs)
    engine = Engine(duty, Store(duty, Settings().idle_ms), Settings().late_ms_max)
    profiler = cProfile.Profile()
    entries: list[Entry] = []
    profiler.enable()
    for offset, (topic, lane, key, value) in enumerate(islice(load.rows, 60_000)):
        if topic in {t.name for t in duty.inputs}:
            entries.append(reader(Row(topic, lane, key, value, offset)))
        if len(entries) == 2000:
            engine.apply(entries)
            entries = []
    profiler.disable()
    text = StringIO()
    pstats.Stats(profiler, stream=text).strip_dirs().sort_stats("tottime").print_stats(18)
    return text.getvalue()


class Row:
    """A record for the profile, without a broker."""

    __slots__ = ("headers", "key", "offset", "partition", "timestamp", "topic", "value")

    def __init__(self, topic: str, partition: int, key: bytes, value: bytes, offset: int) -> None:
        self.topic, self.partition, self.key, self.value, self.offset = topic, partition, key, value, offset
        self.headers: tuple[tuple[str, bytes], ...] = ()
        self.timestamp = 0


def _table(figures: Figures) -> Table:
    table = Table("figure", "measured", "aim", title="interdict bench", title_style="bold")
    everything, alone = figures.throughput_runs, figures.persons_runs
    table.add_row(f"events/s, one worker, durable state (median of {_rates(everything)})",
                  f"{figures.throughput:,.0f}", "50,000")  # fmt: skip
    table.add_row("  processor time of an event: worker, broker; worker's core used", _time_of(everything), "")
    ratio = statistics.median(a.events_per_s / b.events_per_s for a, b in zip(everything, alone, strict=True))
    table.add_row(f"  persons alone, accounts left to others (median of {_rates(alone)})",
                  f"{_median(alone, 'events_per_s'):,.0f}", f"with accounts {ratio:.2f} of it")  # fmt: skip
    table.add_row("  processor time of an event: worker, broker; worker's core used", _time_of(alone), "")
    for latency in figures.latencies:
        table.add_row(
            f"event to command at {latency.load:.0%} load ({latency.events_per_s:,.0f}/s, {latency.commands} commands)",
            f"p50 {latency.p50_ms:.0f} ms, p99 {latency.p99_ms:.0f} ms",
            "p99 < 100 ms" if latency.load == 0.5 else "",
        )
        for what, spread in (
            ("event to a case's first command", latency.first),
            ("outcome to next command", latency.next),
        ):
            table.add_row(
                f"  {what} ({spread.commands})", f"p50 {spread.p50_ms:.0f} ms, p99 {spread.p99_ms:.0f} ms",
                "under 100 ms" if latency.load == 0.5 else "",
            )  # fmt: skip
    per_subscriber = figures.memory_per_100k_bytes / 100_000
    table.add_row(
        f"memory per 100,000 active subscribers (state itself {figures.state_per_subscriber_bytes:,.0f} B each)",
        f"{figures.memory_per_100k_bytes / 2**20:,.0f} MiB ({per_subscriber:,.0f} B each)", "2,048 B each",
    )  # fmt: skip
    table.add_row(
        f"recovery of {figures.recovered_keys:,} subscribers", f"{figures.recovery_s:.2f} s", "5 s per 100,000"
    )
    table.caption = (
        f"{figures.machine}, {figures.cores} cores, Python {figures.python}, {figures.core} core, embedded broker"
    )
    return table


def _rates(drains: Iterable[Drain]) -> str:
    return ", ".join(f"{drain.events_per_s:,.0f}" for drain in drains)


def _time_of(drains: Sequence[Drain]) -> str:
    worker, broker, used = (_median(drains, what) for what in ("worker_us", "broker_us", "used"))
    return f"{worker:.1f} us, {broker:.1f} us; {used:.0%}"


def _cpu_model() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()
