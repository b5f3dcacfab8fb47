"""What several payments are together: to one new payee, from several accounts of one person, in place of one that did
not go.

A scam takes what there is in parts: task after task to one account, the savings after the wages, one bank after the
other. Each part may be within the person's habits; their sum, and that there are several within days, seldom is. In
towns of `choose` seeds three payments of 1,000 yuan in all to one new payee within days are twenty (plain set) to ten
times (harsh set) as frequent on victims' days with a new payee as on honest people's.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from agents.victims.facts import (
    ALIKE,
    MARKED_MINOR_MIN,
    NEW_FOR_MS,
    REAL_TALK_MS,
    TRACKED_MINOR_MIN,
    Retry,
    end_of,
)
from agents.victims.state import Moved, Refused, Talk, Transfer
from schemas.events import Transaction
from schemas.spans import DAY_MS, HOUR_MS, MINUTE_MS

SOON_MS = 15 * MINUTE_MS
"""How long after a stranger's call a payment still belongs to those made under it."""
HELD_MS = 2 * MINUTE_MS
"""An order that has not gone by then is held, or was refused and nobody said so."""


GATHERED_MS = 3 * HOUR_MS
"""Money that came together longer ago than this was not brought together for a payment."""
FORTNIGHT_MS = 14 * DAY_MS


class Parts(NamedTuple):
    """Payments to one payee within days, coffees not counted, the latest among them."""

    number: int
    minor: int
    """Their sum, in fen."""
    drained: float
    """Share that left of what was on the account that pays before the first of them, 0 to 1; 0 when not known."""


def parts(transfers: Iterable[Transfer], event: Transaction) -> Parts:
    """What a payment is the latest part of."""
    since = event.occurred_at - NEW_FOR_MS
    number = minor = of_account = 0
    for transfer in transfers:
        if transfer.payee == event.payee_account and since <= transfer.at <= event.occurred_at:
            if transfer.amount_minor < TRACKED_MINOR_MIN:
                continue
            number += 1
            minor += transfer.amount_minor
            if transfer.payer == event.payer_account:
                of_account += transfer.amount_minor
    return Parts(number, minor, _share(of_account, event.balance_minor))


def _share(left_minor: int, balance_minor: int | None) -> float:
    if balance_minor is None or left_minor < MARKED_MINOR_MIN:
        return 0.0
    before = balance_minor + left_minor
    return min(1.0, left_minor / before) if before > 0 else 1.0


def gathered(moved: Iterable[Moved], payer: int, event: Transaction) -> float:
    """How much of a sum came from other accounts of the person's, to the one that pays, within hours; 0 to 1."""
    if event.amount_minor < MARKED_MINOR_MIN:
        return 0.0
    came = sum(one.amount_minor for one in moved if one.to == payer and 0 <= event.occurred_at - one.at <= GATHERED_MS)
    return min(1.0, came / event.amount_minor)


def fortnight(transfers: Iterable[Transfer], now: int) -> tuple[int, int]:
    """Payees who were new within two weeks, and what they got in all, in fen; coffees and tills not counted. An
    investment that grows is a series of payments to new names, none of them great."""
    lately = [
        t for t in transfers if 0 <= now - t.at <= FORTNIGHT_MS and t.amount_minor >= TRACKED_MINOR_MIN and not t.shared
    ]
    return len({t.payee for t in lately}), sum(t.amount_minor for t in lately)


def longest_ended_call(talks: Iterable[Talk], now: int) -> float:
    """Minutes of the longest call with a stranger that ended within a day before."""
    spans = (end_of(talk) - talk.answered_at for talk in talks if talk.ended_at and 0 <= now - talk.ended_at <= DAY_MS)
    return max(spans, default=0) / MINUTE_MS


def accounts(transfers: Iterable[Transfer], now: int) -> int:
    """From how many accounts a person paid somebody new within a day."""
    return len({t.payer for t in transfers if 0 <= now - t.at <= DAY_MS and t.amount_minor >= MARKED_MINOR_MIN})


def is_second_account(transfers: Iterable[Transfer], talks: Iterable[Talk], event: Transaction) -> bool:
    """Whether another account paid somebody new before, under the same stranger's call: one bank after the other."""
    at = event.occurred_at
    others = [
        t.at for t in transfers if t.payer != event.payer_account and t.at <= at and t.amount_minor >= MARKED_MINOR_MIN
    ]
    return bool(others) and any(
        talk.answered_at <= max(others) and at <= end_of(talk) + SOON_MS
        for talk in talks
        if end_of(talk) - talk.answered_at >= REAL_TALK_MS
    )


def retry(refused: Iterable[Refused], transfers: Sequence[Transfer], event: Transaction, *, posts: bool) -> Retry:
    """Whether a payment takes the place of a larger one that did not go.

    Args:
        refused: orders that were declined.
        transfers: to payees who were new, this one among them.
        event: this one.
        posts: whether the person's banks tell what has gone, so that what has not is held.
    """
    at, amount = event.occurred_at, event.amount_minor
    lately = [one for one in refused if 0 < at - one.at <= DAY_MS]
    held = posts and any(
        not t.posted and t.payee == event.payee_account and t.amount_minor > amount and HELD_MS <= at - t.at <= DAY_MS
        for t in transfers
    )
    return Retry(
        held,
        any(one.payee == event.payee_account and amount < one.amount_minor for one in lately),
        any(one.payee != event.payee_account and _is_alike(amount, one.amount_minor) for one in lately),
        any(_is_split(one, transfers, at) for one in lately),
    )


def _is_split(refused: Refused, transfers: Iterable[Transfer], now: int) -> bool:
    since = [t.amount_minor for t in transfers if refused.at <= t.at <= now]
    return len(since) > 1 and max(since) < refused.amount_minor and _is_alike(sum(since), refused.amount_minor)


def _is_alike(amount_minor: int, other_minor: int) -> bool:
    return abs(amount_minor - other_minor) <= ALIKE * other_minor
