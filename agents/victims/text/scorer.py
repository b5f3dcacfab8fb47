"""The text scorer: how much a message reads like fraud, what kind, and the marks it carries.

A linear model over runs of one to three neighbours of a text's two rows, what is seen and what is heard (``reading``,
``grams``), trained on labelled messages and on words of our own (``train``, ``docs/model-card-text.md``). A
text is as bad as its worst stretch of clauses (``windows``), so that words around a fraud do not thin it out. No
phrase excuses: only the class of the sender does, for a text that leads nowhere (``senders``).
"""

import json
import math
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final, NamedTuple, cast

from agents.victims.text.grams import grams, pack
from agents.victims.text.letters import SOUND
from agents.victims.text.marks import carries_code, find_link
from agents.victims.text.normal import ACCOUNT, CHARS_MAX, CONTACT, LINK, MARKS, PHONE, banked, fold
from agents.victims.text.reading import Reader
from agents.victims.text.senders import SENDER_GUARD, Sender
from agents.victims.text.windows import STRETCH_WEIGHT_MAX, STRETCH_WEIGHT_MIN, clauses
from agents.victims.text.wordings import WORDINGS, Wording
from schemas.fields import MESSAGE_CHARS_MAX

FRAUD_AT: Final = 0.5
"""The operating point: from this probability on a message counts as fraud."""

NAMED_AT: Final = 0.25
"""From this probability on a message is given a wording; below it is ``none``."""

REMEMBERED_MAX: Final = 4_096
"""Messages whose score is remembered; bulk messages come in runs. At most 8 MB at 1,000 characters each."""

LONG_REMEMBERED_MAX: Final = 32
"""The same for texts of more than ``normal.CHARS_MAX`` characters: at most 7 MB."""

_MAY_DIFFER: Final = re.compile(
    "[^\n -@\\[-`{-~\u4e00-\u9fff\u3001\u3002\u300a-\u3011\u2014\u2018\u2019\u201c\u201d\u2026"
    "\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f]"
)
"""Anything but Chinese letters, digits and what stands between them. Where all is of these no digit is part of a word
or of an address, and one is as good as another; beside a Latin letter it may stand for one."""
_SAME_DIGIT: Final = bytes.maketrans(b"123456789", b"0" * 9)

CHANCE_MIN: Final = 0.0001
"""No chance is nearer to 0 or 1 than this, so that its log-odds stay within 9.2 either way."""

MILLI: Final = 1_000
"""Weights are whole thousandths of a log-odds, so that every machine adds them up to the same sum."""

CHANCES_GUARD: Final = -0.3
"""Log-odds for each time that a text is e times as long as what is read as one: many stretches are many chances to look
like fraud by accident."""

MESSAGE_WEIGHT: Final = 3 * CHARS_MAX
"""What the letters of the longest text that is read as one weigh; what is no letter lengthens none."""

STRETCH_GUARD: Final = -0.2
"""Log-odds for a stretch of a text, which is read without what stands around it. Little, for the model has learned from
the worst stretches of honest texts too."""

EVIDENT_AT: Final = -1.0
"""Below these log-odds (0.27) a stretch is no evidence, and the text counts as a whole."""

CLEAR_AT: Final = 3.0
"""From these log-odds on (0.95) a text is fraud as a whole, and no stretch of it is looked for."""

SUSPECT_AT: Final = -4.0
"""Below these log-odds (0.02) a text no longer than one message has no stretch worth looking for: what is hung onto a
fraud takes less from it. One in thirty inbox messages is above."""

SUSPECT_CHARS: Final = 110
"""A longer text is read by stretches whatever it says as a whole: in 100 letters of chatter a fraud drowns."""

LENGTH_BASE: Final = 20
"""A text's weights are divided by the root of its known runs and this many more: few words are little evidence."""

MODEL_FORMAT: Final = 3
MODEL_FILE: Final = "model.json"


class TextScore(NamedTuple):
    """What was read in one message.

    ``fraud`` is a probability from 0.0001 to 0.9999, calibrated at the training mix (one fraud in about
    twenty messages); ``wording`` is one of ``WORDINGS``; ``domain`` is the first link's host in lower case,
    None where there is no link or it cannot be read; ``is_code`` says that an honest one-time code is in the
    message.
    """

    fraud: float
    wording: Wording
    has_link: bool
    domain: str | None
    is_code: bool


