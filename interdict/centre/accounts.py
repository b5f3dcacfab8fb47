"""`interdict account`: what is known of an account as a timeline, and an officer's word that it is honest.

An account is looked up where its records lie: one partition of each topic, read to its end.
"""

import sys
import time
from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from operator import attrgetter
from typing import Any, NamedTuple

import orjson
from pydantic import BaseModel
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from interdict.centre.cases import ID_CHARS, head_of, masked, moment_of, wall_clock
from interdict.city.demo import COLOURS, SAID
from schemas.alerts import MuleAlert
from schemas.codec import Rejected, decoder, encode
from schemas.commands import AccountCommand
from schemas.events import Transaction
from schemas.money import in_words
from schemas.reference import WatchlistEntry
from schemas.spans import DAY_MS
from schemas.topics import ACCOUNT, ACCOUNT_TRANSFERS, GRADED, MULE_ALERTS, WATCHLIST, Topic
from streams.core.errors import ExpectedError
from streams.kafka.producer import open_producer
from streams.kafka.recovery import read_topic
from streams.settings import Settings

KEPT_DAYS = (ACCOUNT_TRANSFERS.retention_ms or 0) // DAY_MS
LEGEND = f"◄ came in  ► went out, of the last {KEPT_DAYS} days  ! grade  ■ command"
REASONS_SHOWN = 3
MOVED = {"posted": "", "reversed": "  (came back)"}

out = Console(highlight=False)


class AccountError(ExpectedError):
    """Nothing is known of it, or it cannot be cleared."""


class Moment(NamedTuple):
    """One line of the timeline."""

    at: int
    sign: Text
    words: Text


class Known(NamedTuple):
    """All that the topics have of an account."""

    transfers: list[Transaction]
    alerts: list[MuleAlert]
    commands: list[AccountCommand]
    grade: MuleAlert | None
    """As workers hold it: a grade that is borne out again is told to them, and is no new alert."""
    entry: WatchlistEntry | None

    def records(self) -> Iterator[tuple[Topic, BaseModel]]:
        """Each with the topic that it is of."""
        yield from ((ACCOUNT_TRANSFERS, record) for record in self.transfers)
        yield from ((MULE_ALERTS, record) for record in self.alerts)
        yield from ((ACCOUNT, record) for record in self.commands)
        yield from ((topic, record) for topic, record in ((GRADED, self.grade), (WATCHLIST, self.entry)) if record)


async def show(settings: Settings, account: str, console: Console, *, as_json: bool) -> int:
    """`interdict account show`: exit code.

    Raises:
        AccountError: no topic knows it.
    """
    known = await _look_up(settings, account, console)
    if not any(known):
        raise AccountError("nothing is known of this account: no transfer, no grade, no command, no entry of the list")
    if as_json:
        sys.stdout.buffer.writelines(_as_line(topic, record) for topic, record in known.records())
        return 0
    zone = await wall_clock(settings, console)
    out.print(picture(account, known, zone, int(time.time() * 1000)))
    return 0


def _as_line(topic: Topic, record: BaseModel) -> bytes:
    return orjson.dumps({"topic": topic.name, "value": orjson.Fragment(encode(record))}) + b"\n"


async def clear(
    settings: Settings, account: str, console: Console, *, because: str, days: int, by: str, note: str | None
) -> int:
    """`interdict account clear`: write the entry; exit code.

    Raises:
        AccountError: it is listed as a mule's under the same name, which this would take back.
    """
    now = int(time.time() * 1000)
    held = await _latest(settings, WATCHLIST, account, console)
    if held is not None and held.kind != "honest_account" and not _is_over(held, now):
        raise AccountError(
            f"this account is on the watchlist as {held.category}, by {held.source}: who listed it must take that back "
            "first"
        )
    entry = WatchlistEntry(
        value=account, kind="honest_account", category=because, source=by, added_at=now, expires_at=now + days * DAY_MS,
        note=note,
    )  # fmt: skip
    producer = await open_producer(settings)
    try:
        await producer.send_and_wait(WATCHLIST.name, encode(entry), account.encode())
    finally:
        await producer.stop()
    console.print(f"{masked(account)} is honest, says {by}, for {days} days: its grade is held against nobody")
    return 0


async def _look_up(settings: Settings, account: str, console: Console) -> Known:
    transfers = await _read(settings, ACCOUNT_TRANSFERS, account, console)
    alerts = await _read(settings, MULE_ALERTS, account, console)
    commands = await _read(settings, ACCOUNT, account, console)
    grade = await _latest(settings, GRADED, account, console)
    entry = await _latest(settings, WATCHLIST, account, console)
    once = {(transfer.event_id, transfer.phase): transfer for transfer in transfers}  # a copy may come twice
    return Known(list(once.values()), alerts, commands, grade, entry)


async def _latest(settings: Settings, topic: Topic, account: str, console: Console) -> Any:
    """What holds of a compacted topic; None for nothing."""
    found = await _read(settings, topic, account, console)
    return found[-1] if found else None


