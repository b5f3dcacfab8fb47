"""`interdict bench --timers N`: what open timers cost each event, in processor time and memory.

The engine with all duties decides the same events over a store in which N other persons have a deadline ahead, and over
one in which the same persons have none, in turn; no broker. Medians of the runs, and of the ratios run by run.
"""

import gc
import time
import tracemalloc
from itertools import cycle
from statistics import median

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from interdict.bench.throughput import Load, Row
from interdict.city.simulate import synthetic_load
from interdict.topology import load_persons
from schemas.spans import DAY_MS
from streams.core.engine import Engine
from streams.core.lanes import Entry
from streams.core.reader import Reader
from streams.core.store import Store
from streams.settings import Settings

EVENTS = 40_000
PEOPLE = 5_000
BATCH = 500
START_AT = 1_790_000_000_000
FAR_MS = 30 * DAY_MS
"""Deadlines lie beyond the events: none fires."""


def measure(timers: int, runs: int, seed: int, console: Console) -> None:
    """Measure and print a table."""
    batches = _batches(seed)
    pairs: list[tuple[float, float]] = []
    with Progress(console=console, transient=True) as progress:
        for run in progress.track(range(runs + 1), description="timers"):
            order = (0, timers) if run % 2 else (timers, 0)
            took = {open_timers: _event_us(batches, timers, open_timers) for open_timers in order}
            pairs.append((took[0], took[timers]))
    pairs = pairs[1:]  # the first warms up
    table = Table("figure", f"median of {runs}", title=f"what {timers:,} open timers cost")
    table.add_row("an event, no timers open", f"{median(without for without, _ in pairs):.2f} µs")
    table.add_row(f"an event, {timers:,} open", f"{median(held for _, held in pairs):.2f} µs")
    table.add_row("ratio, run by run", f"{median(held / without for without, held in pairs):.3f}")
    table.add_row("memory of an open timer", f"{(_bytes(timers, timers) - _bytes(timers, 0)) / timers:.0f} B")
    Console(highlight=False).print(table)


def _batches(seed: int) -> list[list[Entry]]:
    duty = load_persons()
    read = Reader(duty.inputs)
    load = Load(synthetic_load(seed, PEOPLE, EVENTS, START_AT), Settings().partitions)
    names = {topic.name for topic in duty.inputs}
    rows = [Row(topic, lane, key, value, at) for at, (topic, lane, key, value) in enumerate(load.rows)]
    entries = [read(row) for row in rows if row.topic in names]
    return [entries[begin : begin + BATCH] for begin in range(0, len(entries), BATCH)]


def _filled(people: int, timers: int) -> Store:
    duty, settings = load_persons(), Settings()
    store = Store(duty, settings.idle_ms)
    state = store.new()
    state.seen_at = START_AT
    for number, lane in zip(range(people), cycle(range(settings.partitions)), strict=False):
        state.timer_at = START_AT + FAR_MS + number if number < timers else 0
        store.save(lane, f"+8613{number:09d}".encode(), state)
    return store


def _event_us(batches: list[list[Entry]], people: int, timers: int) -> float:
    settings = Settings()
    store = _filled(people, timers)
    engine = Engine(load_persons(), store, settings.late_ms_max, settings.partitions)
    gc.collect()
    began = time.process_time()
    for batch in batches:
        engine.apply(batch, dict.fromkeys(range(settings.partitions), batch[-1].at))
    took = time.process_time() - began
    assert store.timers() >= timers
    return took / sum(map(len, batches)) * 1e6


def _bytes(people: int, timers: int) -> int:
    tracemalloc.start()
    store = _filled(people, timers)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert store.keys() == people
    return size
