"""What can be read off a message without any model: the first link's host, and a one-time code."""

import re
from itertools import islice
from typing import Final, NamedTuple


class Link(NamedTuple):
    """The first link of a message. ``domain`` is its host in lower case, or None where it cannot be read."""

    present: bool
    domain: str | None
    pieces: list[str]
    """The message cut at its links: what stands before the first, between them, and behind the last."""

    @property
    def rest(self) -> str:
        """The message without its links."""
        return "".join(self.pieces)


NO_DOMAIN: Final = None

LINKS_MAX: Final = 64
"""Links of one text that are looked at: a text of nothing else costs no more than another."""

_TLDS: Final = (
    "com cn net org cc top xyz vip club info biz io co tv site online shop store app live link fun "
    "icu pw tk ml ga cf gq ws wang ren ltd group work pub pro mobi asia name red kim space website "
    "tech cloud host press click win bid loan men date download stream party trade racing review "
    "science faith cricket accountant gov edu mil int hk tw mo jp kr sg my th vn ph id uk de fr it es "
    "ru nl se pl eu us ca au nz br mx tr ua kz la me in is so to am at be by su sh ai gg ly im li "
    "cyou sbs cfd bond rest lat quest monster buzz today world run life ink mom lol fit bar cam gold "
    "finance bank money cash credit fund tel zone center email support help services digital agency "
    "chat social team page dev art blog one best cool"
)
TLDS: Final = frozenset(_TLDS.split())
"""Endings taken for a domain's even where nothing else says "link"."""

_WORDLIKE: Final = (
    "in is it so to am at be by my me us la no de es co id sh im date work name party live fun app "
    "one best cool help team page run life today world money bank cash rest bar cam fit chat art blog "
    "men win group email link"
)
WORDLIKE: Final = frozenset(_WORDLIKE.split())
"""Endings that are words too ("dinner.is ready"): a bare one needs more to be a link (``_looks_meant``)."""

_FIRST_CHINESE: Final = "\u4e00"
_DOTTED: Final = re.compile(r"\.(?<=[a-z0-9-]\.)[a-z]|://")
_STOPPED: Final = re.compile(r"。(?<=[a-z0-9-]。)(?=[a-z]{2,})")
"""Both begin with a letter, and look back from there: many times faster than to look back first."""

_LINK: Final = re.compile(
    r"(?:[a-z]{3,6}://(?P<authority>[a-z0-9._~%@:\[\]-]*)"
    r"|(?<![a-z0-9@._-])(?P<host>(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}(?P<tld>[a-z]{2,24}))"
    r"(?![a-z0-9@_-]|\.[a-z0-9])(?::\d{1,5}(?!\d))?)"
    r"(?P<path>[/?][!-~]*)?|://"
)


def find_link(folded: str) -> Link:
    """The first link in a folded text, bare domains included.

    >>> find_link("积分清零请登录icbc-vip.cc/abc兑换").domain
    'icbc-vip.cc'
    >>> find_link("余额 3.5 元。ok.then")
    Link(present=False, domain=None, pieces=['余额 3.5 元。ok.then'])
    """
    if "。" in folded:
        folded = _STOPPED.sub(".", folded)
    if not _DOTTED.search(folded):
        return Link(False, NO_DOMAIN, [folded])
    links = _links(folded)
    if not links:
        return Link(False, NO_DOMAIN, [folded])
    domains = (_host(m) for m in links)
    return Link(True, next((d for d in domains if d), NO_DOMAIN), _between(folded, links))


def pieces(folded: str) -> list[str]:
    """A folded text cut at its links.

    >>> pieces("积分清零请登录icbc-vip.cc/abc兑换")
    ['积分清零请登录', '兑换']
    """
    return find_link(folded).pieces


def _links(folded: str) -> list[re.Match[str]]:
    return list(islice((m for m in _LINK.finditer(folded) if _is_link(m)), LINKS_MAX))


def _is_link(match: re.Match[str]) -> bool:
    tld = match["tld"]
    if tld is None:
        return True
    if tld not in TLDS and not tld.startswith("xn--"):
        return False
    return tld not in WORDLIKE or _looks_meant(match)


