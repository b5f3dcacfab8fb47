"""Carries a steady load for a while, with a worker coming and going, and looks whether anything creeps.

    python -m tests.chaos.soak --minutes 10
    python -m tests.chaos.soak --minutes 30 --broker kafka

Two real worker processes share the lanes. The old one is never touched; the other is told to stop or killed, in turn,
about once a minute, and started again. Every few seconds each is asked for its memory and its file descriptors, and
event-to-command latency is taken where commands arrive. The time from a restart until its backlog is gone is told of
by itself; of the rest a slope is fitted to each figure (drift.py). Exit code 1 where one is not flat, where an event
was not committed in the end, or where a worker ended that nobody had told to.

The embedded broker deletes and compacts nothing and its fetches become slower with what it holds. The load is made so
that ten minutes of it do not show; what runs longer measures that broker, unless it runs on Apache Kafka.
"""

import argparse
import asyncio
import gc
import logging
import random
import signal
import sys
import time
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from deploy.kafka.cluster import KafkaCluster
from interdict.bench.throughput import DECIDED, Probe, percentile, send, send_when_due, sending
from interdict.city.simulate import Plan
from interdict.run.processes import WorkerProcess, WorkerProcessError
from schemas.spans import DAY_MS
from streams.kafka.broker import BrokerError, EmbeddedBroker
from streams.settings import Settings
from tests.chaos import drift
from tests.chaos.days import EVENTS_A_DAY, Days
from tests.chaos.drift import Drift, Point, Verdict
from tests.live.trial import committed

LOAD = 0.5
"""Share of what was carried while warming up that is offered."""
WARM_DAYS = 3
WARM_S_MAX = 180.0
CHUNK = 1_000
UNDECIDED_MAX = 5_000
"""What is carried is measured with a backlog no larger than this: a large one is taken in whole batches, twice as fast
as what comes live."""
WARM_RESTARTS = 3
"""Taking over a lane and reading its changelog, 4 MiB at a time, stretches a worker's heap, less each time."""
DAYS_MAX = 3_650
SESSION_S = 6.0
SAMPLE_S = 3.0
ASK_S = 0.02
RESTART_EVERY_S = 60.0
RESTARTS_MIN = 4
ENDINGS = (signal.SIGTERM, signal.SIGKILL)
LEAVES_WITH = {signal.SIGTERM: 0, signal.SIGKILL: -signal.SIGKILL}
PLACE_IN_TURN = (0.1, 0.4)
"""Within which part of its turn a restart begins; the rest is for the backlog, and for samples."""
LAG_S = 2.0
"""Fewer seconds of the load than this not committed are no backlog: commits come once a second."""
SETTLE_S_MAX = 180.0
LOOKS_MIN = 5
"""Between a backlog's end and the next restart, or the end."""
COMMANDS_MIN = 20
"""Fewer commands than this have no 99th percentile: they wait for those of the next look."""
EVENTS_MAX = 4_000_000
"""The embedded broker deletes and compacts nothing: with more, a restart would read its changelog for a minute."""
STORED_BYTES = 1_500
"""What an event leaves there, with the state it changed: measured, and rounded up."""
ROOM = 0.5
"""Share of the free memory that it may fill."""
LANES = 2
TICK_S = 0.2
"""Few lanes and few, larger batches: at each fetch the embedded broker looks through all batches of a partition, which
takes 0.6 ms for a thousand. With 8 lanes and the bench's ticks it is slower every minute."""
MINUTES_MIN, MINUTES_MAX = 1, 1440
MIB = 2.0**20
COLOURS = {Verdict.FLAT: "green", Verdict.GROWS: "red", Verdict.UNKNOWN: "yellow"}
BOUNDED = {"log.segment.bytes": "33554432", "log.retention.bytes": "268435456"}
"""Small segments, so that Apache Kafka compacts and deletes within a run what it would within a week."""
BROKERS: dict[str, Any] = {"embedded": EmbeddedBroker, "kafka": partial(KafkaCluster, settings=BOUNDED)}


class Figure(NamedTuple):
    """What must not creep, and how much more of it in one run does not matter."""

    name: str
    floor: float


FIGURES = (
    Figure("resident MiB of the old worker", 16.0),
    Figure("file descriptors of the old worker", 3.0),
    Figure("event to command p50, ms", 10.0),
    Figure("event to command p99, ms", 30.0),
)


