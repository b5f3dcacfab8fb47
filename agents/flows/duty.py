"""The `flows` duty: counts what flows through an account. It says nothing yet; what judges accounts will read it."""

from agents.flows.metrics import METRICS, SIDE
from agents.flows.state import Flows
from schemas.events import Transaction
from schemas.topics import ACCOUNT_TRANSFERS, Topic
from streams.core.duty import Count, Decisions, OnlyDecides
from streams.core.identity import Identity

SENT, RECEIVED = (Count("account_transfers", (side,)) for side in SIDE.values)
MOVED = frozenset({"posted", "reversed"})
"""Phases in which money goes: what was only ordered, or was refused, is nothing that flows."""


def both_accounts(transfer: Transaction) -> tuple[str, ...]:
    """The accounts that a transfer is copied to: none while no money moved; one, where it goes to where it came from.

    >>> fields = {"event_id": "e", "occurred_at": 1_790_000_000_000, "amount_minor": 1, "phase": "posted"}
    >>> both_accounts(Transaction.model_validate({**fields, "payer_account": "a", "payee_account": "b"}))
    ('a', 'b')
    """
    if transfer.phase not in MOVED:
        return ()
    payer, payee = transfer.payer_account, transfer.payee_account
    return (payer, payee) if payer != payee else (payer,)


class FlowsDuty(OnlyDecides):
    """Counts money that moved: what was posted, not what was ordered. Implements `streams.core.duty.Duty`.

    Args:
        identity: makes the stand-ins of payers.
    """

    name = "flows"
    inputs = (ACCOUNT_TRANSFERS,)
    metrics = METRICS
    state_type = Flows

    def __init__(self, identity: Identity | None = None) -> None:
        self._stand_in = (identity or Identity()).digest

    def decide(
        self, state: Flows | None, key: str, topic: Topic, event: Transaction, now: int
    ) -> tuple[Flows | None, Decisions]:
        """See `streams.core.duty.Duty`. A transfer under the key of an account that has no part in it says nothing of
        it."""
        pays, is_paid = event.payer_account == key, event.payee_account == key
        if event.phase != "posted" or not (pays or is_paid):
            return state, ()
        state = Flows() if state is None else state
        if (day := state.day(event.occurred_at)) is None:
            return state, ()
        if pays:
            day.sent.add(event.currency, event.amount_minor)
        if is_paid:
            day.received.add(event.currency, event.amount_minor)
            day.paid_by(self._stand_in(event.payer_account))
        return state, [side for side, is_its in ((SENT, pays), (RECEIVED, is_paid)) if is_its]
