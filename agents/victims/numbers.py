"""Short codes: the lines by which people know their bank, their insurer and the police, and what is made to look so.

A short code in its own form is a real line, and says nothing against anybody. The same code behind an area code, a
country's, a gateway's 106 or with digits hung on is a number that somebody made up to be taken for it; and so is a code
that the network shows as an ordinary mobile's, or one abroad.
"""

import re
from functools import lru_cache
from typing import Final, Literal

import phonenumbers

Standing = Literal["service", "lookalike", "other"]
"""A real service line; a number that pretends to be one; any other number."""

_EMERGENCY = "110 119 120 122"
"""Police, fire, ambulance, traffic police."""
_GOVERNMENT = (
    "96110 12381 12389 12337 12345 12301 12305 12309 12313 12315 12316 12317 12318 12320 12321 12328 12329 12333 12336 "
    "12338 12340 12348 12350 12351 12353 12355 12356 12358 12360 12361 12363 12366 12367 12368 12369 12370 12371 12377 "
    "12378 12380 12385 12386 12388 12390 12393 12395 12396"
)
"""Anti-fraud desks (96110, 12381), police complaints (12389), citizens' (12345), and the ministries' public lines."""
_CARRIERS = "10000 10001 10010 10011 10015 10016 10018 10060 10070 10080 10085 10086 10099 11183 11185 12306 114"
"""Telecom, Unicom, Mobile, Broadnet, the post, the railway, directory enquiries."""
_BANKS = (
    "95588 95533 95599 95566 95559 95580 95555 95528 95568 95558 95595 95577 95561 95508 95511 95541 95527 95526 95594 "
    "95574 95302 95319 95395 95537 95516 95501"
)
"""ICBC, CCB, ABC, BOC, BoCom, PSBC, CMB, SPDB, CMBC, CITIC, CEB, Huaxia, CIB, CGB, Ping An, Bohai, Zheshang, Beijing,
Shanghai, Ningbo, Nanjing, Jiangsu, Hengfeng, Harbin; UnionPay; and the old one of SDB."""
_INSURERS = "95518 95519 95500 95522 95567 95585 95510 95505 95509 95535 95590 95556 95569 95589 95502 95515 95549"
"""PICC, China Life, CPIC, Taikang, New China Life, and smaller ones."""

CODES: Final = frozenset(f"{_EMERGENCY} {_GOVERNMENT} {_CARRIERS} {_BANKS} {_INSURERS}".split())
"""Lines known by name, as their owners publish them; put together from general knowledge, since no register of them is
public. That one is missing costs nothing as long as it lies in `RANGES`."""
RANGES: Final = re.compile(r"95[1-5][0-9]{2}|96[0-9]{3}|100[0-9]{2}|123[0-9]{2}")
"""Five digits that the numbering plan (MIIT, 电信网编号计划) gives to service lines only: 95xxx nationwide (955xx
banks, insurers, brokers, airlines, the grid; 951xx and 953xx firms, couriers), 96xxx in a province, 100xx carriers,
123xx the government. 950xx is left out: anybody rents a number behind one."""

_TARGETS: Final = frozenset(f"96110 12381 12389 {_BANKS} {_INSURERS}".split())
"""What digits are hung on to: 955880, 9611001."""
TAIL_MAX: Final = 3

NEVER_ON: Final = frozenset({"mobile", "foreign"})
"""Kinds of line that a service line's number is never on, unless it is forged. On `voip` many a call centre is."""
_NEVER_ON: Final = dict.fromkeys(_EMERGENCY.split(), NEVER_ON | {"voip"})
_VOUCHED: Final = frozenset({"fixed", "service"})
"""Kinds of line of which the network knows what they are: 021 95588 on a fixed line is the bank in Shanghai."""

_AREA: Final = r"(?:10|2[0-9]|[3-9][0-9]{2})"
_ABROAD: Final = "|".join(str(code) for code in sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE) if code != 86)
_CODE: Final = "|".join(sorted(CODES))
_LONGER: Final = f"(?:{'|'.join(sorted(_TARGETS))})[0-9]{{1,{TAIL_MAX}}}"
_DRESSED: Final = re.compile(
    rf"(?:\+|00)+(?:{_ABROAD})(?:{_CODE})"
    rf"|(?P<local>(?:[+0]*860?|0){_AREA}(?:{_CODE}|{_LONGER})|86(?:{_CODE}))"
    rf"|(?:[+0]+86|[+0]*|106[0-9]{{0,6}})(?:{_CODE}|(?P<longer>{_LONGER}))"
)
"""What a code is dressed up in: a country's prefix, an area's, none or a gateway's. Abroad nothing is hung on: +852
95588123 is somebody's phone in Hong Kong. `local` is a number that there may be."""
_PUNCTUATION: Final = re.compile(r"[^+0-9]+")
_NAMES: Final = re.compile(
    r"icbc|ccb|abc|boc|bocom|cmb|psbc|unionpay|police|bank.*|.*银行|.*公安局?|.*派出所|.*检察院|.*法院|.*反诈中心|银联",
    re.IGNORECASE,
)
"""Calls show numbers. One that shows a bank's or the police's name shows what its caller wrote."""
_MOBILE: Final = "+861"
_MOBILE_CHARS: Final = 14
"""A whole mobile number of China is far longer than any short code; most peers are one and are looked at no further."""
REMEMBERED: Final = 65_536


def standing(peer: str, peer_type: str | None) -> Standing:
    """What the number of a call's other end is.

    Args:
        peer: as `schemas.spelling.number` spells it.
        peer_type: the kind of line, as the network tells it; None where it does not.

    >>> standing("95588", None), standing("95588", "mobile"), standing("+8675595588", "voip")
    ('service', 'lookalike', 'lookalike')
    >>> standing("95518", "unknown"), standing("106995588", None), standing("+8675588001234", "voip")
    ('service', 'lookalike', 'other')
    """
    if len(peer) == _MOBILE_CHARS and peer.startswith(_MOBILE):
        return "other"
    return _standing(peer, peer_type)


@lru_cache(maxsize=REMEMBERED)
def _standing(peer: str, peer_type: str | None) -> Standing:
    if peer in CODES or RANGES.fullmatch(peer):
        return "lookalike" if peer_type in _NEVER_ON.get(peer, NEVER_ON) else "service"
    if _NAMES.fullmatch(peer):
        return "lookalike"
    dressed = _DRESSED.fullmatch(_PUNCTUATION.sub("", peer))
    if dressed is None or (dressed["longer"] and peer_type == "service"):
        return "other"
    return "service" if dressed["local"] and peer_type in _VOUCHED else "lookalike"


def is_gateway(peer: str) -> bool:
    """Whether a sender of texts is a short code, a name or a gateway, and no person's number: those have a country.

    >>> is_gateway("95588"), is_gateway("106980012345"), is_gateway("ICBC"), is_gateway("+8613800138000")
    (True, True, True, False)
    """
    return not peer.startswith("+")
