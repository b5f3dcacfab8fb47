"""Simulated traffic on its way out: to NDJSON, or paced to Kafka as a telecom's and a bank's feed would."""

import asyncio
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

import orjson
from aiokafka import AIOKafkaProducer
from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from interdict.city.simulate import Plan, Record, population, traffic
from interdict.city.simulate.truth import truth
from streams.kafka.clients import start
from streams.kafka.producer import new_producer
from streams.settings import Settings

SLICE_S = 0.02
"""Records that fall due within this time are sent together."""
SENT_AT_ONCE = 5_000
"""Records of which the acknowledgements are awaited together."""
PEOPLE_A_RATE = 1_000
"""People for each event a second. In a district they are 5,600, and most would not be seen in half an hour. Of 162,000
events in 27 minutes and no scam 2,000 people make 108 cases, and 50,000 none."""
PEOPLE_MIN = 2_000


@dataclass(frozen=True)
class Feed:
    """A plan, and how fast to play it."""

    plan: Plan

    @classmethod
    def planned(
        cls, *, seconds: float, rate: float, population: int, scams: int, seed: int, speed: float,
        start_at: int, late: float, duplicates: float,
    ) -> "Feed":  # fmt: skip
        """A feed from what the command line says."""
        plan = Plan(
            seed=seed, population=population, start_at=start_at, duration_s=seconds, rate=rate,
            scams_per_typology=scams, speed=speed, late_fraction=late, duplicate_fraction=duplicates,
        )  # fmt: skip
        return cls(plan)

    def records(self) -> Iterator[Record]:
        """Reference records first, then events in event-time order."""
        yield from population(self.plan)
        yield from traffic(self.plan)

    def write_truth(self, path: Path | None) -> None:
        """What really was, as `interdict evaluate` asks for it; None for nowhere."""
        if path is not None:
            with path.open("wb") as file:
                file.writelines(line.model_dump_json().encode() + b"\n" for line in truth(self.plan))

    def to_ndjson(self, path: Path | None, console: Console) -> None:
        """Write every record as a line of a recording."""
        to_stdout = path is None or str(path) == "-"
        file: IO[bytes] = sys.stdout.buffer if to_stdout else path.open("wb")  # type: ignore[union-attr]
        with _progress(console) as progress:
            task = progress.add_task("records", total=None)
            for count, record in enumerate(self.records(), 1):
                file.write(as_line(record))
                if count % 1000 == 0:
                    progress.update(task, completed=count)
            progress.update(task, completed=count)
        file.flush() if to_stdout else file.close()

    async def to_kafka(self, settings: Settings, console: Console) -> None:
        """Produce the reference records at once and the events at the plan's speed."""
        producer = new_producer(settings)
        await start(producer, settings)
        try:
            await send_all(producer, population(self.plan))
            with _progress(console) as progress:
                task = progress.add_task("records", total=None)
                await Pacer(producer, self.plan).play(traffic(self.plan), lambda n: progress.update(task, advance=n))
        finally:
            await producer.stop()


class Pacer:
    """Plays records when they fall due: event time runs `speed` times as fast as the wall clock."""

    def __init__(self, producer: AIOKafkaProducer, plan: Plan) -> None:
        self._producer = producer
        self._plan = plan

    async def play(
        self,
        records: Iterator[Record],
        on_sent: Callable[[int], None],
        change: Callable[[Record], Record] = lambda record: record,
    ) -> None:
        """Send each record when it is due.

        Args:
            records: in event-time order.
            on_sent: told how many were sent.
            change: the last look at a record before it leaves, for a bank that declines what it was told to stop.
        """
        began = time.monotonic()
        due: list[Record] = []
        for record in records:
            wait_s = (record.at - self._plan.start_at) / 1000 / self._plan.speed - (time.monotonic() - began)
            if wait_s > SLICE_S:
                await self._send(due, on_sent, change)
                due = []
                await asyncio.sleep(max(0.0, wait_s - SLICE_S / 2))
            due.append(record)
        await self._send(due, on_sent, change)

    async def _send(self, due: list[Record], on_sent: Any, change: Callable[[Record], Record]) -> None:
        await send_all(self._producer, map(change, due))
        on_sent(len(due))


async def send_all(producer: AIOKafkaProducer, records: Iterable[Record]) -> None:
    """Produce records by their keys and wait until all are acknowledged. So many at a time are in memory."""
    coming = iter(records)
    while some := list(islice(coming, SENT_AT_ONCE)):
        sent = [await producer.send(r.topic, orjson.dumps(r.value), r.key.encode()) for r in some]
        await asyncio.gather(*sent)


def people_of(rate: float) -> int:
    """How many people a live city of so many events a second has: where few live them all, each has the calls and
    payments of hundreds, and looks like somebody who is being worked upon.

    >>> people_of(100)
    100000
    """
    return max(PEOPLE_MIN, int(rate * PEOPLE_A_RATE))


def start_of(said: str | None, seconds: float, now_ms: int | None) -> int:
    """When a feed begins, event time, Unix ms.

    Args:
        said: on the command line, ISO 8601 with its zone; None where nothing is.
        seconds: how long it lasts.
        now_ms: the wall clock, where workers take the feed as it comes: it ends now, since they refuse what lies ahead,
            and what they command is not to be over when it comes. None for a recording, which is of one and the same
            day: the same seed gives the same bytes, whenever and wherever it is made.

    Raises:
        ValueError: that is no time, or one of no place.

    >>> start_of("2026-01-01T15:00:00+08:00", 600, None) == Plan.start_at == start_of(None, 600, None)
    True
    >>> start_of("2026-01-01T15:00:00", 600, None)
    Traceback (most recent call last):
        ...
    ValueError: 2026-01-01T15:00:00 has no zone, such as +08:00
    """
    if said is None:
        return Plan.start_at if now_ms is None else now_ms - int(seconds * 1000)
    begin = datetime.fromisoformat(said)
    if begin.tzinfo is None:
        raise ValueError(f"{said} has no zone, such as +08:00")
    return int(begin.timestamp() * 1000)


def as_line(record: Record) -> bytes:
    """One line of a recording."""
    return orjson.dumps({"topic": record.topic, "key": record.key, "value": record.value}) + b"\n"


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.completed:>10,} {task.description}"), TimeElapsedColumn(), console=console, transient=True
    )
