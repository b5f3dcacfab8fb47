"""The console command `interdict`: parses what was asked and hands it on. Data goes to stdout, progress to stderr."""

import asyncio
import logging
import re
import sys
import time
from collections.abc import Coroutine
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
)
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from interdict.access.acls import ROLES, Style, principal, print_acls
from interdict.centre.policies import NAMES
from interdict.replay.recordings import STDIN
from schemas.fields import E164
from streams.core.errors import ExpectedError
from streams.kafka.security import variable
from streams.settings import Settings

FAILED = 1
EXPECTED = (ExpectedError, KafkaError, OSError)
DENIED = (ClusterAuthorizationFailedError, GroupAuthorizationFailedError, TopicAuthorizationFailedError)

console = Console(stderr=True, highlight=False)
cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Real-time fraud warnings: calls, texts and transfers in; dissuasion, suspensions and freezes out.",
    epilog="Settings come from INTERDICT_* environment variables; `interdict check` shows them.",
)

policies = typer.Typer(no_args_is_help=True, help="What a centre may set: show, compare, try on recordings, push.")
cases = typer.Typer(no_args_is_help=True, help="What was done for a person, and what is under way.")
cli.add_typer(policies, name="policy")
cli.add_typer(cases, name="case")
keys = typer.Typer(no_args_is_help=True, help="Keys that commands are signed with: make a pair, show its public part.")
cli.add_typer(keys, name="keys")

Bootstrap = Annotated[str | None, typer.Option("--bootstrap", help="The broker's address, host:port.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 picks a free one.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same traffic.")]


def _recordings(paths: list[Path]) -> list[Path]:
    """Files that are there, pipes, or `-`; anything else is wrong usage."""
    for path in paths:
        if path != STDIN and (not path.exists() or path.is_dir()):
            raise typer.BadParameter(f"there is no file {path}")
    return paths


Recordings = Annotated[
    list[Path],
    typer.Argument(
        metavar="RECORDING", callback=_recordings, help="NDJSON recordings, gzipped or not; - for standard input."
    ),
]
ToTheEnd = Annotated[
    bool, typer.Option("--to-the-end", help="After the last event, let deadlines pass until every case is closed.")
]


def settings(bootstrap: str | None = None, **more: Any) -> Settings:
    """Settings from the environment, with what the command line says on top."""
    said = {name: value for name, value in {"bootstrap": bootstrap, **more}.items() if value is not None}
    return Settings(**said)


def run(work: Coroutine[Any, Any, int | None]) -> None:
    """Run to the end and leave with the work's exit code."""
    code = asyncio.run(work)
    if code:
        raise typer.Exit(code)


@cli.command(epilog="Example: [bold]interdict demo --seconds 30 --seed 7[/bold]")
def demo(
    seconds: Annotated[int, typer.Option(min=10, max=600, help="How long traffic is played.")] = 30,
    seed: Seed = 7,
    port: Port = 0,
    plain: Annotated[bool, typer.Option("--plain", help="Print lines instead of a live screen.")] = False,
) -> None:
    """Play city traffic with planted scams through a broker and a worker, and watch the interceptions."""
    from interdict.city.demo import Demo

    run(Demo(seconds=seconds, seed=seed, port=port, plain=plain or not sys.stdout.isatty()).run())


@cli.command(epilog="Example: [bold]INTERDICT_BOOTSTRAP=127.0.0.1:9092 interdict worker[/bold]")
def worker(bootstrap: Bootstrap = None) -> None:
    """Carry this process's share of the lanes until SIGTERM or ^C."""
    from interdict.run.worker import run_worker

    run(run_worker(settings(bootstrap)))


@cli.command(epilog="Example: [bold]interdict broker --port 9092[/bold]")
def broker(port: Port = 9092) -> None:
    """Run the embedded broker in the foreground, for development. It keeps everything in memory."""
    from interdict.run.broker import run_broker

    run(run_broker(port))


@cli.command(epilog="Example: [bold]interdict topics --check --bootstrap 127.0.0.1:9092[/bold]")
def topics(
    bootstrap: Bootstrap = None,
    check: Annotated[bool, typer.Option("--check", help="Change nothing; print what differs, exit 1 if any.")] = False,
) -> None:
    """Create every topic as the design wants it, or check that they are so."""
    from interdict.run.check import make_topics, report_topics

    run(report_topics(settings(bootstrap)) if check else make_topics(settings(bootstrap)))


