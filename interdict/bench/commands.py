"""The command `bench`."""

from pathlib import Path
from typing import Annotated

import typer

from interdict.options import Seed, console, run

commands = typer.Typer()


@commands.command(epilog="Example: [bold]interdict bench --json bench.json[/bold]")
def bench(
    events: Annotated[int, typer.Option(min=10_000, help="Events of a throughput run.")] = 400_000,
    subscribers: Annotated[int, typer.Option(min=1000, help="Active subscribers.")] = 100_000,
    seconds: Annotated[float, typer.Option(min=3, help="Length of each latency run.")] = 15.0,
    runs: Annotated[int, typer.Option(min=1, max=20, help="Throughput runs; the median is reported.")] = 3,
    recovery: Annotated[
        int, typer.Option(min=0, max=5_000_000, help="Measure only the recovery of this many subscribers.")
    ] = 0,
    timers: Annotated[
        int, typer.Option(min=0, max=5_000_000, help="Measure only what this many open timers cost an event.")
    ] = 0,
    orders: Annotated[
        int, typer.Option(min=0, max=40_000, help="Measure only the orders/s of a desk that holds this many phones.")
    ] = 0,
    profile: Annotated[bool, typer.Option("--profile", help="Print the profile of the engine's work too.")] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures here as JSON.")] = None,
    seed: Seed = 7,
) -> None:
    """Measure events/s, event-to-command latency, memory and recovery on this machine, broker included."""
    from interdict.bench.orders import measure as measure_orders
    from interdict.bench.recovery import measure as measure_recovery
    from interdict.bench.throughput import Bench
    from interdict.bench.timers import measure as measure_timers

    if recovery:
        run(measure_recovery(recovery, runs, seed, console))
        return
    if orders:
        run(measure_orders(orders, runs, console))
        return
    if timers:
        measure_timers(timers, runs, seed, console)
        return
    run(Bench(events, subscribers, seconds, runs, seed, profile=profile, json_file=json_file).run(console))
