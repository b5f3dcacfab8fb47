"""Facts: what an event means for this person, worked out once and put to the rules.

Every fact compares event times, so that a call's record that comes after the payment made under it is understood the
same.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

from agents.victims.state import Account, Talk, Transfer
from schemas.events import Transaction
from schemas.spans import DAY_MS, HOUR_MS, MINUTE_MS

CALL_MAX_MS = 4 * HOUR_MS
"""A call without an end is taken to last no longer than this."""
AFTER_CALL_MS = 4 * HOUR_MS
"""How long after a call a payment may still belong to it; how much it does is graded by the minutes between."""
REAL_TALK_MS = 2 * MINUTE_MS
"""Shorter calls (couriers, wrong numbers) cast no shadow on the payments after them."""
NEW_FOR_MS = 3 * DAY_MS
"""How long a payee stays new after the first payment: a scam is paid in instalments."""
TRACKED_MINOR_MIN = 100_00
"""Smaller transfers to new payees (a coffee) say nothing by themselves."""
OPENER_MINOR_MIN = 10_00
"""Smaller ones yet open no series: a first task is paid with some tens of yuan."""
MARKED_MINOR_MIN = 500_00
"""Smaller amounts neither surprise nor drain, and are nobody's business on the line or at night."""
LARGE_MINOR = 5_000_00
VERY_LARGE_MINOR = 20_000_00
HISTORY_MIN = 5
"""Transfers after which a person's own history is the measure, and not the two figures above."""
SPREAD_MIN = 0.6
"""Least standard deviation of ln(amount): everybody pays twice the usual now and then."""
BORROWED_MINOR_MIN = 10_000_00
BORROWED_SENT_SHARE = 0.6
SMALL_MINOR_MAX = 2_000_00
"""Bait: a first stake, and what comes back of it, are not larger."""
RETURNED_WITHIN_MS = 2 * DAY_MS
"""How long after a small payment a small sum that comes in belongs to it."""
GAIN_MAX = 1.6
"""A bait brings at most so many times what was paid: more or less of it is other money."""
RETURNS_COUNT_MS = 5 * DAY_MS
"""How long such a return is held against what is paid."""
SERIES_MS = 30 * DAY_MS
"""Payments that grow are one series for so long: grooming takes weeks."""
GROWTH = 1.2
ALIKE = 0.2
RUN = 3
"""Transfers that make a pattern."""
PARTS_YUAN_MIN = 1_000
"""Payments to one payee that are less together say nothing: everybody goes to a new shop twice."""
NEVER = math.inf
"""Minutes since what never was."""


class Line(NamedTuple):
    """A talk with a stranger, seen from a moment."""

    gap_min: float
    """Minutes since it ended; 0 while it goes on, `NEVER` where there is none within four hours."""
    minutes: float
    """How long it has lasted, or did."""
    dialled: bool
    """The person made the call."""
    event_id: str | None


QUIET = Line(NEVER, 0.0, False, None)


class Lines(NamedTuple):
    """The latest talk with a suspicious stranger, and with one of whom nothing more is known."""

    suspicious: Line
    plain: Line
    listed: Line = QUIET
    """The latest with a number on the watchlist, which is suspicious too."""

    def event_id(self) -> str | None:
        """The more telling talk's event."""
        return self.suspicious.event_id or self.plain.event_id


NO_LINES = Lines(QUIET, QUIET)


class CallFacts(NamedTuple):
    """Facts of a call with a stranger."""

    listed: bool
    lookalike: bool
    kind: str | None
    met_days: int
    """Earlier days on which this peer called over lines that make nobody known."""
    forwarded: bool
    video: bool
    suspicious: bool
    minutes_1h: float
    minutes_24h: float
    minutes_call: float
    """The longest call with a stranger, among those that touch the last hour."""
    dialled_after: float
    """Minutes of a call that the person made to a new number after a suspicious call; 0 for none."""
    strangers_24h: int
    minutes_listed: float = 0.0
    """How long this call has lasted, if it is with a number on the watchlist."""


class TextFacts(NamedTuple):
    """Facts of a text from someone not known."""

    wording: str
    has_link: bool
    is_code: bool
    listed_domain: bool
    listed_sender: bool
    personal_sender: bool
    line_suspicious: bool
    """Whether the stranger on the line, if there is one, is suspicious."""
    line_minutes: float
    """How long a stranger had been on the line; 0 where none was within five minutes."""
    occupation: str | None


class Retry(NamedTuple):
    """Of which order that did not go within a day a payment takes the place."""

    held: bool = False
    """A larger one to the same payee, which has not gone for minutes and was not declined."""
    smaller: bool = False
    """A larger one to the same payee, which was declined."""
    elsewhere: bool = False
    """One to somebody else of about this sum, which was declined."""
    split: bool = False
    """One that was declined, of about the sum of what was paid to new payees since."""


NO_RETRY = Retry()


