"""One spelling for each phone number and each account, in which they are compared, hashed and listed.

The kinds of `schemas.fields` spell what they take this way, so that everything behind the decoder sees one spelling. A
whole number becomes E.164. Whatever is none (a short code, a name, a code dressed up as a number) stays as the network
shows it, since how it is dressed up is what tells it from the real one.

Sources: ITU-T E.164 and E.123 (spaces, brackets), RFC 3261 and 3966 (`sip:`, `tel:`), ISO 13616 (IBAN), and the
numbering plans in the package `phonenumbers` (Google's libphonenumber).
"""

import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

import phonenumbers

from schemas.confusables import visible
from schemas.withheld import WITHHELD, is_withheld

HOME: Final = "CN"
"""The country in whose national spelling a number without a country is read (ISO 3166)."""
_HOME_CODE: Final = str(phonenumbers.country_code_for_region(HOME))
SPELLINGS_REMEMBERED: Final = 65_536

_WHOLE: Final = re.compile(r"\+(?!860|86106)[1-9][0-9]{6,14}")
"""E.164 already: nearly every peer, looked at no further. Behind +86 neither a trunk prefix nor a gateway belongs."""
_AT_HOME: Final = re.compile(
    r"(?:(?:\+|00)?86)?0?(1[3-9][0-9]{9})"
    r"|(?:(?:\+|00)?860?|0)((?:10|2[0-9]|[3-9][0-9]{2})[2-8][0-9]{6,7})"
)
"""A mobile's or a fixed line's whole number of China with nothing between its digits, which is what most feeds write
that write no E.164. Told apart here: the numbering plans take a hundred times as long to say the same."""
_URI: Final = re.compile(r"(?:sips?|tel|im|pres|callto):(?P<user>[^@>;?]*)", re.IGNORECASE)
_DIALLED: Final = re.compile(r"[+0-9][0-9 ().\-/‐-―]*|\([+0-9][0-9 ().\-/‐-―]*")
_BETWEEN: Final = re.compile(r"[ ().\-/‐-―]+")
_DIGITS_MIN: Final = 7
"""Fewer are no subscriber's whole number anywhere."""
_GATEWAY: Final = re.compile(r"(?:\+?86|0086)?(106[0-9]{5,17})")
"""Who sends texts in bulk: 106 and what follows, which no person has (MIIT's numbering plan)."""

_ACCOUNT_PARTS: Final = re.compile(r"[\s.\-_/‐-―]+")
_IBAN: Final = re.compile(r"[A-Za-z]{2}[0-9]{2}[A-Za-z0-9]{11,30}")
_ACCOUNT_DIGITS_MIN: Final = 8
"""So many digits with something between them are a number in groups; fewer may be somebody's own way to name things."""


def number(shown: str) -> str:
    """A peer in its one spelling, from whatever a network shows. Idempotent.

    >>> number("0086 139-0001-0102"), number("sip:13900010102@ims.example"), number("(021) 6234 5678")
    ('+8613900010102', '+8613900010102', '+862162345678')
    >>> number("95588"), number("tel:95588"), number("9-5588"), number("+8695588"), number("Anonymous")
    ('95588', '95588', '9-5588', '+8695588', 'unknown')
    """
    if _WHOLE.fullmatch(shown):
        return shown
    at_home = _AT_HOME.fullmatch(shown)
    return f"+{_HOME_CODE}{at_home[1] or at_home[2]}" if at_home else _number(shown)


@lru_cache(maxsize=SPELLINGS_REMEMBERED)
def _number(shown: str) -> str:
    if is_withheld(shown):
        return WITHHELD
    bare = _unwrapped(visible(shown).strip())
    if not _DIALLED.fullmatch(bare):
        return (bare if len(bare) <= len(shown) else shown) or WITHHELD  # normal form KC makes some letters many
    digits = _BETWEEN.sub("", bare)
    if gateway := _GATEWAY.fullmatch(digits):
        return gateway[1]
    if len(digits) < _DIGITS_MIN:
        return bare
    return _e164(digits) or bare


def _unwrapped(shown: str) -> str:
    """The number in an address: `"Mum" <sip:+8613900010102@ims.example;user=phone>`."""
    uri = _URI.search(shown)
    return unquote(shown if uri is None else uri["user"]).strip()


def _e164(digits: str) -> str | None:
    """A whole number as E.164; None for what the numbering plans have no room for. What is written with its country is
    a number as soon as it has the length of one; what is not must be one that the plan knows."""
    try:
        found = phonenumbers.parse(digits, HOME)
    except phonenumbers.NumberParseException:
        return None
    told = digits.startswith(("+", "00"))
    is_one = phonenumbers.is_possible_number(found) if told else phonenumbers.is_valid_number(found)
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164) if is_one else None


def other_spellings(spelt: str) -> tuple[str, ...]:
    """How feeds most often spell a number otherwise: without its country, without a plus, with 00.

    >>> other_spellings("+8613900010102"), other_spellings("95588")
    (('13900010102', '013900010102', '8613900010102', '008613900010102'), ())
    """
    if not spelt.startswith("+"):
        return ()
    digits = spelt[1:]
    national = digits.removeprefix(_HOME_CODE)
    at_home = () if national == digits else (national, f"0{national}")
    return (*at_home, digits, f"00{digits}")


def account(shown: str) -> str:
    """An account in its one spelling. Idempotent. What is neither a number in groups nor an IBAN stays as it is.

    >>> account("6217-0000-1111-2222"), account(" 6217 0000 1111 2222 "), account("gb29 nwbk 6016 1331 9268 19")
    ('6217000011112222', '6217000011112222', 'GB29NWBK60161331926819')
    >>> account("merchant-42"), account("someone@pay.example")
    ('merchant-42', 'someone@pay.example')
    """
    return shown if shown.isdigit() and shown.isascii() else _account(shown)


@lru_cache(maxsize=SPELLINGS_REMEMBERED)
def _account(shown: str) -> str:
    bare = visible(shown)
    joined = _ACCOUNT_PARTS.sub("", bare)
    if joined.isdigit() and len(joined) >= _ACCOUNT_DIGITS_MIN:
        return joined
    if _IBAN.fullmatch(joined):
        return joined.upper()
    return "".join(bare.split()) if bare.isascii() else shown
