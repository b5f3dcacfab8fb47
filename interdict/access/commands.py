"""Commands about rights, keys, and signed commands."""

from pathlib import Path
from typing import Annotated

import typer

from interdict.access.acls import ROLES, Style, principal, print_acls
from interdict.options import Bootstrap, console, quiet, run, settings

commands = typer.Typer()
keys = typer.Typer(no_args_is_help=True, help="Keys that commands are signed with: make a pair, show its public part.")


def _role(name: str) -> str:
    """One of the roles there are; anything else is wrong usage."""
    if name not in ROLES:
        raise typer.BadParameter(f"there is {', '.join(ROLES)}")
    return name


@commands.command(epilog="Example: [bold]interdict acls --user User:interdict --for worker --format kafka-acls[/bold]")
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


@commands.command(epilog="Example: [bold]interdict verify --keys keys/ --from-beginning[/bold]")
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
            quiet(bootstrap), key_places, topics or (), console, from_beginning=from_beginning, seconds=watched_s
        )
    )