class TransferFacts(NamedTuple):
    """Facts of a transfer to a new or listed payee."""

    listed: bool
    new_payee: bool
    tells: bool
    """The transfer itself is out of the ordinary: `is_telling`."""
    suspicious: Line
    plain: Line
    text_gap_h: float
    """Hours since a text worded like a fraud; `NEVER` for none."""
    yuan: float
    """What is paid."""
    surprise: float
    """Standard deviations of ln(amount) above this person's mean; 0 for small amounts."""
    drained: float
    """Share of the balance that leaves, 0 to 1; 0 when not known."""
    new_payees_24h: int
    split: bool
    growth: float
    """How many times the first of a run of growing payments the last one is; 1 for no run."""
    growth_days: float
    """From the first of that run to the last."""
    small_start: bool
    """Whether that run began with a sum small enough for a bait."""
    returns: int
    """Small sums that came in after small payments, of late."""
    borrowed: bool
    cash: bool
    night: bool
    parts: int = 1
    """Payments to this payee within days, this one among them."""
    parts_yuan: float = 0.0
    """Their sum."""
    parts_surprise: float = 0.0
    """As `surprise`, of their sum; 0 for a single payment."""
    parts_drained: float = 0.0
    """As `drained`, of their sum; 0 for a single payment."""
    accounts: int = 1
    """Accounts from which the person paid somebody new within a day."""
    second_account: bool = False
    """Whether another account was paid from before, under the same stranger's call."""
    retry: Retry = NO_RETRY
    gathered: float = 0.0
    """How much of this sum came from other accounts of the person's within hours, 0 to 1; 0 for a small one."""
    fortnight: int = 1
    """Payees who were new within two weeks, tills left out."""
    fortnight_surprise: float = 0.0
    """As `surprise`, of what they got in all."""
    call_24h: float = 0.0
    """Minutes of the longest call with a stranger that ended within a day before."""
    warned_h: float = NEVER
    """Hours since an anti-fraud centre's line texted the person."""
    gold: bool = False
    """Whether the payee deals in gold."""
    listed_line: Line = QUIET
    """The latest talk with a number on the watchlist."""
    run: int = 1
    """Payments of the run that grows."""
    run_payees: int = 1
    """To how many."""
    payee_grade: int = 0
    """How grave it is what is known of the payee's account: `agents.victims.graded.STEPS`."""


def end_of(talk: Talk) -> int:
    """When a call ended, or by when it must have."""
    return talk.ended_at or talk.answered_at + CALL_MAX_MS


def lines_at(talks: Iterable[Talk], at: int) -> Lines:
    """Who is, or was last, on the line at a moment: the nearest talk of each sort, of several the longest."""
    found = [QUIET, QUIET, QUIET]
    for talk in talks:
        line = _line(talk, at)
        if line is QUIET:
            continue
        for place in (0, 2) if talk.listed else (int(not talk.suspicious),):
            best = found[place]
            if (line.gap_min, -line.minutes) < (best.gap_min, -best.minutes):
                found[place] = line
    return Lines(*found)


def is_with_stranger(talks: Iterable[Talk], at: int) -> bool:
    """Whether any stranger is on the line at a moment, or was within hours: whether `lines_at` finds one."""
    return any(_line(talk, at) is not QUIET for talk in talks)


def _line(talk: Talk, at: int) -> Line:
    end = end_of(talk)
    if talk.answered_at <= at <= end:
        return Line(0.0, (at - talk.answered_at) / MINUTE_MS, talk.dialled, talk.event_id)
    if end < at <= end + AFTER_CALL_MS and talk.ended_at and end - talk.answered_at >= REAL_TALK_MS:
        return Line((at - end) / MINUTE_MS, (end - talk.answered_at) / MINUTE_MS, talk.dialled, talk.event_id)
    return QUIET


def is_day_with_talk(talks: Iterable[Talk], begin: int) -> bool:
    """Whether a stranger was on the line for minutes, or just had been, at any time of the day that begins at a
    moment."""
    return any(
        talk.answered_at < begin + DAY_MS
        and end_of(talk) + AFTER_CALL_MS >= begin
        and end_of(talk) - talk.answered_at >= REAL_TALK_MS
        for talk in talks
    )


def minutes_on_line(talks: Iterable[Talk], now: int, window_ms: int) -> float:
    """Minutes with strangers on the line within the window that ends now."""
    begin, total = now - window_ms, 0
    for talk in talks:
        end = end_of(talk)
        if end <= begin:
            continue  # most of those remembered are of another day
        span = min(now, end) - max(begin, talk.answered_at)
        if span > 0:
            total += span
    return total / MINUTE_MS


def longest_call(talks: Iterable[Talk], now: int) -> float:
    """Minutes of the longest call with a stranger that went on within the last hour."""
    spans = (
        min(now, end_of(talk)) - talk.answered_at
        for talk in talks
        if end_of(talk) > now - HOUR_MS and talk.answered_at < now
    )
    return max(spans, default=0) / MINUTE_MS


