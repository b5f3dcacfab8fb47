"""The labelled messages the text scorer learns from, cleaned of what would give away their source, and split.

Used in training and in tests marked ``data``, never in the running system.

Sources: ``fbs_sms`` (Zhang et al., *Lies in the Air: Characterizing Fake-base-station Spam Ecosystem in
China*, ACM CCS 2020), ``zh_sms_xhacker`` (inbox messages: notices, parcels, codes, advertising) and
``zh_antispam_msglog`` (community messages and chatter).
"""

import csv
import gzip
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final, Literal
from zlib import crc32

from agents.victims.text.marks import find_link
from agents.victims.text.marks import pieces as between_links
from agents.victims.text.normal import BANKS, LINK, fold, marked, wording
from agents.victims.text.reading import GAP

Part = Literal["train", "calibrate", "held_out"]
SplitBy = Literal["family", "content"]

DATA_ENV: Final = "INTERDICT_DATA"
DATA_DEFAULT: Final = "../shared/data"

TRAIN_SHARE: Final = 0.70
CALIBRATE_SHARE: Final = 0.10
FAMILY_SHARE_MAX: Final = 0.05
"""A family with a larger share of its stratum goes to training, or the split would hang on where it falls."""

SKETCH_BANDS: Final = 4
SKETCH_ROWS: Final = 4
SKETCH_EMPTY_MAX: Final = 1
"""A band with more empty bins than this says too little to chain two messages."""

SKETCH_SEED: Final = 2020
_NOTHING: Final = 1 << 32


@dataclass(frozen=True, slots=True)
class Message:
    """One labelled message; ``pieces`` are its bare letters, cut at names, places and banks."""

    source: str
    label: str
    fraud: bool
    text: str
    pieces: tuple[str, ...]

    @property
    def content(self) -> str:
        """Its wording, equal for messages that differ in names, digits and addresses only."""
        return "|".join(piece for piece in self.pieces if piece)


@dataclass(frozen=True, slots=True)
class Corpus:
    """Messages and, for each, its part of the split."""

    messages: tuple[Message, ...]
    parts: tuple[Part, ...]

    def part(self, *names: Part) -> list[Message]:
        """The messages of the named parts, in file order."""
        return [m for m, part in zip(self.messages, self.parts, strict=True) if part in names]


FILES: Final = ("fbs_sms.csv.gz", "zh_sms_xhacker.csv.gz", "zh_antispam_msglog.csv.gz")

_BREAK: Final = GAP
_NAMED: Final = re.compile("NAME|PLACE")
_CROSSED: Final = re.compile(r"(?<![a-zA-Z])[xX]+(?![a-zA-Z])|[xX]{4,}")
_SPREAD_LINK: Final = re.compile(
    r"(?:https?\s*:\s*//?\s*)(?:[\w-]+\s?[./?=&]\s?)*[\w-]*|(?:[a-zA-Z0-9-]+\s\.\s)+(?:com|cn|net|cc)"
)

_PLACES: Final = (
    "北京 上海 天津 重庆 广东 广州 深圳 江苏 南京 苏州 浙江 杭州 宁波 山东 济南 青岛 河南 郑州 河北 "
    "石家庄 湖北 武汉 湖南 长沙 四川 成都 福建 福州 厦门 安徽 合肥 江西 南昌 陕西 西安 山西 太原 辽宁 "
    "沈阳 大连 吉林 长春 黑龙江 哈尔滨 云南 昆明 贵州 贵阳 广西 南宁 海南 海口 甘肃 兰州 内蒙古 新疆 "
    "西藏 青海 宁夏 香港 澳门 台湾 佛山 东莞 中山 珠海 茂名 常州 无锡 温州 徐州 孝感"
)
PLACES: Final = tuple(_PLACES.split())
_PLACE: Final = re.compile("|".join(PLACES))
_TELLING: Final = re.compile("|".join([_BREAK, *BANKS, *PLACES]))


def folder() -> Path:
    """Where the data lies: ``INTERDICT_DATA``, by default ``../shared/data``."""
    return Path(os.environ.get(DATA_ENV, DATA_DEFAULT))


def pieces(text: str) -> tuple[str, ...]:
    """The bare letters of a corpus text, cut at what one corpus masks and another writes out.

    No pair may span a cut, so the model learns neither a bank's name nor a place, nor that they were masked.
    """
    clear = _SPREAD_LINK.sub(" ", _CROSSED.sub("", text))
    folded = fold(_NAMED.sub(_BREAK, clear))
    return tuple(_TELLING.split(wording(find_link(folded).rest)))


def cleaned(text: str) -> str:
    """A corpus text as training reads it: marked, and with a gap at what one corpus masks and another writes out.

    No run may span a gap, so the model learns neither a name nor a place, nor that they were masked.
    """
    clear = _NAMED.sub(_BREAK, _SPREAD_LINK.sub(" http://a.cn ", text) if " " in text else text)
    return _PLACE.sub(_BREAK, marked(LINK.join(between_links(fold(clear)))))


