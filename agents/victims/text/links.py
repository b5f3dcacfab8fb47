"""Every address that a text leads to, however it is written, to be looked for among those that are listed.

Whether a text has a link at all is another question, with another answer (`marks`): there a dot too many costs a false
alarm. Here each reading that somebody might mean is one more name to look for, and finds nothing unless it is listed:

    请登录icbc-vip。cc/a   ─►   icbc-vip.cc/a,  录icbc-vip.cc/a,  登录icbc-vip.cc/a ...
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Final
from urllib.parse import unquote

from schemas.addresses import address
from schemas.confusables import skeleton, visible
from schemas.fields import MESSAGE_CHARS_MAX

LINKS_MAX: Final = 64
"""Links of one text that are looked at: a text of nothing else costs no more than another."""
BESIDE_MAX: Final = 12
"""Chinese characters beside a name that may be part of it."""
LINKS_REMEMBERED: Final = 1_024

_SOME: Final = re.compile(r"[.。．｡․‧·•∙⋅・]|://|点|點|\bdot\b|%2e", re.IGNORECASE)
"""Without one of these a text has no address: nearly every text."""
_JOINTS: Final = (
    (re.compile(r"\s*[\[({<【〔「]\s*(?:[.。]|dot|点|點)\s*[\])}>】〕」]\s*", re.IGNORECASE), "."),
    (re.compile(r"(?<=[\w-])\s*[.。．｡․‧·•∙⋅・]\s*(?=[^\W_])"), "."),
    (re.compile(r"(?<=[a-z0-9])(?:\s*[点點]\s*|\s+dot\s+)(?=[a-z]{2})", re.IGNORECASE), "."),
    (re.compile(r"hxxp(?=s?:)", re.IGNORECASE), "http"),
    (re.compile(r"(?<=:)[/\\]{2,}"), "//"),
)
"""What stands for a dot, or for the rest of what makes a link."""
_SPELLED: Final = re.compile(r"(?<![a-z0-9])[a-z0-9](?:[ _][a-z0-9./-]){5,}(?![a-z0-9])", re.IGNORECASE)
"""A name letter by letter."""
_LINK: Final = re.compile(
    r"[a-z][a-z0-9+]{1,9}://(?P<authority>[^\s/?#\"'<>，。；、！？（）【】]*)(?P<path>[/?#][!-~]*)?"
    r"|(?<![\w@.-])(?P<host>(?:[\w‐-―−-]++\.)+[\w‐-―−-]++)\.?(?::[0-9]{1,5})?(?P<bare_path>[/?#][!-~]*)?",
    re.IGNORECASE,
)
_INNER: Final = re.compile(r"(?<=.)://")
_HAN: Final = "[\u2e80-\u2fdf\u3005-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
_BEGINS: Final = re.compile(f"{_HAN}+")
_ENDS: Final = re.compile(f"{_HAN}+$")
_WITHIN: Final = re.compile(f"([!-~]+?)({_HAN}+)([^.]*)")


@lru_cache(maxsize=LINKS_REMEMBERED)
def links(text: str) -> tuple[str, ...]:
    """Addresses, in their one spelling (`schemas.addresses`), that a text may lead to; each once, a name with letters
    that look alike in both readings. At most `LINKS_MAX` links are looked at.

    >>> links("先看 http://icbc.com.cn 再登录 icbc-vip[.]cc/a")
    ('icbc.com.cn', 'icbc-vip.cc/a')
    >>> links("今天余额不足，请充值")
    ()
    """
    if not _SOME.search(text):
        return ()
    read = visible(unquote(text[:MESSAGE_CHARS_MAX]))
    spelled = _SPELLED.sub(lambda found: re.sub("[ _]", "", found[0]), read)
    found = dict.fromkeys(one for way in dict.fromkeys((read, spelled)) for one in _readings(_joined(way)))
    return tuple(found)


def _joined(text: str) -> str:
    for pattern, meant in _JOINTS:
        text = pattern.sub(meant, text)
    return text


def _readings(text: str) -> Iterator[str]:
    for match in islice(_LINK.finditer(text), LINKS_MAX):
        path = match["path"] or match["bare_path"] or ""
        if match["host"] is None:
            named = {f"http://{match['authority']}": None}
        else:
            named = dict.fromkeys(name for host in _hosts(match["host"]) for name in _names(host))
        for name in named:
            for spelt in dict.fromkeys((name, skeleton(name.lower()))):
                if one := address(spelt + path):
                    yield one
        for inner in _INNER.split(path)[1:]:  # where a link sends one on to
            if one := address(f"http://{inner}"):
                yield one


def _hosts(run: str) -> Iterator[str]:
    """Hosts of a run of labels: itself, and where Chinese stands within it (`a.com再看b.cc`) those that it parts."""
    yield run
    labels = run.split(".")
    start = 0
    for place in range(1, len(labels) - 1):
        if (parted := _WITHIN.fullmatch(labels[place])) is not None:
            yield ".".join([*labels[start:place], parted[1]])
            labels[place] = parted[2] + parted[3]
            start = place
    if start:
        yield ".".join(labels[start:])


def _names(host: str) -> Iterator[str]:
    """What may be meant by a host in running Chinese: as it stands, or without some of what is before or behind it."""
    first, _, rest = host.partition(".")
    middle, dot, last = rest.rpartition(".")
    begins = list(_cut(first, _BEGINS.match(first), at_end=False))
    ends = list(_cut(last, _ENDS.search(last), at_end=True))
    pairs = [(begun, ended) for ended in (ends[0], ends[-1]) for begun in begins]
    pairs += [(begun, ended) for begun in (begins[0], begins[-1]) for ended in ends]
    for begun, ended in pairs:
        yield f"{begun}.{middle}{dot}{ended}"


def _cut(label: str, run: re.Match[str] | None, *, at_end: bool) -> Iterator[str]:
    """A label, and what is left of it with more and more of a run at its beginning or its end taken away."""
    yield label
    if run is None:
        return
    size = len(run[0])
    for cut in range(max(1, size - BESIDE_MAX), size + 1):
        if left := label[: len(label) - cut] if at_end else label[cut:]:
            yield left