@cli.command(
    epilog="Examples: [bold]interdict rebase bank.transactions[/bold] once that topic was deleted and made again; "
    "[bold]interdict rebase --partitions 16 --dry-run[/bold] before lanes become sixteen"
)
def rebase(
    topic: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TOPIC]...", help="Inputs made anew; none: those that states show to be."),
    ] = None,
    partitions: Annotated[
        int | None, typer.Option(min=1, max=1024, help="Grow every lane's topics to so many, and move the states.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing; say what would be.")] = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Make the workers' states fit topics that were made anew, or more lanes. All workers must be stopped."""
    from interdict.run.rebase import change_lanes, rebase_topics

    if topic and partitions is not None:
        raise typer.BadParameter("either topics or --partitions: one after the other")
    found = _quiet(bootstrap)
    if partitions is not None:
        run(change_lanes(found, partitions, dry_run=dry_run))
    else:
        run(rebase_topics(found, topic or [], dry_run=dry_run))


@cli.command(epilog="Example: [bold]interdict simulate --seconds 3600 --rate 200 --out day.ndjson[/bold]")
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


@cli.command(epilog="Example: [bold]interdict replay day.ndjson --out decisions/[/bold]")
def replay(
    files: Recordings,
    out: Annotated[Path | None, typer.Option(file_okay=False, help="One file a topic here, instead of stdout.")] = None,
    to_the_end: ToTheEnd = False,
) -> None:
    """Decide recorded events again, with no broker and no clock. The same input gives the same bytes."""
    from interdict.replay.player import replay_files

    replay_files(files, out, settings(), console, to_the_end=to_the_end)


@cli.command(epilog="Example: [bold]interdict asyncapi > asyncapi.json[/bold]")
def asyncapi() -> None:
    """Print the AsyncAPI 3 document of every topic and message."""
    from schemas.asyncapi import render

    sys.stdout.buffer.write(render().encode())


@cli.command(epilog="Example: [bold]interdict bench --json bench.json[/bold]")
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
    profile: Annotated[bool, typer.Option("--profile", help="Print the profile of the engine's work too.")] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures here as JSON.")] = None,
    seed: Seed = 7,
) -> None:
    """Measure events/s, event-to-command latency, memory and recovery on this machine, broker included."""
    from interdict.bench.recovery import measure as measure_recovery
    from interdict.bench.throughput import Bench
    from interdict.bench.timers import measure as measure_timers

    if recovery:
        run(measure_recovery(recovery, runs, seed, console))
        return
    if timers:
        measure_timers(timers, runs, seed, console)
        return
    run(Bench(events, subscribers, seconds, runs, seed, profile=profile, json_file=json_file).run(console))


@cli.command(epilog="Example: [bold]interdict check --bootstrap 127.0.0.1:9092[/bold]")
def check(bootstrap: Bootstrap = None) -> None:
    """Look whether this installation could work: settings, policy, text model, broker, topics."""
    from interdict.run.check import run_checks

    run(run_checks(settings(bootstrap)))


def _role(name: str) -> str:
    """One of the roles there are; anything else is wrong usage."""
    if name not in ROLES:
        raise typer.BadParameter(f"there is {', '.join(ROLES)}")
    return name


@cli.command(epilog="Example: [bold]interdict acls --user User:interdict --for worker --format kafka-acls[/bold]")
def acls(
    user: Annotated[
        str, typer.Option(metavar="PRINCIPAL", help="Who is to have them, as the brokers name them.")
    ] = "User:interdict",
    role: Annotated[
        str, typer.Option("--for", metavar="ROLE", callback=_role, help="One of " + ", ".join(ROLES) + ".")
    ] = "worker",
    group: Annotated[
        str | None, typer.Option(help="The group that a centre or an executor reads in; else called as the role.")
    ] = None,
    style: Annotated[
        Style, typer.Option("--format", help="A table, or lines of Kafka's own tool that grant them.")
    ] = Style.TABLE,
    config: Annotated[
        str, typer.Option("--command-config", metavar="FILE", help="An admin's client properties, for those lines.")
    ] = "admin.properties",
    bootstrap: Bootstrap = None,
) -> None:
    """Print the least rights on the brokers that a role needs."""
    print_acls(settings(bootstrap), role, principal(user), group, style, config)


# -- policy --------------------------------------------------------------------------------------------------


def _policy_name(name: str | None) -> str | None:
    """One of the names there are; anything else is wrong usage."""
    if name is not None and name not in NAMES:
        raise typer.BadParameter(f"there is {', '.join(NAMES)}")
    return name


