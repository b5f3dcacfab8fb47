"""The text scorer: how much a message reads like fraud, what kind, and the marks it carries.

Two witnesses speak independently and are joined as a noisy-or: a linear model over pairs of letters, trained
on labelled messages (``train``, ``docs/model-card-text.md``), and the cue rows of ``cues`` for the
typologies that the data lacks. Warnings against fraud (guard rows) weaken both. A long text is read to its end, in
windows (``windows``), so that words around a fraud do not thin it out.
"""

import json
import math
import sys
from array import array
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from itertools import repeat
from operator import itemgetter
from typing import Any, Final, NamedTuple, Self, cast

from agents.victims.text.cues import CUES, WORDINGS, Cue, Tally, Wording, tally, trigger
from agents.victims.text.marks import carries_code, find_link
from agents.victims.text.normal import CHARS_MAX, fold, wording
from agents.victims.text.windows import WHOLE_LETTERS_MAX, windows
from schemas.fields import MESSAGE_CHARS_MAX

FRAUD_AT: Final = 0.5
"""The operating point: from this probability on a message counts as fraud."""

NAMED_AT: Final = 0.25
"""From this probability on a message is given a wording; below it is ``none``."""

REMEMBERED_MAX: Final = 4_096
"""Messages whose score is remembered; bulk messages come in runs. At most 8 MB at 1,000 characters each."""

LONG_REMEMBERED_MAX: Final = 32
"""The same for texts of more than ``normal.CHARS_MAX`` characters: at most 7 MB."""

CHANCE_MIN: Final = 0.0001
"""No chance is nearer to 0 or 1 than this, so that its log-odds stay within 9.2 either way."""

MILLI: Final = 1_000
"""Weights are whole thousandths of a log-odds, so that every machine adds them up to the same sum."""

CHANCES_GUARD: Final = -0.4
"""Log-odds for each time that a text is e times as long as what is read as one: many windows are many chances to look
like fraud by accident."""

CODE_GUARD: Final = -3.0
"""Log-odds for a message with a one-time code and no link: there is nothing in it to fall for."""

LENGTH_BASE: Final = 8
"""A text's weights are divided by the root of its pairs and this many more: few words are little evidence."""

MODEL_FORMAT: Final = 1
MODEL_FILE: Final = "model.json"

_UTF16: Final = "utf-16-le" if sys.byteorder == "little" else "utf-16-be"
_MARK_BITS: Final = 32
_MARK: Final = 1 << _MARK_BITS
_HALF: Final = _MARK >> 1
_ZEROS: Final = repeat(0)
_NO_CUES: Final = Tally("none", 0.0, 0.0)


_Reading = tuple[float, float, Tally, set[int]]
"""Of bare letters: the chance of fraud, the model's log-odds, the cues, the pairs."""
_FRAUD: Final = itemgetter(0)
_NOTHING: Final[_Reading] = (CHANCE_MIN, 0.0, _NO_CUES, set())


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


