"""`interdict bench --orders N`: how many orders a second one desk decides that holds N phones, broker included.

A worker of the desk alone is made to hold N phones. Then comes a backlog in which one more is taken and one given back
in turn: each order finds the share of people, the holds of its phone and the next end among all of them, leaves as a
command, and writes what it changed to the changelog.
"""

import asyncio
import statistics
import time
from collections.abc import Iterator
from itertools import islice

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from interdict.bench.throughput import WORKER_CORE, Packed, decided, send, stage
from interdict.city.simulate import Plan
from interdict.run.processes import WorkerProcess
from interdict.topology import THE_DESK
from schemas.codec import encode
from schemas.commands import PhoneCommand, Reason
from schemas.ids import case_id, command_id
from schemas.orders import DESK, Order
from schemas.spans import DAY_MS
from schemas.topics import ORDERS
from streams.core.partitioner import partition_of
from streams.observe.logs import configure_logging
from streams.settings import Settings

ORDERS_A_RUN = 20_000
STEP_MS = 20
"""Between two orders, event time."""
WAIT_S = 300.0
LOOK_S = 0.02


async def measure(holds: int, runs: int, console: Console) -> int:
    """Measure and print a table; exit code."""
    configure_logging(Settings(log_level="error"))
    rates: list[float] = []
    with Progress(console=console, transient=True) as progress:
        steps = progress.add_task("orders", total=runs)
        for _ in range(runs):
            rates.append(await _rate(holds))
            progress.advance(steps)
    table = Table("figure", f"median of {runs}", "aim", title=f"one desk that holds {holds:,} phones")
    told = ", ".join(f"{rate:,.0f}" for rate in rates)
    table.add_row(f"orders/s ({told})", f"{statistics.median(rates):,.0f}", "2,000")
    Console(highlight=False).print(table)
    return 0


async def _rate(holds: int) -> float:
    async with stage() as (everything, producer, _broker):
        settings = everything.model_copy(update={"pipelines": THE_DESK.name})
        orders = _orders(holds, settings.lanes(THE_DESK.name))
        async with WorkerProcess(settings, core=WORKER_CORE) as worker:
            await send(producer, islice(orders, holds))
            await _until_decided(worker, holds)
            began = time.perf_counter()
            await send(producer, islice(orders, ORDERS_A_RUN))
            await _until_decided(worker, holds + ORDERS_A_RUN)
            return ORDERS_A_RUN / (time.perf_counter() - began)


async def _until_decided(worker: WorkerProcess, orders: int) -> None:
    async with asyncio.timeout(WAIT_S):
        while await asyncio.to_thread(decided, worker, {ORDERS.name}) < orders:
            await asyncio.sleep(LOOK_S)


def _orders(holds: int, lanes: int) -> Iterator[Packed]:
    """So many phones taken, and then for good one taken and one given back in turn, the one held longest."""
    key = DESK.encode()
    lane = partition_of(key, lanes)
    taken = given = number = 0
    while True:
        at = Plan.start_at + number * STEP_MS
        if taken - given <= holds:
            order = _take(taken, at)
            taken += 1
        else:
            order = _give_back(given, at)
            given += 1
        number += 1
        yield ORDERS.name, lane, key, encode(order)


def _take(number: int, at: int) -> Order:
    command = _command(number, at, "suspend")
    return Order(event_id=f"do/{command.command_id}", occurred_at=at, kind="do", approved=True, command=command)


def _give_back(number: int, at: int) -> Order:
    command = _command(number, at, "restore")
    of = _command(number, at, "suspend").command_id
    return Order(event_id=f"do/{command.command_id}", occurred_at=at, kind="do", of=of, command=command)


def _command(number: int, at: int, action: str) -> PhoneCommand:
    subscriber = f"+8613{number:09d}"
    case = case_id(subscriber, "bench")
    reason = Reason(code="pay.on_line", weight=3.0, text="pays on the line", text_zh="通话中转账", event_ids=("e",))
    return PhoneCommand(
        command_id=command_id(case, action, subscriber), case_id=case, issued_at=at, expires_at=at + DAY_MS,
        subscriber=subscriber, level="red", score=0.97, typology="fake_police", reasons=(reason,),
        policy_version="bench", caused_by="e", action="suspend" if action == "suspend" else "restore",
    )  # fmt: skip
