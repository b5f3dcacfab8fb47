"""Facts: what an event means for this person, worked out once and put to the rules.

Every fact compares event times, so that a call's record that comes after the payment made under it is understood the
same.
"""

import math
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from agents.victims.state import Talk, Transfer, Victim
from schemas.events import Transaction
from schemas.spans import DAY_MS, HOUR_MS, MINUTE_MS

CALL_MAX_MS = 4 * HOUR_MS
"""A call without an end is taken to last no longer than this."""
AFTER_CALL_MS = 15 * MINUTE_MS
"""How long after a call a payment still belongs to it."""
REAL_TALK_MS = 2 * MINUTE_MS
"""Shorter calls (couriers, wrong numbers) cast no shadow on the payments after them."""
NEW_FOR_MS = 3 * DAY_MS
"""How long a payee stays new after the first payment: a scam is paid in instalments."""
TRACKED_MINOR_MIN = 100_00
"""Smaller transfers to new payees (a coffee) say nothing."""
MARKED_MINOR_MIN = 500_00
"""Smaller amounts neither surprise nor drain, and are nobody's business at night."""
LARGE_MINOR = 5_000_00
VERY_LARGE_MINOR = 20_000_00
HISTORY_MIN = 5
"""Transfers after which a person's own history is the measure, and not the two figures above."""
SPREAD_MIN = 0.6
"""Least standard deviation of ln(amount): everybody pays twice the usual now and then."""
BORROWED_MINOR_MIN = 10_000_00
BORROWED_SENT_SHARE = 0.6
SMALL_RETURN_MINOR_MAX = 2_000_00
GROWTH = 1.2
ALIKE = 0.2
RUN = 3
"""Transfers that make a pattern."""


class Line(NamedTuple):
    """Whether a stranger is on the line at a moment."""

    state: str
    """`open`, `just_ended` or `quiet`."""
    suspicious: bool
    event_id: str | None


QUIET = Line("quiet", False, None)


class CallFacts(NamedTuple):
    """Facts of a call with a stranger."""

    listed: bool
    lookalike: bool
    kind: str | None
    forwarded: bool
    video: bool
    suspicious: bool
    minutes_1h: float
    minutes_24h: float
    strangers_24h: int


class TextFacts(NamedTuple):
    """Facts of a text from someone not known."""

    wording: str
    has_link: bool
    is_code: bool
    listed_domain: bool
    listed_sender: bool
    personal_sender: bool
    line: str
    occupation: str | None


class TransferFacts(NamedTuple):
    """Facts of a transfer to a new or listed payee."""

    listed: bool
    new_payee: bool
    line: str
    line_suspicious: bool
    after_text: bool
    surprise: float
    """Standard deviations of ln(amount) above this person's mean; 0 for small amounts."""
    drained: float
    """Share of the balance that leaves, 0 to 1; 0 when not known."""
    new_payees_24h: int
    split: bool
    growing: bool
    small_returns: bool
    borrowed: bool
    night: bool


def end_of(talk: Talk) -> int:
    """When a call ended, or by when it must have."""
    return talk.ended_at or talk.answered_at + CALL_MAX_MS


def line_at(talks: Iterable[Talk], at: int) -> Line:
    """The most telling call at a moment: a suspicious one before a plain one, an open one before one just ended."""
    found = QUIET
    for talk in talks:
        state = _line_state(talk, at)
        if state != "quiet" and (found.state == "quiet" or (talk.suspicious, state) > (found.suspicious, found.state)):
            found = Line(state, talk.suspicious, talk.event_id)
    return found


def _line_state(talk: Talk, at: int) -> str:
    end = end_of(talk)
    if talk.answered_at <= at <= end:
        return "open"
    if end < at <= end + AFTER_CALL_MS and talk.ended_at and end - talk.answered_at >= REAL_TALK_MS:
        return "just_ended"
    return "quiet"


def minutes_on_line(talks: Iterable[Talk], now: int, window_ms: int) -> float:
    """Minutes with strangers on the line within the window that ends now."""
    begin, total = now - window_ms, 0
    for talk in talks:
        end = talk.ended_at or talk.answered_at + CALL_MAX_MS
        span = (min(now, end)) - (max(begin, talk.answered_at))
        if span > 0:
            total += span
    return total / MINUTE_MS


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


def inflow_before(spend: list[float], event: Transaction) -> int:
    """Money that must have come in since the last posted transfer, minor units; 0 when balances do not tell."""
    if len(spend) < 5 or event.balance_minor is None:  # count, mean, variance, balance, time
        return 0
    return max(0, event.balance_minor + event.amount_minor - int(spend[3]))


def is_borrowed(state: Victim, event: Transaction, now: int) -> bool:
    """Whether much money came in at once within a day, and most of it is being sent on."""
    came = inflow_before(state.spend, event)
    if not came and state.inflow and now - state.inflow[0] <= DAY_MS:
        came = state.inflow[1]
    usual = 3 * math.exp(state.spend[1]) if state.spend and state.spend[0] >= HISTORY_MIN else 0.0
    return came >= max(BORROWED_MINOR_MIN, usual) and event.amount_minor >= BORROWED_SENT_SHARE * came


def is_split(transfers: list[Transfer], now: int) -> bool:
    """Several like amounts within two hours, the last one among them."""
    last = transfers[-1].amount_minor
    alike = [t for t in transfers if now - t.at <= 2 * HOUR_MS and abs(t.amount_minor - last) <= ALIKE * last]
    return len(alike) >= RUN and last >= MARKED_MINOR_MIN


def is_growing(transfers: list[Transfer], now: int) -> bool:
    """The last three amounts within two days, each larger than the one before by a fifth."""
    amounts = [t.amount_minor for t in transfers if now - t.at <= 2 * DAY_MS][-RUN:]
    return len(amounts) == RUN and all(after >= GROWTH * before for before, after in pairwise(amounts))


def is_of_a_day(at: int, offset_min: int) -> bool:
    """Whether a posting's time is a day and no time: some banks date it to midnight, UTC's or their own, which lies
    before the order that it is of."""
    return 0 in (at % DAY_MS, (at + offset_min * MINUTE_MS) % DAY_MS)


def is_night(at: int, offset_min: int) -> bool:
    """Between 23:00 and 06:00 of local time."""
    hour = (at + offset_min * MINUTE_MS) % DAY_MS // HOUR_MS
    return hour >= 23 or hour < 6
