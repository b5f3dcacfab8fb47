"""Who is known to a person: whom they speak to, and whom they pay. It is earned over days, and lost at once.

    a peer     three days of calls or more, one of them made by the person, some minutes in all
    a payee    first paid three days ago or more, and a real amount while nobody was on the line

A scammer can ring once the evening before, from a number that looks like anybody's, or have one fen paid; neither makes
anybody known. Days are those of the place, so that no hour of the day divides a call or a story.
"""

from agents.victims.state import CONTACTS_MAX, PAYEES_MAX, Contact, Payee, Victim
from schemas.spans import DAY_MS, MINUTE_MS

KNOWN_DAYS_MIN = 3
"""Days of calls before a peer is known, and days before a payee is. ASSUMED: a scam by phone is over by then."""
KNOWN_SECONDS_MIN = 180
"""Time on the line in all before a peer is known: couriers take seconds."""
REAL_MINOR_MIN = 20_00
"""A payment smaller than this makes no payee known."""
KNOWN_BEFORE = 0
"""The first day of a payee who was none the first time the person was seen to pay them."""
KNOWN_FACTOR = 20
"""A payee is known for payments up to so many times the largest before: a coffee shop is not known for a deposit."""


def day_of(at: int, offset_min: int) -> int:
    """The day of an event time at a place, counted from 1970.

    >>> day_of(1_789_963_200_000, 480) - day_of(1_789_963_200_000 - 12 * 3_600_000 - 1, 480)
    1
    """
    return (at + offset_min * MINUTE_MS) // DAY_MS


# -- peers -----------------------------------------------------------------------------------------------------


def is_trusted(state: Victim, peer: int) -> bool:
    """Whether the reference record names a peer as one whom the person trusts."""
    return state.profile is not None and peer in state.profile.trusted_peers


def is_known(state: Victim, peer: int) -> bool:
    """Whether a peer has earned it, or is trusted."""
    return is_trusted(state, peer) or is_earned(state, peer)


def is_earned(state: Victim, peer: int) -> bool:
    """Whether a peer has earned it."""
    held = state.contacts.get(peer)
    return held is not None and held.days >= KNOWN_DAYS_MIN and held.dialled > 0 and held.seconds >= KNOWN_SECONDS_MIN


def odd_days(state: Victim, peer: int) -> int:
    """Days on which a peer has called over lines that make nobody known."""
    contact = state.contacts.get(peer)
    return contact.odd_days if contact is not None else 0


def meet(state: Victim, peer: int, day: int, seconds: int, *, dialled: bool, odd: bool) -> None:
    """A call with a peer is over.

    Args:
        day: of the place.
        seconds: how long they spoke.
        dialled: the person made it.
        odd: it came from abroad, over the internet, forwarded or hidden.
    """
    contact = state.contacts.pop(peer, None)
    if contact is None:
        contact = Contact(day, day, 0 if odd else 1, int(odd), 0, 0)
    elif day > contact.last_day:
        contact.last_day = day
        contact.odd_days += odd
        contact.days += not odd
    if not odd:
        contact.dialled += dialled
        contact.seconds += seconds
        contact.days = contact.days or 1
    state.contacts[peer] = contact
    if len(state.contacts) > CONTACTS_MAX:
        _forget_one(state)


def distrust(state: Victim, peer: int) -> None:
    """There is suspicion: what was earned is lost."""
    state.contacts.pop(peer, None)


def _forget_one(state: Victim) -> None:
    """Of those met longest ago one who was met on one day only, if there is one: couriers push nobody's family out."""
    passing = (peer for peer, contact in state.contacts.items() if contact.days + contact.odd_days <= 1)
    del state.contacts[next(passing, next(iter(state.contacts)))]


# -- payees ----------------------------------------------------------------------------------------------------


def is_settled(state: Victim, payee: int, amount_minor: int, day: int, *, told_new: bool | None) -> bool:
    """Whether a payee is known for a payment like this one. What the person's bank tells counts of those only whom the
    person was not seen to pay for the first time."""
    paid = state.paid.get(payee)
    if paid is None:
        return told_new is False or payee in state.payees
    if paid.first_day == KNOWN_BEFORE:
        return True
    return day - paid.first_day >= KNOWN_DAYS_MIN and amount_minor <= KNOWN_FACTOR * paid.biggest_minor


def pay(state: Victim, payee: int, amount_minor: int, day: int, *, told_new: bool | None, alone: bool) -> None:
    """A payment was made.

    Args:
        day: of the place.
        told_new: what the bank says of the payee.
        alone: no stranger was on the line.
    """
    paid = state.paid.pop(payee, None)
    if paid is None:
        was_known = told_new is False or payee in state.payees
        paid = Payee(KNOWN_BEFORE if was_known else day, day, 0)
        if payee in state.payees:
            state.payees.remove(payee)
    if alone and amount_minor >= REAL_MINOR_MIN:
        if not paid.biggest_minor and paid.first_day != KNOWN_BEFORE:
            paid.first_day = day  # from the first real payment on
        paid.biggest_minor = max(paid.biggest_minor, amount_minor)
    paid.last_day = max(paid.last_day, day)
    state.paid[payee] = paid
    if len(state.paid) > PAYEES_MAX:  # of whom the bank knows, it will tell again
        told = (one for one, held in state.paid.items() if held.first_day == KNOWN_BEFORE)
        del state.paid[next(told, next(iter(state.paid)))]
