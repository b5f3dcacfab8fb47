"""The console command `interdict`: parses what was asked and hands it on. Data goes to stdout, progress to stderr.

Each package brings its commands in a module `commands`, beside what they call. Here they are put in order, with those
that call what lies below the console, and every expected failure becomes one line.
"""

import sys
from io import TextIOWrapper
from typing import Annotated

import typer
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
)
from pydantic import ValidationError
from rich.markup import escape

from interdict.access import commands as access
from interdict.bench import commands as bench
from interdict.centre import commands as centre
from interdict.city import commands as city
from interdict.fit import commands as fit
from interdict.judge import commands as judge
from interdict.options import console, settings
from interdict.run import commands as run
from interdict.screen import commands as screen
from streams.core.errors import ExpectedError
from streams.kafka.security import variable

FAILED = 1
EXPECTED = (ExpectedError, KafkaError, OSError)
DENIED = (ClusterAuthorizationFailedError, GroupAuthorizationFailedError, TopicAuthorizationFailedError)

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Real-time fraud warnings: calls, texts and transfers in; dissuasion, suspensions and freezes out.",
    epilog="Settings come from INTERDICT_* environment variables; `interdict check` shows them.",
)


@cli.command(epilog="Example: [bold]interdict asyncapi > asyncapi.json[/bold]")
def asyncapi() -> None:
    """Print the AsyncAPI 3 document of every topic and message."""
    from schemas.asyncapi import render

    sys.stdout.buffer.write(render().encode())


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


IN_ORDER = (
    city.demo, run.worker, run.broker, run.topics, run.rebase, city.simulate, city.town, judge.replay,
    judge.evaluate, judge.truth, fit.fit,
    screen.screen, screen.scorecard, asyncapi,
    bench.bench, run.check, access.acls, trail, access.verify,
)  # fmt: skip
"""Every command as `--help` lists them; what has commands of its own comes behind."""

for package in (access, bench, city, fit, judge, run, screen):
    cli.registered_commands += package.commands.registered_commands
cli.registered_commands.sort(key=lambda command: IN_ORDER.index(command.callback))
cli.add_typer(centre.policy, name="policy")
cli.add_typer(centre.case, name="case")
cli.add_typer(centre.account, name="account")
cli.add_typer(fit.rules, name="rules")
cli.add_typer(access.keys, name="keys")


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
