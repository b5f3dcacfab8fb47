"""Numbers that pretend: look-alikes of the short codes by which people know their bank and the police."""

import re
from functools import lru_cache

POLICE_CODES = frozenset({"110", "96110", "12381", "12389"})
BANK_CODES = frozenset(
    [
        "95588",
        "95533",
        "95599",
        "95566",
        "95555",
        "95559",
        "95568",
        "95577",
        "95595",
        "95561",
        "95528",
        "95558",
        "95511",
        "95580",
        "95508",
        "95526",
        "95527",
    ]
)
"""The published service numbers of China's large banks and of UnionPay's members."""
CODES = POLICE_CODES | BANK_CODES
HOME = re.compile(r"^(?:[+0]*86|[+0]+)")
"""China's own prefix, or an international one without a country."""
ABROAD = re.compile(r"^[+0]+(?:852|853|886)")
"""Prefixes of the places from which the police's numbers are mostly forged. Real numbers there have eight digits or
more, so only a whole short code behind one is a look-alike."""
MOBILE = "+861"
MOBILE_CHARS = 14
"""A whole mobile number of China is far longer than any short code; most peers are one and are looked at no further."""
TAIL_MAX = 3
"""Digits that a look-alike hangs on behind a real code."""


def is_lookalike(peer: str, is_service: bool) -> bool:
    """Whether a number looks like a bank's or the police's but is not.

    Args:
        peer: the number as the network shows it.
        is_service: the network says that it is a short code; then only dressed-up forms are look-alikes, because
            another firm's short code may well differ by one digit.

    >>> is_lookalike("+8695588", False), is_lookalike("95588", True), is_lookalike("955880", False)
    (True, False, True)
    """
    if len(peer) == MOBILE_CHARS and peer.startswith(MOBILE):
        return False
    return _pretends(peer, is_service)


@lru_cache(maxsize=65_536)
def _pretends(peer: str, is_service: bool) -> bool:
    if peer in CODES:
        return False
    digits = peer.replace(" ", "").replace("-", "")
    bare = HOME.sub("", digits)
    if bare in CODES or ABROAD.sub("", digits) in CODES:
        return True
    return not is_service and (_has_tail(bare) or _one_digit_off(bare))


def is_short_code(peer: str) -> bool:
    """Whether a sender is a short code or an alphanumeric name, not a person's number."""
    return len(peer) < 11 or not peer.lstrip("+").isdigit()


def _has_tail(bare: str) -> bool:
    return any(bare[:length] in BANK_CODES | {"96110"} for length in (5,) if 0 < len(bare) - length <= TAIL_MAX)


def _one_digit_off(bare: str) -> bool:
    return len(bare) == 5 and any(sum(a != b for a, b in zip(bare, code, strict=True)) == 1 for code in BANK_CODES)