class _Read(NamedTuple):
    """What one text says, whoever sent it: log-odds of fraud, the wording it would have, and whether it leads
    anywhere."""

    logit: float
    wording: Wording
    has_link: bool
    domain: str | None
    has_code: bool
    leads: bool


class TextScorer:
    """Scores messages with the packaged weights. Pure: the same text of the same sender always has the same score.

    >>> scorer = TextScorer.load()
    >>> scorer.score("【XX快递】您的取件码是 3-2-5501").wording
    'none'
    """

    def __init__(self, model: Mapping[str, Any]) -> None:
        """``model`` is the content of a weights file; raises ValueError for a format that is not this one."""
        if model.get("format") != MODEL_FORMAT:
            raise ValueError(f"text model has format {model.get('format')!r}, not {MODEL_FORMAT}")
        self._bias: float = model["bias"]
        self._reader = Reader(model["lexicon"])
        letters = _Letters(self._reader)
        self._weights: dict[int, int] = {letters.packed(gram): milli for gram, milli in model["grams"].items()}
        self._known = frozenset(self._weights)
        self._namer = _Namer(model["wordings"], letters)
        self._remembered = lru_cache(maxsize=REMEMBERED_MAX)(self._read)
        self._long_remembered = lru_cache(maxsize=LONG_REMEMBERED_MAX)(self._read)

    @staticmethod
    @cache
    def load() -> "TextScorer":
        """The scorer with the weights that come with the package (about 0.1 s): one a process, whoever asks."""
        return TextScorer(json.loads(files("agents.victims.text").joinpath(MODEL_FILE).read_bytes()))

    def score(self, text: str, sender: Sender = "unknown") -> TextScore:
        """Score one message of any length; its first ``schemas.fields.MESSAGE_CHARS_MAX`` characters are read."""
        is_long = len(text) > CHARS_MAX
        read = self._long_remembered(text[:MESSAGE_CHARS_MAX]) if is_long else self._remembered(_but_for_digits(text))
        guard = 0.0 if read.leads else SENDER_GUARD[sender]
        fraud = round(min(max(_sigmoid(read.logit + guard), CHANCE_MIN), 1.0 - CHANCE_MIN), 4)
        named = read.wording if fraud >= NAMED_AT else "none"
        return TextScore(
            fraud, named, read.has_link, read.domain, read.has_code and (fraud < FRAUD_AT or not read.has_link)
        )

    def _read(self, text: str) -> _Read:
        folded = fold(text, MESSAGE_CHARS_MAX)
        link = find_link(folded)
        whole = banked(LINK.join(link.pieces) if link.present else folded)
        reading = self._reader.read(whole)
        runs = self._known.intersection(grams(reading))
        logit = self._weighed(runs)
        if SUSPECT_AT <= logit < CLEAR_AT or len(reading.seen) > (SUSPECT_CHARS if logit < CLEAR_AT else CHARS_MAX):
            logit, runs = self._worst(whole, logit, runs)
        named = self._namer.name(runs) if _sigmoid(logit) >= NAMED_AT else "none"
        leads = link.present or _leads(whole, reading.seen)
        return _Read(logit, named, link.present, link.domain, carries_code(folded[:CHARS_MAX]), leads)

    def _runs(self, whole: str) -> frozenset[int]:
        """The known runs of a folded text, its links as marks."""
        return self._known.intersection(grams(self._reader.read(whole)))

    def worst_stretch(self, whole: str) -> tuple[str, float]:
        """The worst stretch of a folded text, its links as marks, and its log-odds by itself, unguarded; all of the
        text where it is one clause. For training: of honest texts these are the hardest."""
        found = clauses(whole)
        first, last = self._stretch(found)
        stretch = "".join(text for text, _ in found[first:last])
        return stretch, self._weighed(self._runs(stretch))

    def _weighed(self, runs: frozenset[int]) -> float:
        """The log-odds of fraud of a text's known runs."""
        total: int = sum(map(self._weights.__getitem__, runs))
        return self._bias + total / (MILLI * math.sqrt(len(runs) + LENGTH_BASE))

    def _worst(self, whole: str, logit: float, runs: frozenset[int]) -> tuple[float, frozenset[int]]:
        """The worse of a text and its worst stretch; one longer than a message can be is no more than its stretches."""
        found = clauses(whole)
        first, last = self._stretch(found) if len(found) > 1 else (0, 1)
        if last - first < len(found):
            alone = self._runs("".join(text for text, _ in found[first:last]))
            messages = sum(weighs for _, weighs in found) / MESSAGE_WEIGHT
            guard = STRETCH_GUARD + CHANCES_GUARD * math.log(max(messages, 1.0))
            by_itself = self._weighed(alone) + guard
            if by_itself > max(logit, EVIDENT_AT) or messages > 1:
                return by_itself, alone
        return logit, runs

    def _stretch(self, found: list[tuple[str, int]]) -> tuple[int, int]:
        """Where the worst stretch of some clauses begins and ends, by the runs within each of them."""
        runs = [self._runs(text) for text, _ in found]
        heavy, best, place = self._weights.__getitem__, -math.inf, (0, len(found))
        for first, begun in enumerate(runs):
            if sum(map(heavy, begun)) <= 0:
                continue
            seen: set[int] = set()
            total = weight = 0
            for last in range(first, len(found)):
                weight += found[last][1]
                if weight > STRETCH_WEIGHT_MAX:
                    break
                total += sum(map(heavy, runs[last] - seen))
                seen |= runs[last]
                if weight >= STRETCH_WEIGHT_MIN and (mean := total / math.sqrt(len(seen) + LENGTH_BASE)) > best:
                    best, place = mean, (first, last + 1)
        return place


