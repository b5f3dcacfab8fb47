"""What is written in the town: templates by subject, and slots that are filled anew each time.

A run does not use every sentence. Some templates are kept back for towns of the split `test`, so that whoever learns
sentences by heart is found out there: `Phrases` says which.
"""

from collections.abc import Mapping, Sequence
from random import Random
from string import Formatter
from zlib import crc32

from interdict.city.town.plan import Split
from interdict.city.town.words import (
    advertising,
    banks,
    deals,
    hooks_money,
    hooks_people,
    hooks_work,
    private,
    public,
)
from interdict.city.town.words.slots import MADE, WORDS

SUBJECTS: Mapping[str, Sequence[str]] = {
    **banks.SUBJECTS,
    **public.SUBJECTS,
    **advertising.SUBJECTS,
    **private.SUBJECTS,
    **deals.SUBJECTS,
    **hooks_money.SUBJECTS,
    **hooks_work.SUBJECTS,
    **hooks_people.SUBJECTS,
}
"""Every list of templates, by its subject."""
HOOKS: tuple[str, ...] = tuple(sorted({*hooks_money.SUBJECTS, *hooks_work.SUBJECTS, *hooks_people.SUBJECTS}))
"""The subjects that scammers write."""

KEPT_BACK = 5
"""One template in so many is kept for `test`, by a checksum of its text: stable when others are added."""
NEVER_FEWER = 3
"""Lists that short are used whole."""

Parts = tuple[tuple[str, str], ...]
"""A template taken apart: pieces of text, each with the name of the slot behind it, or none."""


class Phrases:
    """The sentences of one run.

    Args:
        split: of the run's seed.
    """

    def __init__(self, split: Split) -> None:
        self._parts: dict[str, list[Parts]] = {
            subject: [_parts(text) for text in in_use(texts, split)] for subject, texts in SUBJECTS.items()
        }
        self._words = {slot: [_parts(word) for word in words] for slot, words in WORDS.items()}

    def text(self, subject: str, rng: Random, **known: str) -> str:
        """One of a subject's sentences, filled.

        Args:
            subject: a key of `SUBJECTS`.
            rng: draws the sentence and what its slots hold.
            known: slots that the caller fills: an amount that was paid, the end of an account's number.
        """
        return self._fill(rng.choice(self._parts[subject]), rng, known)

    def _fill(self, parts: Parts, rng: Random, known: Mapping[str, str]) -> str:
        written = []
        for text, slot in parts:
            written.append(text)
            if slot:
                written.append(known[slot] if slot in known else self._word(slot, rng, known))
        return "".join(written)

    def _word(self, slot: str, rng: Random, known: Mapping[str, str]) -> str:
        made = MADE.get(slot)
        return made(rng) if made else self._fill(rng.choice(self._words[slot]), rng, known)


def in_use(texts: Sequence[str], split: Split) -> list[str]:
    """The templates that a town of this split may write; never none."""
    if split in ("test", "free"):
        return list(texts)
    used = [text for text in texts if crc32(text.encode()) % KEPT_BACK]
    return used if len(used) >= NEVER_FEWER else list(texts)


def _parts(text: str) -> Parts:
    return tuple((literal, slot or "") for literal, slot, _, _ in Formatter().parse(text))


SWAPS = {
    "微": "薇",
    "信": "伩",
    "加": "伽",
    "元": "圆",
    "群": "裙",
    "贷": "袋",
    "钱": "米",
    "现": "観",
    "返": "反",
    "领": "領",
}


def disguised(text: str, rng: Random) -> str:
    """A text spelt to slip through filters: like-sounding letters, and separators where none belong.

    >>> disguised("加微信领现金", Random(3)) != "加微信领现金"
    True
    """
    swapped = (SWAPS.get(letter, letter) if rng.random() < 0.7 else letter for letter in text)
    separator = rng.choice(("", "", " ", "·", "-"))
    return "".join(letter + separator if separator and rng.random() < 0.15 else letter for letter in swapped)