def dialled_after(talks: Iterable[Talk], now: int) -> float:
    """Minutes of the longest call that the person has made to a new number within hours after a suspicious call: the
    number that a scammer gives, or has the victim look up."""
    ends = [end_of(talk) for talk in talks if talk.suspicious]
    if not ends:
        return 0.0
    minutes = 0.0
    for talk in talks:
        if not talk.dialled or talk.answered_at >= now or end_of(talk) <= now - HOUR_MS:
            continue
        if any(0 < talk.answered_at - end <= AFTER_CALL_MS for end in ends):
            minutes = max(minutes, (min(now, end_of(talk)) - talk.answered_at) / MINUTE_MS)
    return minutes


def surprise(spend: list[float], amount_minor: int) -> float:
    """How far an amount lies above this person's own, in standard deviations of ln(amount)."""
    if amount_minor < 2 * MARKED_MINOR_MIN:
        return 0.0
    if not spend or spend[0] < HISTORY_MIN:
        return 3.0 if amount_minor >= VERY_LARGE_MINOR else 2.0 if amount_minor >= LARGE_MINOR else 0.0
    spread = max(SPREAD_MIN, math.sqrt(spend[2]))
    return (math.log(amount_minor) - spend[1]) / spread


def drained(event: Transaction) -> float:
    """Share of the balance that leaves."""
    if event.balance_minor is None or event.amount_minor < MARKED_MINOR_MIN:
        return 0.0
    before = event.balance_minor + event.amount_minor
    return min(1.0, event.amount_minor / before) if before > 0 else 1.0


def inflow_before(account: Account | None, event: Transaction) -> int:
    """Money that must have come in on this account since the last transfer posted from it, minor units; 0 when balances
    do not tell."""
    if account is None or event.balance_minor is None or event.occurred_at < account.at:
        return 0
    return max(0, event.balance_minor + event.amount_minor - account.balance_minor)


def is_borrowed(spend: list[float], account: Account | None, event: Transaction, now: int) -> bool:
    """Whether much money came in at once on this account within a day, and most of it is being sent on."""
    came = inflow_before(account, event)
    if not came and account is not None and 0 <= now - account.came_at <= DAY_MS:
        came = account.came_minor
    usual = 3 * math.exp(spend[1]) if spend and spend[0] >= HISTORY_MIN else 0.0
    return came >= max(BORROWED_MINOR_MIN, usual) and event.amount_minor >= BORROWED_SENT_SHARE * came


def is_return(transfers: Iterable[Transfer], came_minor: int, now: int) -> bool:
    """Whether money that came in is a small payment to somebody new come back, with a gain."""
    return any(
        t.amount_minor <= min(SMALL_MINOR_MAX, came_minor) and came_minor <= GAIN_MAX * t.amount_minor
        for t in transfers
        if 0 < now - t.at <= RETURNED_WITHIN_MS and not t.shared
    )


def is_split(transfers: list[Transfer], now: int) -> bool:
    """Several like amounts within two hours, the last one among them."""
    last = transfers[-1].amount_minor
    alike = [t for t in transfers if now - t.at <= 2 * HOUR_MS and abs(t.amount_minor - last) <= ALIKE * last]
    return len(alike) >= RUN and last >= MARKED_MINOR_MIN


def new_payees(transfers: list[Transfer], now: int) -> int:
    """New payees of the last day, coffees not counted."""
    return len({t.payee for t in transfers if 0 <= now - t.at <= DAY_MS and t.amount_minor >= TRACKED_MINOR_MIN})


class Run(NamedTuple):
    """Payments to new payees, each larger than the one before by a fifth."""

    growth: float
    days: float
    small_start: bool
    payments: int
    payees: int


NO_RUN = Run(1.0, 0.0, False, 1, 1)


def growing(transfers: list[Transfer], now: int) -> Run:
    """The run that the last payment ends, of three payments or more within weeks."""
    recent = [t for t in transfers if 0 <= now - t.at <= SERIES_MS and not t.shared]
    begin = len(recent) - 1
    while begin > 0 and recent[begin].amount_minor >= GROWTH * recent[begin - 1].amount_minor > 0:
        begin -= 1
    if len(recent) - begin < RUN or recent[-1].amount_minor < 2 * MARKED_MINOR_MIN:
        return NO_RUN
    first, last, run = recent[begin], recent[-1], recent[begin:]
    return Run(
        last.amount_minor / first.amount_minor, (last.at - first.at) / DAY_MS, first.amount_minor <= SMALL_MINOR_MAX,
        len(run), len({t.payee for t in run}),
    )  # fmt: skip


def is_of_a_day(at: int, offset_min: int) -> bool:
    """Whether a posting's time is a day and no time: some banks date it to midnight, UTC's or their own, which lies
    before the order that it is of."""
    return 0 in (at % DAY_MS, (at + offset_min * MINUTE_MS) % DAY_MS)


def is_night(at: int, offset_min: int) -> bool:
    """Between 23:00 and 06:00 of local time."""
    hour = (at + offset_min * MINUTE_MS) % DAY_MS // HOUR_MS
    return hour >= 23 or hour < 6
