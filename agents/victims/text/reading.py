"""A text as it is read: a row of letters and words, and the same row as it sounds.

What stands between letters (spaces, digits, punctuation, pictures) and what one feed masks and another does not is left
out. Latin letters are read as words of a lexicon, as Chinese syllables, or spelled out letter by letter; each word and
each syllable becomes one private letter, so that runs of neighbours are runs of letters, whatever the script:

    text     加wei信领取 A P P, 垫付50返现
    seen     加 · 信领取<app>垫付<number>返现       · is a gap: no run of neighbours spans it
    heard    jia wei xin ling qu <app> dian fu fan xian
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from agents.victims.text.letters import SOUND, SOUNDS, SYLLABLE_AT, SYLLABLES
from agents.victims.text.normal import FIRST_MARK, MARKS, NUMBER, numbered

GAP: Final = "\u9fff"
"""Stands where something was that is no word; no run of neighbours may span it."""

WORD_AT: Final = SYLLABLE_AT + len(SYLLABLES)
"""Words are private letters from here on, in the order of the lexicon."""

WORDS_MAX: Final = 0xF8F0 - WORD_AT
WORD_CHARS_MAX: Final = 40
"""Latin letters in a row that are looked at as words; more of them are none."""

SYLLABLE_CHARS_MAX: Final = 6
LEXICON_CHARS_MAX: Final = 14
READ_MAX: Final = 16_384
"""Words whose reading is remembered."""

_HANZI: Final = "\u4e00-\u4e27\u4e29-\u4e35\u4e37-\u9fff"
"""The strokes U+4E28 and U+4E36 only break words up."""

_LATIN: Final = re.compile("[a-z]")
_BETWEEN: Final = re.compile(f"([^{_HANZI}]+)")
"""What stands between Chinese letters: there a text's few shapes come again and again."""

_PIERCING: Final = re.compile(f"[a-z{NUMBER}]")
_RUNS: Final = re.compile("[a-z0-9@$]*[a-z][a-z0-9@$]*|[0-9]+|[\uf8f0-\uf8ff]+")

_SPELLED: Final = re.compile("(?<![a-z0-9])(?:[a-z][^a-z0-9]{1,4}){2,}[a-z](?![a-z0-9])")
"""Single letters with something between them: ``b-i-t-c-o-i-n``."""

_PERFORATED: Final = re.compile(
    f"(?:[\u4e00-\u9fff]{{1,2}}[a-z]){{3,}}[\u4e00-\u9fff]|(?:[\u4e00-\u9fff]{{1,2}}{NUMBER}){{6,}}[\u4e00-\u9fff]"
)
"""A letter after every other Chinese one, or a number (a date with its time has five): ``贷a款b无c抵d押``."""

PERFORATED_MIN: Final = 3
NUMBERS_MIN: Final = 6
"""Lone Latin letters, or numbers, that such a text has at least."""

_HEARD: Final = SOUNDS | dict.fromkeys(map(ord, MARKS.values()))
"""Chinese letters to syllables; a mark is not heard, so that ``刷1单2返3利`` sounds like what it means."""

_SAME_DIGIT: Final = str.maketrans("123456789", "0" * 9)
_LETTER_FOR: Final = str.maketrans("0134578@$", "oieastbas")
_DIGITS: Final = re.compile("[0-9@$]+")


class Reading(NamedTuple):
    """One text in both forms; ``seen`` and ``heard`` are rows of letters, words and syllables."""

    seen: str
    heard: str


class _Between(NamedTuple):
    """What stands between two Chinese letters in both forms, and how many Latin letters it has."""

    seen: str
    heard: str
    letters: int