async def _read(settings: Settings, topic: Topic, account: str, console: Console) -> list[Any]:
    """Every record under an account's key, as they lie."""
    decode, key, unreadable = decoder(topic), account.encode(), 0
    found: list[Any] = []
    with console.status(f"reading {topic.name} ..."):
        async for records in read_topic(settings, topic, key):
            for record in records:
                if record.key != key:
                    continue
                if record.value is None:  # it was deleted
                    found.clear()
                    continue
                try:
                    found.append(decode(record.value))
                except Rejected:
                    unreadable += 1
    if unreadable:
        console.print(f"[yellow]records of {topic.name} that cannot be read: {unreadable:,}[/yellow]")
    return found


def picture(account: str, known: Known, zone: tzinfo, now: int) -> Group:
    """How an account stands, and what happened on it."""
    head = head_of(_head_rows(account, known, zone, now))
    return Group(head, Text(), _timeline(account, known, zone), Text(LEGEND, "dim"))


def _head_rows(account: str, known: Known, zone: tzinfo, now: int) -> Iterator[tuple[str, Text]]:
    yield "account", Text(masked(account))
    grade, entry = known.grade, known.entry
    if grade is None or grade.level is None or _is_over(grade, now):
        yield "grade", Text("none any more" if known.alerts else "none")
    else:
        until = "" if grade.expires_at is None else f"  until {moment_of(grade.expires_at, zone)}"
        yield "grade", Text.assemble((grade.level, COLOURS[grade.level]), f"  score {grade.score:.2g}{until}")
        for place, reason in enumerate(grade.reasons[:REASONS_SHOWN]):
            yield "because" if place == 0 else "", Text(f"{reason.text} {reason.text_zh}")
    if entry is not None and not _is_over(entry, now):
        word = "honest" if entry.kind == "honest_account" else "on the watchlist"
        until = "" if entry.expires_at is None else f", until {moment_of(entry.expires_at, zone)}"
        yield "list", Text(f"{word}: {entry.category}, by {entry.source}{until}", "bold")
        if entry.note:
            yield "", Text(entry.note, "italic")
    came, went = (_sum(known.transfers, account, side) for side in ("payee_account", "payer_account"))
    yield "came in", Text(came)
    yield "went out", Text(went)


def _is_over(said: WatchlistEntry | MuleAlert, now: int) -> bool:
    return said.expires_at is not None and said.expires_at <= now


def _sum(transfers: Iterable[Transaction], account: str, side: str) -> str:
    """What was posted on one side, a currency a sum."""
    totals: dict[str, tuple[int, int]] = {}
    for transfer in transfers:
        if transfer.phase == "posted" and getattr(transfer, side) == account:
            number, minor = totals.get(transfer.currency, (0, 0))
            totals[transfer.currency] = number + 1, minor + transfer.amount_minor
    told = [
        f"{in_words(minor, currency)} in {number} transfer{'s' if number > 1 else ''}"
        for currency, (number, minor) in sorted(totals.items())
    ]
    return ", ".join(told) or "nothing"


def _timeline(account: str, known: Known, zone: tzinfo) -> Table:
    """A line a moment, and the date where the day changes."""
    moments = [
        *(_moved(account, transfer) for transfer in known.transfers if transfer.phase in MOVED),
        *map(_graded, known.alerts), *map(_commanded, known.commands),
    ]  # fmt: skip
    table, day = Table.grid(padding=(0, 1)), None
    for moment in sorted(moments, key=attrgetter("at")):
        at = datetime.fromtimestamp(moment.at / 1000, zone)
        if at.date() != day:
            day = at.date()
            table.add_row(Text(f"{day:%Y-%m-%d}", "bold"))
        table.add_row(Text(f"{at:%H:%M:%S}", "dim"), moment.sign, moment.words)
    return table


def _moved(account: str, transfer: Transaction) -> Moment:
    came = transfer.payee_account == account
    other = transfer.payer_account if came else transfer.payee_account
    channel = f", {transfer.channel}" if transfer.channel and not came else ""
    words = f"{in_words(transfer.amount_minor, transfer.currency)} {'from' if came else 'to'} {masked(other)}{channel}"
    sign = Text("◄", "green") if came else Text("►", "cyan")
    return Moment(transfer.occurred_at, sign, Text(words + MOVED[transfer.phase]))


def _graded(alert: MuleAlert) -> Moment:
    if alert.level is None:
        return Moment(alert.occurred_at, Text("!", "yellow"), Text("no grade any more"))
    reasons = "; ".join(reason.text for reason in alert.reasons[:REASONS_SHOWN])
    words = Text.assemble((alert.level, COLOURS[alert.level]), f", score {alert.score:.2g}: {reasons}")
    return Moment(alert.occurred_at, Text("!", "yellow"), words)


def _commanded(command: AccountCommand) -> Moment:
    amount = "" if command.amount_minor is None else f" {in_words(command.amount_minor, 'CNY')}"
    words = f"{SAID[command.action]}{amount}, case {command.case_id[:ID_CHARS]}"
    return Moment(command.issued_at, Text("■", "bold"), Text(words, COLOURS.get(command.level, "")))
