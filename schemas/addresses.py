"""One spelling for web addresses, in which those of a text are looked for among those that are listed.

    HXXPS://ICBC.com.cn@www.icbc-vip[.]cc:8443/a?b  ->  icbc-vip.cc/a

A host stands in small letters and in Unicode (an IDN not as `xn--`), without a dot at its end; an IPv4 address, in
whatever number system, as four decimal numbers. Sources: RFC 3986, RFC 5891 (IDNA), and the WHATWG's URL standard for
hosts that are numbers, which is how browsers read them.
"""

import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

import idna
from publicsuffixlist import PublicSuffixList

from schemas.confusables import visible

HOST_CHARS_MAX: Final = 253
"""RFC 1035."""
IPV4_PARTS: Final = 4

_DEFANGED: Final = re.compile(r"\s*[\[({<【〔「]\s*(?:\.|。|dot|点|點)\s*[\])}>】〕」]\s*", re.IGNORECASE)
"""A dot as those write it who do not want a link: `[.]`, `(dot)`."""
_DOTS: Final = re.compile("[。．｡․‧·•∙⋅・]")
_SCHEME: Final = re.compile(r"\s*(?:[a-z][a-z0-9+]{1,9}:)?[/\\]{2,}|\s*https?:[/\\]*|\s*", re.IGNORECASE)
_HOST: Final = re.compile(r"[^/\\?#]*")
_WWW: Final = "www."


def address(written: str) -> str:
    """One written address as host and path, `icbc-vip.cc/a`; only the host where nothing more is said. Empty where
    there is no host in it. The query does not count, nor does what a browser would not send.

    >>> address("HTTP://WWW.ICBC-VIP.cc./"), address("*.icbc-vip[.]cc"), address("hxxp://t.cn/AbC?x=1")
    ('icbc-vip.cc', 'icbc-vip.cc', 't.cn/AbC')
    >>> address("https://icbc.com.cn@icbc-vip.cc:8443/a"), address("xn--vip-bs7i163c.cc"), address("http://1729430533/a")
    ('icbc-vip.cc/a', '银行vip.cc', '103.21.4.5/a')
    """
    rest = _DEFANGED.sub(".", visible(written))
    rest = rest[_matched(_SCHEME, rest) :]
    end = _matched(_HOST, rest)
    named = host(rest[:end].rpartition("@")[2])
    path = re.split(r"[?#\s]", rest[end:].replace("\\", "/"), maxsplit=1)[0].rstrip("/")
    return named + path if named else ""


def _matched(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.match(text)
    assert found is not None, "both match nothing at all, too"
    return found.end()


@lru_cache(maxsize=4_096)
def host(written: str) -> str:
    """A host in its one spelling, without port and `www.`; empty for what can be none."""
    bare = _DOTS.sub(".", visible(unquote(written))).strip().lower()
    bare = re.sub(r":[0-9]*$", "", bare).strip(".*-")
    if not 0 < len(bare) <= HOST_CHARS_MAX or re.search(r"\s", bare):
        return ""
    if (numbered := _ipv4(bare)) is not None:
        return numbered
    named = ".".join(map(_in_unicode, bare.split(".")))
    stem = named.removeprefix(_WWW)
    return stem if "." in stem else named


def _in_unicode(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return idna.ulabel(label)
    except (idna.IDNAError, UnicodeError):
        return label


def _ipv4(bare: str) -> str | None:
    """Four decimal numbers for an IPv4 address in any of the forms that browsers take: decimal, octal, hexadecimal, and
    with fewer parts, of which the last fills the rest."""
    parts = bare.split(".")
    if len(parts) > IPV4_PARTS or not all(re.fullmatch(r"0x[0-9a-f]{0,8}|[0-9]{1,11}", part) for part in parts):
        return None
    try:
        *heads, last = [int(part, _base(part)) if part not in {"0x", "0"} else 0 for part in parts]
    except ValueError:  # an 8 in an octal number
        return None
    room = 8 * (IPV4_PARTS - len(heads))
    if any(head > 255 for head in heads) or last >> room:
        return None
    value = last + sum(head << 24 - 8 * place for place, head in enumerate(heads))
    return ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))


def _base(part: str) -> int:
    return 16 if part.startswith("0x") else 8 if part.startswith("0") else 10


def is_public_suffix(named: str) -> bool:
    """Whether anybody can register names below a host (`com.cn`, `github.io`): to list it would be to list them all.

    >>> is_public_suffix("com.cn"), is_public_suffix("icbc-vip.com.cn")
    (True, False)
    """
    return bool(_suffixes().is_public(named))


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    """The list that comes with the package; about 0.2 s to read, so only where a domain is listed at all."""
    return PublicSuffixList()
