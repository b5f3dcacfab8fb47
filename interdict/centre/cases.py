"""`interdict case`: what was done for a person, as a timeline that an officer understands at a glance.

The compacted topic of cases is read to its end each time: its latest record of a case is the case as it stands.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, tzinfo
from typing import Any, NamedTuple, TypeVar

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from agents.desk.roster import Roster
from agents.relay.case import HEAD
from agents.victims.typology import BY_TYPOLOGY
from interdict.centre.policies import held_or_packaged
from interdict.city.demo import COLOURS, SAID
from schemas.cases import CaseRecord, Moment, Taken
from schemas.codec import Rejected, decoder
from schemas.fields import LEVELS
from schemas.topics import CASES
from streams.core.errors import ExpectedError
from streams.kafka.recovery import read_topic
from streams.settings import Settings

ID_CHARS = 8
"""Enough of a case's id to tell it from others by eye."""
LAST_CHARS = 4
"""What is shown of a phone or an account: who knows the number knows it again, and nobody learns it."""
IN_FORCE = ("held", "ordered")

SIGNS: dict[str, tuple[str, str]] = {
    "evidence": ("!", "yellow"),
    "command": ("►", "cyan"),
    "outcome": ("◄", "green"),
    "state": ("■", "bold"),
    "timer": ("…", "magenta"),
    "taken_back": ("↺", "blue"),
}
"""By kind of moment, its sign and its style."""
LEGEND = "! evidence  ► command  ◄ its outcome  … deadline passed  ↺ given back  ■ state"
HELD = {"suspend": "phone", "freeze": "account", "stop_payment": "payment", "hold": "transfer"}
"""What is held, in the table of cases."""
UNITS_S = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))

out = Console(highlight=False)
T = TypeVar("T")


class CaseError(ExpectedError):
    """There is no such case."""


# -- reading -------------------------------------------------------------------------------------------------


async def latest(
    settings: Settings, keep: Callable[[bytes], T | None], console: Console, of: bytes = b""
) -> dict[bytes, T]:
    """What is kept of the latest record of each case, by its key.

    Args:
        settings: where the topic is.
        keep: what to keep of a record's value; None for nothing.
        console: where progress is told, and how many records could not be read.
        of: bytes that a record of interest has somewhere.
    """
    kept: dict[bytes, T] = {}
    seen, unreadable = 0, 0
    with console.status("reading cases ...") as status:
        async for records in read_topic(settings, CASES):
            for record in records:
                kept.pop(record.key, None)
                try:
                    if record.value and of in record.value and (one := keep(record.value)) is not None:
                        kept[record.key] = one
                except Rejected:
                    unreadable += 1
            seen += len(records)
            status.update(f"reading cases ... {seen:,} records")
    if unreadable:
        console.print(f"[yellow]records of cases that cannot be read: {unreadable:,}[/yellow]")
    return kept


_decode: Callable[[bytes | None], Any] = decoder(CASES)


async def wall_clock(settings: Settings, console: Console) -> tzinfo:
    """The clock that the officers look at: the roster's."""
    roster = (await held_or_packaged(settings, console))["roster"].policy
    assert isinstance(roster, Roster)
    return roster.zone


# -- one person ----------------------------------------------------------------------------------------------


async def show(settings: Settings, subscriber: str, console: Console, *, as_json: bool, every: bool) -> int:
    """`interdict case show`: a person's latest case, or all, latest last; exit code.

    Raises:
        CaseError: the person has none.
    """
    found = await latest(settings, lambda raw: (_decode(raw), raw), console, of=subscriber.encode())
    theirs = sorted(
        (one for one in found.values() if one[0].subscriber == subscriber), key=lambda one: one[0].opened_at
    )
    if not theirs:
        raise CaseError("there is no case of this person")
    shown = theirs if every else theirs[-1:]
    if as_json:
        sys.stdout.buffer.write(b"".join(raw + b"\n" for _, raw in shown))
        return 0
    zone = await wall_clock(settings, console)
    for case, _ in shown:
        out.print(_picture(case, zone))
    if len(theirs) > len(shown):
        console.print(f"[dim]{len(theirs) - len(shown)} earlier; --all shows them[/dim]")
    return 0


def _picture(case: CaseRecord, zone: tzinfo) -> RenderableType:
    return Group(head_of(_head_rows(case, zone)), Text(), _timeline(case, zone), Text(LEGEND, "dim"), Text())