def read_messages(where: Path) -> list[Message]:
    """All messages of the three files under ``where``; raises FileNotFoundError where one is missing."""
    fbs, xhacker, antispam = (_rows(where / name) for name in FILES)
    return [
        *(_message("fbs", row["label14"], row["text"]) for row in fbs),
        *(_message("xhacker", "spam" if row["label"] == "1" else "ham", row["text"]) for row in xhacker),
        *(_message("antispam", "spam" if row["label"] == "1" else "pass", row["text"]) for row in antispam),
    ]


def load_corpus(where: Path, by: SplitBy = "family") -> Corpus:
    """The messages under ``where`` with their split: seeded by content, within each source and label."""
    messages = read_messages(where)
    return Corpus(tuple(messages), tuple(split(messages, by)))


def split(messages: Sequence[Message], by: SplitBy = "family") -> list[Part]:
    """Part of each message, 70 % to train, 10 % to calibrate, 20 % held out.

    By ``family`` near duplicates stay together too, so that none leaks into the held-out part; by ``content``
    only messages of equal wording do, as in published figures.
    """
    contents = [m.content for m in messages]
    first = {content: i for i, content in reversed(list(enumerate(contents)))}
    family = families(contents) if by == "family" else [first[content] for content in contents]
    strata: dict[tuple[str, str], dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    home = {f: (messages[i].source, messages[i].label) for i, f in reversed(list(enumerate(family)))}
    for i, f in enumerate(family):
        strata[home[f]][f].append(i)
    parts: list[Part] = ["train"] * len(messages)
    for groups in strata.values():
        _deal([(messages[f].content, rows) for f, rows in groups.items()], parts)
    return parts


def unlike(corpus: Corpus) -> list[Message]:
    """The held-out messages of which no near duplicate was learned from, each wording once."""
    family = families([m.content for m in corpus.messages])
    learned = {f for f, part in zip(family, corpus.parts, strict=True) if part != "held_out"}
    fresh = zip(corpus.messages, corpus.parts, family, strict=True)
    return list({m.content: m for m, part, f in fresh if part == "held_out" and f not in learned}.values())


def folds(messages: Sequence[Message], count: int = 5) -> Iterator[Corpus]:
    """``count`` splits by family, each message held out in one of them; an eighth of the others calibrates."""
    home = [_digest(messages[f].content) for f in families([m.content for m in messages])]
    for held_out in range(count):
        parts: list[Part] = []
        for digest in home:
            rest: Part = "calibrate" if digest[1] % 8 == 0 else "train"
            parts.append("held_out" if digest[0] % count == held_out else rest)
        yield Corpus(tuple(messages), tuple(parts))


def _deal(groups: list[tuple[str, list[int]]], parts: list[Part]) -> None:
    total = sum(len(rows) for _, rows in groups)
    large = [rows for _, rows in groups if len(rows) > FAMILY_SHARE_MAX * total]
    small = sorted((g for g in groups if len(g[1]) <= FAMILY_SHARE_MAX * total), key=lambda g: _digest(g[0]))
    rest = total - sum(map(len, large))
    dealt = 0
    for _, rows in small:
        part = _part(dealt / rest)
        for i in rows:
            parts[i] = part
        dealt += len(rows)


def _part(share: float) -> Part:
    if share < TRAIN_SHARE:
        return "train"
    return "calibrate" if share < TRAIN_SHARE + CALIBRATE_SHARE else "held_out"


def _digest(content: str) -> bytes:
    return blake2b(content.encode(), digest_size=8).digest()


def families(contents: Sequence[str]) -> list[int]:
    """For each content the index of its family's first member, chained by MinHash sketches of 3-grams.

    Two contents are chained where one of 6 bands of 4 minima agrees: likely from a Jaccard similarity of
    about 0.6.
    """
    parent = list(range(len(contents)))
    seen: dict[tuple[int, tuple[int, ...]], int] = {}
    for i, content in enumerate(contents):
        for key in _sketch(content):
            first, other = _root(parent, seen.setdefault(key, i)), _root(parent, i)
            parent[max(first, other)] = min(first, other)
    return [_root(parent, i) for i in range(len(contents))]


def _root(parent: list[int], i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


def _sketch(content: str) -> Iterator[tuple[int, tuple[int, ...]]]:
    """One-permutation MinHash (Li, Owen and Zhang, NeurIPS 2012): the least hash in each of 16 bins, four a band."""
    least = [_NOTHING] * (SKETCH_BANDS * SKETCH_ROWS)
    for i in range(max(len(content) - 2, 1)):
        bin_, value = crc32(content[i : i + 3].encode()) % len(least), crc32(content[i : i + 3].encode(), SKETCH_SEED)
        least[bin_] = min(least[bin_], value)
    for band in range(SKETCH_BANDS):
        values = tuple(least[band * SKETCH_ROWS : (band + 1) * SKETCH_ROWS])
        if values.count(_NOTHING) <= SKETCH_EMPTY_MAX:
            yield band, values


def _rows(path: Path) -> Iterable[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def _message(source: str, label: str, text: str) -> Message:
    return Message(source, label, label.startswith("FR:"), text, pieces(text))