class Reader:
    """Reads texts with a lexicon of Latin words. Pure; remembers how words are read.

    >>> from agents.victims.text.letters import heard
    >>> reader = Reader(["app"])
    >>> reader.read("加wei信,领取 a.p.p").heard == heard("加微信领取") + reader.code("app")
    True
    """

    def __init__(self, lexicon: Iterable[str]) -> None:
        self._codes = {word: chr(WORD_AT + i) for i, word in enumerate(lexicon)}
        if len(self._codes) > WORDS_MAX:
            raise ValueError(f"a lexicon of more than {WORDS_MAX} words")
        self._word = lru_cache(maxsize=READ_MAX)(self._read_word)
        self._between = lru_cache(maxsize=READ_MAX)(self._read_between)

    def code(self, word: str) -> str:
        """The private letter of a word; raises KeyError where the lexicon lacks it."""
        return self._codes[word]

    def __contains__(self, word: str) -> bool:
        return word in self._codes

    def read(self, text: str) -> Reading:
        """A folded text, its links as marks, in both forms; its numbers need not be marks yet."""
        split = _BETWEEN.split(text)
        if len(split) == 1:
            return Reading(text, text.translate(_HEARD))
        seen_between, heard_between, letters = zip(*map(self._between, split[1::2]), strict=True)
        split[1::2] = seen_between
        seen = "".join(split)
        perforated = letters.count(1) >= PERFORATED_MIN or seen.count(NUMBER) >= NUMBERS_MIN
        if perforated and _PERFORATED.search(seen):
            seen = _PIERCING.sub("", seen)
            return Reading(seen, seen.translate(_HEARD))
        if not any(letters):
            return Reading(seen, seen.translate(_HEARD))
        split[1::2] = heard_between
        return Reading(seen, "".join(split).translate(_HEARD))

    def _read_between(self, run: str) -> _Between:
        """What stands between Chinese letters; one digit is as good as another, unless it stands for a letter."""
        letters = len(_LATIN.findall(run))
        if not letters and (same := run.translate(_SAME_DIGIT)) != run:
            return self._between(same)
        words = [
            self._word(word) if word[0] < FIRST_MARK else Reading(word, word)
            for word in _RUNS.findall(_SPELLED.sub(_together, numbered(run)))
        ]
        return _Between("".join([word.seen for word in words]), "".join([word.heard for word in words]), letters)

    def _read_word(self, run: str) -> Reading:
        word = run.strip("0123456789@$")
        if not word:
            return Reading(NUMBER, "")
        if not word.isalpha():
            as_letters = word.translate(_LETTER_FOR)
            if self._parts(as_letters) is None:
                parts = [self._word(part) for part in _DIGITS.split(word) if part]
                return Reading("".join(p.seen for p in parts), "".join(p.heard for p in parts))
            word = as_letters
        syllables = _syllables(word) if len(word) > 1 else None
        parts_ = self._parts(word)
        seen = GAP if parts_ is None else parts_
        return Reading(seen, syllables or seen)

    def _parts(self, word: str) -> str | None:
        """A word's private letter, or those of the words that it is written together from; None where it is none."""
        if len(word) == 1:
            return word
        if (code := self._codes.get(word)) is not None:
            return code
        return _cut(word, self._codes, LEXICON_CHARS_MAX, 3) if 6 <= len(word) <= WORD_CHARS_MAX else None


def _together(spelled: re.Match[str]) -> str:
    return "".join(_LATIN.findall(spelled[0]))


def _syllables(word: str) -> str | None:
    """The syllables that Latin letters spell, None where they spell none."""
    return _cut(word, SOUND, SYLLABLE_CHARS_MAX, 1) if len(word) <= WORD_CHARS_MAX else None


def _cut(word: str, pieces: dict[str, str], longest: int, shortest: int) -> str | None:
    """A word as the fewest pieces that make it up, each as its private letter; None where no pieces do."""
    best: list[tuple[int, str] | None] = [(0, "")]
    for end in range(1, len(word) + 1):
        found = None
        for start in range(max(end - longest, 0), end - shortest + 1):
            before = best[start]
            if (
                before is not None
                and (piece := pieces.get(word[start:end]))
                and (not found or before[0] + 1 < found[0])
            ):
                found = (before[0] + 1, before[1] + piece)
        best.append(found)
    last = best[-1]
    return last[1] if last else None