class _Namer:
    """The wording of a message that the model calls fraud: one linear score a wording, the highest wins."""

    def __init__(self, model: Mapping[str, Any], letters: "_Letters") -> None:
        self._classes = tuple(cast(Wording, name) for name in model["classes"])
        if not set(self._classes) <= set(WORDINGS):
            raise ValueError("text model names a wording that is not known")
        self._bias: list[int] = model["bias"]
        self._weights: dict[int, list[int]] = {letters.packed(gram): row for gram, row in model["grams"].items()}

    def name(self, runs: frozenset[int]) -> Wording:
        rows = [self._weights[gram] for gram in runs if gram in self._weights]
        sums = [sum(column) for column in zip(*rows, strict=True)] or [0] * len(self._classes)
        root = math.sqrt(len(runs) + LENGTH_BASE)
        scores = [bias + total / root for bias, total in zip(self._bias, sums, strict=True)]
        return self._classes[scores.index(max(scores))]


class _Letters:
    """Runs as a weights file writes them: ``垫付``, ``dian'fu'``, ``wei'A'`` (with a Latin letter), ``<gift><card>``,
    ``<#bank>`` (a mark, which is not the word)."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def packed(self, written: str) -> int:
        """A run as ``grams`` packs it; raises KeyError for a word or a syllable that there is not."""
        if "'" in written:
            return pack("".join(self._sound(part) for part in written.split("'") if part))
        return pack(self._words(written))

    def _sound(self, part: str) -> str:
        return SOUND[part] if part in SOUND else self._words(part.lower())

    def _words(self, written: str) -> str:
        if "<" not in written:
            return written
        row = ""
        while written:
            if written[0] == "<":
                word, _, written = written[1:].partition(">")
                row += MARKS[word[1:]] if word[0] == "#" else self._reader.code(word)
            else:
                row, written = row + written[0], written[1:]
        return row


def _but_for_digits(text: str) -> str:
    """A text as it is remembered: bulk messages differ in their sums and codes, which are read alike.

    >>> _but_for_digits("验证码448153"), _but_for_digits("l00k 12")
    ('验证码000000', 'l00k 12')
    """
    return text if _MAY_DIFFER.search(text) else text.encode().translate(_SAME_DIGIT).decode()


def _leads(whole: str, seen: str) -> bool:
    """Whether a text has a way to its maker: a number, an account, a code to be scanned, a messenger abroad."""
    return (
        PHONE in seen
        or CONTACT in seen
        or ACCOUNT in seen
        or "扫码" in whole
        or "二维码" in whole
        or "telegram" in whole
        or "whatsapp" in whole
    )


def _sigmoid(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(-logit))
