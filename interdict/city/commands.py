"""Commands that play a simulated city."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from interdict.city.town.plan import SetName
from interdict.options import Bootstrap, Port, Seed, console, run, settings

commands = typer.Typer()

POPULATION = 2_000
POPULATION_MAX = 2_000_000
PEOPLE_MAX = 1_000_000
DAYS_MAX = 3_650


def _in_a_folder(path: Path) -> Path:
    if path.is_dir() or not path.parent.is_dir():
        raise typer.BadParameter(f"{path} cannot be a file")  # said now, not when a month is made
    return path


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
    population: Annotated[
        int | None,
        typer.Option(
            min=50,
            max=POPULATION_MAX,
            help="Protected subscribers; 2,000 if not said, and with --live as many as live so much in a district.",
        ),
    ] = None,
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
    truth: Annotated[
        Path | None, typer.Option(help="Write what really was here, as `interdict evaluate` asks for it.")
    ] = None,
    live: Annotated[
        bool,
        typer.Option("--live", help="To Kafka: by the wall clock, seed after seed; officers and executors answer."),
    ] = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Make the traffic of a city with planted scams: to NDJSON, or to Kafka when --bootstrap is given."""
    if live and (bootstrap is None or start is not None or speed != 1.0):
        raise typer.BadParameter("--live needs --bootstrap, begins now and goes at speed 1")
    from interdict.city.feed import Feed, people_of, start_of

    try:
        start_at = start_of(start, seconds, None if bootstrap is None else int(time.time() * 1000))
    except ValueError as problem:
        raise typer.BadParameter(f"--start: {problem}") from None
    feed = Feed.planned(
        seconds=seconds, rate=rate, population=population or (people_of(rate) if live else POPULATION), scams=scams,
        seed=seed, speed=speed, start_at=start_at,
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


@commands.command(
    epilog="Example: [bold]interdict town --people 2000 --days 60 --victims 60 --out town.ndjson --truth town.truth"
    "[/bold]\n\nThen: [bold]interdict evaluate town.ndjson --truth town.truth[/bold]"
)
def town(
    out: Annotated[Path, typer.Option(callback=_in_a_folder, help="Write the recording here, NDJSON.")],
    truth: Annotated[
        Path,
        typer.Option(
            callback=_in_a_folder,
            help="Write what really was here, NDJSON; the numbers that the run drew go beside it, <truth>.params.json.",
        ),
    ],
    people: Annotated[int, typer.Option(min=200, max=PEOPLE_MAX, help="Townspeople.")] = 2_000,
    days: Annotated[int, typer.Option(min=1, max=DAYS_MAX, help="Days of event time.")] = 30,
    victims: Annotated[
        int, typer.Option(min=0, help="How many people fall for a scam, over all days; a fourth of them at most.")
    ] = 40,
    seed: Annotated[
        int, typer.Option(min=0, help="0-999 to fit, 1000-1999 to choose, 2000-2999 to test; others are free.")
    ] = 7,
    set_: Annotated[
        SetName, typer.Option("--set", help="Which ranges are drawn from: feeds as they should be, or harsher ones.")
    ] = "plain",
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing but what is wrong.")] = False,
) -> None:
    """Make weeks or months of a town's traffic, with the scams of today and the truth beside it: see docs/city.md."""
    if victims > people // 4:
        raise typer.BadParameter("--victims: a fourth of the people at most, or nobody is honest")
    if out.resolve() == truth.resolve():
        raise typer.BadParameter("--out and --truth are one file")
    from interdict.city.town.plan import Plan
    from interdict.city.town.recording import params_path, write

    plan = Plan(seed, people, days, victims, set_)
    with days_shown(console, days, shown=not quiet) as tell:
        lines = write(plan, out, truth, tell)
    if not quiet:
        console.print(
            f"{lines:,} lines, split {plan.split}: {out}, {truth}, {params_path(truth)}", markup=False, soft_wrap=True
        )


@contextmanager
def days_shown(console: Console, days: int, *, shown: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar of the days done, at a terminal; to be told after each day how many lines there are."""
    columns = (
        TextColumn("day"), MofNCompleteColumn(), BarColumn(), TextColumn("{task.fields[lines]:,} lines"),
        TimeRemainingColumn(),
    )  # fmt: skip
    disable = not (shown and console.is_terminal)
    with Progress(*columns, console=console, transient=True, disable=disable) as progress:
        task = progress.add_task("", total=days, lines=0)
        yield lambda day, lines: progress.update(task, completed=min(day, days), lines=lines)
