"""Which payments a case may act upon: what strangers do to a person never suffices, a measure needs suspicion tied to
the very payment, to its payee, its line or its amount.

    reasons of a signal ─► those whose code is tied ─► the payment each is about ─► its weight in log-odds

Pure. Which codes are tied, how much they must weigh, and whose accounts many share, the playbook says.
"""

from collections.abc import Collection, Iterable

from agents.relay.case import CaseFile
from schemas.orders import Payment, Signal

ANY_END = "*"
"""At the end of a shared payee: every account that begins so."""


def tied(signal: Signal, codes: Collection[str]) -> dict[str, float]:
    """What speaks against each payment of a signal itself, log-odds, by its `event_id`; the others are left out.

    Of a reason's events the first that is a payment's is the one that it is about: the rest made it likelier.
    """
    payments = {payment.event_id for payment in signal.payments}
    against: dict[str, float] = {}
    for reason in signal.reasons:
        about = next((event for event in reason.event_ids if event in payments), None)
        if about is not None and reason.code in codes:
            against[about] = against.get(about, 0.0) + reason.weight
    return against


def suspects(case: CaseFile, least: float) -> list[Payment]:
    """The payments of a case that may be acted upon, oldest first: those with enough against them, and others to the
    same payees, but for those that an officer has found harmless."""
    open_ = [payment for payment in case.payments if not case.detail(payment.event_id).cleared]
    payees = {payment.payee for payment in open_ if case.detail(payment.event_id).against >= least}
    return [payment for payment in open_ if payment.payee in payees]


def is_shared(payee: str, shared: Iterable[str]) -> bool:
    """Whether an account is one that many pay: a payment firm's, a cash desk's, a merchant's.

    >>> is_shared("2088000000000001", ["2088*"]), is_shared("6222000000000001", ["2088*", "9999"])
    (True, False)
    """
    return any(payee.startswith(one[:-1]) if one.endswith(ANY_END) else payee == one for one in shared)