class SoakError(Exception):
    """The run cannot go on; says why in one line."""


class Life:
    """One worker process, and what it was seen to hold.

    Args:
        worker: the process.
        after: how the one before it ended.
    """

    def __init__(self, worker: WorkerProcess, after: str) -> None:
        self.worker = worker
        self.after = after
        self.settled_s = 0.0
        """From the end of the one before until the backlog was gone."""
        self.slowest_ms = 0.0
        """The slowest command meanwhile."""
        self.resident: list[Point] = []
        self.files: list[Point] = []

    def must_live(self) -> None:
        """Raise where the process ended by itself."""
        if not self.worker.alive:
            raise SoakError(f"a worker ended that nobody had told to; its log is {self.worker.log}")

    def look(self, at: float) -> None:
        """Measure it now."""
        self.must_live()
        self.resident.append((at, self.worker.resident_bytes() / MIB))
        self.files.append((at, float(self.worker.open_files())))


@dataclass
class Found:
    """What a run measured."""

    carried: float = 0.0
    offered: float = 0.0
    sent: int = 0
    lives: list[Life] = field(default_factory=list)
    """The old worker's, then the other's, one after another."""
    p50: list[Point] = field(default_factory=list)
    p99: list[Point] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def drifts(self) -> dict[Figure, Drift]:
        """Each figure's series, where there is one."""
        if not self.lives:
            return {}
        old = self.lives[0]
        series = zip(FIGURES, (old.resident, old.files, self.p50, self.p99), strict=True)
        return {figure: Drift(points, figure.floor) for figure, points in series if len(points) > 1}


