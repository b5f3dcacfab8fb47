"""A long text in windows: what a fraud is worth does not fall with the innocent words around it.

An evader pads: sixty letters of fraud among a thousand of chatter weigh next to nothing in their sum. So a long text is
also read piece by piece, each piece as if it were a message, and the text is as bad as its worst piece:

    text      ..................FRAUD............      (bare letters, links taken out, their places kept)
    narrow    [      ][      ][      ][      ]         64 letters: a Chinese message
                  [      ][      ][      ]             and again, half a window on
    wide      [                      ]                 240 letters where Latin ones are: an English message
"""

from bisect import bisect_left
from collections.abc import Iterator
from typing import Final, NamedTuple

from agents.victims.text.marks import LINKS_MAX, pieces
from agents.victims.text.normal import wording

WHOLE_LETTERS_MAX: Final = 160
"""Bare letters up to which a text is read as a whole only: padding of that length hides little."""

NARROW: Final = 64
"""Letters of a window for Chinese; each begins half a window after the one before it."""

WIDE: Final = 240
"""The same for Latin letters, of which a sentence needs three times as many."""

WIDE_LATIN_MIN: Final = 60
"""Latin letters without which a wide window would only find in Chinese what stands too far apart to belong together."""

LINK_REACH: Final = 40
"""A link this many letters outside a window still belongs to it: it mostly stands at the end of a message."""

GUARD_REACH: Final = 120
"""Letters around a window in which a warning against fraud excuses it; what stands farther off excuses nothing."""


class Window(NamedTuple):
    """One piece of a long text."""

    letters: str
    has_link: bool
    near: str
    """The letters around it, its own among them."""


def windows(folded: str) -> Iterator[Window]:
    """The windows over a folded text, the narrow ones first; none where it has no letters.

    >>> [len(window.letters) for window in windows("好" * 200)]
    [64, 64, 64, 64, 64]
    """
    bare = [wording(piece) for piece in pieces(folded)]
    letters, links = "".join(bare), list(_ends(bare[:-1]))
    for size in (NARROW, WIDE):
        for start in range(0, max(len(letters) - size // 2, 1 if letters else 0), size // 2):
            end = start + size
            piece = letters[start:end]
            if size == WIDE and _latin(piece) < WIDE_LATIN_MIN:
                continue
            yield Window(piece, _has_link(links, start, end), letters[max(start - GUARD_REACH, 0) : end + GUARD_REACH])


def _has_link(links: list[int], start: int, end: int) -> bool:
    """Whether a link is near. In a text that has more links than are looked for, all behind the last one has."""
    first = bisect_left(links, start - LINK_REACH)
    return (first < len(links) and links[first] <= end + LINK_REACH) or len(links) >= LINKS_MAX <= first


def _latin(letters: str) -> int:
    """How many of bare letters are Latin: Chinese ones take three bytes each."""
    return (3 * len(letters) - len(letters.encode())) // 2


def _ends(bare: list[str]) -> Iterator[int]:
    at = 0
    for piece in bare:
        at += len(piece)
        yield at
