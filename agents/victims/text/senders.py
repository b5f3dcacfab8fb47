"""Who can have sent a text, by the number that the network shows: what a fraud needs hangs on it.

A fraud needs a way from its reader to its maker. Who reads a text from a person's number can answer or call it;
nobody can answer a bulk gateway or a service's short code, so that a text from there without a link, a
telephone number, an account or a messenger's name leads nowhere, whatever it says: it warns, or informs. That
excuses it. With a way in it nothing does, a short code least of all: stations that pretend to be a network's
show whatever sender they like.
"""

import re
from typing import Final, Literal

Sender = Literal["person", "gateway", "service", "unknown"]

SENDER_GUARD: Final[dict[Sender, float]] = {"person": 0.0, "unknown": 0.0, "gateway": -4.0, "service": -16.0}
"""Log-odds for a text without a way to its maker."""

_GATEWAY: Final = re.compile(r"(?:\+|00)?(?:86)?(?:106|1069|12520)\d{4,}")
_SERVICE_DIGITS_MAX: Final = 6
_DIGITS: Final = re.compile(r"[+\d -]+")


def sender_of(peer: str) -> Sender:
    """The class of a sender as the network shows it.

    A name in letters counts as ``unknown``: anybody may ask a foreign gateway for one.

    >>> [sender_of(peer) for peer in ("96110", "1069055500001", "+8613800138000", "GovSG")]
    ['service', 'gateway', 'person', 'unknown']
    """
    if not _DIGITS.fullmatch(peer):
        return "unknown"
    if _GATEWAY.fullmatch(peer):
        return "gateway"
    return "service" if len(peer) <= _SERVICE_DIGITS_MAX and peer.isdigit() else "person"
