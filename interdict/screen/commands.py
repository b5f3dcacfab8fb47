"""The commands `screen` and `scorecard`."""

import csv
import io
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from heapq import nlargest
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console, Group
from rich.table import Table as Grid
from rich.text import Text

from interdict.centre.policies import laid_out
from interdict.options import console
from interdict.replay.player import Shown
from interdict.replay.recordings import STDIN
from interdict.screen.columns import COLUMNS
from interdict.screen.measure import WRONGED, Quality, quality
from interdict.screen.scorecard import BASE_RATE, Scorecard, Screened, ScreenError, in_words
from interdict.screen.screening import BANDS, Row, Screening
from interdict.screen.usage import Table

commands = typer.Typer()
out = Console(highlight=False)

TELL_LINES = 500
SHOWN = 5
HEAD = ("number", "chance", "points", "reasons", "reasons_zh")
NEEDS = "learning needs numpy: pip install 'interdict[train]'"
LAW = "For a request to verify the card again (反诈法, art. 10). Nobody is suspended on a pattern."

File = Annotated[Path, typer.Argument(metavar="FILE", help="Numbers' monthly usage, CSV, gzipped or not; - for stdin.")]
Number = Annotated[str, typer.Option("--number", help="The column that names the number; the first where left out.")]


def _print_columns(asked: bool) -> None:
    """`--columns`: what a table must have."""
    if asked:
        shown = Grid("column", "what it counts", "")
        for column in COLUMNS:
            shown.add_row(column.name, column.text, column.text_zh)
        out.print(shown)
        raise typer.Exit


@commands.command(epilog="Example: [bold]interdict screen june.csv --most 200 --out verify.csv[/bold]")
def screen(
    file: File,
    output: Annotated[Path, typer.Option("--out", help="Write the numbers here, CSV; - for standard output.")] = STDIN,
    most: Annotated[
        int, typer.Option(min=0, help="Only so many, the likeliest first; 0 for all, as they stand in the table.")
    ] = 0,
    base_rate: Annotated[
        float, typer.Option(min=1e-9, max=0.5, help="Scammers' numbers among all numbers of the table.")
    ] = BASE_RATE,
    number: Number = "",
    truth: Annotated[
        str, typer.Option(help="A column that says whether it was a scammer's, 1 or 0: tells how good this is.")
    ] = "",
    scorecard: Annotated[
        Path | None, typer.Option(help="Points to screen by, of `interdict scorecard`; the packaged ones if left out.")
    ] = None,
    _columns: Annotated[
        bool,
        typer.Option("--columns", help="Print the columns that a table needs.", is_eager=True, callback=_print_columns),
    ] = False,
) -> None:
    """Screen a carrier's numbers by a month's usage: how likely each is a scammer's, and why."""
    card = Scorecard.load(scorecard)
    _keep(file, output)
    with ExitStack() as stack:
        stream = _opened(file, stack)
        table = Table(stream, card.columns, number, truth)
        screening = Screening(table, card, base_rate)
        rows = _told_of(screening, stream, stack.enter_context(Shown(console)))
        spoke = _write(output, _likeliest(rows, most) if most else rows)
    console.print(_summary(screening, table, base_rate, spoke))
    if truth:
        console.print(_told(quality(screening.judged), truth))


@commands.command(
    epilog="Example: [bold]interdict scorecard known.csv --truth label --out ours.json --card ours.md[/bold]"
)
def scorecard(
    file: File,
    truth: Annotated[str, typer.Option(help="The column that says whether it was a scammer's, 1 or 0.")],
    output: Annotated[Path, typer.Option("--out", help="Write the scorecard here, JSON; - for stdout.")] = STDIN,
    card: Annotated[Path | None, typer.Option(help="Write its model card here, Markdown.")] = None,
    number: Number = "",
) -> None:
    """Learn the points of `interdict screen` from numbers of which is known whose they were."""
    try:
        import numpy as np

        from interdict.screen.learning import learn
    except ModuleNotFoundError as missing:
        raise typer.BadParameter(NEEDS) from missing
    from interdict.screen.card import as_markdown

    for written in (output, card):
        _keep(file, written)
    with ExitStack() as stack:
        table = Table(_opened(file, stack), [column.name for column in COLUMNS], number, truth)
        lines = list(table)
    known = [usage for usage in lines if usage.is_scammer is not None]
    if left := len(lines) - len(known):
        console.print(f"{left:,} of {len(lines):,} lines are left out: they, or whose number it was, cannot be read")
    usage = np.array([usage.values for usage in known], dtype=float).reshape(-1, len(COLUMNS))
    is_scammer = np.array([usage.is_scammer for usage in known], dtype=bool)
    with console.status(f"learning from {len(known):,} numbers ..."):
        found = learn(usage, is_scammer, datetime.now(UTC).date())
    unseen = [quality(zip(chances, is_scammer.tolist(), strict=True)) for chances in found.unseen.tolist()]
    laid = laid_out(found.card.model_dump(mode="json")) + "\n"
    if output == STDIN:
        out.print(laid, markup=False, soft_wrap=True, end="")
    else:
        output.write_text(laid, encoding="utf-8")
    told = [one for one in unseen if one is not None]
    if card is not None:
        card.write_text(as_markdown(found.card, file.name, len(known), told), encoding="utf-8")
    console.print(_told(told[0], truth))


