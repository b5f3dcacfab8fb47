"""Commands that run workers, and that make and look at what they need."""

import gc
from typing import Annotated

import typer

from interdict.options import Bootstrap, Port, quiet, run, settings

commands = typer.Typer()


@commands.command(epilog="Example: [bold]INTERDICT_BOOTSTRAP=127.0.0.1:9092 interdict worker[/bold]")
def worker(bootstrap: Bootstrap = None) -> None:
    """Carry this process's share of the lanes until SIGTERM or ^C."""
    gc.disable()  # while its modules are read: see `interdict.__main__`
    from interdict.run.worker import run_worker

    gc.enable()
    run(run_worker(settings(bootstrap)))


@commands.command(epilog="Example: [bold]interdict broker --port 9092[/bold]")
def broker(port: Port = 9092) -> None:
    """Run the embedded broker in the foreground, for development. It keeps everything in memory."""
    from interdict.run.broker import run_broker

    run(run_broker(port))


@commands.command(epilog="Example: [bold]interdict topics --check --bootstrap 127.0.0.1:9092[/bold]")
def topics(
    bootstrap: Bootstrap = None,
    check: Annotated[bool, typer.Option("--check", help="Change nothing; print what differs, exit 1 if any.")] = False,
) -> None:
    """Create every topic as the design wants it, or check that they are so."""
    from interdict.run.check import make_topics, report_topics

    run(report_topics(settings(bootstrap)) if check else make_topics(settings(bootstrap)))


@commands.command(
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
    found = quiet(bootstrap)
    if partitions is not None:
        run(change_lanes(found, partitions, dry_run=dry_run))
    else:
        run(rebase_topics(found, topic or [], dry_run=dry_run))


@commands.command(epilog="Example: [bold]interdict check --bootstrap 127.0.0.1:9092[/bold]")
def check(bootstrap: Bootstrap = None) -> None:
    """Look whether this installation could work: settings, policy, text model, broker, topics."""
    from interdict.run.check import run_checks

    run(run_checks(settings(bootstrap)))