def _quiet(bootstrap: str | None) -> Settings:
    """Settings of a command that speaks for itself: libraries' lines are left out, errors are told by `main`."""
    from streams.observe.logs import configure_logging

    said = settings(bootstrap)
    configure_logging(said.model_copy(update={"log_level": "error"}))
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    return said


PolicyName = Annotated[str | None, typer.Option("--name", callback=_policy_name, help="Which policy the file is.")]
PolicyFile = Annotated[
    Path,
    typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True, help="The policy as JSON."),
]


@policies.command("show", epilog="Example: [bold]interdict policy show victims > victims.json[/bold]")
def policy_show(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", callback=_policy_name, help="Which policy; nothing for all in a table."),
    ] = None,
    bootstrap: Bootstrap = None,
    only_packaged: Annotated[
        bool, typer.Option("--packaged", help="What comes with the package; no broker is asked.")
    ] = False,
) -> None:
    """Print the policy that holds: from the broker where one answers and has it, else the packaged one."""
    from interdict.centre.policies import show

    run(show(_quiet(bootstrap), name, console, only_packaged=only_packaged))


@policies.command("diff", epilog="Example: [bold]interdict policy diff victims.json[/bold]")
def policy_diff(path: PolicyFile, name: PolicyName = None, bootstrap: Bootstrap = None) -> None:
    """Compare a policy with the one that holds, field by field. Exit code 1 where anything differs."""
    from interdict.centre.policies import diff

    run(diff(_quiet(bootstrap), path, name, console))