def head_of(rows: Iterable[tuple[str, Text]]) -> Table:
    """How things stand: a line each, with its name."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim")
    grid.add_column()
    for name, words in rows:
        grid.add_row(name, words)
    return grid


def _head_rows(case: CaseRecord, zone: tzinfo) -> Iterator[tuple[str, Text]]:
    area = f", {case.area}" if case.area else ""
    yield "case", Text(f"{case.case_id[:ID_CHARS]} of {masked(case.subscriber)}{area}")
    yield "state", Text(_state(case), "bold")
    pattern = BY_TYPOLOGY[case.typology]
    yield (
        "level",
        Text.assemble(
            (case.level, COLOURS[case.level]), f"  {case.typology} {pattern.name_zh}  score {case.score:.2g}"
        ),
    )
    yield "opened", Text(moment_of(case.opened_at, zone))
    if case.closed_at is not None:
        yield "closed", Text(f"{moment_of(case.closed_at, zone)}, after {lasted(case.closed_at - case.opened_at)}")
    if case.contacted_at is None:
        yield "contact", Text("nobody has spoken to the person", "bold red" if case.closed_at is None else "")
    else:
        yield "contact", Text(f"{lasted(case.contacted_at - case.opened_at)} after it was opened")
    in_force = [taken for taken in case.taken if taken.status in IN_FORCE]
    for place, taken in enumerate(in_force):
        yield "held" if place == 0 else "", _held(taken, zone)
    if not in_force:
        yield "held", Text("nothing")
    yield "policies", Text(case.policy_version)


def _state(case: CaseRecord) -> str:
    state = case.state.replace("_", " ")
    return f"{state}: {case.closed_as.replace('_', ' ')}" if case.closed_as is not None else state


def _held(taken: Taken, zone: tzinfo) -> Text:
    sure = "" if taken.status == "held" else "  (ordered, not yet confirmed)"
    return Text(f"{SAID[taken.action]} {masked(taken.target)} until {moment_of(taken.until, zone)}{sure}")


def _timeline(case: CaseRecord, zone: tzinfo) -> Table:
    """A line a moment, and the date where the day changes."""
    table = Table.grid(padding=(0, 1))
    commanded = {m.command_id: m.text for m in case.timeline if m.what in ("command", "taken_back")}
    day = None
    for place, moment in enumerate(case.timeline):
        at = datetime.fromtimestamp(moment.at / 1000, zone)
        if case.moments_left_out and place == HEAD:
            table.add_row("", "", Text(f"{case.moments_left_out} lines are left out", "dim"))
        if at.date() != day:
            day = at.date()
            table.add_row(Text(f"{day:%Y-%m-%d}", "bold"))
        table.add_row(*_line(moment, at, case, commanded))
    return table


def _line(moment: Moment, at: datetime, case: CaseRecord, commanded: dict[str | None, str]) -> tuple[Text, ...]:
    sign, style = SIGNS[moment.what]
    about = commanded.get(moment.command_id) if moment.what == "outcome" else None
    words = f"{about}: {moment.text}" if about is not None else moment.text
    return (
        Text(f"{at:%H:%M:%S}", "dim"), Text(sign, style), Text(words, style if moment.what in BRIGHT else ""),
        Text(moment.actor or "", "dim"), Text(moment.note or "", "italic"),
    )  # fmt: skip


BRIGHT = ("evidence", "state")


def masked(number: str) -> str:
    """A phone or an account but for its last digits; what is as short as those not at all.

    >>> masked("6222020200112233445")
    '···3445'
    """
    return "···" + (number[-LAST_CHARS:] if len(number) > LAST_CHARS else "")


def lasted(ms: int) -> str:
    """A length of time in its largest unit and the next smaller one.

    >>> lasted(252_000), lasted(3_600_000), lasted(0)
    ('4 min 12 s', '1 h', '0 s')
    """
    left, parts = max(0, ms) // 1000, []
    for unit, seconds in UNITS_S:
        parts.append((left // seconds, unit))
        left %= seconds
    first = next((place for place, (count, _) in enumerate(parts) if count), 0)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count) or "0 s"


def moment_of(at: int, zone: tzinfo) -> str:
    """A time on the wall clock of a place."""
    return f"{datetime.fromtimestamp(at / 1000, zone):%Y-%m-%d %H:%M:%S}"


# -- all of them ---------------------------------------------------------------------------------------------


class Row(NamedTuple):
    """What the table of cases says of one."""

    is_closed: bool
    level: str
    opened_at: int
    case_id: str
    state: str
    typology: str
    area: str
    held: str

    def urgency(self) -> tuple[bool, int, int]:
        """Open ones first, then by level, then the newest."""
        return self.is_closed, LEVELS.index(self.level), -self.opened_at  # type: ignore[arg-type]


async def list_cases(settings: Settings, console: Console, *, only_open: bool, most: int) -> int:
    """`interdict case list`: a table; exit code."""
    rows = await latest(settings, lambda raw: _row(_decode(raw), only_open), console)
    now_ms = int(time.time() * 1000)
    out.print(_list(sorted(rows.values(), key=Row.urgency)[:most], now_ms))
    if len(rows) > most:
        console.print(f"[dim]{most:,} of {len(rows):,}; --most shows more[/dim]")
    return 0


def _row(case: CaseRecord, only_open: bool) -> Row | None:
    is_closed = case.state == "closed"
    if only_open and is_closed:
        return None
    held = Counter(taken.action for taken in case.taken if taken.status in IN_FORCE)
    words = ", ".join(HELD[action] + (f" x{count}" if count > 1 else "") for action, count in held.items())
    return Row(
        is_closed, case.level, case.opened_at, case.case_id[:ID_CHARS], _state(case), case.typology, case.area or "",
        words,
    )  # fmt: skip


def _list(rows: list[Row], now_ms: int) -> Table:
    table = Table("case", "level", "state", "typology", "age", "area", "held", box=None, pad_edge=False)
    for row in rows:
        level = Text(row.level, COLOURS[row.level])
        age = lasted(now_ms - row.opened_at)
        table.add_row(row.case_id, level, row.state, row.typology, age, Text(row.area), row.held)
    return table
