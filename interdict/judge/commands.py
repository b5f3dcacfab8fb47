"""Commands that replay recordings, and those that judge what came of it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from interdict.options import console, settings
from interdict.replay.commands import Recordings, ToTheEnd
from interdict.replay.recordings import STDIN

if TYPE_CHECKING:
    from interdict.judge.evaluation import Against

commands = typer.Typer()
out = Console(highlight=False)

WHAT_REALLY_WAS = "What really was, NDJSON: see docs/evaluation.md. `interdict town` and `interdict simulate` write it."
Truth = Annotated[Path | None, typer.Option("--truth", help=f"Judge by this. {WHAT_REALLY_WAS}")]
Latency = Annotated[
    float, typer.Option(min=0, max=86_400, help="Seconds from a command's issue until it is carried out.")
]
Groups = Annotated[int, typer.Option("--misses", min=0, help="Causes of misses, and of wrongs, that are printed.")]
LATENCY_S = 15.0
GROUPS = 10


def _writable(path: Path | None) -> Path | None:
    if path is not None and path != STDIN and not path.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {path.parent}")  # said now, not when all is counted
    return path


Json = Annotated[
    Path | None,
    typer.Option(
        "--json", callback=_writable, help="Write the figures here too, as JSON; - for stdout, instead of tables."
    ),
]


def against(truth: Path | None, latency: float) -> "Against | None":
    """What a command is asked to judge by; None where it is not asked to."""
    from interdict.judge.evaluation import Against

    return None if truth is None else Against.read(truth, latency)


@commands.command(epilog="Example: [bold]interdict replay day.ndjson --out decisions/[/bold]")
def replay(
    files: Recordings,
    into: Annotated[
        Path | None, typer.Option("--out", file_okay=False, help="One file a topic here, instead of stdout.")
    ] = None,
    to_the_end: ToTheEnd = False,
    truth: Truth = None,
    latency: Latency = LATENCY_S,
    misses: Groups = GROUPS,
) -> None:
    """Decide recorded events again, with no broker and no clock. The same input gives the same bytes.

    With --truth, executors and officers answer as in `interdict evaluate`, and its tables are printed behind the
    records: to stdout, or to stderr where the records go there.
    """
    from interdict.judge.report import tables
    from interdict.replay.player import replay_files

    judged = against(truth, latency)
    if judged is None:
        replay_files(files, into, settings(), console, to_the_end=to_the_end)
        return
    judging = judged.judging()
    replay_files(files, into, settings(), console, to_the_end=to_the_end, play=judging.play)
    for table in tables(judging.figures(), misses):
        (console if into is None else out).print(table)


def _prefixes_of_codes(prefixes: list[str]) -> list[str]:
    from agents.victims.rules import RULES

    for prefix in prefixes:
        if not prefix or not any(code.startswith(prefix) for code in RULES):
            raise typer.BadParameter(f"no code begins with `{prefix}`: `interdict rules list` has them")
    return prefixes


@commands.command(
    epilog="Example: [bold]interdict evaluate town.ndjson --truth town.truth[/bold]\n\n"
    "What accounts' grades add: [bold]interdict evaluate town.ndjson --truth town.truth --without pay.graded[/bold]"
)
def evaluate(
    files: Recordings,
    truth: Annotated[Path, typer.Option(help=WHAT_REALLY_WAS)],
    latency: Latency = LATENCY_S,
    json: Json = None,
    misses: Groups = GROUPS,
    without: Annotated[
        list[str],
        typer.Option(
            metavar="PREFIX",
            callback=_prefixes_of_codes,
            help="Let the codes that begin so weigh nothing: what a "
            "witness adds is seen without it. May be given more than once.",
        ),
    ] = [],  # noqa: B006 - typer copies it
    quiet: Annotated[bool, typer.Option("--quiet", help="Neither progress nor tables.")] = False,
) -> None:
    """Judge the judgement: replay recordings with their truth, and count whom it saved and whom it wronged."""
    from interdict.judge.evaluation import Against, silenced
    from interdict.judge.evaluation import evaluate as judge
    from interdict.judge.report import as_json, tables
    from interdict.replay.player import Shown

    judged = Against.read(truth, latency)
    policies = {"victims": silenced(without)} if without else {}
    if quiet:
        found = judge(files, judged, settings(), policies=policies)
    else:
        with Shown(console) as shown:
            found = judge(files, judged, settings(), shown, policies)
    write_json(json, as_json(found))
    if not quiet and json != STDIN:
        for table in tables(found, misses):
            out.print(table)


def write_json(path: Path | None, content: bytes) -> None:
    """Figures where they were asked for."""
    if path == STDIN:
        sys.stdout.buffer.write(content)
    elif path is not None:
        path.write_bytes(content)


@commands.command(epilog="Example: [bold]interdict truth --schema > truth.schema.json[/bold]")
def truth(
    path: Annotated[
        Path | None, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A truth to look through.")
    ] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of a line, for who writes truths elsewhere.")
    ] = False,
) -> None:
    """Check a truth file, and count its lines by kind; or print the format's JSON Schema."""
    from interdict.city.town.truth import schema_json

    if schema == (path is not None):
        raise typer.BadParameter("either a FILE or --schema")
    if path is None:
        sys.stdout.buffer.write(schema_json())
        return
    from interdict.judge.report import truth_table

    out.print(truth_table(path))
