"""The command `replay`, and how recordings are named on a command line."""

from pathlib import Path
from typing import Annotated

import typer

from interdict.options import console, settings
from interdict.replay.recordings import STDIN

commands = typer.Typer()


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


@commands.command(epilog="Example: [bold]interdict replay day.ndjson --out decisions/[/bold]")
def replay(
    files: Recordings,
    out: Annotated[Path | None, typer.Option(file_okay=False, help="One file a topic here, instead of stdout.")] = None,
    to_the_end: ToTheEnd = False,
) -> None:
    """Decide recorded events again, with no broker and no clock. The same input gives the same bytes."""
    from interdict.replay.player import replay_files

    replay_files(files, out, settings(), console, to_the_end=to_the_end)