class Soak:
    """One run.

    Args:
        settings: of the workers.
        minutes: how long is measured.
        events_max: more than so many the broker has no room for.
        seed: chooses the load and the moments of the restarts.
        found: where the results go.
        progress: shows how far it is.
    """

    def __init__(
        self, settings: Settings, minutes: float, events_max: int, seed: int, found: Found, progress: Progress
    ) -> None:
        self._settings = settings
        self._seconds = minutes * 60
        self._events_max = events_max
        self._rng = random.Random(seed)
        self._found = found
        self._progress = progress
        self._came: list[float] = []
        """Latencies since the last point of their series."""
        self._bar = progress.add_task("starting two workers", total=None)
        days = WARM_DAYS + 2 + self._events_max // EVENTS_A_DAY
        self._days = Days(seed, settings.partitions, Plan.start_at - days * DAY_MS)

    async def run(self, producer: AIOKafkaProducer) -> None:
        """Warm up, measure, and see whether everything was committed."""
        try:
            await self._hire("")
            await self._hire("")
            await self._warm_up(producer)
            async with Probe(self._settings) as probe:
                await probe.settle()
                await self._carry(producer, probe)
            await self._all_committed()
        finally:
            await self._dismiss()

    @property
    def _young(self) -> Life:
        return self._found.lives[-1]

    async def _hire(self, after: str) -> None:
        worker = WorkerProcess(self._settings)
        await worker.start()
        self._found.lives.append(Life(worker, after))
        await worker.until_ready()

    def _must_live(self) -> None:
        for life in (self._found.lives[0], self._young):
            life.must_live()

    async def _dismiss(self) -> None:
        for life in [life for life in self._found.lives if life.worker.alive]:
            if (code := await life.worker.end()) != 0:
                self._found.failures.append(f"a worker left with {code}; its log is {life.worker.log}")

    # -- load ------------------------------------------------------------------------------------------------

    async def _warm_up(self, producer: AIOKafkaProducer) -> None:
        """Play a few days as fast as they are decided: everybody is met, and it is known what this machine carries."""
        self._tell("warming up")
        rows, began = self._days.until(WARM_DAYS), time.monotonic()
        while part := list(islice(rows, CHUNK)):
            while self._days.sent - await asyncio.to_thread(self._decided) > UNDECIDED_MAX:
                await asyncio.sleep(ASK_S)
                if time.monotonic() - began > WARM_S_MAX:
                    raise SoakError(f"warming up took more than {WARM_S_MAX:.0f} s")
            await send(producer, part)
        self._found.carried = self._days.sent / (time.monotonic() - began)
        self._found.offered = min(LOAD * self._found.carried, self._events_max / self._seconds)
        self._days.write_scams(WARM_DAYS + 2 + int(self._found.offered * self._seconds / EVENTS_A_DAY))
        gc.collect()
        gc.freeze()  # to walk the city over and over would be seen as latency

    def _decided(self) -> float:
        self._must_live()
        return sum(life.worker.metric(DECIDED) for life in self._found.lives)

    async def _carry(self, producer: AIOKafkaProducer, probe: Probe) -> None:
        load = asyncio.create_task(send_when_due(self._days.since(WARM_DAYS), producer, self._found.offered, TICK_S))
        try:
            for number in range(WARM_RESTARTS):
                self._tell(f"warming up, restart {number + 1} of {WARM_RESTARTS}")
                await self._restart(signal.SIGTERM, probe, ", warming up")
            await self._measure(probe, load)
        finally:
            self._days.over = True
            self._found.sent = self._days.sent
            await load

    async def _all_committed(self) -> None:
        self._tell("waiting for the last commit")
        if not await self._caught_up(0.0):
            missing = self._days.sent - await committed(self._settings)
            raise SoakError(f"{missing:,} of {self._days.sent:,} events were never committed")

    async def _caught_up(self, seconds: float) -> bool:
        """Wait until no more than these seconds of the load are not committed; whether it came to that."""
        give_up_at = time.monotonic() + SETTLE_S_MAX
        while time.monotonic() < give_up_at:
            self._must_live()
            if await committed(self._settings) >= self._days.sent - seconds * self._found.offered:
                return True
            await asyncio.sleep(0.5)
        return False

    # -- measuring -------------------------------------------------------------------------------------------

    async def _measure(self, probe: Probe, load: "asyncio.Task[None]") -> None:
        """A look every few seconds, and a restart where one is due and the last one is well over."""
        began, due, looks, elapsed = time.monotonic(), self._restarts(), 0, 0.0
        while due or looks < LOOKS_MIN or elapsed < self._seconds:
            self._tell(f"measuring, {len(due)} restarts to come", elapsed)
            await asyncio.sleep(SAMPLE_S)
            if load.done():
                raise SoakError(f"the load ended: {load.exception()!r}")
            elapsed = time.monotonic() - began
            self._look(elapsed / 60, probe.take())
            looks += 1
            if due and due[0][0] <= elapsed and looks >= LOOKS_MIN:
                await self._restart(due.pop(0)[1], probe)
                looks = 0

    def _look(self, at: float, came: list[float]) -> None:
        for life in (self._found.lives[0], self._young):
            life.look(at)
        self._came += came
        if len(self._came) >= COMMANDS_MIN:
            self._found.p50.append((at, percentile(self._came, 0.50)))
            self._found.p99.append((at, percentile(self._came, 0.99)))
            self._came.clear()

    def _restarts(self) -> list[tuple[float, signal.Signals]]:
        """Seconds and signals: one a turn, killing in every other."""
        turns = max(RESTARTS_MIN, round(self._seconds / RESTART_EVERY_S))
        width = self._seconds / turns
        return [((n + self._rng.uniform(*PLACE_IN_TURN)) * width, ENDINGS[n % len(ENDINGS)]) for n in range(turns)]

    async def _restart(self, ending: signal.Signals, probe: Probe, note: str = "") -> None:
        """End the young worker, start another, and wait until the backlog that this left is gone."""
        began, worker = time.monotonic(), self._young.worker
        probe.take()
        self._came.clear()
        worker.send(ending)
        if (code := await worker.end()) != LEAVES_WITH[ending]:
            raise SoakError(f"a worker left with {code} on {ending.name}; its log is {worker.log}")
        worker.log.unlink(missing_ok=True)
        await self._hire(ending.name + note)
        if not await self._caught_up(LAG_S):
            raise SoakError(f"the backlog of a restart was not gone after {SETTLE_S_MAX:.0f} s")
        self._young.settled_s = time.monotonic() - began
        await asyncio.sleep(LAG_S)
        self._young.slowest_ms = max(probe.take(), default=float("nan"))

    def _tell(self, what: str, elapsed: float | None = None) -> None:
        total = None if elapsed is None else self._seconds
        self._progress.update(self._bar, description=what, completed=elapsed, total=total)