def _looks_meant(match: re.Match[str]) -> bool:
    """A path, ``www.``, a digit or hyphen, or Chinese beside it: no mere missing space in a sentence."""
    host, text = match["host"], match.string
    around = text[max(match.start() - 1, 0) : match.start()] + text[match.end() : match.end() + 1]
    return (
        match["path"] is not None
        or host.startswith("www.")
        or not host.replace(".", "").isalpha()
        or any(letter >= _FIRST_CHINESE for letter in around)
    )


def _host(match: re.Match[str]) -> str | None:
    authority = match["host"] or match["authority"] or ""
    return authority.rpartition("@")[2].partition(":")[0].strip(".-") or None


def _between(folded: str, links: list[re.Match[str]]) -> list[str]:
    kept, at = [], 0
    for m in links:
        kept.append(folded[at : m.start()])
        at = m.end()
    return [*kept, folded[at:]]


_CODE_WORDS_ZH: Final = (
    "验证码 校验码 确认码 动态密码 动态码 动态口令 短信密码 短信码 授权码 安全码 认证码 一次性密码 "
    "驗證碼 校驗碼 動態密碼"
)
_CODE_WORDS: Final = _CODE_WORDS_ZH.replace(" ", "|")
_CODE_WORDS_EN: Final = (
    r"(?:verification|security|confirmation|authentication|authorization|access|activation|one[- ]time"
    r"|log-?in|sign-?in) (?:pass)?(?:code|word|pin)"
    r"|\botp\b|passcode|one[- ]time pin|your (?:[a-z]+ ){0,3}code"
)
_CODE_SPOKEN: Final = re.compile(f"{_CODE_WORDS}|{_CODE_WORDS_EN}")
_CODE_AFTER: Final = re.compile(
    rf"(?:{_CODE_WORDS})(?:[为為是:：\s(（\[【「<“\"',，-]|\d+月\d+日)*(?=[a-z]*\d|[a-z]{{4,8}}(?![a-z]))[a-z0-9]{{3,8}}"
    r"(?![a-z0-9]|[:：]\d|[年月日元]|秒|分钟)"
    rf"|(?:{_CODE_WORDS_EN})[^0-9.!?;]{{0,40}}?\b(?:[a-z]-)?\d[\d -]{{2,7}}\d(?![\d-])"
    r"|\botp\b[^.!?;]{0,60}? is \d{4,8}\b"
)
"""The word, a joint ("is", a colon, a bracket), the code: 3-8 letters and digits."""

_CODE_BEFORE: Final = re.compile(
    r"(?<![a-z0-9*./尾号为询电打线服卡后拨户额款￥¥$第-])(?<![\d号][:：])(?:\d{4}|\d{6}|\d{8}|\d{3}[- ]\d{3})"
    r"(?![0-9年月日元秒分号*:：./-])"
    rf"[^0-9。.；;!?！？]{{0,20}}?(?:{_CODE_WORDS})"
    rf"|(?<![a-z0-9])(?:[a-z]-)?\d{{4,8}} (?:is|as) [^0-9.!?;]{{0,30}}?(?:{_CODE_WORDS_EN})"
)
"""The code first; not a card's tail, an amount, a date or a hotline."""


def carries_code(folded: str) -> bool:
    """Whether a folded text carries a one-time code: the word for it with the code itself beside it.

    A notice that only speaks of codes ("never tell anyone your code, call 95588") carries none.

    >>> carries_code("【银行】验证码：060171，请勿泄露"), carries_code("切勿泄露验证码，详询95588")
    (True, False)
    """
    if "码" not in folded and "密" not in folded and "碼" not in folded and not _may_speak_english_code(folded):
        return False
    if not _CODE_SPOKEN.search(folded):
        return False
    return _CODE_AFTER.search(folded) is not None or _CODE_BEFORE.search(folded) is not None


def _may_speak_english_code(folded: str) -> bool:
    return "code" in folded or "pass" in folded or "otp" in folded or " pin" in folded