class TextScorer:
    """Scores messages with the packaged weights. Pure: the same text always has the same score.

    >>> scorer = TextScorer.load()
    >>> scorer.score("【XX快递】您的取件码是 3-2-5501").wording
    'none'
    """

    def __init__(self, model: Mapping[str, Any], cues: Iterable[Cue] = CUES) -> None:
        """``model`` is the content of a weights file; raises ValueError for a format that is not this one."""
        if model.get("format") != MODEL_FORMAT:
            raise ValueError(f"text model has format {model.get('format')!r}, not {MODEL_FORMAT}")
        self._bias: float = model["bias"]
        cues = tuple(cues)
        self._rows = _rows_by_trigger(cues)
        self._weights = _marked({pack(gram): milli for gram, milli in model["grams"].items()}, self._rows)
        self._namer = _Namer(model["wordings"])
        self._guards = tuple(cue for cue in cues if cue.wording == "none")
        self._remembered = lru_cache(maxsize=REMEMBERED_MAX)(self._score)
        self._long_remembered = lru_cache(maxsize=LONG_REMEMBERED_MAX)(self._score)

    @classmethod
    def load(cls) -> Self:
        """The scorer with the weights that come with the package (about 0.1 s)."""
        return cls(json.loads(files("agents.victims.text").joinpath(MODEL_FILE).read_bytes()))

    def score(self, text: str) -> TextScore:
        """Score one message of any length; its first ``schemas.fields.MESSAGE_CHARS_MAX`` characters are read."""
        if len(text) <= CHARS_MAX:
            return self._remembered(text)
        return self._long_remembered(text[:MESSAGE_CHARS_MAX])

    def _score(self, text: str) -> TextScore:
        folded = fold(text, MESSAGE_CHARS_MAX)
        link = find_link(folded)
        code = carries_code(folded[:CHARS_MAX])
        letters = wording(link.rest)
        alibi = CODE_GUARD if code and not link.present else 0.0
        is_long = len(letters) > WHOLE_LETTERS_MAX
        found = _NOTHING if is_long and len(folded) > CHARS_MAX else self._read(letters, link.present, alibi)
        if is_long:
            found = max(found, self._worst(folded, alibi), key=_FRAUD)
        fraud, logit, cues, grams = found
        named = self._named(logit, cues, grams) if fraud >= NAMED_AT else "none"
        return TextScore(fraud, named, link.present, link.domain, code and fraud < FRAUD_AT)

    def _read(self, letters: str, has_link: bool, alibi: float) -> _Reading:
        """What both witnesses make of bare letters."""
        grams = pairs(letters)
        total = sum(map(self._weights.get, grams, _ZEROS))
        marks = (total + _HALF) >> _MARK_BITS
        logit = self._bias + (total - marks * _MARK) / (MILLI * math.sqrt(len(grams) + LENGTH_BASE)) + alibi
        cues = self._tally(letters, has_link, grams) if marks else _NO_CUES
        return _joined(logit, cues), logit, cues, grams

    def _worst(self, folded: str, alibi: float) -> _Reading:
        """The window that reads most like fraud, less what is said around it against fraud."""
        worst = _NOTHING
        alibi += CHANCES_GUARD * math.log(max(len(folded) / CHARS_MAX, 1.0))
        for window in windows(folded):
            found = self._read(window.letters, window.has_link, alibi)
            if found[0] > worst[0] and found[0] >= NAMED_AT:
                _, logit, cues, grams = found
                cues = cues._replace(guard=tally(window.near, window.has_link, self._guards).guard)
                found = (_joined(logit, cues), logit, cues, grams)
            worst = max(worst, found, key=_FRAUD)
        return worst

    def _tally(self, letters: str, has_link: bool, grams: set[int]) -> Tally:
        rows = self._rows
        return tally(letters, has_link, [cue for gram in rows.keys() & grams for cue in rows[gram]])

    def _named(self, logit: float, cues: Tally, grams: set[int]) -> Wording:
        if cues.wording != "none" and cues.chance >= _sigmoid(logit):
            return cues.wording
        return self._namer.name(grams)


class _Namer:
    """The wording of a message that the model calls fraud: one linear score a wording, the highest wins."""

    def __init__(self, model: Mapping[str, Any]) -> None:
        self._classes = tuple(cast(Wording, name) for name in model["classes"])
        if not set(self._classes) <= set(WORDINGS):
            raise ValueError("text model names a wording that is not known")
        self._bias: list[int] = model["bias"]
        self._weights: dict[int, list[int]] = {pack(gram): row for gram, row in model["grams"].items()}

    def name(self, grams: set[int]) -> Wording:
        rows = [self._weights[gram] for gram in grams if gram in self._weights]
        sums = [sum(column) for column in zip(*rows, strict=True)] or [0] * len(self._classes)
        root = math.sqrt(len(grams) + LENGTH_BASE)
        scores = [bias + total / root for bias, total in zip(self._bias, sums, strict=True)]
        return self._classes[scores.index(max(scores))]


def pairs(letters: str) -> set[int]:
    """The distinct pairs of neighbouring letters of a bare text, each packed into one integer.

    Reading the UTF-16 form as 32-bit numbers makes the pairs in C, at a third of the cost of slicing strings.
    """
    packed = letters.encode(_UTF16)
    count = len(letters)
    grams = array("I", packed[: count // 2 * 4])
    grams.frombytes(packed[2 : 2 + (count - 1) // 2 * 4])
    return set(grams)


def pack(gram: str) -> int:
    """One pair of letters as ``pairs`` packs it.

    >>> {pack("积分")} == pairs("积分")
    True
    """
    return int.from_bytes(gram.encode(_UTF16), sys.byteorder)


def _rows_by_trigger(cues: Iterable[Cue]) -> dict[int, tuple[Cue, ...]]:
    rows: dict[int, tuple[Cue, ...]] = {}
    for cue in cues:
        key = pack(trigger(cue))
        rows[key] = (*rows.get(key, ()), cue)
    return rows


def _marked(weights: dict[int, int], triggers: Iterable[int]) -> dict[int, int]:
    """Weights in which each trigger also counts 2**32: one sum tells the score and whether to look closer."""
    for gram in triggers:
        weights[gram] = weights.get(gram, 0) + _MARK
    return weights


def _joined(logit: float, cues: Tally) -> float:
    """Fraud if either witness is right, to four decimals."""
    chance = _sigmoid(logit + cues.guard)
    if cues.weight:
        chance = 1.0 - (1.0 - chance) * (1.0 - cues.chance)
    return round(min(max(chance, CHANCE_MIN), 1.0 - CHANCE_MIN), 4)


def _sigmoid(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(-logit))