def _figures(found: Found) -> Table:
    table = Table(title="soak", caption=_criterion(found), caption_justify="left", title_style="bold")
    for column in (
        "figure",
        "samples",
        "first",
        "median",
        "last",
        "slope a minute [95 %]",
        "adds in 10 min",
        "verdict",
    ):
        table.add_column(column, justify="left" if column == "figure" else "right")
    for figure, judged in found.drifts().items():
        values, slope = judged.values, judged.slope
        table.add_row(
            figure.name, str(len(values)), *(f"{v:.1f}" for v in (values[0], median(values), values[-1])),
            f"{slope.fitted:+.3f} [{slope.low:+.3f} {slope.high:+.3f}]", f"{judged.share_per_10_min:+.1%}",
            f"[{COLOURS[judged.verdict]}]{judged.verdict}",
        )  # fmt: skip
    return table


def _criterion(found: Found) -> str:
    floors = ", ".join(f"{figure.floor:g}" for figure in FIGURES)
    return (
        f"{found.sent:,} events, {found.offered:,.0f}/s: {found.offered / (found.carried or 1):.0%} of the "
        f"{found.carried:,.0f}/s carried while warming up. Slopes by Theil and Sen, with Sen's interval; what a "
        f"restart disturbed is left out. NOT flat: over {drift.MINUTES_MIN:g} minutes or more the interval is above "
        f"zero, an hour would add more than {drift.GROWTH_PER_HOUR_MAX:.0%} of the mean, and the run added more than "
        f"the figure's floor ({floors}). Cannot tell: fewer than {drift.POINTS_MIN} samples, growth over fewer "
        f"minutes, or an interval with room for {drift.DOUBT_PER_HOUR_MAX:.0%} of the mean an hour."
    )


def _restarted(found: Found) -> Table:
    table = Table(title="the other worker", title_style="bold")
    columns = ("restarted by", "backlog gone after s", "slowest command ms", "samples", "resident MiB", "descriptors")
    for column in columns:
        table.add_column(column, justify="right")
    for life in found.lives[2:]:
        seen = [_first_and_last(series) for series in (life.resident, life.files)]
        table.add_row(life.after, f"{life.settled_s:.1f}", f"{life.slowest_ms:,.0f}", str(len(life.resident)), *seen)
    return table


def _first_and_last(series: list[Point]) -> str:
    return f"{series[0][1]:.0f} to {series[-1][1]:.0f}" if series else ""


async def _soak(minutes: float, kind: str, seed: int, found: Found) -> None:
    with Progress(console=Console(stderr=True), transient=True) as progress:
        async with BROKERS[kind]() as broker:
            # A second of the clock is an hour of the city's time: records a moment apart lie far apart.
            settings = Settings(
                bootstrap=broker.bootstrap, partitions=LANES, session_timeout_s=SESSION_S, late_ms_max=DAY_MS
            )
            async with sending(settings) as producer:
                await Soak(settings, minutes, _room(kind), seed, found, progress).run(producer)


def _room(kind: str) -> int:
    """How many events the broker has room for."""
    if kind == "kafka":
        return DAYS_MAX * EVENTS_A_DAY
    fields = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    free_bytes = int(fields["MemAvailable"].split()[0]) * 1024
    return min(EVENTS_MAX, int(ROOM * free_bytes / STORED_BYTES))


def _run(minutes: float, kind: str, seed: int) -> int:
    found = Found()
    try:
        asyncio.run(_soak(minutes, kind, seed, found))
    except (SoakError, BrokerError, WorkerProcessError, KafkaError, OSError) as problem:
        found.failures.append(str(problem) or type(problem).__name__)
    except KeyboardInterrupt:
        return 130
    console = Console(width=150, highlight=False)
    if found.drifts():
        console.print(_figures(found))
        console.print(_restarted(found))
    grown = [figure.name for figure, judged in found.drifts().items() if judged.verdict is Verdict.GROWS]
    for failure in [*found.failures, *(f"{name}: not flat" for name in grown)]:
        print(f"soak: {failure}", file=sys.stderr)
    return 1 if found.failures or grown else 0


def main() -> None:
    """Parse what was asked and run it."""
    parser = argparse.ArgumentParser(description="Carry a steady load and look whether anything creeps.")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--broker", choices=list(BROKERS), default="embedded")
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    if not MINUTES_MIN <= asked.minutes <= MINUTES_MAX:
        parser.error(f"--minutes must be {MINUTES_MIN} to {MINUTES_MAX}")
    logging.getLogger("aiokafka").setLevel(logging.ERROR)  # that a group's members come and go is what is wanted here
    sys.exit(_run(asked.minutes, asked.broker, asked.seed))


if __name__ == "__main__":
    main()
