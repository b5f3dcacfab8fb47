"""How evaders write: words by sound instead of by sight, and innocent words around them.

What splits words up, dresses letters or masks them needs no training: the reading takes it out.
"""

from random import Random
from typing import Final

from agents.victims.text.letters import SYLLABLE_AT as FIRST
from agents.victims.text.letters import SYLLABLES, heard

SHARE: Final = (0.1, 0.35)
"""Share of a text's Chinese letters that are written otherwise."""


def _alike() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for code in range(0x4E00, 0x9FA6):
        letter = chr(code)
        if (sound := heard(letter)) != letter:
            found.setdefault(sound, []).append(letter)
    return found


_ALIKE: Final = _alike()


def disguised(text: str, dice: Random) -> str:
    """A text with some letters written as others that sound alike, or as the Latin letters of their sound."""
    latin, share = dice.random() < 0.5, dice.uniform(*SHARE)
    return "".join(_other(letter, latin, dice) if dice.random() < share else letter for letter in text)


SHORT: Final = dict(
    pair.split(">")
    for pair in [
        "you>u",
        "your>ur",
        "are>r",
        "please>pls",
        "account>acct",
        "bank>bnk",
        "message>msg",
        "people>ppl",
        "before>b4",
        "tonight>2nite",
        "to>2",
        "for>4",
        "today>2day",
        "tomorrow>2moro",
        "thanks>thx",
        "because>cuz",
        "and>n",
        "is>iz",
        "text>txt",
        "verify>verfy",
        "locked>lockd",
        "receive>recieve",
    ]
)
"""Words as they are typed in haste."""


def shortened(text: str) -> str:
    """A text in English as it is typed in haste."""
    return " ".join(SHORT.get(word, word) for word in text.lower().split(" "))


def spelled(text: str) -> str:
    """A text all in Latin letters, a syllable a word."""
    return " ".join(_latin(letter) or letter for letter in text).lower()


def padded(text: str, before: str, behind: str) -> str:
    """A text between two others."""
    return f"{before}。{text}。{behind}"


def _other(letter: str, latin: bool, dice: Random) -> str:
    if not (sound := _latin(letter)):
        return letter
    return sound if latin else dice.choice(_ALIKE[heard(letter)])


def _latin(letter: str) -> str:
    sound = heard(letter)
    return "" if sound == letter else SYLLABLES[ord(sound) - FIRST]
