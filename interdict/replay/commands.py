"""How recordings are named on a command line. The command `replay` stands with the judge, who may look on."""

from pathlib import Path
from typing import Annotated

import typer

from interdict.replay.recordings import STDIN


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
