"""Commands of a centre: its policies, its cases, and the accounts that it looks at."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError

from interdict.judge.commands import GROUPS, LATENCY_S, Groups, Json, Latency, Truth, against
from interdict.options import Bootstrap, console, quiet, run
from interdict.replay.commands import Recordings, ToTheEnd
from schemas.fields import ACCOUNT_ID, E164, LABEL, NOTE, SLUG_TEXT, AccountId, Label, Note, Slug
from schemas.spelling import account as spelt

policy = typer.Typer(no_args_is_help=True, help="What a centre may set: show, compare, try on recordings, push.")
case = typer.Typer(no_args_is_help=True, help="What was done for a person, and what is under way.")
account = typer.Typer(no_args_is_help=True, help="What is known of an account, and an officer's word on it.")


def _policy_name(name: str | None) -> str | None:
    """One of the names there are; anything else is wrong usage."""
    if name is None:
        return None
    from interdict.centre.policies import NAMES

    if name not in NAMES:
        raise typer.BadParameter(f"there is {', '.join(NAMES)}")
    return name


PolicyName = Annotated[str | None, typer.Option("--name", callback=_policy_name, help="Which policy the file is.")]
PolicyFile = Annotated[
    Path,
    typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True, help="The policy as JSON."),
]


@policy.command("show", epilog="Example: [bold]interdict policy show victims > victims.json[/bold]")
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

    run(show(quiet(bootstrap), name, console, only_packaged=only_packaged))


@policy.command("diff", epilog="Example: [bold]interdict policy diff victims.json[/bold]")
def policy_diff(path: PolicyFile, name: PolicyName = None, bootstrap: Bootstrap = None) -> None:
    """Compare a policy with the one that holds, field by field. Exit code 1 where anything differs."""
    from interdict.centre.policies import diff

    run(diff(quiet(bootstrap), path, name, console))


@policy.command("push", epilog="Example: [bold]interdict policy push victims.json --shadow[/bold]")
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

    run(push(quiet(bootstrap), path, name, console, shadow=shadow, dry_run=dry_run))


@policy.command("drop", epilog="Example: [bold]interdict policy drop victims.shadow --yes[/bold]")
def policy_drop(
    name: Annotated[str, typer.Argument(metavar="NAME", callback=_policy_name, help="Which policy.")],
    yes: Annotated[bool, typer.Option("--yes", help="Really do it.")] = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Take a policy back: the packaged one holds again, and a shadow is gone."""
    from interdict.centre.policies import drop

    if not yes:
        raise typer.BadParameter(f"every worker will take `{name}` back at once; say --yes to do it")
    run(drop(quiet(bootstrap), name))


@policy.command("test", epilog="Example: [bold]interdict policy test victims.json day.ndjson --out changed/[/bold]")
def policy_test(
    path: PolicyFile,
    recordings: Recordings,
    name: PolicyName = None,
    out: Annotated[
        Path | None, typer.Option(file_okay=False, help="Both replays' records here, under old and new.")
    ] = None,
    to_the_end: ToTheEnd = False,
    truth: Truth = None,
    latency: Latency = LATENCY_S,
    json: Json = None,
    misses: Groups = GROUPS,
    bootstrap: Bootstrap = None,
) -> None:
    """Replay recordings under the policy that holds and under a file, and print what would change.

    What officers told in a recording counts for a command that both give; for one that only the new policy gives,
    nobody has told anything. With --truth, executors and officers answer as in `interdict evaluate` under both, and
    its table is printed before and after, with who is concerned by the difference.
    """
    from interdict.centre.policies import held_or_packaged, read_policy
    from interdict.centre.trial import Judged, try_out

    if json is not None and truth is None:
        raise typer.BadParameter("--json: there are figures with --truth only")
    by = against(truth, latency)
    judged = None if by is None else Judged(by, json, misses)
    said = quiet(bootstrap)
    given = read_policy(path, name, console)
    held = asyncio.run(held_or_packaged(said, console))
    try_out(given, held, recordings, out, said, console, to_the_end=to_the_end, judged=judged)


def _phone(subscriber: str) -> str:
    if not re.fullmatch(E164, subscriber):
        raise typer.BadParameter("a phone in E.164: + and 7 to 15 digits")
    return subscriber


@case.command("show", epilog="Example: [bold]interdict case show +8613800138000 --all[/bold]")
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

    run(show(quiet(bootstrap), subscriber, console, as_json=as_json, every=every))


@case.command("list", epilog="Example: [bold]interdict case list --open[/bold]")
def case_list(
    only_open: Annotated[bool, typer.Option("--open", help="Only those that are not closed.")] = False,
    most: Annotated[int, typer.Option(min=1, max=100_000, help="Print so many, the most urgent first.")] = 100,
    bootstrap: Bootstrap = None,
) -> None:
    """Print a table of cases. No phone number is in it."""
    from interdict.centre.cases import list_cases

    run(list_cases(quiet(bootstrap), console, only_open=only_open, most=most))


def _of_kind(kind: Any, words: str, spell: Callable[[str], str] = str) -> Callable[[str | None], str | None]:
    """A callback for an option whose value is, in its one spelling, of one of the kinds of `schemas.fields`."""
    adapter: TypeAdapter[str] = TypeAdapter(kind)

    def read(shown: str | None) -> str | None:
        try:
            return None if shown is None else adapter.validate_python(spell(shown))
        except ValidationError:
            raise typer.BadParameter(words) from None

    return read


TheAccount = Annotated[
    str,
    typer.Argument(
        metavar="ACCOUNT", callback=_of_kind(AccountId, ACCOUNT_ID, spelt), help="The account, however it is spelt."
    ),
]


@account.command("show", epilog="Example: [bold]interdict account show 6222020200112233445[/bold]")
def account_show(
    account_id: TheAccount,
    as_json: Annotated[
        bool, typer.Option("--json", help="The records as they are, one a line, numbers in full.")
    ] = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Print what came in and went out, how the account was graded and why, and what was ordered, as a timeline."""
    from interdict.centre.accounts import show

    run(show(quiet(bootstrap), account_id, console, as_json=as_json))


@account.command(
    "clear",
    epilog="Example: [bold]interdict account clear 6222020200112233445 --because merchant --days 90 --by 'officer 07'"
    "[/bold]",
)
def account_clear(
    account_id: TheAccount,
    because: Annotated[
        str, typer.Option(callback=_of_kind(Slug, SLUG_TEXT), help="Why, in a word: merchant, charity, landlord ...")
    ],
    by: Annotated[str, typer.Option(callback=_of_kind(Label, LABEL), help="Who says so.")],
    days: Annotated[int, typer.Option(min=1, max=3_650, help="For how long it holds.")] = 90,
    note: Annotated[str | None, typer.Option(callback=_of_kind(Note, NOTE), help="In the officer's own words.")] = None,
    bootstrap: Bootstrap = None,
) -> None:
    """Say that an account is no mule's, whatever goes through it: its grade is then held against nobody who pays it.

    It is written to the watchlist, and every worker goes by it within a second or so.
    """
    from interdict.centre.accounts import clear

    run(clear(quiet(bootstrap), account_id, console, because=because, days=days, by=by, note=note))
