"""Commands that play a simulated city."""

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from interdict.options import Bootstrap, Port, Seed, console, run, settings

commands = typer.Typer()


@commands.command(epilog="Example: [bold]interdict demo --seconds 30 --seed 7[/bold]")
def demo(
    seconds: Annotated[int, typer.Option(min=10, max=600, help="How long traffic is played.")] = 30,
    seed: Seed = 7,
    port: Port = 0,
    plain: Annotated[bool, typer.Option("--plain", help="Print lines instead of a live screen.")] = False,
) -> None:
    """Play city traffic with planted scams through a broker and a worker, and watch the interceptions."""
    from interdict.city.demo import Demo

    run(Demo(seconds=seconds, seed=seed, port=port, plain=plain or not sys.stdout.isatty()).run())


@commands.command(epilog="Example: [bold]interdict simulate --seconds 3600 --rate 200 --out day.ndjson[/bold]")
def simulate(
    seconds: Annotated[float, typer.Option(min=1, help="Event time to cover, seconds.")] = 600,
    rate: Annotated[float, typer.Option(min=0.1, help="Mean events a second of event time.")] = 100,
    population: Annotated[int, typer.Option(min=50, max=2_000_000, help="Protected subscribers.")] = 2000,
    scams: Annotated[int, typer.Option(min=0, help="Scams planted per typology.")] = 1,
    seed: Seed = 7,
    speed: Annotated[float, typer.Option(min=0.01, help="To Kafka: event-time seconds played a second.")] = 1.0,
    start: Annotated[
        str | None,
        typer.Option(
            help="Event time to begin at, ISO 8601 with zone. Otherwise a recording is of one and the same day, so "
            "that a seed gives the same bytes, and what goes to Kafka ends now."
        ),
    ] = None,
    late: Annotated[float, typer.Option(min=0, max=1, help="Share of events that come late, within 5 s.")] = 0.0,
    duplicates: Annotated[float, typer.Option(min=0, max=1, help="Share of events that come twice.")] = 0.0,
    out: Annotated[Path | None, typer.Option(help="Write NDJSON here; - or nothing for stdout.")] = None,
    truth: Annotated[Path | None, typer.Option(help="Write the planted scams here, one JSON object a line.")] = None,
    live: Annotated[
        bool,
        typer.Option("--live", help="To Kafka: by the wall clock, seed after seed; officers and executors answer."),
    ] = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Make the traffic of a city with planted scams: to NDJSON, or to Kafka when --bootstrap is given."""
    if live and (bootstrap is None or start is not None or speed != 1.0):
        raise typer.BadParameter("--live needs --bootstrap, begins now and goes at speed 1")
    from interdict.city.feed import Feed, start_of

    try:
        start_at = start_of(start, seconds, None if bootstrap is None else int(time.time() * 1000))
    except ValueError as problem:
        raise typer.BadParameter(f"--start: {problem}") from None
    feed = Feed.planned(
        seconds=seconds, rate=rate, population=population, scams=scams, seed=seed, speed=speed, start_at=start_at,
        late=late, duplicates=duplicates,
    )  # fmt: skip
    feed.write_truth(truth)
    if live:
        from interdict.city.live import play_live

        run(play_live(feed.plan, settings(bootstrap)))
    elif bootstrap is not None:
        run(feed.to_kafka(settings(bootstrap), console))
    else:
        feed.to_ndjson(out, console)
