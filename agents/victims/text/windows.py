"""A text in clauses, and what of it may be a message by itself: what a fraud is worth does not fall with the words
around it.

An evader pads: a fraud among a thousand letters of chatter weighs next to nothing in their sum, and a warning hung onto
it outweighs it. So a text is as bad as its worst stretch of clauses, of no more letters than a message has:

    text      您好。老师带单，稳赚不赔，加群领牛股，谨防电信诈骗
    clauses   [  ][      ][        ][          ][          ]       each of four Chinese letters at least
    stretch       [                            ]                   all stretches are weighed
"""

import re
from typing import Final

STRETCH_WEIGHT_MAX: Final = 180
"""What the letters of a stretch weigh, a Chinese one three, any other one: a sentence of Latin ones needs three
times as many."""

STRETCH_WEIGHT_MIN: Final = 30
"""A stretch of less (10 Chinese letters) is not read by itself: it says too little."""

CLAUSE_WEIGHT_MIN: Final = 12
"""Shorter clauses are read with the next one, so that full stops between letters part nothing."""

_END: Final = ",，。、！？；：!?;:\n\uff0c"
_CLAUSE: Final = re.compile(f"[^{_END}]{{1,24}}[a-z0-9]{{0,14}}[{_END}]*|[{_END}]+")
"""Up to the next mark, or up to 24 letters and the end of the word where there is none."""

_NO_LETTER: Final = re.compile("[^a-z\u4e00-\u9fff]+")


def weight(text: str) -> int:
    """What a folded text's letters weigh.

    >>> weight("好 ok，12")
    5
    """
    return len(_NO_LETTER.sub("", text).encode())


def clauses(text: str) -> list[tuple[str, int]]:
    """The clauses of a folded text and what they weigh; joined they are the text.

    >>> clauses("老师带单，稳赚不赔，加群")
    [('老师带单，', 12), ('稳赚不赔，', 12), ('加群', 6)]
    """
    found: list[tuple[str, int]] = []
    begun, heavy = "", 0
    for piece in _CLAUSE.findall(text):
        begun, heavy = begun + piece, heavy + weight(piece)
        if heavy >= CLAUSE_WEIGHT_MIN:
            found.append((begun, heavy))
            begun, heavy = "", 0
    return [*found, (begun, heavy)] if begun else found
