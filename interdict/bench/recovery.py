"""`interdict bench --recovery N`: how long a fresh worker takes to read N subscribers' states back.

The states are those that the load of the other measurements leaves, under as many keys as asked for. They are written
to the changelog on an embedded broker; then a worker starts. Two figures: the reading itself, and from the start of the
process to `/readyz`, which includes Python's own start and the group's.
"""

import statistics
import time
from collections.abc import Iterator
from itertools import cycle, islice

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from interdict.bench.throughput import STATES, WORKER_CORE, Load, Row, stage
from interdict.city.simulate import Plan, synthetic_load
from interdict.run.processes import WorkerProcess
from interdict.topology import load_persons
from schemas.topics import changelog
from streams.core.engine import Engine
from streams.core.partitioner import partition_of
from streams.core.reader import Reader
from streams.core.store import Store
from streams.observe.logs import configure_logging
from streams.runtime.outbox import KafkaSink
from streams.settings import Settings

MODELS = 2_000
"""Subscribers whose states are made; the others are copies."""
EVENTS_PER_MODEL = 10
CHUNK = 50_000


async def measure(subscribers: int, runs: int, seed: int, console: Console) -> int:
    """Measure and print a table; exit code."""
    configure_logging(Settings(log_level="error"))
    blobs = _states(seed)
    reading: list[float] = []
    starting: list[float] = []
    resident = 0
    with Progress(console=console, transient=True) as progress:
        steps = progress.add_task("recovery", total=runs)
        for _ in range(runs):
            async with stage() as (settings, _producer, _broker):
                await _write(settings, subscribers, blobs)
                began = time.perf_counter()
                async with WorkerProcess(settings, core=WORKER_CORE) as worker:
                    starting.append(time.perf_counter() - began)
                    reading.append(worker.metric("interdict_recovery_seconds", duty=STATES))
                    assert worker.metric("interdict_state_keys", duty=STATES) == subscribers
                    resident = worker.resident_bytes()
            progress.advance(steps)
    table = Table("figure", f"median of {runs}", "aim", title=f"recovery of {subscribers:,} subscribers")
    table.add_row("reading the changelog", f"{statistics.median(reading):.1f} s", "60 s a million")
    table.add_row("from start to ready", f"{statistics.median(starting):.1f} s", "")
    table.add_row("worker's resident size", f"{resident / 2**20:,.0f} MiB", "")
    Console(highlight=False).print(table)
    return 0


def _states(seed: int) -> list[bytes]:
    duty = load_persons()
    store, reader = Store(duty, Settings().idle_ms), Reader(duty.inputs)
    engine = Engine(duty, store, Settings().late_ms_max)
    load = Load(synthetic_load(seed, MODELS, MODELS * EVENTS_PER_MODEL, Plan.start_at), Settings().partitions)
    names = {topic.name for topic in duty.inputs}
    rows = [Row(topic, lane, key, value, at) for at, (topic, lane, key, value) in enumerate(load.rows)]
    changes = engine.apply([reader(row) for row in rows if row.topic in names]).changes
    return [blob for blob in changes.values() if isinstance(blob, bytes)]


async def _write(settings: Settings, subscribers: int, blobs: list[bytes]) -> None:
    sink = KafkaSink(settings, changelog(STATES))
    await sink.open()
    changes = _changes(settings.partitions, blobs)
    for begin in range(0, subscribers, CHUNK):
        await sink.changelog(dict(islice(changes, min(CHUNK, subscribers - begin))))
    await sink.close()


def _changes(partitions: int, blobs: list[bytes]) -> Iterator[tuple[tuple[int, bytes], bytes]]:
    for number, blob in enumerate(cycle(blobs)):
        key = f"+8613{number:09d}".encode()
        yield (partition_of(key, partitions), key), blob
