"""The one form in which a text message is read, live and in training.

What tells one feed or corpus from another (masks in place of personal data, full-width letters, traditional
script, letters that look like others) is taken out here: a mask becomes the mark that the thing it masks
becomes in a clear text.
"""

import re
from typing import Final

from agents.victims.text.letters import plain

CHARS_MAX: Final = 1_000
"""Characters of a message that is read as one; the longest concatenated SMS in use is shorter."""

LINK: Final = "\uf8f0"
PHONE: Final = "\uf8f1"
ACCOUNT: Final = "\uf8f2"
NUMBER: Final = "\uf8f3"
BANK: Final = "\uf8f4"
CONTACT: Final = "\uf8f5"
FIRST_MARK: Final = LINK
MARKS: Final = {"link": LINK, "phone": PHONE, "account": ACCOUNT, "number": NUMBER, "bank": BANK, "contact": CONTACT}
"""Private letters for what is no word: a link, a telephone number (7 to 12 digits), a card's or account's, any
other, a bank's name, the name of an account in a messenger."""

_MASKED: Final = {
    "URL": "://",
    "BANK": ACCOUNT,
    "DIGIT": NUMBER,
    "QQ": CONTACT,
    "WECHAT": CONTACT,
    "NAME": "",
    "PLACE": "",
}
_MASK: Final = re.compile(r"(URL|QQ|WECHAT)[a-z0-9]*|BANK|DIGIT|(?:CELL)?PHONE|HOTLINE|NAME|PLACE")
_SOME_MASK: Final = re.compile(r"PHONE|HOTLINE|DIGIT|PLACE|NAME|BANK|QQ|WECHAT|URL")

_BANKS: Final = (
    "中国工商银行 工商银行 工行 工银 中国农业银行 农业银行 农行 中国建设银行 建设银行 建行 招商银行 招行 交通银行 交行 "
    "中国银行 中行 浦发银行 浦东发展银行 浦发 中信银行 中信 光大银行 广发银行 广发 平安银行 民生银行 兴业银行 华夏银行 "
    "邮储银行 邮政储蓄银行 北京银行 上海银行 农商银行 信用社"
)
BANKS: Final = tuple(_BANKS.split())
"""Banks' names, of which none may weigh more than another: they all become one mark."""

_BANK: Final = re.compile("|".join(BANKS))
_SOME_BANK: Final = re.compile("行|浦发|中信|广发|工银|信用社")
_TELEPHONE: Final = re.compile(r"(?<!\d)(?:\+?\d{1,4}[ -])?\(?\d{2,5}\)?(?:[ -]?\d{3,5}){1,3}(?!\d)|[x*]{7,}")
_DIGITS: Final = re.compile(r"(?<![a-z\d])\d+(?:[.,:/-]\d+)*(?![a-z])|(?<![a-z])x{2,6}(?![a-z])")
_SOME_DIGIT: Final = re.compile(r"\d|xx|\*{7}")
TELEPHONE_DIGITS: Final = range(7, 13)

_NO_LETTER: Final = re.compile("[^\u4e00-\u4e27\u4e29-\u4e35\u4e37-\u9fffa-z]+")
"""All but Chinese characters and Latin letters; the strokes U+4E28 and U+4E36 only break words up."""


def fold(text: str, most: int = CHARS_MAX) -> str:
    """A text in plain letters, masks as marks; punctuation, digits and addresses still stand. Only the first ``most``
    characters are read.

    A masked address (``URL`` in feeds that hide personal data) becomes ``://``: there was a link, its host unknown.

    >>> fold("ＩＣＢＣ．cc，请 登录 URL")
    'icbc.cc，请 登录 ://'
    """
    text = text[:most]
    if " " in text and _SOME_MASK.search(text):
        text = _MASK.sub(_unmasked, text)
    return plain(text)


def marked(folded: str) -> str:
    """A folded text without its links in which numbers and banks' names have become marks.

    >>> marked("工行客服400-800-1234收500元") == f"{BANK}客服{PHONE}收{NUMBER}元"
    True
    """
    return numbered(banked(folded))


def banked(folded: str) -> str:
    """A folded text with the one mark for every bank's name."""
    return _BANK.sub(BANK, folded) if _SOME_BANK.search(folded) else folded


def numbered(folded: str) -> str:
    """A folded text with marks for its numbers."""
    if _SOME_DIGIT.search(folded):
        folded = _DIGITS.sub(NUMBER, _TELEPHONE.sub(_number, folded))
    return folded


def wording(folded: str) -> str:
    """The bare letters of a folded text: simplified Chinese and a-z, nothing between them.

    >>> wording("您的积分：9,800 分，请 登录")
    '您的积分分请登录'
    """
    return _NO_LETTER.sub("", folded)


def _unmasked(found: re.Match[str]) -> str:
    return _MASKED.get(found[1] or found[0], PHONE)


def _number(found: re.Match[str]) -> str:
    digits = sum(letter.isdigit() for letter in found[0])
    if not digits or digits in TELEPHONE_DIGITS:
        return PHONE
    return ACCOUNT if digits > TELEPHONE_DIGITS[-1] else NUMBER
