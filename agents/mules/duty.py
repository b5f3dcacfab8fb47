"""The `mules` duty: grades an account by how money goes through it, and tells everybody who decides on its payers.

    transfer under its account ─► movements ─► facts ─► rules ─► grade ─► alerts.mules
                                                                     └──► interdict.accounts.graded ─► payers' decisions

A grade takes nothing: it is evidence where somebody pays the account, and there for a week after it was last borne out.
Whom the policy leaves alone, or an officer has cleared (`honest_account` on the watchlist), gets none.
"""

from collections.abc import Iterator
from typing import Any

from agents.mules.grade import grade, reasons
from agents.mules.metrics import METRICS, SPARED_BY
from agents.mules.policy import Policy
from agents.mules.rules import WINDOW_MS, through
from agents.mules.state import LEAST_MINOR, UNTOLD, Move, Mule
from agents.watchlist import Watchlist
from schemas.alerts import MuleAlert
from schemas.events import Transaction
from schemas.fields import above
from schemas.ids import alert_id
from schemas.money import fen
from schemas.spans import DAY_MS
from schemas.topics import ACCOUNT_TRANSFERS, GRADED, MULE_ALERTS, POLICIES, WATCHLIST, Output, Topic
from streams.core.duty import Count, Decisions, OnlyDecides, Sample
from streams.core.identity import Identity
from streams.core.policies import Slot

CASH = frozenset({"atm", "pos", "counter"})
BY_POLICY, BY_OFFICER = (Count("spared", (by,)) for by in SPARED_BY.values)
TOLD_AGAIN_MS = DAY_MS
"""A grade that is borne out again is told again once it has so much less than a week to go."""


class MulesDuty(OnlyDecides):
    """Grades accounts. Implements `streams.core.duty.Duty`.

    Args:
        policy: weights, thresholds, and whom to leave alone, until another is taken up.
        identity: makes the stand-ins of other accounts.
    """

    name = "mules"
    inputs = (ACCOUNT_TRANSFERS,)
    broadcasts = (WATCHLIST, POLICIES)
    metrics = METRICS
    state_type = Mule

    def __init__(self, policy: Policy, identity: Identity | None = None) -> None:
        self._policy = policy
        self._slot = Slot("mules", Policy, policy, self._take_up)
        self._watchlist = Watchlist()
        self._stand_in = (identity or Identity()).stand_in

    @classmethod
    def load(cls, identity: Identity | None = None) -> "MulesDuty":
        """With the policy that comes with the package."""
        return cls(Policy.load(), identity)

    def gauges(self) -> Iterator[Sample]:
        """The policy that holds."""
        return self._slot.gauges()

    def on_broadcast(self, topic: Topic, key: str, record: Any) -> None:
        """Take in an entry of the watchlist, or a policy."""
        if topic is POLICIES:
            self._slot.on_broadcast(key, record)
        else:
            self._watchlist.learn(key, record)

    def _take_up(self, policy: Policy) -> None:
        self._policy = policy

    def decide(
        self, state: Mule | None, key: str, topic: Topic, event: Transaction, now: int
    ) -> tuple[Mule | None, Decisions]:
        """See `streams.core.duty.Duty`. Only what leaves shows that money goes through; but a transfer may come after
        those that followed it, out of another lane."""
        pays, is_paid = event.payer_account == key, event.payee_account == key
        if event.phase != "posted" or pays == is_paid:
            return state, ()
        if state is None:
            state = Mule(event.occurred_at)
        state.first_at = min(state.first_at, event.occurred_at)
        minor = fen(event.amount_minor, event.currency)
        if minor < LEAST_MINOR:
            return state, ()
        other = event.payee_account if pays else event.payer_account
        cash = pays and event.channel in CASH
        balance = fen(event.balance_minor, event.currency) if pays and event.balance_minor is not None else UNTOLD
        state.take(Move(event.occurred_at, self._stand_in(other), minor, cash, max(balance, UNTOLD)), came=is_paid)
        if not (state.ins and state.outs):
            return state, ()
        return state, self._graded(state, key, event)

    def _graded(self, state: Mule, key: str, event: Transaction) -> Decisions:
        """What is to be told: a grade that rose, or one that is borne out again before it ends."""
        found, at = grade(through(state), self._policy), state.outs[-1].at
        held = state.level if state.until > at else None
        until = at + WINDOW_MS
        if found.level is None or above(held, found.level):
            return ()
        if held == found.level and until - state.until < TOLD_AGAIN_MS:
            return ()
        if (spared := self._spared_by(key, at)) is not None:
            return (spared,)
        state.level, state.until = found.level, until
        alert = MuleAlert(
            alert_id=alert_id(key, event.event_id, found.level), occurred_at=at, level=found.level,
            previous_level=held, score=found.score, reasons=reasons(found.parts, event.event_id),
            policy_version=self._policy.policy_version, caused_by=event.event_id, account=key, expires_at=until,
        )  # fmt: skip
        graded = Output(GRADED, key, alert)
        if held == found.level:
            return (graded,)
        return Output(MULE_ALERTS, key, alert), graded, Count("graded", (found.level,))

    def _spared_by(self, key: str, at: int) -> Count | None:
        if key in self._policy.spared:
            return BY_POLICY
        return BY_OFFICER if self._watchlist.honest(key, at) else None
