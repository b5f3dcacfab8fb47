"""Numbers that are none: how networks say that a caller does not show who it is.

Sources: RFC 3323 and 3325 (`anonymous.invalid`), RFC 2606 (nothing lives under `.invalid`), the keypad's ANONYMOUS
(+266696687) that North American networks send, and what handsets and switches print.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

WITHHELD: Final = "unknown"
"""Stands for the peer of a record that names none."""

_NO_ONE: Final = (
    "anonymous anon unknown private withheld restricted blocked unavailable hidden suppressed undisclosed "
    "unidentified confidential none null nil na n o p u"
)
_WHAT: Final = ("", "number", "caller", "callerid", "call", "id", "name", "user", "cli", "clir")
_NO_ONE_ZH: Final = "未知 匿名 私人 隐藏 隱藏 保密 未显示 未顯示 不显示 不顯示 受限 屏蔽 无 無 无主叫 無主叫"
_WHAT_ZH: Final = ("", "号码", "號碼", "来电", "來電", "来电号码", "來電號碼", "主叫", "主叫号码", "电话", "電話")
_SAID_OTHERWISE: Final = (
    "nocallerid nonumber noid nocli noname notavailable notprovided notdisclosed outofarea idwithheld calleridwithheld "
    "numberwithheld calleridblocked calleridunavailable 号码隐藏 號碼隱藏 号码未知 號碼未知 号码保密 无法显示 無法顯示 "
    "无来电显示 無來電顯示 未提供 未提供号码"
)
WORDS: Final = frozenset(
    [
        *(word + what for word in _NO_ONE.split() for what in _WHAT),
        *(word + what for word in _NO_ONE_ZH.split() for what in _WHAT_ZH),
        *_SAID_OTHERWISE.split(),
    ]
)
"""What is said in a number's place, in lower case and without anything between the letters."""

_KEYPAD: Final = "266696687"
_KEYPAD_STARTS: Final = frozenset({"+266", "2666"})
_DIALLED: Final = frozenset("+123456789")
_BARE: Final = re.compile(r"[\W_]+")
_URI: Final = re.compile(r"\s*(?:(?:sips?|tel|im|pres):)?(?P<user>[^@>;?]*)(?:@(?P<host>[^>;:?]*))?", re.IGNORECASE)


def is_withheld(peer: str) -> bool:
    """Whether what a network shows for a peer tells nobody's number.

    >>> is_withheld("anonymous"), is_withheld("隐藏号码"), is_withheld("sip:anonymous@anonymous.invalid")
    (True, True, True)
    >>> is_withheld("+8613800138000"), is_withheld("ICBC"), is_withheld("95588")
    (False, False, False)
    """
    if peer[:1] in _DIALLED:  # nearly every peer: looked at no further
        return peer[:4] in _KEYPAD_STARTS and _BARE.sub("", peer) == _KEYPAD
    return _names_nobody(peer)


@lru_cache(maxsize=4_096)
def _names_nobody(peer: str) -> bool:
    uri = _URI.match(peer.partition("<")[2] or peer)
    assert uri is not None, "it matches nothing at all, too"
    if _is_nobody(uri["user"]):
        return True
    host = (uri["host"] or "").rstrip(". ").lower()
    return host == "invalid" or host.endswith(".invalid")


def _is_nobody(shown: str) -> bool:
    said = _BARE.sub("", unicodedata.normalize("NFKC", shown).casefold())
    return said in WORDS or said.strip("0") in ("", _KEYPAD)
