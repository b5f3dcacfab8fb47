"""What several payments are together: to one new payee, and from several accounts of one person.

A scam takes what there is in parts: task after task to one account, the savings after the wages, one bank after the
other. Each part may be within the person's habits; their sum, and that there are several within days, seldom is. In
towns of `choose` seeds three payments of 1,000 yuan in all to one new payee within days are twenty (plain set) to ten
times (harsh set) as frequent on victims' days with a new payee as on honest people's.
"""

from collections.abc import Iterable
from typing import NamedTuple

from agents.victims.facts import MARKED_MINOR_MIN, NEW_FOR_MS, REAL_TALK_MS, TRACKED_MINOR_MIN, end_of
from agents.victims.state import Talk, Transfer
from schemas.events import Transaction
from schemas.spans import DAY_MS, MINUTE_MS

SOON_MS = 15 * MINUTE_MS
"""How long after a stranger's call a payment still belongs to those made under it."""


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
