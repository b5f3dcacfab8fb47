"""The command `evaluate`."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from interdict.options import console, settings
from interdict.replay.commands import Recordings
from interdict.replay.recordings import STDIN

commands = typer.Typer()
out = Console(highlight=False)


@commands.command(epilog="Example: [bold]interdict evaluate town.ndjson --truth town.truth[/bold]")
def evaluate(
    files: Recordings,
    truth: Annotated[Path, typer.Option(help="What really was, NDJSON: see docs/city.md.")],
    latency: Annotated[
        float, typer.Option(min=0, max=86_400, help="Seconds from a command's issue until it is carried out.")
    ] = 15,
    json: Annotated[
        Path | None, typer.Option(help="Write the figures here too, as JSON; - for stdout, instead of tables.")
    ] = None,
    misses: Annotated[int, typer.Option(min=0, help="Causes of misses, and of wrongs, that are printed.")] = 10,
    quiet: Annotated[bool, typer.Option("--quiet", help="Neither progress nor tables.")] = False,
) -> None:
    """Judge the judgement: replay recordings with their truth, and count whom it saved and whom it wronged."""
    if json is not None and json != STDIN and not json.parent.is_dir():
        raise typer.BadParameter(f"--json: there is no folder {json.parent}")  # said now, not when all is counted
    from interdict.judge.evaluation import evaluate as judge
    from interdict.judge.known import read_truth
    from interdict.judge.report import as_json, tables
    from interdict.replay.player import Shown

    known = read_truth(truth)
    if quiet:
        found = judge(files, known, latency, settings())
    else:
        with Shown(console) as shown:
            found = judge(files, known, latency, settings(), shown)
    if json == STDIN:
        sys.stdout.buffer.write(as_json(found))
        return
    if json is not None:
        json.write_bytes(as_json(found))
    if not quiet:
        for table in tables(found, misses):
            out.print(table)