@policies.command("push", epilog="Example: [bold]interdict policy push victims.json --shadow[/bold]")
def policy_push(
    path: PolicyFile,
    name: PolicyName = None,
    shadow: Annotated[
        bool, typer.Option("--shadow", help="As a policy that decides and records, and commands nothing.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Validate and compare only.")] = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Validate a policy and bring it to every worker. They take it up within a second or so, without a restart."""
    from interdict.centre.policies import push

    run(push(_quiet(bootstrap), path, name, console, shadow=shadow, dry_run=dry_run))


@policies.command("drop", epilog="Example: [bold]interdict policy drop victims.shadow --yes[/bold]")
def policy_drop(
    name: Annotated[str, typer.Argument(metavar="NAME", callback=_policy_name, help="Which policy.")],
    yes: Annotated[bool, typer.Option("--yes", help="Really do it.")] = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Take a policy back: the packaged one holds again, and a shadow is gone."""
    from interdict.centre.policies import drop

    if not yes:
        raise typer.BadParameter(f"every worker will take `{name}` back at once; say --yes to do it")
    run(drop(_quiet(bootstrap), name))


@policies.command("test", epilog="Example: [bold]interdict policy test victims.json day.ndjson --out changed/[/bold]")
def policy_test(
    path: PolicyFile,
    recordings: Recordings,
    name: PolicyName = None,
    out: Annotated[
        Path | None, typer.Option(file_okay=False, help="Both replays' records here, under old and new.")
    ] = None,
    to_the_end: ToTheEnd = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Replay recordings under the policy that holds and under a file, and print what would change.

    What officers told in a recording counts for a command that both give; for one that only the new policy gives,
    nobody has told anything.
    """
    from interdict.centre.policies import held_or_packaged, read_policy
    from interdict.centre.trial import try_out

    said = _quiet(bootstrap)
    given = read_policy(path, name, console)
    held = asyncio.run(held_or_packaged(said, console))
    try_out(given, held, recordings, out, said, console, to_the_end=to_the_end)


# -- case ----------------------------------------------------------------------------------------------------


def _phone(subscriber: str) -> str:
    if not re.fullmatch(E164, subscriber):
        raise typer.BadParameter("a phone in E.164: + and 7 to 15 digits")
    return subscriber


@cases.command("show", epilog="Example: [bold]interdict case show +8613800138000 --all[/bold]")
def case_show(
    subscriber: Annotated[
        str, typer.Argument(metavar="SUBSCRIBER", callback=_phone, help="The person's phone, in E.164.")
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="The records as they are, one a line, numbers in full.")
    ] = False,
    every: Annotated[bool, typer.Option("--all", help="Every case of the person, not the latest only.")] = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Print a person's latest case as a timeline."""
    from interdict.centre.cases import show

    run(show(_quiet(bootstrap), subscriber, console, as_json=as_json, every=every))


@cli.command(epilog="Example: [bold]INTERDICT_LOG_HASH_KEY_FILE=hash.key interdict trail +8613800138000[/bold]")
def trail(
    names: Annotated[
        list[str],
        typer.Argument(metavar="NAME...", help="Phones in E.164, case or command ids; - reads them, one a line."),
    ],
) -> None:
    """Print what stands for a person, a case or a command in the workers' logs, for who holds their hash key."""
    from streams.observe.logs import trail_of

    for name in sys.stdin.read().split("\n") if names == ["-"] else names:
        if name.strip():
            print(trail_of(name.strip(), settings()))


@cases.command("list", epilog="Example: [bold]interdict case list --open[/bold]")
def case_list(
    only_open: Annotated[bool, typer.Option("--open", help="Only those that are not closed.")] = False,
    most: Annotated[int, typer.Option(min=1, max=100_000, help="Print so many, the most urgent first.")] = 100,
    bootstrap: Bootstrap = None,
) -> None:
    """Print a table of cases. No phone number is in it."""
    from interdict.centre.cases import list_cases

    run(list_cases(_quiet(bootstrap), console, only_open=only_open, most=most))


# -- signed commands -----------------------------------------------------------------------------------------


@keys.command("new", epilog="Example: [bold]interdict keys new --out keys/[/bold]")
def keys_new(
    out: Annotated[Path, typer.Option("--out", file_okay=False, help="The folder to write the pair's two files to.")],
) -> None:
    """Make a pair of keys: the private one signs commands, the public one lets executors check them."""
    from interdict.access.keys import new_pair

    new_pair(out)


@keys.command("show", epilog="Example: [bold]interdict keys show keys/1f0c2a9b7d3e4455.pem[/bold]")
def keys_show(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A public or a private key as PEM.")],
) -> None:
    """Print a key's id and its public part."""
    from interdict.access.keys import show

    show(path)


def _command_topics(names: list[str] | None) -> list[str]:
    from interdict.access.verify import COMMAND_TOPICS

    if unknown := set(names or ()) - set(COMMAND_TOPICS):
        raise typer.BadParameter(f"{', '.join(sorted(unknown))}: commands are on {', '.join(COMMAND_TOPICS)}")
    return names or list(COMMAND_TOPICS)


@cli.command(epilog="Example: [bold]interdict verify --keys keys/ --from-beginning[/bold]")
def verify(
    key_places: Annotated[
        list[Path],
        typer.Option("--keys", exists=True, readable=True, help="Valid public keys: a PEM file, or a folder of *.pem."),
    ],
    topics: Annotated[
        list[str] | None, typer.Option("--topic", callback=_command_topics, help="Which topic; nothing for all.")
    ] = None,
    from_beginning: Annotated[
        bool, typer.Option("--from-beginning", help="Judge what the topics hold, not only what comes.")
    ] = False,
    seconds: Annotated[
        float | None,
        typer.Option(min=0, help="How long to watch for what comes; 10, or 0 with --from-beginning."),
    ] = None,
    bootstrap: Bootstrap = None,
) -> None:
    """Verify the commands on a broker: signed, unaltered, in time, once. Exit code 1 where any is bad."""
    from interdict.access.verify import WATCH_S
    from interdict.access.verify import verify as verify_commands

    watched_s = seconds if seconds is not None else 0.0 if from_beginning else WATCH_S
    run(
        verify_commands(
            _quiet(bootstrap), key_places, topics or (), console, from_beginning=from_beginning, seconds=watched_s
        )
    )


def main() -> None:
    """Entry point: every expected failure is one clear line on stderr and exit code 1."""
    _write_whatever_the_locale()
    try:
        cli()
    except DENIED as problem:
        where = ", ".join(map(str, problem.args))
        _give_up(f"the broker does not let this user do that ({where}): `interdict acls` prints who needs which right")
    except EXPECTED as problem:
        _give_up(str(problem) or type(problem).__name__)
    except ValidationError as problem:
        _give_up(f"settings are wrong: {wrong_settings(problem)}. `interdict check --help` shows where they come from")
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def _write_whatever_the_locale() -> None:
    """What the terminal's encoding does not have, such as Chinese, becomes a question mark, and not an error. Data is
    UTF-8 in any locale: it goes past this, to the buffer."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def wrong_settings(problem: ValidationError) -> str:
    """Which settings are wrong, or what is wrong with them together; never a value."""
    errors = problem.errors(include_input=False)
    fields = sorted({variable(str(error["loc"][0])) for error in errors if error["loc"]})
    return "; ".join([*fields, *[str(error["ctx"]["error"]) for error in errors if not error["loc"]]])


def _give_up(why: str) -> None:
    console.print(f"[red]interdict:[/red] {escape(why)}", soft_wrap=True)
    raise SystemExit(FAILED)
