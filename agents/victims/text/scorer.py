"""The text scorer: how much a message reads like fraud, what kind, and the marks it carries.

A linear model over runs of one to three neighbours of a text's two rows, what is seen and what is heard (``reading``,
``grams``), trained on labelled messages and on words of our own (``train``, ``docs/model-card-text.md``). A
long text is read to its end, in windows (``windows``), so that words around a fraud do not thin it out. No
phrase excuses: only the class of the sender does, for a text that leads nowhere (``senders``).
"""

import json
import math
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final, NamedTuple, Self, cast

from agents.victims.text.grams import grams, pack
from agents.victims.text.letters import SOUND
from agents.victims.text.marks import carries_code, find_link, pieces
from agents.victims.text.normal import ACCOUNT, CHARS_MAX, CONTACT, LINK, MARKS, PHONE, fold, marked
from agents.victims.text.reading import Reader
from agents.victims.text.senders import SENDER_GUARD, Sender
from agents.victims.text.windows import windows
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

CHANCE_MIN: Final = 0.0001
"""No chance is nearer to 0 or 1 than this, so that its log-odds stay within 9.2 either way."""

MILLI: Final = 1_000
"""Weights are whole thousandths of a log-odds, so that every machine adds them up to the same sum."""

CHANCES_GUARD: Final = -0.4
"""Log-odds for each time that a text is e times as long as what is read as one: many windows are many chances to look
like fraud by accident."""

WINDOW_GUARD: Final = -1.0
"""Log-odds for a window, which is read without what stands around it."""

TELLING: Final = 6_000
"""A run of this weight, in thousandths, tells of fraud: a text with fewer than ``TELLING_MIN`` has no window
worth reading."""

TELLING_MIN: Final = 4

LENGTH_BASE: Final = 20
"""A text's weights are divided by the root of its runs and this many more: few words are little evidence."""

MODEL_FORMAT: Final = 2
MODEL_FILE: Final = "model.json"

_MARK_BITS: Final = 32
_MARK: Final = 1 << _MARK_BITS
_HALF: Final = _MARK >> 1


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
        self._weights = {letters.packed(gram): _marked(milli) for gram, milli in model["grams"].items()}
        self._known = frozenset(self._weights)
        self._namer = _Namer(model["wordings"], letters)
        self._remembered = lru_cache(maxsize=REMEMBERED_MAX)(self._read)
        self._long_remembered = lru_cache(maxsize=LONG_REMEMBERED_MAX)(self._read)

    @classmethod
    def load(cls) -> Self:
        """The scorer with the weights that come with the package (about 0.1 s)."""
        return cls(json.loads(files("agents.victims.text").joinpath(MODEL_FILE).read_bytes()))

    def score(self, text: str, sender: Sender = "unknown") -> TextScore:
        """Score one message of any length; its first ``schemas.fields.MESSAGE_CHARS_MAX`` characters are read."""
        is_long = len(text) > CHARS_MAX
        read = self._long_remembered(text[:MESSAGE_CHARS_MAX]) if is_long else self._remembered(text)
        guard = 0.0 if read.leads else SENDER_GUARD[sender]
        fraud = round(min(max(_sigmoid(read.logit + guard), CHANCE_MIN), 1.0 - CHANCE_MIN), 4)
        named = read.wording if fraud >= NAMED_AT else "none"
        return TextScore(
            fraud, named, read.has_link, read.domain, read.has_code and (fraud < FRAUD_AT or not read.has_link)
        )

    def _read(self, text: str) -> _Read:
        folded = fold(text, MESSAGE_CHARS_MAX)
        link = find_link(folded)
        whole = marked(LINK.join(pieces(folded)) if link.present else folded)
        runs = grams(self._reader.read(whole))
        logit, telling = self._weighed(runs)
        if telling >= TELLING_MIN:
            logit, runs = self._worst(whole, logit, runs)
        named = self._namer.name(runs) if _sigmoid(logit) >= NAMED_AT else "none"
        leads = link.present or PHONE in whole or CONTACT in whole or ACCOUNT in whole or _asks_to_scan(whole)
        return _Read(logit, named, link.present, link.domain, carries_code(folded[:CHARS_MAX]), leads)

    def _weighed(self, runs: set[int]) -> tuple[float, int]:
        """The log-odds of fraud of a set of runs, and how many of them tell of it."""
        total = sum(map(self._weights.__getitem__, self._known & runs))
        telling = (total + _HALF) >> _MARK_BITS
        return self._bias + (total - telling * _MARK) / (MILLI * math.sqrt(len(runs) + LENGTH_BASE)), telling

    def _worst(self, whole: str, logit: float, runs: set[int]) -> tuple[float, set[int]]:
        """The worst of a text and its windows."""
        guard = WINDOW_GUARD + CHANCES_GUARD * math.log(max(len(whole) / CHARS_MAX, 1.0))
        for window in windows(whole):
            found = grams(self._reader.read(window))
            alone = self._weighed(found)[0] + guard
            if alone > logit:
                logit, runs = alone, found
        return logit, runs


class _Namer:
    """The wording of a message that the model calls fraud: one linear score a wording, the highest wins."""

    def __init__(self, model: Mapping[str, Any], letters: "_Letters") -> None:
        self._classes = tuple(cast(Wording, name) for name in model["classes"])
        if not set(self._classes) <= set(WORDINGS):
            raise ValueError("text model names a wording that is not known")
        self._bias: list[int] = model["bias"]
        self._weights: dict[int, list[int]] = {letters.packed(gram): row for gram, row in model["grams"].items()}

    def name(self, runs: set[int]) -> Wording:
        rows = [self._weights[gram] for gram in runs if gram in self._weights]
        sums = [sum(column) for column in zip(*rows, strict=True)] or [0] * len(self._classes)
        root = math.sqrt(len(runs) + LENGTH_BASE)
        scores = [bias + total / root for bias, total in zip(self._bias, sums, strict=True)]
        return self._classes[scores.index(max(scores))]


class _Letters:
    """Runs as a weights file writes them: ``垫付``, ``dian'fu'``, ``<gift><card>``, ``<bank>``."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def packed(self, written: str) -> int:
        """A run as ``grams`` packs it; raises KeyError for a word or a syllable that there is not."""
        if "'" in written:
            return pack("".join(self._sound(part) for part in written.split("'") if part))
        return pack(self._words(written))

    def _sound(self, part: str) -> str:
        return SOUND[part] if part.isalpha() and part in SOUND else self._words(part)

    def _words(self, written: str) -> str:
        if "<" not in written:
            return written
        row = ""
        while written:
            if written[0] == "<":
                word, _, written = written[1:].partition(">")
                row += MARKS[word] if word in MARKS and word not in self._reader else self._reader.code(word)
            else:
                row, written = row + written[0], written[1:]
        return row


def _asks_to_scan(whole: str) -> bool:
    """Whether a text has a code to be scanned, or names a messenger abroad: ways to its maker that no number shows."""
    return any(word in whole for word in ("扫码", "二维码", "telegram", "whatsapp"))


def _marked(milli: int) -> int:
    """A weight that tells of fraud also counts 2**32: one sum tells the score and whether to look closer."""
    return milli + _MARK if milli >= TELLING else milli


def _sigmoid(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(-logit))