def _keep(file: Path, written: Path | None) -> None:
    """No table is written over by what is made of it."""
    if written is not None and written.exists() and file.exists() and written.samefile(file):
        raise ScreenError("what is to be written is the table itself: name another file")


def _opened(file: Path, stack: ExitStack) -> io.BufferedReader:
    if file == STDIN:
        assert isinstance(sys.stdin.buffer, io.BufferedReader)
        return sys.stdin.buffer
    return stack.enter_context(file.open("rb"))


def _told_of(screening: Screening, stream: io.BufferedReader, shown: Shown) -> Iterator[Row]:
    """The rows, with how far the file is read."""
    size = os.fstat(stream.fileno()).st_size
    for count, row in enumerate(screening):
        if size and count % TELL_LINES == 0:
            shown.progress("screening", stream.tell(), size)
        yield row


def _likeliest(rows: Iterable[Row], most: int) -> Iterator[Row]:
    """So many, the likeliest first; of those that are as likely, as they stand in the table."""
    screened = ((row.found.points, -row.usage.line, row) for row in rows if row.found is not None)
    return (row for *_, row in nlargest(most, screened, key=lambda one: one[:2]))


def _write(output: Path, rows: Iterable[Row]) -> Counter[str]:
    """Write the rows; of how many each column is the heaviest reason."""
    spoke: Counter[str] = Counter()
    with ExitStack() as stack:
        raw = sys.stdout.buffer if output == STDIN else stack.enter_context(output.open("wb"))
        text = io.TextIOWrapper(raw, encoding="utf-8", errors="surrogateescape", newline="", write_through=False)
        lines = csv.writer(text, lineterminator="\n")
        lines.writerow(HEAD)
        for usage, found in rows:
            if found is None:
                lines.writerow((usage.number, "", "", f"line {usage.line}: {usage.problem}", ""))
                continue
            lines.writerow((usage.number, f"{found.chance:.6f}", f"{found.points:.3f}", *_reasons(found)))
            spoke.update(part.term.text for part in found.parts[:1])
        text.flush()
        text.detach()
    return spoke


def _reasons(found: Screened) -> tuple[str, str]:
    return in_words(found.parts), in_words(found.parts, chinese=True)


def _summary(screening: Screening, table: Table, base_rate: float, spoke: Counter[str]) -> Group:
    """What was found, for people."""
    bands = Grid("chance", "numbers", "scammers' among them, expected", title="a month's numbers, screened")
    for column in bands.columns[1:]:
        column.justify = "right"
    for band in BANDS:
        if count := screening.bands[band]:
            bands.add_row(f"from {band:.0%}" if band else "less", f"{count:,}", f"{screening.expected[band]:,.1f}")
    notes = [f"Where one number in {1 / base_rate:,.0f} is a scammer's (--base-rate). {LAW}"]
    if spoke:
        often = "; ".join(f"{text} ({count:,})" for text, count in spoke.most_common(SHOWN))
        notes.append(f"Heaviest reason of the numbers written: {often}.")
    if screening.unreadable:
        count = screening.unreadable.total()
        notes.append(f"{count:,} lines cannot be screened; their reason says why: {_few(screening.unreadable)}.")
    if table.no_numbers:
        notes.append(f"Cells that are no numbers count as not known: {_few(table.no_numbers)}.")
    return Group(bands, *(Text(note) for note in notes))


def _few(counted: Counter[str]) -> str:
    few = "; ".join(f"{what} ({count:,})" for what, count in counted.most_common(SHOWN))
    return few if len(counted) <= SHOWN else f"{few}; and {len(counted) - SHOWN} more kinds"


def _told(found: Quality | None, truth: str) -> Grid | Text:
    """How good it is, where the truth is told."""
    if found is None:
        return Text(f"column {truth} tells of one kind of numbers only: nothing can be measured")
    shown = Grid("figure", "measured", title=f"against column {truth}")
    shown.columns[1].justify = "right"
    shown.add_row("area under the ROC curve", f"{found.auc:.3f}")
    shown.add_row("average precision", f"{found.average_precision:.3f}")
    for share, met in zip(WRONGED, found.met, strict=True):
        low, high = met.interval
        wronged = f"{share:.1%} of" if share else "none of"
        shown.add_row(
            f"scammers' numbers met, {wronged} {met.of_honest:,} honest ones wronged",
            f"{met.recall:.1%} ({low:.1%} - {high:.1%})",
        )
    return shown
